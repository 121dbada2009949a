"""How a replay is told: text, HTML, JSON, and the code that a shell gets."""

import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import numpy
import pandas
import pytest

from rasgo_nb.agent.models.scripted import ScriptedModel, call, say
from rasgo_nb.commands.rasgo import run_command
from rasgo_nb.commands.replay import connections_of, steps_of
from rasgo_nb.errors import RasgoError, UnknownName
from rasgo_nb.replay.as_before import as_before
from rasgo_nb.replay.outcome import Change, NumberNow, Replay, ReplayedStep
from rasgo_nb.replay.replay_html import replay_html
from rasgo_nb.replay.replay_text import replay_text

STEPS = (
    ReplayedStep(
        1, "a", "sql", ("delays",), "drifted", "mean: 15.77 → 16.02", (Change("mean", "15.77", "16.02"),)
    ),
    ReplayedStep(2, "b", "python", ("x",), "left out", "writes the file '<b>.csv'", code="x = '<script>'"),
    ReplayedStep(3, "c", "chart", ("figure",), "same", "the same drawing"),
)
ONE = Replay(
    "0a1b2c", "How late?", "sample", STEPS, (NumberNow("15.77", "16.02", "mean in step 1"),), elapsed_s=1.25
)
TEXT = """\
Drifted: run 0a1b2c on sample, 1 drifted, 1 left out, 1 same, in 1.2 s

≠ step 1   sql     delays                    drifted: mean: 15.77 → 16.02
– step 2   python  x                         left out: writes the file '<b>.csv'
✓ step 3   chart   figure                    same: the same drawing

Step 1, then → now
  mean: 15.77 → 16.02

The answer said 15.77, today it is 16.02 (mean in step 1).
What is left out for want of a yes runs with `--yes`; what changes a database never does."""

COUNT = say("", call("run_sql", sql="SELECT count(*) AS n FROM orders", save_as="counted"))


def rasgo_nb(*arguments):
    run = [sys.executable, "-m", "rasgo_nb", *arguments]
    return subprocess.run(run, capture_output=True, text=True, env=os.environ, timeout=120)


def test_the_report_is_one_line_a_step_and_details_below():
    assert replay_text(ONE) == TEXT


def test_the_page_says_the_same_and_runs_nothing():
    html = replay_html(ONE)
    assert "<script>" not in html
    assert "&lt;b&gt;.csv" in html
    assert "today it is 16.02" in html
    assert html.count("<details") == 2


def test_a_shell_gets_a_code_and_a_file_tells_all(ask, shop, tmp_path):
    run, _ = ask(ScriptedModel(COUNT, say("", call("final_answer", text="4 orders."))))
    shop.close()
    source, told = f"shop={tmp_path / 'shop.duckdb'}", tmp_path / "told.json"
    same = rasgo_nb("replay", run.id, "--connection", source)
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as database:
        database.execute("DELETE FROM orders WHERE id = 1")
    drifted = rasgo_nb("replay", "--connection", source, "--json", str(told))
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as database:
        database.execute("DROP TABLE orders")
    broken = rasgo_nb("replay", "--connection", source)
    assert [same.returncode, drifted.returncode, broken.returncode] == [0, 1, 2], same.stdout + same.stderr
    assert json.loads(told.read_text())["steps"][0]["changes"][0] == {
        "what": "min of n",
        "then": "4",
        "now": "3",
    }
    assert "orders does not exist" in broken.stdout
    assert rasgo_nb("replay", "no-such-run").returncode == 2


def test_what_is_typed_wrong_is_one_clear_line(shop):
    assert steps_of("2, 3") == (2, 3)
    assert connections_of("prod=staging, local") == {"prod": "staging", "": "local"}
    for line, said in (
        ("replay --steps two", "--steps 2,3"),
        ("replay a b", "more than one run"),
        ("replay --connection prod=", "--connection prod=staging"),
    ):
        with pytest.raises(RasgoError, match=said):
            run_command(shop, line)
    with pytest.raises(UnknownName, match="%%ask"):
        run_command(shop, "replay")


def test_nothing_was_done_is_said_too(ask, shop):
    ask(ScriptedModel(say("Hello.")))
    assert "no step did anything" in run_command(shop, "replay")


def test_settings_of_the_process_are_as_before(tmp_path, monkeypatch):
    monkeypatch.setenv("SHOP", "open")
    before, state = Path.cwd(), numpy.random.get_state()[1].tolist()
    with as_before():
        os.environ.update(SHOP="closed", SHELF="1")
        os.chdir(tmp_path)
        numpy.random.seed(3)
        numpy.set_printoptions(precision=2)
        pandas.set_option("display.precision", 2)
    assert (Path.cwd(), os.environ["SHOP"], "SHELF" in os.environ) == (before, "open", False)
    assert numpy.random.get_state()[1].tolist() == state
    assert (numpy.get_printoptions()["precision"], pandas.get_option("display.precision")) == (8, 6)
