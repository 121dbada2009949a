"""Time to the first delta of a reply: what our side adds to the SDK's own, over loopback HTTP."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from contextlib import aclosing
from importlib import import_module
from inspect import signature
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.figures import ROOT, Figure

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from rasgo_nb.agent.messages import Message, ToolPage
    from rasgo_nb.agent.models.base import Model

BAR_MS = 5.0
STEPS = 12  # of the transcript that is sent
TEXT = "Counting the orders of last year."

Bare = tuple["Callable[[], Awaitable[Any]]", "Callable[[], Awaitable[None]]"]  # start a reply, close

# The wire of each provider's server, under tests/providers/protocols.
WIRES = {
    "openai": "responses",
    "openai-compatible": "chat_completions",
    "anthropic": "messages",
    "cohere": "cohere_chat",
}


def measure(*, quick: bool) -> list[Figure]:
    """One figure for each provider: the median of ours less the median of the bare SDK's."""
    folder = str(ROOT / "tests" / "providers")
    sys.path.insert(0, folder)
    try:
        return [asyncio.run(_of_provider(name, 15 if quick else 80)) for name in WIRES]
    finally:
        sys.path.remove(folder)


async def _of_provider(name: str, repeats: int) -> Figure:
    from rasgo_nb.agent.models.scripted import Line

    room = import_module("server")
    protocol = import_module(f"protocols.{WIRES[name]}").SUBJECTS[0].protocol
    messages, pages = transcript(STEPS), tool_pages()
    with room.serving(protocol, *[room.Reply(Line(TEXT)) for _ in range(2 * (repeats + 5))]) as server:
        model, address = opened(name, server.url)
        bare, close = _BARE[name](address, _wire_of(name, model, messages, pages))
        pairs = [
            (await _with_us(model, messages, pages), await _until_text(bare)) for _ in range(repeats + 5)
        ][5:]
        await model.aclose()
        await close()
    ours, theirs = (median(column) * 1e3 for column in zip(*pairs, strict=True))
    note = f"{ours:.1f} ms with us, {theirs:.1f} ms bare; {STEPS} steps sent"
    return Figure(f"{name}: added to the first delta", ours - theirs, "ms", BAR_MS, note=note)


def opened(name: str, url: str) -> tuple[Model, str]:
    """The provider's model at the server, and the base URL that its SDK wants."""
    from rasgo_nb.agent.models.choose import open_model
    from rasgo_nb.agent.models.providers import PROVIDERS
    from rasgo_nb.config import ProviderSettings

    address = f"{url}/v1" if name.startswith("openai") else url
    environment = dict.fromkeys(PROVIDERS[name].key_variables, "key-1")
    settings = {name: ProviderSettings(base_url=address)}
    return open_model(f"{name}:model-1", settings, environment=environment), address


def tool_pages() -> tuple[ToolPage, ...]:
    """The tools as a model reads them."""
    from rasgo_nb.agent.messages import ToolPage
    from rasgo_nb.agent.tools import ALL_TOOLS

    return tuple(ToolPage(tool.name, tool.description, tool.parameters) for tool in ALL_TOOLS)


def transcript(steps: int) -> list[Message]:
    """A run of so many steps, each with a query and a result of some kilobytes."""
    from rasgo_nb.agent.interface import standard_instructions
    from rasgo_nb.agent.messages import Message, Text, ToolCall, ToolResult

    rows = [[number, f"customer {number}", number * 1.5] for number in range(30)]
    page = json.dumps({"columns": ["id", "name", "amount"], "rows": rows})
    messages = [
        Message("system", (Text(standard_instructions()),)),
        Message("user", (Text("Which customers grew?"),)),
    ]
    for step in range(steps):
        call = ToolCall(
            f"call_{step}", "run_sql", {"sql": f"SELECT * FROM orders WHERE year = {2000 + step}"}
        )
        messages.append(Message("assistant", (Text(f"Looking at year {step}."), call)))
        messages.append(Message("tool", (ToolResult(call.id, page),)))
    return messages


async def _with_us(model: Model, messages: Sequence[Message], pages: Sequence[ToolPage]) -> float:
    from rasgo_nb.agent.assembler import Assembler
    from rasgo_nb.agent.events import StepStarted, TextDelta
    from rasgo_nb.agent.reporting import ReportingModel
    from rasgo_nb.agent.retry import RetryPolicy, stream_with_retries
    from rasgo_nb.agent.run_log import RunLog

    log = RunLog()
    log.add(StepStarted(1))
    model = ReportingModel(model, "reply", "standard 1", log, log.add)
    reply = Assembler(1, model.name)
    policy = RetryPolicy()
    began, first = time.perf_counter(), 0.0
    replies = stream_with_retries(model, messages, pages, policy=policy, seconds_left=lambda: 1e9)
    async with aclosing(replies) as stream:
        async for fragment in stream:
            if isinstance(reply.add(fragment), TextDelta):
                first = first or time.perf_counter()
    return first - began


async def _until_text(start: Callable[[], Awaitable[Any]]) -> float:
    """Seconds until the first event that carries the beginning of the text; the rest is read too."""
    began, first = time.perf_counter(), 0.0
    async for event in await start():
        if not first and TEXT[:6] in repr(event):
            first = time.perf_counter()
    return first - began


def _wire_of(
    name: str, model: Model, messages: Sequence[Message], pages: Sequence[ToolPage]
) -> dict[str, Any]:
    room = import_module(type(model).__module__)
    named = {"model": model.name} if "model" in signature(room.to_wire).parameters else {}
    request: dict[str, Any] = room.to_wire(messages, pages, **named)
    return {"model": name.partition(":")[2] or "model-1"} | request


def _openai(url: str, wire: dict[str, Any]) -> Bare:
    from openai import AsyncOpenAI

    client = AsyncOpenAI(api_key="key-1", base_url=url, max_retries=0)
    return lambda: client.responses.create(stream=True, **wire), client.close


def _chat(url: str, wire: dict[str, Any]) -> Bare:
    from openai import AsyncOpenAI

    client = AsyncOpenAI(api_key="key-1", base_url=url, max_retries=0)
    return lambda: client.chat.completions.create(stream=True, **wire), client.close


def _anthropic(url: str, wire: dict[str, Any]) -> Bare:
    from anthropic import AsyncAnthropic

    client = AsyncAnthropic(api_key="key-1", base_url=url, max_retries=0)
    return lambda: client.messages.create(stream=True, **({"max_tokens": 1000} | wire)), client.close


def _cohere(url: str, wire: dict[str, Any]) -> Bare:
    import httpx
    from cohere import AsyncClientV2

    carrier = httpx.AsyncClient()
    client = AsyncClientV2(api_key="key-1", base_url=url, httpx_client=carrier)

    async def start() -> Any:
        return client.chat_stream(**wire)

    return start, carrier.aclose


_BARE = {"openai": _openai, "openai-compatible": _chat, "anthropic": _anthropic, "cohere": _cohere}
