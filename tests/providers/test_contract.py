"""What every provider keeps, over real HTTP; a gap is marked with the exception that it raises."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from contextlib import aclosing
from dataclasses import replace
from itertools import pairwise

import pytest
from asking import GREETING, SQL, ask, examples, fragments_of
from hypothesis import given
from hypothesis import strategies as st
from server import Reply, serving
from subjects import QUESTION, SIGNATURE, SYSTEM

from rasgo_nb.agent.messages import Image, Message, Text, Thinking, ToolCall, ToolResult, Usage
from rasgo_nb.agent.models.base import TextFragment
from rasgo_nb.agent.models.scripted import Call, Line
from rasgo_nb.interrupt import run_sync


def test_text_streams_in_pieces(subject):
    async def main(url):
        model = subject.make(url)
        fragments = await fragments_of(model)
        await model.aclose()
        return [fragment.text for fragment in fragments if isinstance(fragment, TextFragment)]

    with serving(subject.protocol, Reply(GREETING)) as server:
        texts = run_sync(main(server.url))
    assert len(texts) >= 2
    assert "".join(texts) == GREETING.text


def test_a_tool_call_arrives_with_id_name_and_arguments(subject):
    reply, _ = ask(subject, Reply(Line("Counting.", (SQL,))))
    assert reply.message().tool_calls == (ToolCall("call_a", "run_sql", SQL.arguments),)
    assert reply.message().text == "Counting."
    assert reply.stop_reason == "tool_calls"


def test_parallel_tool_calls_keep_ids_and_order(subject):
    calls = [replace(SQL, id=f"call_{name}", arguments={"sql": f"SELECT '{name}'"}) for name in "abc"]
    reply, _ = ask(subject, Reply(Line(calls=tuple(calls))))
    assert reply.message().tool_calls == tuple(ToolCall(c.id, c.name, c.arguments) for c in calls)


def test_a_tool_call_without_arguments_has_none(subject):
    reply, _ = ask(subject, Reply(Line(calls=(Call("list_variables", {}, "call_a", raw=""),))))
    assert reply.message().tool_calls == (ToolCall("call_a", "list_variables", {}),)


def test_duplicate_ids_stay_two_calls(subject):
    twice = (SQL, replace(SQL, arguments={"sql": "SELECT 2"}))
    calls = ask(subject, Reply(Line(calls=twice)))[0].message().tool_calls
    assert [call.arguments for call in calls] == [SQL.arguments, {"sql": "SELECT 2"}]
    assert len({call.id for call in calls}) == 2


def test_thinking_is_a_part_before_the_call(subject):
    message = ask(subject, Reply(Line(thinking="Let me see: 漢字.", calls=(SQL,))))[0].message()
    assert [type(part) for part in message.parts] == [Thinking, ToolCall]
    assert message.parts[0].text == "Let me see: 漢字."


def thought_then_sent_back(subject, model_name):
    reply, _ = ask(subject, Reply(Line(thinking="Let me see.", calls=(SQL,))))
    message = reply.message()
    thinking = message.parts[0]
    if model_name:
        message = Message("assistant", (replace(thinking, model=model_name), *message.parts[1:]))
    results = Message("tool", (ToolResult("call_a", "4"),))
    _, requests = ask(subject, Reply(GREETING), messages=(SYSTEM, QUESTION, message, results))
    return thinking, requests[0].body


def test_thinking_goes_back_with_its_signature(subject):
    thinking, body = thought_then_sent_back(subject, "")
    assert SIGNATURE in thinking.signature
    assert SIGNATURE.encode() in body


def test_thinking_of_another_model_stays_here(subject):
    _, body = thought_then_sent_back(subject, "acme:other")
    assert SIGNATURE.encode() not in body


def strings_in(value):
    match value:
        case dict():
            return [text for one in value.values() for text in strings_in(one)]
        case list():
            return [text for one in value for text in strings_in(one)]
        case str():
            return [value]
        case _:
            return []


CALLED = Message(
    "assistant",
    (
        Text("Two things."),
        ToolCall("call_a", "run_sql", {"sql": "SELECT 1"}),
        ToolCall("call_b", "run_sql", {}, malformed="The arguments were no JSON object."),
    ),
)
RESULTS = Message(
    "tool", (ToolResult("call_a", "rows: 42 漢字"), ToolResult("call_b", "No table.", is_error=True))
)


def test_tool_results_and_errors_go_back_in_order(subject):
    _, requests = ask(subject, Reply(GREETING), messages=(SYSTEM, QUESTION, CALLED, RESULTS))
    sent = " ".join(strings_in(requests[0].json))
    places = [
        sent.index(text)
        for text in ("How many orders", "Two things.", "SELECT 1", "rows: 42 漢字", "No table.")
    ]
    assert places == sorted(places)
    assert sent.count("call_a") == sent.count("call_b") == 2


def test_images_go_along_with_their_result(subject):
    picture = b"\x89PNG and so on"
    results = Message("tool", (ToolResult("call_a", "drawn", images=(Image(picture),)), RESULTS.parts[1]))
    _, requests = ask(subject, Reply(GREETING), messages=(SYSTEM, QUESTION, CALLED, results))
    assert base64.b64encode(picture) in requests[0].body


def test_tools_and_instructions_are_sent(subject):
    _, requests = ask(subject, Reply(GREETING))
    sent = strings_in(requests[0].json)
    assert {"You analyse data.", "run_sql", "Run one SQL statement."} <= set(sent)


def test_a_reply_without_any_tools_can_be_asked_for(subject):
    reply, requests = ask(subject, Reply(GREETING), tools=())
    assert reply.message().text == GREETING.text
    assert not requests[0].json.get("tools")


@pytest.mark.parametrize("stop_reason", ["end_turn", "max_tokens", "content_filter"])
def test_stop_reasons_are_ours(subject, stop_reason):
    reply, _ = ask(subject, Reply(GREETING, stop_reason=stop_reason))
    assert reply.stop_reason == stop_reason
    assert reply.message().text == GREETING.text


def test_usage_counts_all_input(subject):
    reply, _ = ask(subject, Reply(Line("Hi there.", usage=Usage(100, 20))))
    assert reply.usage == Usage(100, 20, requests=1, cost_usd=None)


def test_usage_counts_what_the_cache_served(subject):
    reply, _ = ask(subject, Reply(Line("Hi there.", usage=Usage(100, 20, cached_tokens=60))))
    assert reply.usage == Usage(100, 20, 60, requests=1, cost_usd=None)


def test_usage_counts_what_the_cache_took(subject):
    usage = Usage(100, 20, cached_tokens=60, cache_write_tokens=10)
    reply, _ = ask(subject, Reply(Line("Hi there.", usage=usage)))
    assert reply.usage == replace(usage, requests=1, cost_usd=None)


def test_an_empty_reply_is_no_error_here(subject):
    reply, _ = ask(subject, Reply(Line()))
    assert reply.message().parts == ()
    assert reply.stop_reason == "end_turn"


def test_the_first_delta_comes_before_the_stream_ends(subject):
    async def main(url):
        model = subject.make(url)
        times = []
        async with aclosing(model.stream_reply((SYSTEM, QUESTION), ())) as stream:
            async for _ in stream:
                times.append(time.perf_counter())
        await model.aclose()
        return times[-1] - times[0]

    with serving(subject.protocol, Reply(Line("Hello to you."), pause_s=0.05)) as server:
        assert run_sync(main(server.url)) > 0.04


def test_a_buffered_stream_still_works(subject):
    reply, _ = ask(subject, Reply(Line("Counting.", (SQL,)), buffered=True))
    assert reply.message().text == "Counting."
    assert reply.message().tool_calls[0].arguments == SQL.arguments


def without_marks(value):
    """What is sent, without the marks that tell a cache where to end."""
    if isinstance(value, dict):
        return {key: without_marks(one) for key, one in value.items() if key != "cache_control"}
    return [without_marks(one) for one in value] if isinstance(value, list) else value


def test_what_was_sent_once_is_sent_the_same_again(subject):
    thought = ask(subject, Reply(Line("Hm.", (SQL,), thinking="Let me see.")))[0].message()
    answered = Message("tool", (ToolResult("call_a", "4"),))
    whole = [
        SYSTEM,
        QUESTION,
        thought,
        answered,
        CALLED,
        RESULTS,
        Message("assistant", (Text("4."),)),
        QUESTION,
    ]
    bodies = [
        without_marks(ask(subject, Reply(GREETING), messages=whole[:end])[1][0].json) for end in (2, 4, 6, 8)
    ]
    (growing,) = {"messages", "input"} & set(bodies[0])
    for earlier, later in pairwise(bodies):
        before, after = earlier.pop(growing), dict(later).pop(growing)
        assert json.dumps(before) == json.dumps(after[: len(before)])
        assert json.dumps(earlier) == json.dumps({key: later[key] for key in later if key != growing})


texts = st.builds(Text, st.text(max_size=8))
thoughts = st.builds(
    Thinking, st.text(max_size=5), st.sampled_from(["", "{}", "x"]), st.sampled_from(["", "a:b"])
)


@st.composite
def transcripts(draw):
    """Any well-formed one: every call has its result, users may speak twice in a row."""
    messages = [SYSTEM, Message("user", tuple(draw(st.lists(texts, min_size=1, max_size=2))))]
    for step in range(draw(st.integers(0, 3))):
        calls = [
            ToolCall(
                f"call_{step}_{n}",
                "run_sql",
                {"sql": draw(st.text(max_size=5))},
                draw(st.sampled_from(["", "no"])),
            )
            for n in range(draw(st.integers(0, 2)))
        ]
        parts = draw(st.lists(texts | thoughts, max_size=3))
        messages.append(Message("assistant", (*parts, *calls)))
        results = [ToolResult(c.id, draw(st.text(max_size=5)), draw(st.booleans())) for c in calls]
        speaks = not calls or draw(st.booleans())
        messages += [Message("tool", tuple(results))] if calls else []
        messages += [Message("user", (draw(texts),))] if speaks else []
    return messages


def test_any_transcript_can_be_sent(subject):
    with serving(subject.protocol) as server, asyncio.Runner() as runner:
        model = subject.make(server.url)

        @examples(40)
        @given(transcripts())
        def holds(messages):
            server.replies.append(Reply(GREETING))
            assert runner.run(fragments_of(model, messages))

        holds()
        runner.run(model.aclose())
