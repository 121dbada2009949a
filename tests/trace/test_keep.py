"""Old runs go, what is held stays, and the file shrinks."""

import random
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from rasgo_nb.agent.models.scripted import ScriptedModel, call, say
from rasgo_nb.config import Config
from rasgo_nb.errors import RasgoError, UnknownName
from rasgo_nb.interrupt import run_sync
from rasgo_nb.session import Session
from rasgo_nb.trace.keep import tidy
from rasgo_nb.trace.open_store import given_back, taken
from rasgo_nb.trace.processes import this_process
from rasgo_nb.trace.store import BROKEN_OFF
from rasgo_nb.trace.traces import traces

ANSWER = say("", call("final_answer", text="Done."))


@pytest.fixture
def record():
    return traces(Config())


@pytest.fixture
def store(ask, record):
    """The store, with six runs in it; each has much that the others have not."""
    for _ in range(6):
        text = "".join(random.choices("abcdefghijklmnop", k=300_000))
        ask(ScriptedModel(say(text)), fresh=True)
    for thread in threading.enumerate():  # what is done beside the runs
        if thread.name == "rasgo_nb trace":
            thread.join()
    store = taken(record.path)
    yield store
    given_back(store)


def make_old(store, run_id, days):
    began = datetime.now(UTC) - timedelta(days=days)
    store.change(store.number_of(run_id), began=began.isoformat())


def test_runs_beyond_the_days_are_removed(store, record):
    *_, oldest = [one.id for one in record.listed()]
    make_old(store, oldest, days=91)
    assert tidy(store, days=90, megabytes=0, but=0) == 1
    assert oldest not in [one.id for one in record.listed()]
    assert len(record.listed()) == 5


def test_the_oldest_go_first_while_the_file_is_too_large_and_it_shrinks(store, record):
    before = [one.id for one in record.listed()]
    store.shrink()
    size = record.path.stat().st_size
    tidy(store, days=0, megabytes=1, but=0)
    left = [one.id for one in record.listed()]
    assert left == before[: len(left)]
    assert 0 < len(left) < 6
    assert record.path.stat().st_size < size * 0.8
    assert all(list(record.events(run_id)) for run_id in left)


def test_what_is_held_or_being_written_stays(store, record):
    runs = [one.id for one in record.listed()]
    for run_id in runs:
        make_old(store, run_id, days=100)
    with record.holding(runs[2]):
        tidy(store, days=90, megabytes=0, but=store.number_of(runs[4]))
        assert {one.id for one in record.listed()} == {runs[2], runs[4]}
    assert tidy(store, days=90, megabytes=0, but=0) == 2


def test_limits_hold_after_a_run(shell, store, record):
    *_, oldest = [one.id for one in record.listed()]
    make_old(store, oldest, days=3)
    session = Session(shell, config=Config(trace_days=2))
    run_sync(session.ask("How many?", model=ScriptedModel(ANSWER)))
    session.close()
    given_up = time.monotonic() + 10
    while oldest in [one.id for one in record.listed()]:
        assert time.monotonic() < given_up
        time.sleep(0.01)


def test_a_run_is_forgotten_with_all_that_only_it_holds(store, record):
    runs = [one.id for one in record.listed()]
    for run_id in runs:
        record.forget(run_id[:6])
    assert record.listed() == []
    counts = [
        store._link.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
        for name in ("texts", "uses", "late")
    ]
    assert counts == [0, 0, 0]
    with pytest.raises(UnknownName, match="No run is recorded yet"):
        record.forget(runs[0])


def test_many_runs_are_forgotten_at_once(store, record):
    record.forget_all(record.listed())
    assert record.listed() == []
    assert store.used_bytes() < 100_000


def test_a_run_whose_process_has_died_is_broken_off(store, record):
    run_id = record.listed()[0].id
    number = store.number_of(run_id)
    store.change(number, status="running")
    assert record.find(run_id).status == "running"
    with pytest.raises(RasgoError, match="is being worked off"):
        record.forget(run_id)
    store._link.execute("DELETE FROM events WHERE run = ? AND kind = 'Answered'", (number,))
    host = this_process().partition("|")[0]
    store.change(number, process=f"{host}|999999999@1.0")
    assert record.find(run_id).status == BROKEN_OFF
    assert record.log(run_id).ended is None
