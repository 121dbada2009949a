"""OpenAI's wire: exact requests, reasoning that comes back, and the faults of its stream."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing

import pytest
from protocols.responses import ResponsesProtocol
from server import Reply, serving, sse
from subjects import KEY, QUESTION, RUN_SQL, SYSTEM, one_line

from rasgo_nb.agent.messages import Image, Message, Text, Thinking, ToolCall, ToolResult
from rasgo_nb.agent.models.endpoint import Endpoint
from rasgo_nb.agent.models.openai import OpenAIModel, to_wire
from rasgo_nb.agent.models.options import Options
from rasgo_nb.agent.models.scripted import Line
from rasgo_nb.errors import ContextOverflow, ModelFailed, ModelUnavailable

REASONING = {"id": "rs_1", "type": "reasoning", "summary": [], "encrypted_content": "abc", "new": 1}
GREETING = Line("Hello there.")


def talk(*replies, options=None, name="openai:gpt:test", times=1):
    """Ask so many times; the requests' bodies."""

    async def main(url):
        model = OpenAIModel(name, Endpoint("openai", f"{url}/v1", KEY), options or {}, "notebook-1")
        try:
            for _ in range(times):
                async with aclosing(model.stream_reply((SYSTEM, QUESTION), (RUN_SQL,))) as stream:
                    [fragment async for fragment in stream]
        finally:
            await model.aclose()

    with serving(ResponsesProtocol(), *replies) as server:
        asyncio.run(main(server.url))
    return server.requests


def refusal(message, param=None, code=None):
    error = {"message": message, "type": "invalid_request_error", "param": param, "code": code}
    return Reply(status=400, body=json.dumps({"error": error}).encode())


def test_a_request_is_exactly_this():
    (request,) = talk(Reply(GREETING), options={"reasoning": {"effort": "low"}})
    assert request.path == "/v1/responses"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.json == {
        "model": "gpt:test",
        "store": False,
        "include": ["reasoning.encrypted_content"],
        "parallel_tool_calls": True,
        "prompt_cache_key": "notebook-1",
        "reasoning": {"effort": "low"},
        "instructions": "You analyse data.",
        "tools": [
            {
                "type": "function",
                "name": "run_sql",
                "description": "Run one SQL statement.",
                "parameters": RUN_SQL.parameters,
                "strict": False,
            }
        ],
        "input": [
            {"role": "user", "content": [{"type": "input_text", "text": "How many orders are there?"}]}
        ],
        "stream": True,
    }


def test_an_endpoint_of_ones_own_needs_no_key():
    async def main(url):
        model = OpenAIModel("openai:m", Endpoint("openai", f"{url}/v1"), {})
        async with aclosing(model.stream_reply((QUESTION,), ())) as stream:
            [fragment async for fragment in stream]
        await model.aclose()

    with serving(ResponsesProtocol(), Reply(GREETING)) as server:
        asyncio.run(main(server.url))
    assert "authorization" not in server.requests[0].headers


def test_a_transcript_becomes_items_in_order():
    thinking = Thinking("", json.dumps(REASONING), "openai:m")
    step = Message(
        "assistant", (thinking, Text("Counting."), ToolCall("call_a", "run_sql", {"sql": "SELECT 1"}))
    )
    results = Message("tool", (ToolResult("call_a", "drawn", images=(Image(b"png"),)),))
    answer = Message("assistant", (Text("There are 4."),))
    assert to_wire([step, results, answer], (), model="openai:m") == {
        "input": [
            REASONING,
            {"role": "assistant", "content": "Counting.", "phase": "commentary"},
            {
                "type": "function_call",
                "call_id": "call_a",
                "name": "run_sql",
                "arguments": '{"sql": "SELECT 1"}',
            },
            {
                "type": "function_call_output",
                "call_id": "call_a",
                "output": [
                    {"type": "input_text", "text": "drawn"},
                    {"type": "input_image", "image_url": "data:image/png;base64,cG5n"},
                ],
            },
            {"role": "assistant", "content": "There are 4.", "phase": "final_answer"},
        ]
    }


