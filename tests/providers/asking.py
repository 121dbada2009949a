"""What the contract's tests share: a line to play, and how a subject is asked."""

from __future__ import annotations

from contextlib import aclosing

import pytest
from hypothesis import HealthCheck, settings
from server import Request, serving
from subjects import QUESTION, RUN_SQL, SYSTEM, one_line

from rasgo_nb.agent.assembler import Assembler
from rasgo_nb.agent.models.base import ReplyEnd
from rasgo_nb.agent.models.scripted import Call, Line
from rasgo_nb.errors import ModelFailed
from rasgo_nb.interrupt import run_sync

SQL = Call("run_sql", {"sql": "SELECT count(*) FROM orders WHERE city = 'Zürich'"}, "call_a")
GREETING = Line("Größe: 42 😀 漢字.")


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


def examples(count):
    health = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
    return settings(max_examples=count, deadline=None, suppress_health_check=health)
