"""What the contract suite runs over: one subject for each way of reaching a provider."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rasgo_nb.agent.assembler import Assembler
from rasgo_nb.agent.messages import Message, Text, ToolPage
from rasgo_nb.errors import RasgoError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from server import WireProtocol

    from rasgo_nb.agent.models.base import Model

KEY = "planted-key-0123456789abcdef"  # every subject's key; it must never show in a message
SIGNATURE = "c2lnbmVkIGJ5IHRoZSBtb2RlbA=="  # what a protocol signs a line's thinking with


@dataclass(frozen=True)
class Subject:
    """A provider and the protocol that its server speaks.

    ``make`` takes the server's URL, such as ``http://127.0.0.1:8000``, and uses ``KEY``. ``gaps`` are the
    names of the contract's tests that cannot hold here, with the exception that each raises.
    """

    name: str
    make: Callable[[str], Model]
    protocol: WireProtocol
    gaps: Mapping[str, type[BaseException]] = field(default_factory=dict)


RUN_SQL = ToolPage(
    "run_sql",
    "Run one SQL statement.",
    {"type": "object", "properties": {"sql": {"type": "string"}}, "required": ["sql"]},
)
SYSTEM = Message("system", (Text("You analyse data."),))
QUESTION = Message("user", (Text("How many orders are there?"),))


def one_line(error: RasgoError) -> str:
    """The error's text, which is one readable line without the key."""
    text = str(error)
    assert isinstance(error, RasgoError)
    assert "\n" not in text
    assert 10 < len(text) < 700
    assert KEY not in text
    return text


async def last_reply(model, messages, count):
    """The last of as many replies as are asked for."""
    try:
        for _ in range(count):
            reply = Assembler(1, model.name)
            async with aclosing(model.stream_reply(messages, (RUN_SQL,))) as stream:
                async for fragment in stream:
                    reply.add(fragment)
        return reply
    finally:
        await model.aclose()
