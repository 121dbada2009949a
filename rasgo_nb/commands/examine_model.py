"""Checks what a run needs of a model, by a few small requests, and says what to do about what is missing."""

from __future__ import annotations

import asyncio
import os
import struct
import zlib
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

from rasgo_nb._optional import load
from rasgo_nb.agent.assembler import Assembler
from rasgo_nb.agent.interface import choose_interface
from rasgo_nb.agent.messages import Image, Message, Text, ToolCall, ToolPage, ToolResult, Usage
from rasgo_nb.agent.models.base import TextFragment, ThinkingFragment
from rasgo_nb.agent.models.choose import choose, goes_without_key, open_model, provider_of
from rasgo_nb.agent.models.keys import key_for, missing_key
from rasgo_nb.agent.models.recorded import REPLAY
from rasgo_nb.commands.doctor import Finding
from rasgo_nb.errors import ModelFailed, ModelUnavailable, RasgoError
from rasgo_nb.figure.picture import why_no_picture
from rasgo_nb.provider_settings import ProviderSettings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rasgo_nb.agent.models.base import Model
    from rasgo_nb.config import Config

TIMEOUT_S = 60.0  # for each request
_BUFFERED_S = 0.02  # deltas that all come within this were kept back on the way

_ECHO = ToolPage(
    "echo",
    "Gives back a word. Use it whenever you are asked to echo one.",
    {
        "type": "object",
        "properties": {"word": {"type": "string", "description": "the word"}},
        "required": ["word"],
    },
)
_LOOK = ToolPage("look", "Shows the picture that is talked about.", {"type": "object", "properties": {}})
_PICTURE_CALL = ToolCall("doctor001", "look", {})  # some endpoints take ids of nine letters and digits only


@dataclass(frozen=True, slots=True)
class _Reply:
    """What came back for one request; ``spread_s`` lies between its first and its last delta."""

    message: Message
    usage: Usage
    deltas: int
    first_s: float
    spread_s: float


async def examine_model(
    wanted: str, config: Config, environment: Mapping[str, str] = os.environ
) -> list[Finding]:
    """What a run would meet with the model that is wanted, or set, or would be taken.

    At most four small requests are sent; ``offline`` is sent none. It never raises for what is wrong with
    the model: that is a finding.
    """
    try:
        choice = choose(wanted or config.model, config.providers, environment)
    except RasgoError as error:
        return [Finding("model", str(error), is_good=False)]
    if choice.name == "offline" or choice.name.startswith(REPLAY):
        note = f" ({choice.note})" if choice.note else ""
        return [Finding("model", f"{choice.name}{note}; it needs nothing")]
    named = Finding("model", f"{choice.name}{f' ({choice.note})' if choice.note else ''}")
    found = [named, *_before_requests(choice.name, config, environment)]
    if any(finding.stops_a_run for finding in found):
        return found
    try:
        model = await asyncio.to_thread(_opened, choice.name, config, environment)
    except RasgoError as error:
        return [*found, Finding("settings", str(error), is_good=False)]
    try:
        found += await probe(model)
    finally:
        await model.aclose()
    return [*found, *await asyncio.to_thread(_pictures, found)]


async def probe(model: Model) -> list[Finding]:
    """What a model does with a few small requests; one that fails does not stop those that can still tell."""
    replies: list[_Reply] = []
    try:
        first = await _reply(model, "Count from one to thirty in words, separated by spaces.", ())
    except RasgoError as error:
        findings = _findings_of(error)
        if any(finding.stops_a_run for finding in findings):
            return findings
    else:
        replies.append(first)
        findings = [
            Finding("reachable", f"yes, the first words came after {first.first_s:.1f} s"),
            Finding("key", "accepted"),
            _streaming(first),
        ]
    for check in (_tools, _parallel_calls, _images):
        try:
            finding, reply = await check(model)
            replies.append(reply)
        except RasgoError as error:
            what, is_needed = _NAMES[check]
            finding = Finding(what, str(error), is_good=False, is_needed=is_needed)
        findings.append(finding)
    return [*findings, *_usage(replies)]


def _before_requests(name: str, config: Config, environment: Mapping[str, str]) -> list[Finding]:
    entry = name.partition(":")[0]
    provider = provider_of(entry, config.providers)
    own = config.providers.get(entry, ProviderSettings())
    try:
        load(provider.sdk, extra=provider.extra, purpose=f"The provider {entry}")
        sdk = Finding("SDK", f"{provider.sdk} is installed")
    except RasgoError as error:
        sdk = Finding("SDK", str(error), is_good=False)
    try:
        key = key_for(entry, provider, own, environment)
    except RasgoError as error:
        return [sdk, Finding("key", str(error), is_good=False)]
    if key:
        return [sdk, Finding("key", f"found in {key.found_in}")]
    if goes_without_key(provider, own):
        return [sdk, Finding("key", "none; a key of ours may not be needed")]
    return [sdk, Finding("key", str(missing_key(entry, provider, own)), is_good=False)]


def _opened(name: str, config: Config, environment: Mapping[str, str]) -> Model:
    """The model as a run has it, so that options it refuses show here too."""
    entry = name.partition(":")[0]
    kind = provider_of(entry, config.providers).name
    face = choose_interface(name, config.interface, kind=kind)
    return open_model(name, config.providers, options=face.options, environment=environment)