def test_reasoning_that_nothing_follows_is_not_sent():
    cut = Message("assistant", (Thinking("Hm.", json.dumps(REASONING), "openai:m"),))
    assert to_wire([cut], (), model="openai:m") == {"input": []}


def test_half_a_surrogate_pair_can_be_sent():
    wire = to_wire([Message("user", (Text("a \ud83d b"),))], ())
    assert wire["input"][0]["content"] == [{"type": "input_text", "text": "a ? b"}]


@pytest.mark.parametrize(
    ("answer", "gone"),
    [
        (refusal("Encrypted content is not supported with this model.", "include"), "include"),
        (refusal("Unsupported parameter: 'reasoning.effort'.", "reasoning.effort"), "reasoning"),
        (refusal("Unknown parameter: 'prompt_cache_key'."), "prompt_cache_key"),
    ],
)
def test_what_a_model_refuses_is_left_out_from_then_on(answer, gone):
    options = {"reasoning": {"effort": "low"}}
    requests = talk(answer, Reply(GREETING), Reply(GREETING), options=options, times=2)
    assert [gone in request.json for request in requests] == [True, False, False]


def test_only_the_refused_part_of_an_option_is_left_out():
    options = Options({"reasoning": {"effort": "low", "summary": "auto"}})
    assert options.refuse(400, "Your organization must be verified.", "reasoning.summary")
    assert options.kept() == {"reasoning": {"effort": "low"}}
    assert not options.refuse(400, "Invalid value.", "input[0]")


def test_a_refused_phase_is_left_out_of_every_message():
    model = OpenAIModel("openai:m", Endpoint("openai", key=KEY), {})
    assert model.options.refuse(400, "Unknown parameter: 'input[2].phase'.", "phase")
    assert "phase" not in model.options.kept()


FAULTS = [
    ({"type": "error", "code": "server_error", "message": "Sorry."}, ModelUnavailable, "status 500"),
    (
        {"type": "error", "error": {"code": "rate_limit_exceeded", "message": "Slow."}},
        ModelUnavailable,
        "429",
    ),
    ({"type": "error", "code": "insufficient_quota", "message": "No money."}, ModelFailed, "402"),
    ({"type": "error", "code": None, "message": "Odd."}, ModelUnavailable, "status 500"),
    (
        {"type": "error", "code": "context_length_exceeded", "message": "It exceeds the context window."},
        ContextOverflow,
        "context window",
    ),
    (
        {"type": "response.failed", "response": {"error": {"code": "invalid_prompt", "message": "Flagged."}}},
        ModelFailed,
        "status 400",
    ),
    ({"type": "response.failed", "response": {"error": None}}, ModelUnavailable, "no reason"),
    (
        {
            "type": "response.incomplete",
            "response": {"status": "incomplete", "incomplete_details": {"reason": "tired"}},
        },
        ModelFailed,
        "'tired'",
    ),
]


@pytest.mark.parametrize(("event", "kind", "words"), FAULTS)
def test_a_fault_in_the_stream_is_told_for_what_it_is(event, kind, words):
    with pytest.raises(ModelFailed) as caught:
        talk(Reply(pieces=[sse(event, event["type"])]))
    assert type(caught.value) is kind
    assert words in one_line(caught.value)


def test_a_quota_that_is_spent_is_not_waited_for():
    body = json.dumps({"error": {"message": "No money left.", "code": "insufficient_quota"}}).encode()
    with pytest.raises(ModelFailed, match="No money left") as caught:
        talk(Reply(status=429, body=body))
    assert not isinstance(caught.value, ModelUnavailable)


def test_without_a_key_it_says_how_to_set_one():
    async def main():
        await anext(OpenAIModel("openai:m", Endpoint("openai"), {}).stream_reply((QUESTION,), ()))

    with pytest.raises(ModelFailed, match="rasgo-nb key set openai"):
        asyncio.run(main())
