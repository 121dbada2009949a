"""A run is recorded as it goes, and is read back as the same run; recording never ends a question."""

import os
import sqlite3
import stat
import sys
import threading
import time

import duckdb
import pytest

from rasgo_nb.agent.events import MemoryDecided, RunNoted, TextDelta
from rasgo_nb.agent.models.scripted import ScriptedModel, call, say
from rasgo_nb.agent.run_log import RunLog
from rasgo_nb.config import Config, data_path
from rasgo_nb.connection_settings import ConnectionSettings
from rasgo_nb.errors import RasgoError, UnknownName
from rasgo_nb.interrupt import run_sync
from rasgo_nb.secret_store import note_secret
from rasgo_nb.session import Session
from rasgo_nb.trace.frames import summary_in
from rasgo_nb.trace.masking import Masking
from rasgo_nb.trace.open_store import given_back, taken
from rasgo_nb.trace.store_file import opened
from rasgo_nb.trace.traces import FILE, Traces, traces

COUNT = call("run_sql", sql="SELECT customer_id, count(*) AS n FROM orders GROUP BY ALL ORDER BY 1")
ANSWER = say("", call("final_answer", text="Two are **paid**.", steps=[1]))


@pytest.fixture
def record(shop):
    return traces(shop.config)


def wait_until(holds, most_s=10.0):
    given_up = time.monotonic() + most_s
    while not holds():
        assert time.monotonic() < given_up
        time.sleep(0.01)


def everything_in(folder):
    """All that lies in the files of a folder, texts unpacked."""
    link, _ = opened(folder / FILE)
    bodies = [
        row[0] for table in ("events", "texts", "late") for row in link.execute(f"SELECT body FROM {table}")
    ]
    runs = repr(link.execute("SELECT * FROM runs").fetchall())
    link.close()
    from rasgo_nb.trace.store import unpacked

    raw = b"".join(path.read_bytes() for path in folder.glob(f"{FILE}*"))
    return runs + "".join(map(unpacked, bodies)) + raw.decode("latin-1")


# --- as it was


def test_a_run_is_read_back_event_by_event(ask, record):
    run, events = ask(ScriptedModel(say("I count.", COUNT), ANSWER))
    assert list(record.events(run.id)) == events


def test_a_run_is_read_back_as_the_same_log(ask, record):
    run, events = ask(ScriptedModel(say("I count.", COUNT), ANSWER))
    log = RunLog()
    for event in events:
        log.add(event)
    assert record.log(run.id) == log
    frame = record.log(run.id).steps[0].calls[0].result.value.frame
    assert frame.to_dict("list") == run.steps[0].calls[0].result.value.frame.to_dict("list")


def test_a_run_is_listed_with_what_it_took(ask, record):
    run, _ = ask(ScriptedModel(say("I count.", COUNT), ANSWER))
    traced = record.find(run.id[:5])
    assert record.listed() == [traced]
    assert (traced.id, traced.status, traced.steps, traced.model) == (run.id, "answered", 2, "scripted")
    assert (traced.usage, traced.interface) == (run.usage, "standard 1")
    assert {"rasgo_nb", "python", "trace"} <= traced.versions.keys()


def test_runs_are_found_by_words_and_by_the_beginning_of_their_id(ask, record):
    first, _ = ask(ScriptedModel(ANSWER), question="How many 100%_orders?")
    last, _ = ask(ScriptedModel(ANSWER), question="Who pays?")
    assert [one.id for one in record.listed()] == [last.id, first.id]
    assert [one.id for one in record.listed("100%_ORDERS how")] == [first.id]
    assert record.listed("%pays_") == []
    assert record.find().id == last.id


def test_what_is_not_recorded_is_said_with_what_to_type(ask, record):
    with pytest.raises(UnknownName, match=r"No run is recorded yet\..*%rasgo runs"):
        record.find()
    ask(ScriptedModel(ANSWER))
    with pytest.raises(UnknownName, match=r"No run 'nope' is recorded\. Type `%rasgo runs`"):
        record.find("nope")
    with pytest.raises(UnknownName):
        list(record.events("nope"))


def test_the_notebook_is_kept(shop, record, tmp_path):
    shop.shell.user_ns["__vsc_ipynb_file__"] = str(tmp_path / "sales.ipynb")
    run_sync(shop.ask("How many?", model=ScriptedModel(ANSWER)))
    assert record.find().notebook == str(tmp_path / "sales.ipynb")


def test_a_large_frame_is_measured_beside_the_run(ask, record):
    code = "import pandas as pd\nframe = pd.DataFrame({'n': range(50_000)})\nframe"
    run, _ = ask(ScriptedModel(say("", call("run_python", code=code)), ANSWER))

    def summary():
        return summary_in(record.log(run.id).steps[0].calls[0].result.value.value)

    wait_until(lambda: summary().digest)
    assert (summary().rows, len(summary().first)) == (50_000, 200)
    assert (summary().columns[0].max, summary().columns[0].sum) == (49_999, 1_249_975_000)


