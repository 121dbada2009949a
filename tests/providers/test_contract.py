"""What every provider keeps, over real HTTP; a gap is marked with the exception that it raises."""

from __future__ import annotations

import asyncio
import base64
import json
import pkgutil
import socket
import time
from contextlib import aclosing
from dataclasses import replace
from importlib import import_module
from itertools import pairwise, product

import protocols
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from server import Reply, Request, serving
from subjects import KEY, QUESTION, RUN_SQL, SIGNATURE, SYSTEM, one_line

from rasgo_nb.agent.assembler import Assembler
from rasgo_nb.agent.messages import Image, Message, Text, Thinking, ToolCall, ToolResult, Usage
from rasgo_nb.agent.models.base import ReplyEnd, TextFragment
from rasgo_nb.agent.models.scripted import Call, Line
from rasgo_nb.errors import ContextOverflow, ModelFailed, ModelUnavailable
from rasgo_nb.interrupt import run_sync

SUBJECTS = [
    subject
    for module in pkgutil.iter_modules(protocols.__path__)
    for subject in import_module(f"protocols.{module.name}").SUBJECTS
]
SQL = Call("run_sql", {"sql": "SELECT count(*) FROM orders WHERE city = 'Zürich'"}, "call_a")
GREETING = Line("Größe: 42 😀 漢字.")


def pytest_generate_tests(metafunc):
    if "subject" not in metafunc.fixturenames:
        return
    test = metafunc.function.__name__
    marks = [
        [pytest.mark.xfail(raises=subject.gaps[test], strict=True)] if test in subject.gaps else []
        for subject in SUBJECTS
    ]
    metafunc.parametrize(
        "subject",
        [pytest.param(subject, id=subject.name, marks=m) for subject, m in zip(SUBJECTS, marks, strict=True)],
    )


async def fragments_of(model, messages=(SYSTEM, QUESTION), tools=(RUN_SQL,)):
    async with aclosing(model.stream_reply(messages, tools)) as stream:
        return [fragment async for fragment in stream]


def assembled(model, fragments):
    reply = Assembler(1, model.name)
    for fragment in fragments:
        reply.add(fragment)
    assert isinstance(fragments[-1], ReplyEnd)
    assert reply.usage.cost_usd is None
    return reply


def ask(subject, *replies, messages=(SYSTEM, QUESTION), tools=(RUN_SQL,)):
    """The reply to the last of as many requests as there are replies, and the requests."""

    async def main(url):
        model = subject.make(url)
        try:
            return [assembled(model, await fragments_of(model, messages, tools)) for _ in replies][-1]
        finally:
            await model.aclose()

    with serving(subject.protocol, *replies) as server:
        return run_sync(main(server.url)), server.requests


def failure(subject, reply):
    """The one line that an answer of the provider becomes, and its error."""
    with pytest.raises(ModelFailed) as caught:
        ask(subject, reply)
    return one_line(caught.value), caught.value


def pieces_of(subject, line):
    request = Request("POST", "/", {}, b'{"model": "m"}')
    return subject.protocol.stream(
        line, stop_reason="tool_calls" if line.calls else "end_turn", request=request
    )


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


@pytest.mark.parametrize("size", [1, 3])
def test_letters_split_across_chunks_stay_whole(subject, size):
    reply, _ = ask(subject, Reply(Line(GREETING.text, (SQL,)), split=size))
    assert reply.message().text == GREETING.text
    assert reply.message().tool_calls[0].arguments == SQL.arguments


@pytest.mark.parametrize("damage", [b"\xff\xfe\xf0\x9f", b'"}{"'], ids=["utf-8", "json"])
def test_a_damaged_event_is_one_clear_line_or_text(subject, damage):
    pieces = [
        piece.replace(b"MARK", damage) for piece in pieces_of(subject, Line("A MARK here, a MARK there."))
    ]
    assert any(damage in piece for piece in pieces)
    try:
        ask(subject, Reply(pieces=pieces))
    except ModelUnavailable as error:
        one_line(error)
    else:
        assert damage != b'"}{"'


def test_a_stream_that_ends_early_is_never_a_whole_reply(subject):
    line = Line("Counting now.", (SQL,), thinking="Let me see.")
    whole, count = ask(subject, Reply(line))[0].message(), len(pieces_of(subject, line))
    for end, place in product(("end_after", "cut_after"), range(count)):
        try:
            reply, _ = ask(subject, Reply(line, **{end: place}))
        except ModelUnavailable as error:
            one_line(error)
        else:
            assert reply.message() == whole, (end, place)


def test_a_stream_that_ends_in_the_middle_may_work_in_a_while(subject):
    line = Line("Counting now.", (SQL,))
    half = len(pieces_of(subject, line)) // 2
    assert isinstance(failure(subject, Reply(line, end_after=half))[1], ModelUnavailable)
    assert isinstance(failure(subject, Reply(line, cut_after=half))[1], ModelUnavailable)


def test_a_rate_limit_says_when_to_come_back(subject):
    line, error = failure(subject, Reply(status=429, message="Slow down.", headers={"retry-after": "7"}))
    assert isinstance(error, ModelUnavailable)
    assert error.retry_after_s == 7
    assert "is limiting requests (status 429): Slow down." in line


