"""A run is written to a file of its own as it goes; the record takes it in when it has ended."""

import json
import threading

import pytest

from rasgo_nb.agent.events import Answered, ModelCalled
from rasgo_nb.agent.models.scripted import ScriptedModel, call, say
from rasgo_nb.config import Config
from rasgo_nb.errors import RasgoError
from rasgo_nb.interrupt import run_sync
from rasgo_nb.trace.open_store import given_back, taken
from rasgo_nb.trace.processes import this_process
from rasgo_nb.trace.store import BROKEN_OFF, Store
from rasgo_nb.trace.tail import Tail, left_over, written
from rasgo_nb.trace.traces import traces

ANSWER = say("", call("final_answer", text="Done."))


@pytest.fixture
def record():
    return traces(Config())


def columns_of(run_id, process):
    return {
        "id": run_id,
        "began": "2026-01-02T03:04:05+00:00",
        "question": "How many?",
        "model": "scripted",
        "connection": "shop",
        "format": 1,
        "process": process,
    }


def begun(record, run_id, process=""):
    """A run with its first event, as another process leaves it."""
    store = Store(record.path)
    started = json.dumps({"$": "RunStarted", "run_id": run_id, "question": "How many?"})
    store.begin(columns_of(run_id, process), [(1, "RunStarted", started)])
    store.close()
    return Tail(record.path, run_id)


def died():
    return f"{this_process().rpartition('@')[0]}@1.00"  # the number has come again


def finish_beside():
    for thread in threading.enumerate():
        if thread.name == "rasgo_nb trace":
            thread.join()


DELTA = '{"$": "TextDelta", "step": 1, "text": "%s"}'


def test_a_run_is_read_whole_while_it_goes_on(shop, record):
    seen = []

    def look(event):
        if isinstance(event, Answered | ModelCalled):
            seen.append((event, list(record.events(record.find().id))))

    model = ScriptedModel(say("I think.", call("list_tables")), ANSWER)
    run_sync(shop.ask("How many?", model=model, view=look))
    assert [event for event, _ in seen] == [read[-1] for _, read in seen]


def test_a_tail_goes_when_the_run_has_ended(ask, record):
    run, events = ask(ScriptedModel(say("I think.", call("list_tables")), ANSWER))
    finish_beside()
    assert left_over(record.path) == []
    assert list(record.events(run.id)) == events


def test_a_run_whose_process_died_is_whole_and_is_taken_in(record):
    tail = begun(record, "one", died())
    tail.append((2, "StepStarted", '{"$": "StepStarted", "step": 1}'))
    tail.append((3, "TextDelta", DELTA % "So"), [("mark", "a text"), ("more", b"packed")])
    tail.close()
    events = list(record.events("one"))
    assert [type(event).__name__ for event in events] == ["RunStarted", "StepStarted", "TextDelta"]
    assert (record.find("one").status, record.find("one").steps) == (BROKEN_OFF, 1)
    Store(record.path).close()
    assert (left_over(record.path), list(record.events("one"))) == ([], events)


def test_a_line_that_was_broken_off_is_left_out(record):
    tail = begun(record, "one", died())
    tail.append((2, "TextDelta", DELTA % "So"))
    tail.close()
    [path] = record.path.parent.glob("*-tail-one")
    path.write_bytes(path.read_bytes() + b'3 TextDelta {"$": "Te')
    assert len(list(record.events("one"))) == 2


def test_the_tail_of_a_living_process_is_left_to_it(ask, record):
    tail = begun(record, "one", this_process())
    tail.append((2, "TextDelta", DELTA % "So"))
    Store(record.path).close()
    assert left_over(record.path) == ["one"]
    with pytest.raises(RasgoError, match="is being worked off"):
        record.forget("one")
    tail.close()


def test_a_tail_goes_with_its_run(record):
    begun(record, "one", died()).close()
    store = taken(record.path)
    Tail(record.path, "one").append((2, "TextDelta", DELTA % "So"))
    store.forget(store.number_of("one"))
    given_back(store)
    assert left_over(record.path) == []


def test_the_tail_of_a_run_that_is_gone_goes(record):
    begun(record, "one", died()).close()
    Tail(record.path, "../two").close()
    assert sorted(left_over(record.path)) == ["../two", "one"]
    Store(record.path).close()
    assert left_over(record.path) == []


def test_what_was_taken_in_and_still_lies_there_is_read_once(record):
    tail = begun(record, "one", died())
    tail.append((2, "TextDelta", DELTA % "So"))
    tail.close()
    [path] = record.path.parent.glob("*-tail-one")
    body = path.read_bytes()
    Store(record.path).close()
    path.write_bytes(body)
    assert len(list(record.events("one"))) == 2


def test_texts_come_back_as_they_were(record):
    tail = begun(record, "one", died())
    tail.append((2, "TextDelta", DELTA % "So"), [("a", "lone \ud800\n line"), ("b", b"\x00\n\xff")])
    tail.close()
    assert written(record.path, "one").texts == {"a": "lone \ud800\n line", "b": b"\x00\n\xff"}