def test_a_value_whose_own_code_fails_is_kept_as_its_type(ask, record):
    code = "class Odd:\n    def __repr__(self): raise ValueError\nOdd()"
    run, _ = ask(ScriptedModel(say("", call("run_python", code=code)), ANSWER))
    value = record.log(run.id).steps[0].calls[0].result.value
    assert (value.value.type, record.find().status) == ("Odd", "answered")


def test_halves_of_characters_and_nulls_are_recorded(ask, record):
    odd = "What \ud800 \x00\u2028?"
    run, events = ask(ScriptedModel(say(odd * 1_000, COUNT), ANSWER), question=odd)
    assert (noted(events), record.find(run.id).question) == ([], "What ? \x00\u2028?")
    assert list(record.events(run.id)) == events


def test_an_empty_file_holds_no_run(record):
    record.path.parent.mkdir(parents=True, exist_ok=True)
    record.path.touch()
    assert record.listed() == []
    with pytest.raises(UnknownName, match="No run is recorded yet"):
        record.find()


def test_the_same_prompt_is_stored_once(ask, record):
    lines = [say("I count.", COUNT) for _ in range(6)]
    ask(ScriptedModel(*lines, ANSWER))
    link, _ = opened(record.path)
    events, texts = (
        link.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("events", "texts")
    )
    link.close()
    assert texts < events


