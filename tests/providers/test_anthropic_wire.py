"""How a transcript looks on the wire of the Messages API."""

from __future__ import annotations

from subjects import QUESTION, RUN_SQL, SYSTEM

from rasgo_nb.agent.messages import Message, Text, Thinking, ToolCall, ToolResult
from rasgo_nb.agent.models.anthropic import to_wire

NAME = "anthropic:claude-sonnet-5-5"
MARK = {"cache_control": {"type": "ephemeral"}}


def user(*blocks):
    return {"role": "user", "content": list(blocks)}


def text(words, **more):
    return {"type": "text", "text": words, **more}


def test_the_last_two_user_turns_are_marked_for_the_cache():
    answer = Message("assistant", (Text("4."),))
    turns = to_wire((QUESTION, answer, QUESTION, answer, QUESTION), (), model=NAME)["messages"]
    marked = ["cache_control" in turn["content"][-1] for turn in turns]
    assert marked == [False, False, True, False, True]


def test_users_who_speak_twice_make_one_turn():
    wire = to_wire((QUESTION, Message("user", (Text("And in May?"),))), (), model=NAME)
    assert wire == {"messages": [user(text("How many orders are there?"), text("And in May?", **MARK))]}


def test_blank_texts_are_not_sent():
    blank = Message("assistant", (Text(" \n"), ToolCall("call_a", "run_sql", {})))
    turns = to_wire((QUESTION, blank, Message("tool", (ToolResult("call_a", ""),))), (), model=NAME)[
        "messages"
    ]
    assert [block["type"] for block in turns[1]["content"]] == ["tool_use"]
    assert turns[2] == user({"type": "tool_result", "tool_use_id": "call_a", **MARK})


def test_ids_and_names_of_other_models_are_spelt_as_the_api_takes_them():
    called = Message("assistant", (ToolCall("call|1.a", "run sql", {}), ToolCall("call_2", "", {})))
    results = Message("tool", (ToolResult("call|1.a", "1"), ToolResult("call_2", "2")))
    _, calls, answers = to_wire((QUESTION, called, results), (), model=NAME)["messages"]
    assert [(call["id"], call["name"]) for call in calls["content"]] == [
        ("call_1_a", "run_sql"),
        ("call_2", "unnamed"),
    ]
    assert [answer["tool_use_id"] for answer in answers["content"]] == ["call_1_a", "call_2"]


def test_thinking_without_a_signature_stays_here():
    message = Message("assistant", (Thinking("Hm.", "", NAME), Thinking("Hm.", "a", "other:m"), Text("4.")))
    assert to_wire((message,), (), model=NAME)["messages"][0]["content"] == [text("4.")]


def test_a_call_is_marked_where_the_one_before_it_ended():
    messages, ends = [SYSTEM, QUESTION], []
    for step in range(12):
        turns = to_wire(messages, (RUN_SQL,), model=NAME)["messages"]
        marked = [place for place, turn in enumerate(turns) if "cache_control" in turn["content"][-1]]
        assert set(ends[-1:]) <= set(marked)
        ends.append(marked[-1])
        messages.append(Message("assistant", (ToolCall(f"call_{step}", "run_sql", {}),)))
        messages.append(Message("tool", (ToolResult(f"call_{step}", "1"),)))
    assert ends == list(range(0, 24, 2))
