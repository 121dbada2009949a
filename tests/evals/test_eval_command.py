"""The command as a person runs it: what is worked off, gone on with, refused, and told."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from rasgo_nb.agent.models.scripted import Line, ScriptedModel
from rasgo_nb.cli import main
from rasgo_nb.errors import ModelFailed, ModelUnavailable, RasgoError
from rasgo_nb.evals.case import Completion
from rasgo_nb.evals.check import check
from rasgo_nb.evals.evaluate import LOG, Plan, evaluate
from rasgo_nb.evals.log_file import read_log
from rasgo_nb.evals.suite_file import suite_of
from rasgo_nb.evals.suites_named import suites_named
from rasgo_nb.evals.work_off import Work, work_off
from rasgo_nb.interrupt import run_sync

CASE = """
  - id: {id}
    question: How many orders are there?
    answer: {{value: 61948}}
    environment: {{setup: "{setup}"}}
    budget: {{seconds: {seconds}}}
    gold:
      - run_python: {{code: "{gold}"}}
      - final_answer: {{text: There are 61948 orders.}}
"""


def suite(folder, *cases, name="tiny"):
    whole = f"suite: {name}\ncases:" + "".join(
        CASE.format(**{"id": f"case{at}", "setup": "", "seconds": 60, "gold": "61948", **case})
        for at, case in enumerate(cases)
    )
    path = folder / f"{name}.yaml"
    path.write_text(whole)
    return suite_of(whole, path)


def evaluated(plan, folder, **kept):
    return evaluate(plan, folder, told=lambda *_: None, **kept)


DYING = {"setup": "import os; os._exit(3)"}
HANGING = {"gold": "while True: pass", "seconds": 1}
FAILING = {"setup": "1 / 0"}


def test_what_is_wrong_with_a_suite_is_no_mark_for_the_model_and_told_once(tmp_path):
    plan = Plan((suite(tmp_path, DYING, HANGING, FAILING, {}),), jobs=2)
    done = evaluated(plan, tmp_path / "out")
    assert [one.outcome for one in done.results] == ["not_run"] * 3 + ["answered"]
    assert {one.scores["answer"].value for one in done.results[:3]} == {None}
    assert done.left == 3
    assert done.report.read_text().count(">not run</span>") == 3
    died, hung, failed = done.not_run
    assert "The gold program of case case0 did not end well: its process ended with 3" in died
    assert "The gold program of case case1 did not end well" in hung
    assert "The setup of case case2 failed: ZeroDivisionError" in failed


def test_going_on_tries_again_what_could_not_be_run_and_takes_other_models_and_repeats(tmp_path):
    first = suite(tmp_path, {})
    done = evaluated(Plan((first,), jobs=1), tmp_path / "out")
    again = evaluated(Plan((first,), repeats=2, jobs=1), tmp_path, resume=done.log)
    assert [(one.repeat, one.outcome) for one in again.results] == [(1, "answered"), (2, "answered")]
    less = evaluated(Plan((first,), jobs=1), tmp_path, resume=done.log)
    assert (len(less.results), less.left) == (2, 0)
    with pytest.raises(RasgoError, match="of other suites"):
        evaluated(Plan((suite(tmp_path, {}, {}),)), tmp_path, resume=done.log)


def test_a_limit_that_is_met_stops_and_says_how_much_is_left(tmp_path):
    plan = Plan((suite(tmp_path, {}, {}, {}),), max_minutes=0.0001, jobs=1)
    done = evaluated(plan, tmp_path / "out")
    assert (len(done.results), done.left, done.why) == (1, 2, "the limit of 0.0001 minutes is met")


def test_a_check_tells_of_a_gold_program_that_fails_once(tmp_path):
    plan = Plan((suite(tmp_path, {"gold": "1 / 0"}, DYING),), jobs=2)
    faults = check(plan, told=lambda *_: None)
    assert [fault.case for fault in faults if fault.program == "not run"] == ["case1"], faults


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "Name a suite"),
        ("sampel", "Did you mean sample?"),
        ("sample --model foo:bar", "There is no provider 'foo'"),
        ("sample --model openai:gpt-5", "There is no key for openai"),
        ("sample --interface zzz", "There is no interface 'zzz'"),
        ("sample --only zzz", "There is no case or tag 'zzz'"),
        ("sample --repeat 0", "--repeat must be 1 or more"),
        ("sample --max-cost nan", "--max-cost must be 0 or more"),
        ("sample --resume none.jsonl", "none.jsonl cannot be read"),
        ("sample_notebook --jobs 1 --out .", "log.jsonl cannot be written: File exists"),
    ],
)
def test_what_cannot_be_worked_off_is_refused_in_one_line(words, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    (tmp_path / LOG).write_text("")
    assert main(["eval", *words.split()]) == 1
    told = capsys.readouterr()
    assert said in told.err
    assert (told.err.count("\n"), told.out) == (1, "")


def test_a_provider_that_cannot_be_reached_is_no_mark_for_the_model(tmp_path, shell):
    case = replace(suite(tmp_path, {}).cases[0], gold=None)
    down = ScriptedModel(Line(fails=ModelUnavailable("It is down.", retry_after_s=99_999)))
    with pytest.raises(ModelFailed, match="It is down"):
        run_sync(work_off(Work(case, tmp_path, down), {}))


def test_a_model_that_declines_refuses(tmp_path, shell):
    case = replace(suite(tmp_path, {}).cases[0], gold=None, completion=Completion(refusal=True))
    declining = ScriptedModel(Line("", stop_reason="content_filter"))
    result = run_sync(work_off(Work(case, tmp_path, declining), {}))
    assert (result.outcome, result.scores["answer"].value) == ("failed", 1.0)


def test_a_clock_that_goes_on_is_told(tmp_path):
    with sqlite3.connect(tmp_path / "shop.sqlite") as database:
        database.execute("CREATE TABLE orders (id INTEGER)")
    own = suite(tmp_path, {})
    case = own.cases[0]
    environment = replace(
        case.environment, clock="2013-07-01", connections={"shop": f"sqlite:///{tmp_path}/shop.sqlite"}
    )
    changed = replace(own, cases=(replace(case, environment=environment),))
    result = evaluated(Plan((changed,), jobs=1), tmp_path / "out").results[0]
    assert result.details == {
        "clock": "The clock of shop goes on: only Python's and DuckDB's stand still."
    }, result


def test_two_suites_of_one_name_are_refused(tmp_path, monkeypatch, capsys):
    (tmp_path / "other").mkdir()
    suite(tmp_path, {}), suite(tmp_path / "other", {})
    assert main(["eval", str(tmp_path), str(tmp_path / "other")]) == 1
    assert "Two suites are named 'tiny'" in capsys.readouterr().err


def test_shipped_suites_are_marked_the_same_in_any_order_and_by_their_own_programs(tmp_path):
    suites = tuple(suites_named(["sample"]))
    only = tuple(f"{one.name}/{one.cases[at].id}" for one in suites for at in (1, -1))
    first = evaluated(Plan(suites, only=only, jobs=2), tmp_path / "first")
    last_first = tuple(reversed(suites))
    second = evaluated(Plan(last_first, only=only, jobs=1), tmp_path / "second")
    marks = [{one.case: one.scores for one in done.results} for done in (first, second)]
    assert marks[0].keys() == {*only}
    assert marks[0] == marks[1]
    assert check(Plan(suites, only=only, jobs=2), told=lambda *_: None) == []


@pytest.mark.skipif(sys.platform == "win32", reason="has no SIGINT for groups")
def test_an_interrupt_leaves_whole_results_and_says_how_to_go_on(tmp_path):
    plan = [sys.executable, "-m", "rasgo_nb", "eval", "sample_notebook", "--model", "offline"]
    log = tmp_path / "out" / LOG
    with subprocess.Popen(
        [*plan, "--out", str(log.parent), "--jobs", "2"], stdout=subprocess.PIPE, text=True, process_group=0
    ) as process:
        while not log.exists() or log.read_bytes().count(b"\n") < 2:
            assert process.poll() is None
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C in a terminal does
        told, _ = process.communicate(timeout=60)
    assert re.search(
        r"\d+ left: stopped by you\. The same command with `--resume .*log\.jsonl` goes on\.", told
    )
    assert process.returncode == 1
    assert {one.outcome for one in read_log(log)[1]} == {"answered"}


def test_in_a_shell_evals_run_beside_it_and_are_told(tmp_path):
    suite(tmp_path, {})
    cell = "%load_ext rasgo_nb\n%rasgo eval tiny.yaml --check\n%rasgo eval 'open"
    command = [sys.executable, "-m", "IPython", "--no-banner", "--colors=NoColor", "-c", cell]
    told = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False, cwd=tmp_path)
    assert "Good: the gold program" in told.stdout, told
    assert "A quote is not closed in `'open`" in told.stdout + told.stderr