@pytest.mark.parametrize("status", [500, 502, 503, 529])
def test_trouble_of_the_provider_may_pass(subject, status):
    line, error = failure(subject, Reply(status=status, message="Not now."))
    assert isinstance(error, ModelUnavailable)
    assert f"(status {status})" in line


@pytest.mark.parametrize(
    ("status", "words"),
    [(401, "refused the key"), (403, "refused the key"), (404, "the model's name")],
)
def test_what_the_person_must_mend_is_not_tried_again(subject, status, words):
    line, error = failure(subject, Reply(status=status, message="No."))
    assert not isinstance(error, ModelUnavailable)
    assert words in line


def test_messages_too_long_for_the_model_are_an_overflow(subject):
    message = "This model's maximum context length is 8192 tokens, your messages took 9000."
    assert isinstance(failure(subject, Reply(status=400, message=message))[1], ContextOverflow)


def test_a_model_without_tools_is_told(subject):
    line, _ = failure(subject, Reply(status=400, message="llama2 does not support tools"))
    assert "can't call tools" in line


HTML = b"<!doctype html>\n<html><body><h1>Sign in</h1></body></html>"


def test_a_web_page_in_place_of_a_stream_is_told(subject):
    line, _ = failure(subject, Reply(body=HTML, content_type="text/html"))
    assert "web page" in line


def test_a_web_page_of_a_gateway_is_told_and_may_pass(subject):
    line, error = failure(subject, Reply(status=502, body=HTML, content_type="text/html"))
    assert isinstance(error, ModelUnavailable)
    assert "web page" in line


def test_json_in_place_of_a_stream_is_told(subject):
    failure(subject, Reply(body=b'{"ok": true}', content_type="application/json"))


def test_an_empty_body_is_a_cut_reply(subject):
    assert isinstance(failure(subject, Reply(body=b""))[1], ModelUnavailable)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'"no"', b'{"error": null}', b"\xff\xfe", b"not JSON"])
def test_an_error_of_any_shape_is_one_line(subject, body):
    assert isinstance(failure(subject, Reply(status=500, body=body))[1], ModelUnavailable)


@pytest.mark.parametrize("status", [400, 401, 429, 500])
def test_a_key_that_the_provider_echoes_is_not_shown(subject, status):
    assert "***" in failure(subject, Reply(status=status, message=f"Bad key {KEY} here."))[0]


@pytest.mark.parametrize("raw", ['{"sql": "SELECT', "[1, 2]", "nonsense", '"text"', "{" * 5_000])
def test_malformed_arguments_are_told_to_the_model(subject, raw):
    reply, _ = ask(subject, Reply(Line(calls=(Call("run_sql", {}, "call_a", raw=raw),))))
    (call,) = reply.message().tool_calls
    assert (call.id, call.name, call.arguments) == ("call_a", "run_sql", {})
    assert call.malformed


def test_ten_megabytes_of_arguments_are_too_long(subject):
    raw = json.dumps({"sql": "x" * 10_000_000})
    reply, _ = ask(subject, Reply(Line(calls=(Call("run_sql", {}, "call_a", raw=raw),))))
    (call,) = reply.message().tool_calls
    assert "10,000,011 characters" in call.malformed


def reach(subject, url):
    async def main():
        model = subject.make(url)
        try:
            await fragments_of(model)
        finally:
            await model.aclose()

    with pytest.raises(ModelUnavailable) as caught:
        run_sync(main())
    return one_line(caught.value)


def closed_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def test_a_refused_connection_is_one_line(subject):
    assert "can't be reached" in reach(subject, closed_port())


def test_a_wrong_proxy_is_one_line(subject, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, closed_port())
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert "can't be reached" in reach(subject, "http://model.invalid")


def test_closing_the_stream_closes_the_connection_at_once(subject):
    async def main(server):
        model = subject.make(server.url)
        stream = model.stream_reply((SYSTEM, QUESTION), ())
        await anext(stream)
        assert not server.hung_up.is_set()
        await stream.aclose()
        closed = await asyncio.to_thread(server.hung_up.wait, 0.1)
        await model.aclose()
        return closed

    line = Line("Hello to you.", (Call("run_sql", {"sql": "x" * 900}, "call_a"),))
    with serving(subject.protocol, Reply(line, pause_s=0.02)) as server:
        assert run_sync(main(server))


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


def examples(count):
    health = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
    return settings(max_examples=count, deadline=None, suppress_health_check=health)


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


def test_whatever_is_broken_in_a_stream_is_one_line(subject):
    whole = b"".join(pieces_of(subject, Line("Counting.", (SQL,), thinking="Let me see.")))
    with serving(subject.protocol) as server, asyncio.Runner() as runner:
        model = subject.make(server.url)

        @examples(60)
        @given(
            st.integers(0, len(whole)), st.integers(0, 40), st.binary(max_size=6) | st.sampled_from(DAMAGES)
        )
        def holds(place, gone, put):
            server.replies.append(Reply(pieces=[whole[:place] + put + whole[place + gone :]]))
            try:
                runner.run(fragments_of(model))
            except ModelFailed as error:
                one_line(error)

        holds()
        runner.run(model.aclose())


DAMAGES = [b"null", b"[]", b"{}", b"0", b'""', b"true", b"-1", b"\n\n", b"\ndata: {}\n\n", b"\ndata: []\n\n"]
