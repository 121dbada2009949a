"""``%rasgo runs``: what happened, listed, shown, written, taken in and forgotten."""

import json
import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from rasgo_nb.agent.models.scripted import ScriptedModel, call, say
from rasgo_nb.cli import main
from rasgo_nb.commands.rasgo import run_command
from rasgo_nb.commands.runs_table import runs_table, when
from rasgo_nb.config import data_path
from rasgo_nb.errors import RasgoError, UnknownName
from rasgo_nb.interrupt import run_sync
from rasgo_nb.trace.traces import FILE, TracedRun, Traces

SQL = "SELECT customer_id, count(*) AS orders FROM orders GROUP BY customer_id ORDER BY customer_id"


@pytest.fixture
def asked(shop):
    """A session that has answered a question from a result of several rows."""

    def ask(question="How many orders by customer?", **line):
        answer = line or {"text": "The first has **2** orders.", "steps": [1], "dataframes": ["by_customer"]}
        model = ScriptedModel(
            say("I count.", call("run_sql", sql=SQL, save_as="by_customer")),
            say("", call("final_answer", **answer)),
        )
        return run_sync(shop.ask(question, model=model))

    shop.ask_again = ask
    shop.first = ask()
    return shop


def runs(session, line=""):
    return run_command(session, f"runs {line}")


def record():
    return Traces(data_path() / FILE)


def test_the_list_says_what_was_asked_and_what_came_of_it(asked):
    head, row = runs(asked).splitlines()
    assert head.split()[:5] == ["run", "when", "question", "model", "status"]
    for fact in (asked.first.id[:8], "How many orders by customer?", "scripted", "answered", "today"):
        assert fact in row


def test_words_find_runs(asked):
    asked.ask_again("Which customer pays late?")
    assert "pays late" in runs(asked, "late")
    assert len(runs(asked, "late").splitlines()) == 2
    assert len(runs(asked).splitlines()) == 3


def test_a_list_that_is_cut_says_so(asked):
    asked.ask_again()
    assert "`%rasgo runs --limit 10` lists them" in runs(asked, "--limit 1")


def test_no_run_yet_says_what_to_type(session):
    assert runs(session) == "No run is recorded yet. Ask a question with `%%ask`."
    with pytest.raises(UnknownName, match="%%ask"):
        runs(session, "show")


def test_a_record_that_is_off_says_so(shop):
    shop.config = replace(shop.config, trace=False)
    assert runs(shop) == "Runs are not recorded: trace is off. Type `%rasgo config trace on`."


def test_a_word_that_looks_like_a_verb_is_offered(asked):
    assert "`%rasgo runs export`" in runs(asked, "exprot")


def test_a_run_is_shown_as_it_was(asked):
    shown = runs(asked, f"show {asked.first.id[:6]}")
    for fact in (asked.first.id, "How many orders by customer?", SQL, "run_sql", "has **2** orders"):
        assert fact in shown


def test_a_run_that_nobody_knows_says_what_to_type(asked):
    with pytest.raises(UnknownName, match="`%rasgo runs`"):
        runs(asked, "show zzz")


def test_a_beginning_that_several_runs_share_is_refused(asked, tmp_path):
    path = tmp_path / "runs.jsonl"
    runs(asked, f"export --to {path}")
    path.write_text(path.read_text().replace(asked.first.id, f"{asked.first.id[:6]}zz"))
    runs(asked, f"import {path}")
    with pytest.raises(UnknownName, match="Several runs begin with"):
        runs(asked, f"show {asked.first.id[:6]}")


def test_the_page_of_a_run_is_written_once(asked, tmp_path):
    path = tmp_path / "run.html"
    assert str(path) in runs(asked, f"page {asked.first.id} {path}")
    page = path.read_text()
    assert "How many orders by customer?" in page
    assert "rasgo_nb 0" in page
    with pytest.raises(RasgoError, match="--force"):
        runs(asked, f"page {asked.first.id} {path}")
    assert "is in" in runs(asked, f"page {asked.first.id} {path} --force")


