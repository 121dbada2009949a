"""What only Cohere's chat has: tool plans, thinking without a signature, errors among the reasons to stop."""

from __future__ import annotations

import pytest
from protocols.cohere_chat import CohereProtocol, events_of, make
from server import Reply, serving, sse
from subjects import KEY, QUESTION, RUN_SQL, SYSTEM, last_reply, one_line

from rasgo_nb.agent.messages import Image, Message, Text, Thinking, ToolCall, ToolResult, Usage
from rasgo_nb.agent.models.cohere import CohereModel
from rasgo_nb.agent.models.endpoint import Endpoint
from rasgo_nb.agent.models.scripted import Call, Line
from rasgo_nb.errors import ModelFailed, ModelUnavailable
from rasgo_nb.interrupt import run_sync

HELLO = Reply(Line("Hello to you."))
SQL = Call("run_sql", {"sql": "1"}, "call_a")
CALL = ToolCall("call_a", "run_sql", {"sql": "1"})


def ask(*replies, messages=(SYSTEM, QUESTION), refusals=0, **options):
    """The last reply, and every request; as many of the replies as ``refusals`` are none."""
    with serving(CohereProtocol(), *replies) as server:
        reply = run_sync(last_reply(make(server.url, **options), messages, len(replies) - refusals))
    return reply, server.requests


def ended(finish_reason, **facts):
    """A reply that ends so."""
    *first, end = events_of(Line("Hello."), finish_reason)
    end["delta"] |= facts
    return Reply(pieces=[sse(event, event["type"]) for event in [*first, end]])


def failure(reply, kind=ModelFailed):
    with pytest.raises(kind) as caught:
        ask(reply)
    return one_line(caught.value)


def test_a_whole_round_is_as_the_api_wants_it():
    called, _ = ask(Reply(Line("Counting.", (SQL,), thinking="Let me see.")))
    assert called.message().parts[1:] == (Text("Counting."), CALL)
    results = Message("tool", (ToolResult("call_a", "", images=(Image(b"png"),)),))
    messages = (SYSTEM, QUESTION, called.message(), results)
    _, (request,) = ask(HELLO, messages=messages, max_tokens=99, brand_new=True)
    assert (request.path, request.headers["authorization"]) == ("/v2/chat", f"Bearer {KEY}")
    function = {"name": "run_sql", "description": "Run one SQL statement.", "parameters": RUN_SQL.parameters}
    call = {"id": "call_a", "type": "function", "function": {"name": "run_sql", "arguments": '{"sql": "1"}'}}
    assert request.json == {
        "model": "command-a-plus-05-2026",
        "max_tokens": 99,
        "brand_new": True,
        "stream": True,
        "tools": [{"type": "function", "function": function}],
        "messages": [
            {"role": "system", "content": "You analyse data."},
            {"role": "user", "content": "How many orders are there?"},
            {
                "role": "assistant",
                "content": [{"type": "thinking", "thinking": "Let me see."}],
                "tool_plan": "Counting.",
                "tool_calls": [call],
            },
            {"role": "tool", "tool_call_id": "call_a", "content": "(empty)"},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "What the tool results above show:"},
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,cG5n"}},
                ],
            },
        ],
    }


def test_thinking_of_another_model_stays_here():
    thought = Message("assistant", (Thinking("Secret.", "unsigned", "cohere:other"), Text("4.")))
    _, (request,) = ask(HELLO, messages=(QUESTION, thought, QUESTION))
    assert request.json["messages"][1]["content"] == [{"type": "text", "text": "4."}]


@pytest.mark.parametrize("word", ["ERROR", "TIMEOUT"])
def test_errors_among_the_reasons_to_stop_may_pass(word):
    assert f"({word}): It fell over." in failure(ended(word, error="It fell over"), ModelUnavailable)


def test_a_stop_sequence_is_an_end():
    assert ask(ended("STOP_SEQUENCE"))[0].stop_reason == "end_turn"


def test_an_unknown_reason_to_stop_is_told():
    assert "'ECLIPSE'" in failure(ended("ECLIPSE"))


def test_what_is_billed_counts_where_tokens_are_not_told():
    usage = {"billed_units": {"input_tokens": 10.0, "output_tokens": 5.0}}
    assert ask(ended("COMPLETE", usage=usage))[0].usage == Usage(10, 5, requests=1, cost_usd=None)


def test_an_event_that_is_no_json_is_told_and_not_skipped():
    *first, end = CohereProtocol().stream(Line("Hello."), stop_reason="end_turn", request=None)
    broken = Reply(pieces=[*first, sse("{nonsense"), end])
    assert "can't be read" in failure(Reply(pieces=[sse("{nonsense"), *broken.pieces]), ModelUnavailable)


def test_options_that_are_refused_are_left_out_from_then_on():
    no = Reply(status=400, message="unknown field: parameter 'brand_new' is not a valid field")
    _, requests = ask(no, HELLO, HELLO, refusals=1, brand_new=True)
    assert ["brand_new" in request.json for request in requests] == [True, False, False]


def test_a_key_that_is_none_is_told():
    assert "rasgo-nb key set cohere" in failure(Reply(status=498, message="invalid token"))


def test_without_a_key_the_line_to_type_is_told():
    with pytest.raises(ModelFailed, match="rasgo-nb key set cohere"):
        run_sync(last_reply(CohereModel("cohere:x", Endpoint("cohere"), {}), (QUESTION,), 1))


def test_a_header_that_can_not_be_sent_is_not_shown():
    endpoint = Endpoint("cohere", "http://127.0.0.1:9", KEY, headers={"X-Token": "planted\nsecret"})
    with pytest.raises(ModelFailed) as caught:
        run_sync(last_reply(CohereModel("cohere:x", endpoint, {}), (QUESTION,), 1))
    assert "planted" not in one_line(caught.value)


def test_an_error_that_is_no_text_may_pass():
    assert "can't be read" in failure(Reply(status=500, body=b'{"message": "\xff"}'), ModelUnavailable)
