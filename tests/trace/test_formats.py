"""Records of every format that was ever written open for ever."""

import shutil
import sqlite3
from decimal import Decimal
from pathlib import Path

import pytest

from rasgo_nb.agent.events import Answer, Answered
from rasgo_nb.trace.frames import summary_in
from rasgo_nb.trace.store_file import opened
from rasgo_nb.trace.store_steps import MIGRATIONS
from rasgo_nb.trace.traces import Traces
from rasgo_nb.widgets.text import run_text

GOLDEN = Path(__file__).parents[1] / "golden" / "trace"


@pytest.fixture
def record(tmp_path):
    """A copy of a recorded run of format 1, which reading must leave as it is."""
    shutil.copy(GOLDEN / "format_1.sqlite", tmp_path / "trace.sqlite")
    return Traces(tmp_path / "trace.sqlite")


def test_format_1_is_listed(record):
    [traced] = record.listed("country")
    assert (traced.status, traced.steps, traced.model) == ("answered", 7, "scripted")
    assert (traced.connection, traced.interface, traced.versions["trace"]) == ("shop", "standard 1", "1")


def test_format_1_is_read_back(record):
    log = record.log("")
    kinds = [call.tool_call.name for step in log.steps for call in step.calls]
    assert kinds[:4] == ["search_tables", "get_table_detail", "profile_columns", "run_sql"]
    frame = log.steps[2].calls[0].result.value.frame
    assert frame["amount"].tolist() == [Decimal("30.50"), Decimal("12.25")]
    assert str(frame["first"].tolist()[0])[:10] == "2024-01-05"
    assert summary_in(frame).columns[2].sum == Decimal("42.75")
    assert isinstance(log.ended, Answered)
    assert log.ended.answer == Answer(
        "France has **2** orders of 30.50 euro, Germany 2 of 12.25.",
        ("All orders count.",),
        (3,),
        ("per_country",),
    )
    assert log.provenance.share == 1.0
    assert log.steps[0].model_calls[0].called.messages[0].role == "system"


def test_format_1_is_shown(record):
    log = record.log("")
    assert "France has **2** orders" in run_text(log)


def test_a_record_is_brought_up_to_date_when_it_is_written(record):
    link, note = opened(record.path)
    assert (note, link.execute("PRAGMA user_version").fetchone()) == ("", (len(MIGRATIONS),))
    link.close()


def test_steps_of_the_format_are_named_in_order():
    numbers = [int(step.__name__[1:4]) for step in MIGRATIONS]
    assert numbers == list(range(1, len(MIGRATIONS) + 1))


def test_an_event_that_cannot_be_read_is_a_note_in_its_place(record):
    with sqlite3.connect(record.path) as link:
        link.execute("UPDATE events SET body = 'no JSON' WHERE kind = 'ToolCallStarted' AND number % 2 = 0")
        link.execute("UPDATE events SET body = '{\"$\": \"Dreamt\"}' WHERE kind = 'StepFinished'")
        link.execute("DELETE FROM texts WHERE number % 3 = 0")
    link.close()
    log = record.log("")
    assert any("newer version" in note for note in log.notes)
    assert isinstance(log.ended, Answered)
