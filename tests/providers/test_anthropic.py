"""What only the Messages API has: its blocks, its cache marks, its errors in the middle of a stream."""

from __future__ import annotations

import time

import pytest
from protocols.messages import MessagesProtocol, events_of, indexed, make, text_block, thinking_block
from server import Reply, serving, sse
from subjects import KEY, QUESTION, RUN_SQL, SIGNATURE, SYSTEM, last_reply, one_line

from rasgo_nb.agent.messages import Image, Message, Text, Thinking, ToolCall, ToolResult, Usage
from rasgo_nb.agent.models.anthropic import AnthropicModel, to_wire
from rasgo_nb.agent.models.endpoint import Endpoint
from rasgo_nb.agent.models.scripted import Line
from rasgo_nb.errors import ContextOverflow, ModelFailed, ModelUnavailable, RasgoError
from rasgo_nb.interrupt import run_sync

NAME = "anthropic:claude-sonnet-5-5"
MARK = {"cache_control": {"type": "ephemeral"}}
HELLO = Reply(Line("Hello to you."))


def ask(*replies, messages=(SYSTEM, QUESTION), refusals=0, **options):
    """The last reply, and every body that was sent; as many of the replies as ``refusals`` are none."""
    with serving(MessagesProtocol(), *replies) as server:
        reply = run_sync(last_reply(make(server.url, **options), messages, len(replies) - refusals))
    return reply, [request.json for request in server.requests]


def streamed(*blocks, stop_reason="end_turn"):
    """The pieces of a reply with those blocks."""
    first, ping, *last = events_of(Line(), stop_reason="end_turn", model="m")
    last[0]["delta"]["stop_reason"] = stop_reason
    middle = [event for index, block in enumerate(blocks) for event in indexed(index, block)]
    return Reply(pieces=[sse(event, event["type"]) for event in [first, ping, *middle, *last]])


def failure(reply, kind=ModelFailed):
    with pytest.raises(kind) as caught:
        ask(reply)
    return one_line(caught.value)


def user(*blocks):
    return {"role": "user", "content": list(blocks)}


def text(words, **more):
    return {"type": "text", "text": words, **more}


def test_the_whole_request_is_as_the_api_wants_it():
    called = Message(
        "assistant",
        (
            Thinking("Let me see.", SIGNATURE, NAME),
            Text("Two things."),
            ToolCall("call_a", "run_sql", {"sql": "SELECT 1"}),
            ToolCall("call_b", "run_sql", {}, malformed="no JSON"),
        ),
    )
    results = Message(
        "tool",
        (ToolResult("call_a", "1", images=(Image(b"png"),)), ToolResult("call_b", "No.", is_error=True)),
    )
    _, (body,) = ask(HELLO, messages=(SYSTEM, QUESTION, called, results), thinking={"type": "adaptive"})
    image = {"type": "base64", "media_type": "image/png", "data": "cG5n"}
    result = {"type": "tool_result", "tool_use_id": "call_a"}
    assert body == {
        "model": "claude-sonnet-5-5",
        "max_tokens": 16_000,
        "thinking": {"type": "adaptive"},
        "stream": True,
        "system": [text("You analyse data.", **MARK)],
        "tools": [
            {
                "name": "run_sql",
                "description": "Run one SQL statement.",
                "input_schema": RUN_SQL.parameters,
                "eager_input_streaming": True,
            }
        ],
        "messages": [
            user(text("How many orders are there?", **MARK)),
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": "Let me see.", "signature": SIGNATURE},
                    text("Two things."),
                    {"type": "tool_use", "id": "call_a", "name": "run_sql", "input": {"sql": "SELECT 1"}},
                    {"type": "tool_use", "id": "call_b", "name": "run_sql", "input": {}},
                ],
            },
            user(
                {**result, "content": [text("1"), {"type": "image", "source": image}]},
                {**result, "tool_use_id": "call_b", "content": "No.", "is_error": True, **MARK},
            ),
        ],
    }


def test_halves_of_surrogate_pairs_are_sent_as_question_marks():
    _, (body,) = ask(HELLO, messages=(Message("user", (Text("odd \ud83d letter"),)),))
    assert body["messages"][0]["content"][0]["text"] == "odd ? letter"


def test_every_kind_of_thinking_goes_back_as_it_came():
    blocks = (
        thinking_block("Let me see.", "first"),
        ({"type": "redacted_thinking", "data": "hidden=="}, []),
        thinking_block("", "no text"),
        text_block("Four."),
    )
    reply, _ = ask(streamed(*blocks))
    (turn,) = to_wire((reply.message(),), (), model=NAME)["messages"]
    assert turn["content"] == [
        {"type": "thinking", "thinking": "Let me see.", "signature": "first"},
        {"type": "redacted_thinking", "data": "hidden=="},
        {"type": "thinking", "thinking": "", "signature": "no text"},
        text("Four."),
    ]


@pytest.mark.parametrize(
    ("word", "ours"),
    [("stop_sequence", "end_turn"), ("pause_turn", "end_turn"), ("tool_use", "tool_calls")],
)
def test_reasons_to_stop_are_ours(word, ours):
    assert ask(streamed(text_block("Hi."), stop_reason=word))[0].stop_reason == ours


def test_a_reason_that_is_not_known_is_told():
    line = failure(streamed(text_block("Hi."), stop_reason="tired"))
    assert line == f"{NAME} stopped for a reason that is not known: 'tired'. Type `%ask --continue` to go on."


def test_a_context_window_that_is_full_is_an_overflow():
    failure(streamed(text_block("Hi."), stop_reason="model_context_window_exceeded"), ContextOverflow)
    message = "input length and `max_tokens` exceed context limit: 190000 + 16000 > 200000"
    failure(Reply(status=400, message=message), ContextOverflow)


def test_a_reply_without_a_reason_to_stop_is_cut():
    failure(streamed(text_block("Hi."), stop_reason=None), ModelUnavailable)


def test_what_follows_a_whole_reply_does_not_matter():
    pieces = streamed(text_block("Hi.")).pieces
    event = {"type": "error", "error": {"type": "overloaded_error", "message": "No."}}
    for reply in (Reply(pieces=pieces, cut_after=len(pieces)), Reply(pieces=[*pieces, sse(event, "error")])):
        assert ask(reply)[0].message() == Message("assistant", (Text("Hi."),))


def test_a_stream_that_is_left_open_after_the_reply_is_not_waited_for():
    whole = b"".join(streamed(text_block("Hi.")).pieces)
    began = time.monotonic()
    ask(Reply(pieces=[whole, *[b": wait\n\n"] * 5], pause_s=0.3))
    assert time.monotonic() - began < 1.2


def test_a_part_of_an_unknown_kind_is_told():
    assert "'hologram'" in failure(streamed(({"type": "hologram"}, [])))


def test_events_of_unknown_types_are_passed_over():
    pieces = streamed(text_block("Hi.")).pieces
    reply, _ = ask(Reply(pieces=[pieces[0], sse({"type": "weather"}, "weather"), *pieces[1:]]))
    assert reply.message() == Message("assistant", (Text("Hi."),))


def test_arguments_may_come_with_the_start_of_a_call():
    block = {"type": "tool_use", "id": "call_a", "name": "run_sql", "input": {"sql": "SELECT 1"}}
    (call,) = ask(streamed((block, []), stop_reason="tool_use"))[0].message().tool_calls
    assert call == ToolCall("call_a", "run_sql", {"sql": "SELECT 1"})


@pytest.mark.parametrize(
    ("kind", "status", "error"),
    [
        ("overloaded_error", 529, ModelUnavailable),
        ("rate_limit_error", 429, ModelUnavailable),
        ("api_error", 500, ModelUnavailable),
        ("timeout_error", 504, ModelUnavailable),
        ("a_new_error", 500, ModelUnavailable),
        ("authentication_error", 401, ModelFailed),
        ("billing_error", 402, ModelFailed),
    ],
)
def test_an_error_in_the_stream_stands_for_its_status(kind, status, error):
    event = {"type": "error", "error": {"type": kind, "message": f"No, {KEY}."}}
    pieces = [*streamed(text_block("Hi.")).pieces[:4], sse(event, "error")]
    assert f"(status {status}): No, ***." in failure(Reply(pieces=pieces), error)


@pytest.mark.parametrize("body", ["[]", "nonsense", '{"error": 3}', '{"error": {"type": {}, "message": []}}'])
def test_an_error_in_the_stream_of_any_shape_is_one_line(body):
    failure(Reply(pieces=[sse(body, "error")]), ModelUnavailable)


def refusing(message):
    return Reply(status=400, message=message)


def test_an_option_that_is_refused_is_left_out_from_then_on():
    refusal = "tools.0.custom.eager_input_streaming: Extra inputs are not permitted"
    _, bodies = ask(refusing(refusal), HELLO, HELLO, refusals=1)
    assert ["eager_input_streaming" in body["tools"][0] for body in bodies] == [True, False, False]


def test_thinking_that_a_model_cannot_do_is_left_out():
    options = {"thinking": {"type": "adaptive"}, "output_config": {"effort": "high"}}
    refusal = "thinking: adaptive thinking is not supported on this model"
    _, bodies = ask(refusing(refusal), HELLO, refusals=1, **options)
    assert ["thinking" in body for body in bodies] == [True, False]
    assert bodies[1]["output_config"] == {"effort": "high"}


@pytest.mark.parametrize(
    ("refusal", "kept"),
    [
        ("thinking.adaptive.display: Extra inputs are not permitted", {"type": "adaptive"}),
        ("thinking.type: Input should be 'enabled' or 'disabled'", None),
        ("messages.1: when `thinking` is enabled, the last turn must begin with it", None),
    ],
)
def test_no_more_than_what_is_refused_is_left_out(refusal, kept):
    thinking = {"type": "adaptive", "display": "summarized"}
    _, bodies = ask(refusing(refusal), HELLO, refusals=1, thinking=thinking)
    assert [body.get("thinking") for body in bodies] == [thinking, kept]


def test_too_many_output_tokens_become_as_many_as_every_model_writes():
    refusal = "max_tokens: 64000 > 8192, which is the maximum allowed number of output tokens for claude-x"
    _, bodies = ask(refusing(refusal), HELLO, refusals=1, max_tokens=64_000)
    assert [body["max_tokens"] for body in bodies] == [64_000, 4_096]


def test_what_cannot_be_left_out_is_told():
    line = failure(refusing("messages.0: user messages must have non-empty content"))
    assert "refused the request (status 400): messages.0" in line


def test_cached_tokens_are_part_of_the_input():
    usage = Usage(100, 20, cached_tokens=60, cache_write_tokens=10, requests=1, cost_usd=None)
    assert ask(Reply(Line("Hi there.", usage=usage)))[0].usage == usage


def model_of(url, key="", **headers):
    return AnthropicModel("anthropic:org/a:b", Endpoint("anthropic", url, key, headers), {})


def sent_by(make_model):
    with serving(MessagesProtocol(), HELLO) as server:
        run_sync(last_reply(make_model(server.url), (QUESTION,), 1))
    return server.requests[0]


def test_the_models_name_is_sent_untouched():
    assert sent_by(model_of).json["model"] == "org/a:b"


def test_a_gateway_gets_our_headers_and_no_key_of_another(monkeypatch):
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    headers = sent_by(lambda url: model_of(url, **{"x-api-key": "ours"})).headers
    assert headers["x-api-key"] == "ours"
    assert "authorization" not in headers


def test_a_gateways_own_authorization_is_sent():
    headers = sent_by(lambda url: model_of(url, **{"authorization": "Basic abc"})).headers
    assert headers["authorization"] == "Basic abc"


def test_a_missing_key_says_how_to_set_one():
    with pytest.raises(ModelFailed, match=r"no key for anthropic\. Type `rasgo-nb key set anthropic`"):
        run_sync(last_reply(model_of(""), (QUESTION,), 1))


@pytest.mark.parametrize("url", ["http://model:port", "http://[::1"])
def test_an_address_that_is_none_is_told(url):
    with pytest.raises(ModelFailed, match=r"The request to anthropic:org/a:b can't be made: Invalid port"):
        run_sync(last_reply(model_of(url, KEY), (QUESTION,), 1))


@pytest.mark.parametrize("proxy", [f"ftp://me:{KEY}@proxy:1", f"http://me:{KEY}@proxy:port", "nonsense"])
def test_a_proxy_that_is_none_is_told_without_its_password(proxy):
    model = AnthropicModel(NAME, Endpoint("anthropic", "http://model", KEY, proxy=proxy), {})
    with pytest.raises(RasgoError) as caught:
        run_sync(last_reply(model, (QUESTION,), 1))
    assert "Check `%rasgo config providers.anthropic.proxy`" in one_line(caught.value)
