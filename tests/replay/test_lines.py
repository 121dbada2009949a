"""Recorded lines in use: a question is answered again with no model and no key."""

import json
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import duckdb
import nbformat
import pytest

from rasgo_nb.agent.events import RunNoted
from rasgo_nb.agent.interface import choose_interface
from rasgo_nb.agent.models.lines_file import write_recording
from rasgo_nb.agent.models.recorded import RecordedModel
from rasgo_nb.agent.models.scripted import Line, ScriptedModel, call, say
from rasgo_nb.agent.specialist import Specialist
from rasgo_nb.commands.rasgo import run_command
from rasgo_nb.errors import ModelFailed, RasgoError
from rasgo_nb.interrupt import run_sync
from rasgo_nb.opening import open_models
from rasgo_nb.replay.found import record_of
from rasgo_nb.replay.lines import recorded_interface, recorded_model, recording_of

COUNT = say("I count.", call("run_sql", sql="SELECT count(*) AS n FROM orders", save_as="counted"))
DONE = say("", call("final_answer", text="There are 4 orders.", dataframes=["counted"]))


@pytest.fixture
def lines(ask, tmp_path, shop):
    """A file with the lines of one run."""
    first = Line(COUNT.text, COUNT.calls, thinking="Orders are rows of orders.")
    ask(ScriptedModel(first, DONE))
    run_command(shop, f"replay --save-lines {tmp_path / 'lines.jsonl'}")
    shop.shell.user_ns.pop("counted")  # as in a fresh kernel
    return tmp_path / "lines.jsonl"


def notes_of(events):
    return [event.note for event in events if isinstance(event, RunNoted)]


def test_a_question_is_answered_from_its_lines(lines, ask):
    run, events = ask(f"replay:{lines}")
    assert run.answer == "There are 4 orders."
    assert run.steps[0].thinking == "Orders are rows of orders."
    assert [frame.n[0] for frame in run.dataframes.values()] == [4]
    assert run.usage.cost_usd == 0
    assert notes_of(events) == []
    assert "plays replies of scripted" in events[0].note


def test_a_run_of_the_trace_plays_too(ask):
    kept, _ = ask(ScriptedModel(COUNT, DONE))
    assert ask(f"replay:{kept.id[:6]}")[0].answer == "There are 4 orders."


def test_the_file_holds_nothing_but_replies(lines):
    head, *replies = map(json.loads, lines.read_text().splitlines())
    assert head["question"] == "How many orders are there?"
    assert [part for reply in replies for part in reply["parts"]][:2] == [
        {"thinking": "Orders are rows of orders."},
        {"text": "I count."},
    ]
    assert {key for reply in replies for key in reply} == {"purpose", "saw", "parts", "stop_reason", "usage"}


def test_the_file_holds_no_secret(ask, shop, tmp_path, monkeypatch):
    monkeypatch.setenv("SHOP_API_KEY", "correct-horse-battery")
    ask(ScriptedModel(say("It is correct-horse-battery.", *COUNT.calls), DONE))
    run_command(shop, f"replay --save-lines {tmp_path / 'lines.jsonl'}")
    assert "It is ***." in (tmp_path / "lines.jsonl").read_text()


def test_another_question_is_noted(lines, ask):
    _, events = ask(f"replay:{lines}", question="Who bought most?")
    (note,) = notes_of(events)
    assert "was recorded for another question: How many orders are there?" in note


def test_other_data_is_noted(lines, ask, shop, tmp_path):
    shop.connections.disconnect()
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as database:
        database.execute("DELETE FROM orders WHERE id = 1")
    shop.connect(tmp_path / "shop.duckdb")
    _, events = ask(f"replay:{lines}")
    (note,) = notes_of(events)
    assert note.startswith("From reply 2 on the conversation departs from the recording")


def test_when_lines_run_out_the_person_is_told_to_record_anew(lines, ask):
    kept = lines.read_text().splitlines()[:2]
    lines.write_text("\n".join(kept))
    with pytest.raises(ModelFailed, match=r"all 1 recorded replies are played .*--save-lines"):
        ask(f"replay:{lines}")


def test_what_cannot_be_played_is_one_clear_line(ask):
    for name, fault in (
        ("replay:none.jsonl", r"none\.jsonl cannot be read: No such file"),
        ("replay:", "Which run"),
        ("replay:0123456789ab", "No run"),
    ):
        with pytest.raises(RasgoError, match=fault):
            ask(name)


def test_lines_are_kept_in_a_file_of_lines(lines, shop, tmp_path):
    with pytest.raises(RasgoError, match=r"Type for example `--save-lines lines\.jsonl`"):
        run_command(shop, f"replay --save-lines {tmp_path / 'lines.txt'}")


def test_lines_of_the_model_that_writes_sql_play_too(ask, shop, tmp_path):
    log = record_of(shop, ask(ScriptedModel(COUNT, DONE))[0].id)
    written = log.steps[0].model_calls[0]
    of_sql = replace(written, called=replace(written.called, purpose="sql"))
    log.steps[0].model_calls.append(of_sql)
    recording = recording_of(log)
    assert [reply.purpose for reply in recording.replies] == ["reply", "sql", "reply"]
    write_recording(tmp_path / "both.jsonl", recording)

    async def opened():
        async with AsyncExitStack() as closing:
            return await open_models(
                shop.config,
                model=f"replay:{tmp_path / 'both.jsonl'}",
                interface="",
                cache_key="",
                closing=closing,
            )

    models = run_sync(opened())
    assert isinstance(models.model, RecordedModel)
    assert isinstance(models.specialist, Specialist)


def test_the_recorded_family_names_the_tools(lines, shop):
    lines.write_text(lines.read_text().replace('"standard 1"', '"anthropic 0"'))
    face, note = recorded_interface(recorded_model(f"replay:{lines}", shop.config), "")
    assert face.family == "anthropic"
    assert f"which is version {choose_interface('anthropic:x').version} now" in note


def test_a_notebook_runs_without_a_key(lines, tmp_path):
    nbclient = pytest.importorskip("nbclient")
    cells = [
        "%load_ext rasgo_nb",
        f"%rasgo connect {tmp_path / 'shop.duckdb'}",
        f"%%ask --model replay:{lines} --as run\nHow many orders are there?",
        "assert run.answer == 'There are 4 orders.', run\nint(counted.n[0])",
    ]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbclient.NotebookClient(book, timeout=120, kernel_name="python3").execute(cwd=str(Path.cwd()))
    assert book.cells[-1].outputs[-1]["data"]["text/plain"] == "4"
