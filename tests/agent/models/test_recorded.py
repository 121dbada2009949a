"""Recorded lines: a model's replies in a file that plays them again."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasgo_nb.agent.messages import Message, Text, Thinking, ToolCall, ToolPage, ToolResult, Usage
from rasgo_nb.agent.models.lines_file import (
    RecordedReply,
    Recording,
    digest_of,
    lines_of,
    read_recordings,
    write_recording,
)
from rasgo_nb.agent.models.recorded import RecordedModel
from rasgo_nb.errors import ModelFailed, RasgoError
from rasgo_nb.interrupt import run_sync

TOOLS = (ToolPage("run_sql", "Run SQL.", {}),)
CALL = ToolCall("c1", "run_sql", {"sql": "SELECT 1"})
FIRST = RecordedReply("reply", Message("assistant", (Text("Looking."), CALL)), "tool_calls", Usage(10, 2))
LAST = RecordedReply("reply", Message("assistant", (Text("It is 1."),)), "end_turn", Usage(20, 3))
ONE = Recording("How many?", "anthropic:claude-x", "anthropic 3", (FIRST, LAST))


def asked(question, *more):
    return [Message("system", (Text("Be brief."),)), Message("user", (Text(question),)), *more]


def reply_of(model, messages, tools=TOOLS):
    async def fragments():
        return [fragment async for fragment in model.stream_reply(messages, tools)]

    return run_sync(fragments())


def fault_of(path):
    try:
        read_recordings(path)
    except RasgoError as error:
        return str(error)
    return ""


texts = st.text(max_size=20)
parts = st.one_of(
    st.builds(Text, texts),
    st.builds(Thinking, texts.filter(bool)),
    st.builds(ToolCall, texts, texts, st.dictionaries(texts, st.integers() | texts | st.none(), max_size=3)),
)
replies = st.builds(
    RecordedReply,
    st.sampled_from(["reply", "summary", "sql"]),
    st.builds(lambda parts: Message("assistant", tuple(parts)), st.lists(parts, max_size=4)),
    st.sampled_from(["end_turn", "tool_calls", "max_tokens"]),
    st.builds(Usage, st.integers(0, 9), st.integers(0, 9)),
    texts,
)
recordings = st.builds(Recording, texts, texts, texts, st.lists(replies, max_size=4).map(tuple))


@given(st.lists(recordings, min_size=1, max_size=3, unique_by=lambda one: one.question.strip()))
def test_what_is_written_is_read_back(tmp_path_factory, kept):
    path = tmp_path_factory.mktemp("lines") / "lines.jsonl"
    for one in kept:
        write_recording(path, one)
    assert read_recordings(path) == kept


@given(st.text(max_size=200) | recordings.map(lambda one: "\n".join(lines_of(one))[:-3]))
def test_a_damaged_file_is_one_clear_line(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("lines") / "lines.jsonl"
    path.write_text(text, encoding="utf-8")
    fault = fault_of(path)
    assert not fault or (str(path) in fault and "--save-lines" in fault)


def test_a_damaged_line_is_named(tmp_path):
    path = tmp_path / "lines.jsonl"
    write_recording(path, ONE)
    path.write_text(path.read_text().replace('"reply"', '"rumour"', 1))
    with pytest.raises(RasgoError, match=r"lines\.jsonl, line 2: there is no purpose 'rumour'"):
        read_recordings(path)


def test_a_file_holds_one_reply_a_line_and_nothing_that_the_model_did_not_say(tmp_path):
    path = tmp_path / "lines.jsonl"
    write_recording(path, ONE)
    head, first, _ = map(json.loads, path.read_text().splitlines())
    assert head == {
        "lines": 1,
        "question": "How many?",
        "model": "anthropic:claude-x",
        "interface": "anthropic 3",
    }
    assert first["parts"][1] == {"tool_call": "run_sql", "id": "c1", "arguments": {"sql": "SELECT 1"}}


def test_lines_of_the_same_question_are_replaced_and_others_stay(tmp_path):
    path = tmp_path / "lines.jsonl"
    other = Recording("Who?", "offline", "offline 1", (LAST,))
    for one in (ONE, other, Recording("How many?", "offline", "offline 1", (LAST,))):
        write_recording(path, one)
    assert [(one.question, one.model) for one in read_recordings(path)] == [
        ("Who?", "offline"),
        ("How many?", "offline"),
    ]


def test_replies_are_played_in_order_at_no_cost():
    model = RecordedModel("replay:lines.jsonl", [ONE])
    first = reply_of(model, asked("How many?"))
    assert first[0].text == "Looking."
    assert json.loads(first[2].arguments_text) == {"sql": "SELECT 1"}
    assert (first[-1].stop_reason, first[-1].usage) == ("tool_calls", Usage(10, 2, cost_usd=0.0))


def test_when_no_line_is_left_the_person_is_told_to_record_anew():
    model = RecordedModel("replay:lines.jsonl", [ONE])
    for _ in range(2):
        reply_of(model, asked("How many?"))
    with pytest.raises(ModelFailed, match=r"all 2 recorded replies are played .*--save-lines"):
        reply_of(model, asked("How many?"))


def test_another_question_is_noted_once():
    told = []
    model = RecordedModel("replay:lines.jsonl", [ONE])
    model.tell = told.append
    for _ in range(2):
        reply_of(model, asked("Why?"))
    assert len(told) == 1
    assert "was recorded for another question: How many?" in told[0]


def test_the_recording_of_the_question_is_taken():
    other = Recording("Who?", "offline", "offline 1", (LAST,))
    assert reply_of(RecordedModel("replay:f.jsonl", [ONE, other]), asked("Who?"))[0].text == "It is 1."


def test_other_tool_results_are_noted_and_other_times_are_not():
    told = []
    result = ToolResult("c1", '{"rows": 1, "elapsed_s": 0.5}')
    saw = digest_of(asked("How many?", FIRST.message, Message("tool", (result,))))
    line = RecordedReply("reply", LAST.message, saw=saw)
    for content in ('{"rows": 1, "elapsed_s": 0.012}', '{"rows": 2, "elapsed_s": 0.5}'):
        model = RecordedModel("replay:f.jsonl", [Recording("How many?", "m", "open 1", (line,))])
        model.tell = told.append
        now = Message("tool", (ToolResult("c1", content),))
        reply_of(model, asked("How many?", FIRST.message, now))
    assert len(told) == 1
    assert "departs from the recording" in told[0]


def test_summaries_and_sql_have_lines_of_their_own():
    said = {
        purpose: RecordedReply(purpose, Message("assistant", (Text(purpose),)))
        for purpose in ("summary", "sql")
    }
    model = RecordedModel("replay:f.jsonl", [Recording("How many?", "m", "open 1", (*said.values(), FIRST))])
    assert reply_of(model, asked("How many?"))[0].text == "Looking."
    assert reply_of(model, asked("Record: ..."), ())[0].text == "summary"
    assert model.has_sql
    assert reply_of(model.sql_model(), asked("Tables: ..."), ())[0].text == "sql"
