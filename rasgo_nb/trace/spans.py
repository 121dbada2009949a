"""A run as spans of OpenTelemetry, by its conventions for generative AI.

One ``invoke_agent`` for the run; in it a ``chat`` for each model call and an ``execute_tool`` for each tool
call, in which a model may be called in turn. Ids are made of the run's id: the same run has the same spans.
What was said is only in them on request. Source: https://github.com/open-telemetry/semantic-conventions-genai,
docs/gen-ai/client-inference.md, execute-tool.md, gen-ai-agent-spans.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from rasgo_nb._version import __version__
from rasgo_nb.agent.events import (
    Answered,
    ContextShortened,
    ModelCalled,
    ModelReplied,
    ModelSent,
    RunFailed,
    RunStarted,
    RunStopped,
    ToolCallFinished,
    ToolCallStarted,
)
from rasgo_nb.trace.span_content import (
    answer_json,
    arguments_json,
    instructions_json,
    prompt_json,
    question_json,
    reply_json,
    tools_json,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rasgo_nb.agent.events import Event
    from rasgo_nb.agent.messages import StopReason, Usage

SCHEMA = "https://opentelemetry.io/schemas/gen-ai-dev/1.42.0-dev"
AGENT = "rasgo_nb"

Attribute = str | int | float | bool | tuple[str, ...]
Timed = tuple[int, "Event"]  # nanoseconds since 1970, and what was told then


@dataclass(frozen=True, slots=True)
class Span:
    """What was done from one time to another; times are nanoseconds since 1970, ids are hexadecimal.

    ``parent_id`` is empty for the run itself. ``error`` is empty, or a class of error of few kinds.
    """

    trace_id: str
    span_id: str
    parent_id: str
    name: str
    kind: Literal["internal", "client"]
    start_ns: int
    end_ns: int
    attributes: Mapping[str, Attribute]
    error: str = ""


def spans_of(events: Iterable[Timed], *, content: bool = False) -> list[Span]:
    """The spans of a run, the run itself first; empty where it never began.

    A run that broke off ends with its last event, as do the calls that it left open.
    """
    work = _Work(content)
    for at_ns, event in events:
        work.take(at_ns, event)
    return work.spans()


@dataclass(slots=True)
class _Open:
    """A span that has begun."""

    start_ns: int
    attributes: dict[str, Attribute]
    end_ns: int = 0
    error: str = ""
    parent: str = ""  # the key of the span around it


@dataclass(slots=True)
class _Work:
    """Folds events into spans; those of model calls are kept by ``step.number``, of tools by id and step."""

    content: bool
    started: RunStarted | None = None
    run: _Open | None = None
    chats: dict[str, _Open] = field(default_factory=dict)
    tools: dict[str, _Open] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)  # of tools, by key
    last_ns: int = 0
    shortened: set[int] = field(default_factory=set)

    def take(self, at_ns: int, event: Event) -> None:
        """Take in the next event; clocks may be set back in the middle of a run."""
        self.last_ns = at_ns = max(at_ns, self.last_ns)
        match event:
            case RunStarted():
                self.started, self.run = event, _Open(at_ns, self._of_run(event))
            case ContextShortened():
                self.shortened.add(event.step)
            case ModelCalled():
                self.chats[event.model_call] = self._chat(at_ns, event)
            case ModelSent() if event.model_call in self.chats:
                _note_sent(self.chats[event.model_call], event)
            case ModelReplied() if event.model_call in self.chats:
                self._end_chat(at_ns, self.chats[event.model_call], event)
            case ToolCallStarted():
                self._begin_tool(at_ns, event)
            case ToolCallFinished():
                self._end_tool(at_ns, event)
            case Answered() | RunFailed() | RunStopped() if self.run is not None:
                self._end(at_ns, self.run, event)

    def spans(self) -> list[Span]:
        """What has come together."""
        if self.started is None or self.run is None:
            return []
        trace_id = _digest(f"rasgo_nb run {self.started.run_id}", 16)
        model = self.started.model
        made = [self._made(trace_id, "run", f"invoke_agent {AGENT}", "internal", self.run)]
        for key, chat in self.chats.items():
            asked = chat.attributes["gen_ai.request.model"]
            made.append(self._made(trace_id, key, f"chat {asked}", _kind(model), chat))
        for key, tool in self.tools.items():
            made.append(self._made(trace_id, key, f"execute_tool {self.names[key]}", "internal", tool))
        return sorted(made, key=lambda span: (span.parent_id != "", span.start_ns))

    def _made(
        self, trace_id: str, key: str, name: str, kind: Literal["internal", "client"], one: _Open
    ) -> Span:
        parent = one.parent if one.parent in self.tools else "run"
        error = one.error or ("" if one.end_ns else "broke_off")
        attributes = one.attributes | ({"error.type": error} if error else {})
        return Span(
            trace_id,
            _digest(f"{trace_id} {key}", 8),
            "" if key == "run" else _digest(f"{trace_id} {parent}", 8),
            name,
            kind,
            one.start_ns,
            one.end_ns or self.last_ns,
            attributes,
            error,
        )

    def _of_run(self, event: RunStarted) -> dict[str, Attribute]:
        said: dict[str, Attribute] = {
            "gen_ai.operation.name": "invoke_agent",
            **_model_attributes(event.model),
            "gen_ai.agent.name": AGENT,
            "gen_ai.agent.version": __version__,
            **self._conversation(event),
            "rasgo_nb.run.id": event.run_id,
            "rasgo_nb.connection.name": event.connections,
        }
        return said | ({"gen_ai.input.messages": question_json(event.question)} if self.content else {})

    def _conversation(self, event: RunStarted | None) -> dict[str, Attribute]:
        return {"gen_ai.conversation.id": event.conversation} if event and event.conversation else {}

    def _chat(self, at_ns: int, event: ModelCalled) -> _Open:
        said: dict[str, Attribute] = {
            "gen_ai.operation.name": "chat",
            **_model_attributes(event.model),
            "gen_ai.request.stream": True,
            **self._conversation(self.started),
            "rasgo_nb.step": event.step,
            "rasgo_nb.purpose": event.purpose,
            "rasgo_nb.interface": event.interface,
        }
        if event.step in self.shortened:
            said["gen_ai.conversation.compacted"] = True
        if self.content:
            said["gen_ai.system_instructions"] = instructions_json(event.messages)
            said["gen_ai.input.messages"] = prompt_json(event.messages)
            said["gen_ai.tool.definitions"] = tools_json(event.tools)
        return _Open(at_ns, said, parent=_tool_key(event.step, event.tool_call_id))

    def _end_chat(self, at_ns: int, chat: _Open, event: ModelReplied) -> None:
        chat.end_ns = at_ns
        reason = "error" if event.failure else FINISH_REASONS[event.stop_reason]
        chat.attributes |= {"gen_ai.response.finish_reasons": (reason,), **_usage_attributes(event.usage)}
        if event.first_s:
            chat.attributes["gen_ai.response.time_to_first_chunk"] = event.first_s
        if event.failure:
            chat.error = chat.error or "failed"
        else:
            chat.error = ""  # a request that was refused before has been sent again
        if self.content:
            chat.attributes["gen_ai.output.messages"] = reply_json(event.message, reason)

    def _begin_tool(self, at_ns: int, event: ToolCallStarted) -> None:
        call = event.tool_call
        key = _tool_key(event.step, call.id)
        said: dict[str, Attribute] = {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": call.name,
            "gen_ai.tool.call.id": call.id,
            "gen_ai.tool.type": "function",
            **self._conversation(self.started),
            "rasgo_nb.step": event.step,
        }
        if self.content:
            said["gen_ai.tool.call.arguments"] = arguments_json(call.arguments)
        self.tools[key], self.names[key] = _Open(at_ns, said), call.name

    def _end_tool(self, at_ns: int, event: ToolCallFinished) -> None:
        tool = self.tools.get(_tool_key(event.step, event.tool_call.id))
        if tool is None:
            return
        tool.end_ns = at_ns
        tool.error = "tool_error" if event.result.is_error else ""
        if self.content:
            tool.attributes["gen_ai.tool.call.result"] = event.result.content

    def _end(self, at_ns: int, run: _Open, event: Answered | RunFailed | RunStopped) -> None:
        run.end_ns = at_ns
        run.attributes |= _usage_attributes(event.usage)
        run.attributes["rasgo_nb.run.status"] = _STATUS[type(event)]
        if event.usage.cost_usd:
            run.attributes["rasgo_nb.usage.cost_usd"] = event.usage.cost_usd
        run.error = "run_failed" if isinstance(event, RunFailed) else ""
        if self.content and isinstance(event, Answered):
            run.attributes["gen_ai.output.messages"] = answer_json(event.answer.text)


FINISH_REASONS: Mapping[StopReason, str] = {
    "end_turn": "stop",
    "tool_calls": "tool_call",
    "max_tokens": "length",
    "content_filter": "content_filter",
    "unknown": "unknown",
}
_STATUS = {Answered: "answered", RunFailed: "failed", RunStopped: "stopped"}
_PROVIDERS = {
    "azure": "azure.ai.openai",
    "bedrock": "aws.bedrock",
    "vertex": "gcp.vertex_ai",
    "gemini": "gcp.gemini",
    "mistral": "mistral_ai",
    "xai": "x_ai",
    "moonshot": "moonshot_ai",
}
_IN_PROCESS = ("offline", "scripted", "replay")


def _kind(model: str) -> Literal["internal", "client"]:
    return "internal" if model.partition(":")[0] in _IN_PROCESS else "client"


def _model_attributes(model: str) -> dict[str, Attribute]:
    """The provider as the conventions name it, and the model as that names it."""
    provider, _, name = model.partition(":")
    known = AGENT if provider in _IN_PROCESS else _PROVIDERS.get(provider, provider)
    return {"gen_ai.provider.name": known, "gen_ai.request.model": name or provider}


def _usage_attributes(usage: Usage) -> dict[str, Attribute]:
    said: dict[str, Attribute] = {
        "gen_ai.usage.input_tokens": usage.input_tokens,
        "gen_ai.usage.output_tokens": usage.output_tokens,
    }
    if usage.cached_tokens:
        said["gen_ai.usage.cache_read.input_tokens"] = usage.cached_tokens
    if usage.cache_write_tokens:
        said["gen_ai.usage.cache_write.input_tokens"] = usage.cache_write_tokens
    return said


def _note_sent(chat: _Open, event: ModelSent) -> None:
    """Where the request went, and the status that refused it."""
    address = urlsplit(event.address)
    if address.hostname:
        chat.attributes["server.address"] = address.hostname
        chat.attributes["server.port"] = address.port or (80 if address.scheme == "http" else 443)
    chat.error = str(event.status) if event.status >= 400 else "no_response" if event.failure else ""


def _tool_key(step: int, tool_call_id: str) -> str:
    return f"tool {step} {tool_call_id}" if tool_call_id else ""


def _digest(text: str, size: int) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()[:size].hex()


def attribute_kind(value: Attribute) -> Literal["string", "bool", "int", "double", "array"]:
    """What an attribute is on the wire."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        return "int"
    if isinstance(value, float):
        return "double"
    return "string" if isinstance(value, str) or not isinstance(value, Sequence) else "array"