def test_several_runs_at_once_are_kept_apart(shell, tmp_path, record):
    sessions = [Session(shell, config=Config()) for _ in range(4)]

    def work(session):
        session.connect(":memory:")
        for _ in range(3):
            run_sync(session.ask("How many?", model=ScriptedModel(say("Well."), ANSWER)))

    threads = [threading.Thread(target=work, args=(session,)) for session in sessions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for session in sessions:
        session.close()
    assert [one.status for one in record.listed()] == ["answered"] * 12


def test_the_files_are_the_persons_alone(ask, record):
    ask(ScriptedModel(ANSWER))
    if os.name == "posix":
        assert stat.S_IMODE(record.path.stat().st_mode) == 0o600


def test_what_was_decided_after_the_run_is_recorded_too(ask, shop, record):
    note = call("propose_memory", text="Amounts are net of tax.", step=1, tables=["orders"], columns=[])
    run, _ = ask(ScriptedModel(say("", COUNT), say("", note), ANSWER))
    proposal = run.steps[1].calls[0].result.value
    shop.memory_desk._reports[proposal.id](MemoryDecided(proposal.id, None))
    wait_until(lambda: record.log(run.id).decided)
    assert list(record.log(run.id).decided) == [proposal.id]


# --- what does not get into it


def test_nothing_is_recorded_where_it_is_off(shell, record):
    session = Session(shell, config=Config(trace=False))
    run_sync(session.ask("How many?", model=ScriptedModel(ANSWER)))
    session.close()
    assert not record.path.exists()
    assert record.listed() == []


SECRET = 'sk-"tr\\ace-Ω-canary'


def test_secrets_are_hidden_in_every_text(ask, record, monkeypatch):
    monkeypatch.setenv("SHOP_API_KEY", SECRET)
    code = f"print({SECRET!r})\n{SECRET!r}"
    lines = [say(f"The key is {SECRET}.", call("run_python", code=code))]
    ask(
        ScriptedModel(*lines, say("", call("final_answer", text=f"It is {SECRET}"))),
        question=f"Is it {SECRET}?",
    )
    kept = everything_in(record.path.parent)
    assert "canary" not in kept
    assert "Is it ***?" in kept


def test_a_secret_that_comes_in_pieces_is_hidden(ask, record):
    note_secret("hunter2-hunter2")
    run, events = ask(ScriptedModel(say("hunter2-hunter2")))
    assert [event.text for event in events if isinstance(event, TextDelta)] == ["hunter2", "-hunter2"]
    assert "hunter2" not in everything_in(record.path.parent)
    assert record.log(run.id).steps[0].text == "***"


def test_a_short_word_is_no_secret_and_a_masking_shows_none():
    masking = Masking(["shop", "pass word/1"])
    assert masking.masked("the shop pass%20word%2F1 pass+word%2F1") == "the shop *** ***"
    assert "word" not in repr(masking)


@pytest.mark.parametrize("level", ["stats", "schema"])
def test_rows_of_private_connections_are_not_kept(shell, tmp_path, level, record):
    with duckdb.connect(str(tmp_path / "p.duckdb")) as database:
        database.execute(
            "CREATE TABLE people AS SELECT 'canary-' || i AS name, 4711 + i AS pay FROM range(9) t(i)"
        )
    session = Session(shell, config=Config(connections={"p": ConnectionSettings(privacy=level)}))
    session.connect(tmp_path / "p.duckdb", name="p")
    query = call("run_sql", sql="SELECT name, pay FROM people", save_as="people")
    python = call("run_python", code="print(people.name[3])\npeople")
    chart = call("show_chart", dataframe="people", mark="bar", x="name", y="pay")
    run_sync(
        session.ask("Who?", model=ScriptedModel(say("", query), say("", python), say("", chart), ANSWER))
    )
    session.close()
    assert "canary-" not in everything_in(record.path.parent)
    frame = record.log("").steps[0].calls[0].result.value.frame
    assert (summary_in(frame).shape, summary_in(frame).withheld, len(frame)) == ((9, 2), True, 0)


def test_masked_columns_are_not_kept_and_the_others_are(shell, tmp_path, record):
    with duckdb.connect(str(tmp_path / "p.duckdb")) as database:
        database.execute("CREATE TABLE people AS SELECT 'canary-' || i AS name, i AS age FROM range(90) t(i)")
    session = Session(shell, config=Config(connections={"p": ConnectionSettings(masked=("people.name",))}))
    session.connect(tmp_path / "p.duckdb", name="p")
    query = call("run_sql", sql="SELECT name, age FROM people ORDER BY age", save_as="people")
    run_sync(session.ask("Who?", model=ScriptedModel(say("", query), ANSWER)))
    session.close()
    assert "canary-" not in everything_in(record.path.parent)
    frame = record.log("").steps[0].calls[0].result.value.frame
    assert (frame["age"].tolist(), frame["name"].isna().all()) == (list(range(90)), True)


# --- what may go wrong


def noted(events):
    return [event.note for event in events if isinstance(event, RunNoted)]


def test_a_home_that_cannot_be_written_breaks_no_question(ask, record, tmp_path):
    record.path.parent.parent.mkdir(exist_ok=True)
    record.path.parent.write_text("a file where the folder should be")
    run, events = ask(ScriptedModel(say("I count.", COUNT), ANSWER))
    [note] = noted(events)
    assert run.status == "answered"
    assert note.startswith("This run is not recorded: ")
    assert "RASGO_NB_HOME" in note
    record.path.parent.unlink()
    run, events = ask(ScriptedModel(ANSWER))
    assert (noted(events), record.find().id) == ([], run.id)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such limits")
def test_a_disk_that_is_full_is_told_once_and_the_run_is_broken_off(ask, record):
    import resource

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    ask(ScriptedModel(ANSWER))
    wait_until(lambda: not any(one.name == "rasgo_nb trace" for one in threading.enumerate()))
    beside = record.path.with_name(f"{FILE}-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (beside + 60_000, limits[1]))
    try:
        run, events = ask(ScriptedModel(*[say("I count. " * 400, COUNT)] * 40, ANSWER), max_steps=50)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    [note] = noted(events)
    assert run.status == "answered"
    assert "is full. Free some space" in note
    assert record.find(run.id).status == "broken off"
    assert record.forget(run.id).id == run.id


def test_a_record_that_another_keeps_locked_stalls_no_question(ask, record):
    ask(ScriptedModel(ANSWER))
    link = sqlite3.connect(record.path, isolation_level=None)
    link.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    _, events = ask(ScriptedModel(say("I count.", COUNT), ANSWER))
    assert time.monotonic() - began < 6.0
    link.execute("ROLLBACK")
    link.close()
    assert ["another kernel keeps the record locked" in note for note in noted(events)] == [True]
    run, events = ask(ScriptedModel(ANSWER))
    assert (noted(events), record.find().id) == ([], run.id)


def test_a_damaged_record_is_put_aside_and_told(ask, record):
    record.path.parent.mkdir(parents=True, exist_ok=True)
    record.path.write_bytes(b"no database at all " * 500)
    run, events = ask(ScriptedModel(ANSWER))
    [note] = noted(events)
    assert "was damaged. It is kept as" in note
    assert record.find().id == run.id
    assert len(list(record.path.parent.glob("trace.damaged-*.sqlite"))) == 1


def test_a_record_of_a_newer_version_is_put_aside_and_told(ask, record):
    record.path.parent.mkdir(parents=True, exist_ok=True)
    link = sqlite3.connect(record.path)
    link.execute("PRAGMA user_version = 99")
    link.close()
    with pytest.raises(RasgoError, match="newer version"):
        record.listed()
    _, events = ask(ScriptedModel(ANSWER))
    assert "was made by a newer version" in noted(events)[0]
    assert len(list(record.path.parent.glob("trace.newer-*.sqlite"))) == 1


def test_a_record_damaged_while_it_is_open_breaks_no_question(ask, record):
    ask(ScriptedModel(ANSWER))
    for thread in threading.enumerate():
        if thread.name == "rasgo_nb trace":  # it has the link for itself meanwhile
            thread.join()
    store = taken(record.path)
    store._link.execute("DROP TABLE events")
    given_back(store)
    run, events = ask(ScriptedModel(ANSWER))
    assert run.status == "answered"
    assert "is damaged, and kept as" in noted(events)[0]
    _, events = ask(ScriptedModel(ANSWER))
    assert noted(events) == []


def test_a_folder_that_was_removed_is_begun_anew(ask, record):
    ask(ScriptedModel(ANSWER))
    for path in record.path.parent.glob(f"{FILE}*"):
        path.unlink()
    run, events = ask(ScriptedModel(ANSWER))
    assert (noted(events), [one.id for one in record.listed()]) == ([], [run.id])


def test_traces_are_those_of_the_persons_folder():
    assert traces(Config()).path == Traces(data_path() / FILE).path
