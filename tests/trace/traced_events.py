"""A small run as events with times, of every kind that spans are made of."""

from rasgo_nb.agent.events import (
    Answer,
    Answered,
    ModelCalled,
    ModelReplied,
    ModelSent,
    RunStarted,
    StepFinished,
    StepStarted,
    ToolCallFinished,
    ToolCallStarted,
)
from rasgo_nb.agent.messages import Message, Text, ToolCall, ToolPage, ToolResult, Usage

START_NS = 1_800_000_000_000_000_000
CANARY = "canary-71f0"
PAGES = (ToolPage("write_sql", f"Writes SQL. {CANARY}", {"type": "object"}),)
SQL = ToolCall("call_1", "write_sql", {"question": CANARY})
USAGE = Usage(input_tokens=120, output_tokens=7, cached_tokens=100, cache_write_tokens=9, requests=1)


def called(model_call, model, purpose="reply", tool_call_id=""):
    messages = (Message("system", (Text(CANARY),)), Message("user", (Text(CANARY),)))
    return ModelCalled(1, model_call, purpose, model, "anthropic 3", messages, PAGES, tool_call_id)


def replied(model_call, stop_reason="end_turn", failure=""):
    said = Message("assistant", (Text(CANARY),))
    return ModelReplied(1, model_call, said, stop_reason, USAGE, 0.25, 1.5, failure)


def sent(status):
    return ModelSent(1, "1.1", "https://api.example.org:8443/v1/messages", CANARY, status, CANARY)


EVENTS = (
    RunStarted("0a1b2c3d4e5f", CANARY, "anthropic:claude-x", "shop", conversation="c0ffee"),
    StepStarted(1),
    called("1.1", "anthropic:claude-x"),
    sent(200),
    replied("1.1", "tool_calls"),
    ToolCallStarted(1, SQL),
    called("1.2", "openai:gpt-x", "sql", "call_1"),
    replied("1.2"),
    ToolCallFinished(1, SQL, ToolResult("call_1", CANARY), 2.0),
    StepFinished(1, USAGE, 4.0),
    Answered(Answer(CANARY), USAGE, 5.0),
)


def timed(events=EVENTS):
    """Each half a second after the one before."""
    return [(START_NS + place * 500_000_000, event) for place, event in enumerate(events)]