def _findings_of(error: RasgoError) -> list[Finding]:
    """Why nothing came back, under the name of what failed."""
    if not isinstance(error, ModelFailed):  # nothing was sent
        return [Finding("settings", str(error), is_good=False)]
    status = error.status
    if status == 0 and isinstance(error, ModelUnavailable):
        return [
            Finding("reachable", f"no: {error} Check the network, base_url and proxy.", is_good=False),
        ]
    reachable = Finding("reachable", "yes")
    if status in {401, 403}:
        return [reachable, Finding("key", str(error), is_good=False)]
    if isinstance(error, ModelUnavailable):
        said = f"{error} Try again in a while."
        return [reachable, Finding("answers", said, is_good=False)]
    return [reachable, Finding("answers", str(error), is_good=False)]


def _streaming(reply: _Reply) -> Finding:
    if reply.deltas > 1 and reply.spread_s >= _BUFFERED_S:
        return Finding("streams", f"yes, {reply.deltas} pieces over {reply.spread_s:.1f} s")
    if not reply.deltas:
        return Finding("streams", "it said nothing; take another model with `--model`", is_good=False)
    return Finding(
        "streams",
        "the reply came all at once. Runs work, but nothing shows until it is whole: "
        "switch off buffering in the proxy or gateway (nginx: `proxy_buffering off;`)",
        is_good=False,
        is_needed=False,
    )


async def _tools(model: Model) -> tuple[Finding, _Reply]:
    reply = await _reply(model, "Echo the word heron. Call the tool; say nothing else.", (_ECHO,))
    calls = reply.message.tool_calls
    if any(one.name == _ECHO.name and one.arguments.get("word") == "heron" for one in calls):
        return Finding("tools", "called, with the right argument"), reply
    if not calls:
        says = (
            "not called: the model, its server or a gateway drops them. Take another model, or start the "
            "server with tool calls on (vLLM: `--enable-auto-tool-choice --tool-call-parser NAME`; "
            "llama.cpp: `--jinja`)"
        )
    else:
        says = f"called wrongly: {calls[0].malformed or 'another tool or argument'}. Take another model"
    return Finding("tools", says, is_good=False), reply


async def _parallel_calls(model: Model) -> tuple[Finding, _Reply]:
    question = "Echo the words left and right. Call the tool twice at once, in one reply."
    reply = await _reply(model, question, (_ECHO,))
    count = len(reply.message.tool_calls)
    if count >= 2 and len({one.id for one in reply.message.tool_calls}) == count:
        return Finding("parallel calls", f"{count} in one reply"), reply
    says = "one at a time: runs work, and take more steps"
    return Finding("parallel calls", says, is_good=False, is_needed=False), reply


async def _images(model: Model) -> tuple[Finding, _Reply]:
    picture = ToolResult(_PICTURE_CALL.id, "The picture is attached.", images=(Image(_red_square()),))
    transcript = [
        Message("user", (Text("Look at the picture, then say its colour in one word."),)),
        Message("assistant", (_PICTURE_CALL,)),
        Message("tool", (picture,)),
    ]
    reply = await _asked(model, transcript, (_LOOK,))
    if "red" in reply.message.text.lower().replace("rendered", ""):
        return Finding("images", "seen"), reply
    says = "not seen: runs work, and the model goes by a chart's numbers"
    return Finding("images", says, is_good=False, is_needed=False), reply


_NAMES = {_tools: ("tools", True), _parallel_calls: ("parallel calls", False), _images: ("images", False)}


def _pictures(found: Sequence[Finding]) -> list[Finding]:
    """Whether this machine can draw charts, for a model that sees them."""
    if not any(finding.what == "images" and finding.is_good for finding in found):
        return []
    if why := why_no_picture():
        return [Finding("charts as images", f"none are sent: {why}", is_good=False, is_needed=False)]
    return [Finding("charts as images", "can be drawn here")]


def _usage(replies: Sequence[_Reply]) -> list[Finding]:
    if not replies:
        return []
    total = sum((reply.usage for reply in replies), Usage())
    if all(reply.usage.input_tokens and reply.usage.output_tokens for reply in replies):
        says = f"reported; this check took {total.input_tokens:,} tokens in, {total.output_tokens:,} out"
        return [Finding("usage", says)]
    says = "not reported with every reply: limits on tokens and money can't hold; set max_steps"
    return [Finding("usage", says, is_good=False, is_needed=False)]


async def _reply(model: Model, question: str, tools: Sequence[ToolPage]) -> _Reply:
    return await _asked(model, [Message("user", (Text(question),))], tools)


async def _asked(model: Model, messages: Sequence[Message], tools: Sequence[ToolPage]) -> _Reply:
    assembler = Assembler(1, model.name)
    started = monotonic()
    heard: list[float] = []
    try:
        async with asyncio.timeout(TIMEOUT_S):
            async for fragment in model.stream_reply(messages, tools):
                assembler.add(fragment)
                if isinstance(fragment, TextFragment | ThinkingFragment) and fragment.text:
                    heard.append(monotonic() - started)
    except TimeoutError:
        raise ModelUnavailable(f"{model.name} gave no whole reply within {TIMEOUT_S:.0f} s.") from None
    return _Reply(
        assembler.message(),
        assembler.usage,
        deltas=len(heard),
        first_s=heard[0] if heard else 0.0,
        spread_s=heard[-1] - heard[0] if heard else 0.0,
    )


def _red_square(side: int = 64) -> bytes:
    """A PNG that is red all over."""
    rows = (b"\0" + b"\xff\0\0" * side) * side
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )
