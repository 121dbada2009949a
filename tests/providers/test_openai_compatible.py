"""The liberties that those who serve Chat Completions take."""

from __future__ import annotations

import json

import pytest
from protocols.chat_completions import ChatCompletionsProtocol, event_of, make
from server import Reply, serving, sse
from subjects import QUESTION, RUN_SQL, SYSTEM, last_reply, one_line

from rasgo_nb.agent.messages import Image, Message, Text, Thinking, ToolCall, ToolResult
from rasgo_nb.agent.models.endpoint import Endpoint
from rasgo_nb.agent.models.openai_compatible import OpenAICompatibleModel, to_wire
from rasgo_nb.agent.models.scripted import Call, Line
from rasgo_nb.errors import ContextOverflow, ModelFailed, ModelUnavailable, RasgoError
from rasgo_nb.interrupt import run_sync

NAME = "openai-compatible:acme/some-model:7b"
HELLO = Reply(Line("Hello to you."))
ONE, TWO = ToolCall("call_a", "run_sql", {"sql": "1"}), ToolCall("call_b", "run_sql", {"sql": "2"})


def ask(*replies, messages=(SYSTEM, QUESTION), refusals=0, **options):
    """The last reply, and every request; as many of the replies as ``refusals`` are none."""
    with serving(ChatCompletionsProtocol(), *replies) as server:
        reply = run_sync(last_reply(make(server.url, **options), messages, len(replies) - refusals))
    return reply, server.requests


def streamed(*deltas, stop="stop", **facts):
    """The pieces of a reply with those deltas."""
    return Reply(pieces=[*(sse(event_of(delta)) for delta in deltas), sse(event_of({}, stop, **facts))])


def calls_in(*deltas, **more):
    return ask(streamed(*({"tool_calls": calls} for calls in deltas), **more))[0].message().tool_calls


def whole(call_id, sql, **more):
    return {"id": call_id, "function": {"name": "run_sql", "arguments": json.dumps({"sql": sql})}, **more}


def failure(reply, kind=ModelFailed):
    with pytest.raises(kind) as caught:
        ask(reply)
    return one_line(caught.value)


def test_the_whole_request_is_as_the_api_wants_it():
    thought = Thinking("Let me see.")
    called = Message(
        "assistant",
        (thought, Text("Two things."), ONE, ToolCall("call_b", "run_sql", {}, malformed="no JSON")),
    )
    results = Message("tool", (ToolResult("call_a", "1", images=(Image(b"png"),)), ToolResult("call_b", "")))
    again = Message("user", (Text("And in May?"),))
    _, (request,) = ask(HELLO, messages=(SYSTEM, QUESTION, called, results, again), max_tokens=99)
    assert (request.path, request.headers["authorization"][:7]) == ("/v1/chat/completions", "Bearer ")
    function = {"name": "run_sql", "description": "Run one SQL statement.", "parameters": RUN_SQL.parameters}
    assert request.json == {
        "model": "acme/some-model:7b",
        "stream_options": {"include_usage": True},
        "max_tokens": 99,
        "stream": True,
        "tools": [{"type": "function", "function": function}],
        "messages": [
            {"role": "system", "content": "You analyse data."},
            {"role": "user", "content": "How many orders are there?"},
            {
                "role": "assistant",
                "content": "Two things.",
                "tool_calls": [sent("call_a", '{"sql": "1"}'), sent("call_b", "{}")],
            },
            {"role": "tool", "tool_call_id": "call_a", "content": "1"},
            {"role": "tool", "tool_call_id": "call_b", "content": "(empty)"},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "What the tool results above show:"},
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,cG5n"}},
                    {"type": "text", "text": "And in May?"},
                ],
            },
        ],
    }


def sent(call_id, arguments):
    return {"id": call_id, "type": "function", "function": {"name": "run_sql", "arguments": arguments}}


def test_blank_replies_are_not_sent_back():
    blank = Message("assistant", (Text(" \n"), Thinking("Hm.")))
    assert [turn["role"] for turn in to_wire((QUESTION, blank, QUESTION), ())["messages"]] == ["user"]


def test_names_of_tools_are_spelt_as_the_api_takes_them():
    called = Message("assistant", (ToolCall("a", "run sql", {}), ToolCall("b", "", {})))
    (turn,) = to_wire((called,), ())["messages"]
    assert [call["function"]["name"] for call in turn["tool_calls"]] == ["run_sql", "unnamed"]


def test_without_an_address_the_line_to_type_is_told():
    with pytest.raises(RasgoError, match=r"%rasgo config providers\.acme\.base_url http://"):
        OpenAICompatibleModel("acme:x", Endpoint("acme"), {})


def test_no_key_is_needed():
    with serving(ChatCompletionsProtocol(), HELLO) as server:
        model = OpenAICompatibleModel(NAME, Endpoint("openai-compatible", f"{server.url}/v1"), {})
        assert run_sync(last_reply(model, (QUESTION,), 1)).message().text == "Hello to you."


def test_options_that_are_refused_are_left_out_from_then_on():
    refused = {"error": {"message": "Extra inputs are not permitted", "param": "stream_options"}}
    detail = {"detail": [{"loc": ["body", "top_k"], "msg": "Extra inputs are not permitted"}]}
    no = [Reply(status=400, body=json.dumps(body).encode()) for body in (refused, detail)]
    _, requests = ask(*no, HELLO, HELLO, refusals=2, top_k=3)
    extras = [{"stream_options", "top_k"} & set(request.json) for request in requests]
    assert extras == [{"stream_options", "top_k"}, {"top_k"}, set(), set()]


def test_calls_without_index_are_told_apart_by_id():
    assert calls_in([whole("call_a", "1"), whole("call_b", "2")]) == (ONE, TWO)


def test_calls_that_are_all_number_0_are_told_apart_by_id():
    assert calls_in([whole("call_a", "1", index=0)], [whole("call_b", "2", index=0)]) == (ONE, TWO)


def test_calls_without_index_and_id_get_ids():
    calls = calls_in([whole(None, "1")], [whole("", "2")])
    assert [call.arguments for call in calls] == [{"sql": "1"}, {"sql": "2"}]
    assert len({call.id for call in calls}) == 2


def test_id_and_name_may_come_with_every_delta():
    function = {"name": "run_sql", "arguments": '{"sql": '}
    pieces = [
        {"id": "call_a", "function": function},
        {"id": "call_a", "function": function | {"arguments": '"1"}'}},
    ]
    assert calls_in(*([piece] for piece in pieces)) == (ONE,)
    assert calls_in(*([piece | {"index": 0}] for piece in pieces)) == (ONE,)


def test_arguments_may_be_an_object():
    function = {"name": "run_sql", "arguments": {"sql": "1"}}
    assert calls_in([{"index": 0, "id": "call_a", "function": function}]) == (ONE,)


@pytest.mark.parametrize("stop", ["stop", "tool_calls", "function_call"])
def test_calls_are_calls_whatever_the_reason_to_stop(stop):
    reply, _ = ask(streamed({"tool_calls": [whole("call_a", "1", index=0)]}, stop=stop))
    assert (reply.stop_reason, reply.message().tool_calls) == ("tool_calls", (ONE,))


def test_a_refusal_is_a_filtered_reply():
    reply, _ = ask(streamed({"refusal": "I can't"}, {"refusal": " do that."}))
    assert (reply.stop_reason, reply.message().text) == ("content_filter", "I can't do that.")


def test_content_may_be_a_list_of_parts():
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}
    reply, _ = ask(streamed({"content": [thinking, {"type": "text", "text": "Hello."}]}))
    assert reply.message().parts == (Thinking("Hm."), Text("Hello."))


def test_usage_that_is_missing_is_0():
    reply, _ = ask(streamed({"content": "Hello."}))
    assert (reply.usage.input_tokens, reply.usage.output_tokens, reply.usage.cost_usd) == (0, 0, None)


def test_what_a_gateway_says_it_cost_is_kept():
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "cost": 0.25}
    assert ask(streamed({"content": "Hello."}, usage=usage))[0].usage.cost_usd == 0.25


def test_an_unknown_reason_to_stop_is_told():
    assert "'eclipse'" in failure(streamed({"content": "Hello."}, stop="eclipse"))


def test_a_stream_without_a_reason_to_stop_is_a_cut_reply():
    assert "ended in the middle" in failure(streamed({"content": "Hello."}, stop=None), ModelUnavailable)


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        ({"code": 502, "message": "No model."}, ModelUnavailable, "status 502"),
        ({"code": "rate_limit_exceeded", "message": "Slow down."}, ModelUnavailable, "limiting requests"),
        ({"message": "It fell over."}, ModelUnavailable, "status 500"),
        ("It fell over.", ModelUnavailable, "status 500"),
        ({"code": "context_length_exceeded", "message": "Too long."}, ContextOverflow, "--fresh"),
        ({"code": 401, "message": "Who?"}, ModelFailed, "refused the key"),
    ],
)
def test_errors_in_the_stream_are_those_of_their_status(error, kind, words):
    pieces = [sse(event_of({"content": "Hel"})), sse({"error": error})]
    assert words in failure(Reply(pieces=pieces), kind)


def test_a_gateway_may_end_a_stream_with_an_error():
    assert "broke off" in failure(streamed({"content": "Hel"}, stop="error"), ModelUnavailable)


def unstreamed(body):
    return Reply(body=json.dumps(body).encode(), content_type="application/json")


def test_an_endpoint_that_does_not_stream_still_answers():
    message = {"role": "assistant", "content": "Counting.", "tool_calls": [whole("call_a", "1")]}
    usage = {"prompt_tokens": 10, "completion_tokens": 5}
    body = {"choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}], "usage": usage}
    reply, _ = ask(unstreamed(body))
    assert reply.message() == Message("assistant", (Text("Counting."), ONE))
    assert (reply.stop_reason, reply.usage.input_tokens) == ("tool_calls", 10)


def test_an_error_that_says_it_is_none_is_told():
    assert "status 429" in failure(unstreamed({"error": {"code": 429, "message": "No."}}), ModelUnavailable)


@pytest.mark.parametrize(
    "body", [{"choices": [None]}, {"choices": 7}, {"choices": [{"message": []}]}, [1], "no"]
)
def test_a_completion_of_any_shape_is_one_line(body):
    failure(unstreamed(body))


def test_a_header_that_can_not_be_sent_is_not_shown():
    endpoint = Endpoint("acme", "http://127.0.0.1:9/v1", headers={"X-Token": "planted\nsecret"})
    with pytest.raises(ModelFailed) as caught:
        run_sync(last_reply(OpenAICompatibleModel("acme:x", endpoint, {}), (QUESTION,), 1))
    assert "planted" not in one_line(caught.value)


def test_text_that_only_json_can_hold_goes_back():
    reply, _ = ask(Reply(pieces=[sse(event_of({"content": "LONE"}, "stop")).replace(b"LONE", rb"\ud83d")]))
    assert ask(HELLO, messages=(QUESTION, reply.message(), QUESTION))[0].message().text == "Hello to you."


def test_malformed_arguments_come_whole():
    (call,) = ask(Reply(Line(calls=(Call("run_sql", {}, "call_a", raw='{"sql": '),))))[0].message().tool_calls
    assert call.malformed
