"""What a model saw, item by item, with receipts of data read from the text as it was sent."""

from dataclasses import replace

import pandas as pd
import pytest

from rasgo_nb.agent.events import ModelCalled, ModelReplied, RunStarted, StepStarted
from rasgo_nb.agent.interface import Interface
from rasgo_nb.agent.messages import Image, Message, Text, ToolCall, ToolPage, ToolResult, Usage
from rasgo_nb.agent.page import grid
from rasgo_nb.agent.receipts import receipt_of
from rasgo_nb.agent.render import render
from rasgo_nb.agent.run_log import RunLog
from rasgo_nb.agent.seen import seen_in
from rasgo_nb.agent.told_notes import notes_of
from rasgo_nb.memory.memory import Memory, Recalled
from rasgo_nb.memory.told import told

PAGES = (ToolPage("run_sql", "Run SQL.", {"type": "object"}), ToolPage("final_answer", "Answer.", {}))
FRAME = pd.DataFrame({"carrier": ["AA", "UA"], "delay": [3, 4], "email": ["***", "***"]})
PAGE = {"dataframe": "result", "rows": 2, "preview": grid(FRAME, rows=30)}


def a_log(*messages, question="Why late?", step=1, counted=0):
    log = RunLog()
    log.add(RunStarted("r1", question, "scripted:m", "sample"))
    log.add(StepStarted(step))
    system = Message("system", (Text("You analyse data."),))
    log.add(ModelCalled(step, f"{step}.1", "reply", "m", "open 1", (system, *messages), PAGES))
    usage = Usage(input_tokens=counted)
    log.add(ModelReplied(step, f"{step}.1", Message("assistant", ()), "end_turn", usage, 0.1, 0.2))
    return log


def asked(text="Why late?", notes=""):
    return Message("user", (Text(text), Text(notes)) if notes else (Text(text),))


def called(number, content, *, images=()):
    call = ToolCall(f"c{number}", "run_sql", {"sql": "SELECT 1"})
    return (
        Message("assistant", (Text("Looking."), call)),
        Message("tool", (ToolResult(call.id, content, images=images),)),
    )


@pytest.mark.parametrize("result_format", ["json", "xml", "markdown"])
def test_a_receipt_is_read_from_each_format(result_format):
    content = render(PAGE, Interface(result_format=result_format))
    assert str(receipt_of(content)) == "2 rows of carrier, delay; email masked"


@pytest.mark.parametrize("result_format", ["json", "xml", "markdown"])
def test_a_receipt_tells_of_figures_and_of_texts(result_format):
    columns = [{"name": "delay", "type": "INT", "min": 1, "max": 9}, {"name": "city", "type": "TEXT"}]
    page = {"table": "t", "columns": {"shown": "2 of 2 columns", "items": columns}, "output": "ab\ncd"}
    content = render(page, Interface(result_format=result_format))
    assert str(receipt_of(content)) == "figures of delay; 5 characters of text"


@pytest.mark.parametrize("result_format", ["json", "xml", "markdown"])
def test_a_receipt_of_names_alone_is_empty(result_format):
    page = {"tables": ["flights", "airports"], "hint": "Use one of them."}
    assert str(receipt_of(render(page, Interface(result_format=result_format)))) == ""


def test_a_receipt_says_what_was_withheld():
    page = {"columns": [{"name": "delay", "dtype": "int64"}], "privacy": "Rows are withheld: level stats."}
    assert str(receipt_of(render(page, Interface()))) == "Rows are withheld: level stats."


def test_items_come_in_the_order_of_the_prompt():
    earlier = (asked("First?"), *called(1, "{}"), Message("assistant", (Text("Yes."),)))
    log = a_log(*earlier, asked(), *called(2, "{}", images=(Image(b"png"),)), step=2)
    (call,) = seen_in(log, 2)
    assert [item.id for item in call.items] == [
        "instructions",
        "tool:run_sql",
        "tool:final_answer",
        "turn:1",
        "question",
        "1:text",
        "1.1:call",
        "1.1",
        "1.1:image",
    ]
    kept = [item.id for item in call.items if not item.is_removable]
    assert kept == ["instructions", "tool:final_answer", "question", "1.1:call"]


def test_ids_stay_when_older_steps_are_summarised():
    summary = Message("user", (Text("Summary of the earlier steps."),))
    (call,) = seen_in(a_log(asked(), summary, *called(4, "{}"), step=5))
    assert [item.id for item in call.items][-4:] == ["3:said", "4:text", "4.1:call", "4.1"]


def test_the_tokens_that_the_provider_counted_are_shared_out_to_the_last_one():
    (call,) = seen_in(a_log(asked(), *called(1, "x" * 500), step=2, counted=1_003))
    assert call.is_counted
    assert call.tokens == 1_003


def test_tokens_are_estimated_where_none_were_counted():
    (call,) = seen_in(a_log(asked(), *called(1, "x" * 500), step=2))
    assert not call.is_counted
    assert {item.id: item.tokens for item in call.items}["1.1"] == 150


def test_memories_beside_the_question_are_items_of_their_own():
    memory = Memory("m1", "Delay is in minutes.", "connection")
    other = replace(memory, id="m2", text="Cancelled\n- [flights] have no delay.")
    text = "\n\nA note.\n" + told([Recalled(memory, "the question"), Recalled(other, "the question")])
    (call,) = seen_in(a_log(asked(notes=text)))
    items = {item.id: item.text for item in call.items}
    assert "Delay is in minutes" in items["memory:1"]
    assert "Cancelled" in items["memory:2"]
    assert "A note." in items["notes"]
    left = notes_of(text).without({1})
    assert "Delay is in minutes" not in left
    assert "Cancelled" in left
    assert notes_of(text).without(()) == text
    assert notes_of(text).without({1, 2}) == "\n\nA note.\n"