def test_a_page_needs_no_name(asked, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    runs(asked, "page")
    assert (tmp_path / f"run-{asked.first.id}.html").exists()


@pytest.mark.parametrize("verb", ["page RUN", "export RUN --to", "export --otlp"])
def test_a_folder_that_is_not_there_is_told(asked, tmp_path, verb):
    with pytest.raises(RasgoError, match="There is no folder"):
        runs(asked, f"{verb.replace('RUN', asked.first.id)} {tmp_path / 'none' / 'x.html'}")


def test_a_folder_in_place_of_a_file_is_told(asked, tmp_path):
    with pytest.raises(RasgoError, match="is a folder"):
        runs(asked, f"export --to {tmp_path}")


def test_a_path_with_spaces_stands_in_quotes(asked, tmp_path):
    (tmp_path / "my runs").mkdir()
    runs(asked, f'export --to "{tmp_path / "my runs" / "all of them.jsonl"}"')
    assert (tmp_path / "my runs" / "all of them.jsonl").exists()


def test_what_is_written_comes_back_as_it_was(asked, tmp_path):
    path, before = tmp_path / "runs.jsonl", record().log(asked.first.id)
    events, about = list(record().timed(asked.first.id)), record().find()
    runs(asked, f"export --all --to {path}")
    runs(asked, f"forget {asked.first.id}")
    assert "1 run taken in" in runs(asked, f"import {path}")
    after = record().log(asked.first.id)
    assert without_values(after) == without_values(before)
    assert [at for at, _ in record().timed(asked.first.id)] == [at for at, _ in events]
    pd.testing.assert_frame_equal(frame_of(after), frame_of(before))
    assert replace(record().find(), bytes=0) == replace(about, bytes=0)
    assert "1 is recorded already" in runs(asked, f"import {path}").replace("1 run is", "1 is")


def frame_of(log):
    return next(call.result.value.frame for step in log.steps for call in step.calls if step.number == 1)


def without_values(log):
    """What a log tells but frames, which have no one truth value."""
    return re.sub(r"QueryResult\(.*?\)", "", repr(log))


def test_a_run_without_rows_holds_no_value_of_the_data(shop, tmp_path):
    model = ScriptedModel(
        say("", call("run_sql", sql="SELECT 'canary-' || 4711 AS word, 42 AS n", save_as="words")),
        say("", call("run_python", code="print(words)")),
        say("", call("final_answer", text="There is one.")),
    )
    run_sync(shop.ask("Which words?", model=model))
    path = tmp_path / "runs.jsonl"
    runs(shop, f"export --to {path}")
    assert "canary-4711" in path.read_text()
    said = runs(shop, f"export --to {path} --no-rows --force")
    assert "without rows" in said
    assert "canary-4711" not in path.read_text()
    assert "There is one." in path.read_text()
    runs(shop, "forget --all --yes")
    runs(shop, f"import {path}")
    frame = next(iter(record().log("").steps)).calls[0].result.value.frame
    assert list(frame.columns) == ["word", "n"]
    assert len(frame) == 0


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda lines: [*lines[:2], "{oops", *lines[3:]], "line 3 is no JSON"),
        (lambda lines: [*lines[:2], "[1]", *lines[3:]], "line 3 is no JSON object"),
        (lambda lines: lines[1:], "line 1 should tell of a run"),
        (lambda lines: [lines[0], *lines[2:]], "line 2 should be the RunStarted"),
        (lambda lines: [lines[0].replace('"id":"', '"id":"../'), *lines[1:]], "line 1: the id of a run"),
        (
            lambda lines: [re.sub(r'"began":"[^"]*"', '"began":"soon"', lines[0]), *lines[1:]],
            "'soon' is no time",
        ),
        (lambda lines: lines[:1], "has no beginning"),
        (lambda lines: [], "holds no run"),
    ],
)
def test_a_damaged_file_names_its_line_and_changes_nothing(asked, tmp_path, spoil, told):
    path = tmp_path / "runs.jsonl"
    runs(asked, f"export --to {path}")
    path.write_text("\n".join(spoil(path.read_text().splitlines())))
    runs(asked, "forget --all --yes")
    with pytest.raises(RasgoError, match=told) as failed:
        runs(asked, f"import {path}")
    assert "runs.jsonl" in str(failed.value)
    assert not record().listed()


def test_an_event_of_a_newer_version_is_taken_in_as_a_note(asked, tmp_path):
    path = tmp_path / "runs.jsonl"
    runs(asked, f"export --to {path}")
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:3], '{"$":"Dreamt","of":"sheep"}', *lines[3:]]))
    runs(asked, "forget --all --yes")
    runs(asked, f"import {path}")
    assert any("newer version" in note for note in record().log("").notes)


def test_a_run_that_broke_off_is_shown_and_told(asked, tmp_path):
    path = tmp_path / "runs.jsonl"
    runs(asked, f"export --to {path}")
    path.write_text("\n".join(path.read_text().splitlines()[:-2]))
    runs(asked, "forget --all --yes")
    runs(asked, f"import {path}")
    assert "broken off" in runs(asked)
    assert "This run broke off" in runs(asked, "show")


def test_opentelemetry_gets_a_line_a_run(asked, tmp_path):
    asked.ask_again()
    path = tmp_path / "runs.json"
    assert "2 runs written" in runs(asked, f"export --all --otlp {path}")
    traces = [json.loads(line) for line in path.read_text().splitlines()]
    names = [span["name"] for span in traces[0]["resourceSpans"][0]["scopeSpans"][0]["spans"]]
    assert names[0] == "invoke_agent rasgo_nb"
    assert "execute_tool run_sql" in names
    assert "How many orders" not in path.read_text()
    runs(asked, f"export --all --otlp {path} --content --force")
    assert "How many orders" in path.read_text()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("export", "Say where to"),
        ("export --to", "--to needs a value"),
        ("export --since soon --to x", "takes a whole number"),
        ("export --ot x", "Did you mean --otlp|--to|--otel"),
        ("export --to x --content --no-rows", "contradict"),
        ("show --force", "--force means nothing here"),
        ("show a b", "too much"),
        ("forget", "too little"),
        ("import", "too little"),
        ("import none.jsonl", "cannot be read"),
    ],
)
def test_what_makes_no_sense_says_what_to_type(asked, line, told):
    with pytest.raises(RasgoError, match=told):
        runs(asked, line)


GOLDEN = Path(__file__).parent / "golden" / "trace"


def test_a_record_of_format_1_is_listed_shown_and_written(session, tmp_path):
    data_path().mkdir(parents=True, exist_ok=True)
    shutil.copy(GOLDEN / "format_1.sqlite", data_path() / FILE)
    run = record().find()
    assert run.id[:8] in runs(session)
    assert run.question.split()[0] in runs(session, "show")
    assert "is in" in runs(session, f"page {run.id} {tmp_path / 'run.html'}")
    assert "written" in runs(session, f"export --to {tmp_path / 'run.jsonl'}")
    assert "written" in runs(session, f"export --otlp {tmp_path / 'run.json'}")


def test_a_file_of_format_1_is_taken_in_and_shown(session):
    assert "1 run taken in" in runs(session, f"import {GOLDEN / 'run_format_1.jsonl'}")
    run = record().find()
    assert (run.id, run.status, run.steps) == ("0a1b2c3d4e5f", "answered", 2)
    for fact in ("How many orders by customer?", SQL, "The first has **2** orders."):
        assert fact in runs(session, "show")


def test_all_runs_are_forgotten_after_a_second_word(asked):
    assert "`%rasgo runs forget --all --yes`" in runs(asked, "forget --all")
    assert len(record().listed()) == 1
    assert runs(asked, "forget --all --yes") == "1 run forgotten."
    assert record().listed() == []


def test_how_long_runs_are_kept_is_told_with_its_settings(asked):
    told = runs(asked, "keep")
    assert str(data_path() / FILE) in told
    for setting in ("trace_days", "trace_mb", "trace_rows", "otel"):
        assert f"%rasgo config {setting}" in told


def test_the_command_line_has_the_same_words(asked, tmp_path, capsys):
    assert main(["runs"]) == 0
    assert asked.first.id[:8] in capsys.readouterr().out
    assert main(["runs", "export", asked.first.id, "--to", str(tmp_path / "a b.jsonl"), "--no-rows"]) == 0
    assert (tmp_path / "a b.jsonl").exists()
    assert main(["runs", "show", "zzz"]) == 1
    assert "UnknownName" in capsys.readouterr().err


def traced(run_id, **facts):
    usual = {"began": datetime.now(UTC), "question": "Why?", "model": "offline", "interface": "open 3"}
    usual |= {"connection": "shop", "status": "answered", "steps": 2, "elapsed_s": 1.5, "usage": None}
    return TracedRun(run_id, **(usual | facts))


def test_ids_are_as_long_as_tells_them_apart():
    from rasgo_nb.agent.messages import Usage

    rows = runs_table(
        [traced("0123456789aa", usage=Usage()), traced("0123456789bb", usage=Usage(), numbers=8, verified=7)],
        datetime.now(UTC),
    )
    assert [row.split()[0] for row in rows[1:]] == ["0123456789a", "0123456789b"]
    assert rows[2].endswith("7/8")
    assert "cost" not in rows[0]


def test_times_are_said_as_one_says_them():
    now = datetime(2026, 10, 5, 12, 0).astimezone()
    assert when(now - timedelta(hours=1), now) == "today 11:00"
    assert when(now - timedelta(hours=20), now) == "yesterday 16:00"
    assert when(now - timedelta(days=30), now) == "2026-09-05 12:00"
