"""What each model call of a run saw, item by item: how much of the prompt it was, and what data it held."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, assert_never

from rasgo_nb.agent.messages import Message, Text, Thinking, ToolCall, ToolResult
from rasgo_nb.agent.receipts import Receipt, receipt_of
from rasgo_nb.agent.told_notes import notes_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rasgo_nb.agent.events import ModelReplied, ModelSent, Purpose
    from rasgo_nb.agent.messages import Part, ToolPage
    from rasgo_nb.agent.run_log import ModelCallLog, RunLog

Kind = Literal[
    "instructions", "tool", "question", "memory", "earlier", "thinking", "text", "call", "result", "image"
]
REMOVABLE: frozenset[Kind] = frozenset(("tool", "memory", "earlier", "text", "result", "image"))
KEPT_TOOL = "final_answer"  # without it no run ends
_IMAGE_BYTES = 5_000
_TOKENS_PER_BYTE = 0.3
_TITLE_CHARS = 80


@dataclass(frozen=True, slots=True)
class SeenItem:
    """A part of a prompt. ``id`` names its place in the conversation, as ``--without`` takes it.

    ``tokens`` is its share of what the provider counted for the prompt, else an estimate.
    """

    id: str
    kind: Kind
    title: str
    text: str
    tokens: int = 0
    receipt: Receipt = field(default_factory=Receipt)
    is_removable: bool = False


@dataclass(frozen=True, slots=True)
class SeenCall:
    """A model call and all that it saw, in order; ``is_counted`` where the provider counted the tokens.

    ``replied`` is None while the reply streams in, or where the process ended before.
    """

    id: str
    step: int
    purpose: Purpose
    model: str
    interface: str
    items: tuple[SeenItem, ...]
    is_counted: bool
    replied: ModelReplied | None
    sent: tuple[ModelSent, ...]

    @property
    def tokens(self) -> int:
        """Of all items."""
        return sum(item.tokens for item in self.items)


def seen_in(log: RunLog, step: int | None = None) -> list[SeenCall]:
    """What the model calls of one step saw, or of all steps."""
    question = log.started.question if log.started is not None else ""
    return [
        _seen(call, question)
        for one in log.steps
        if step is None or one.number == step
        for call in one.model_calls
    ]


def _seen(call: ModelCallLog, question: str) -> SeenCall:
    called, replied = call.called, call.replied
    if called.purpose == "reply":
        weighed = list(_weighed(called.messages, called.tools, question, called.step))
    else:
        weighed = list(_of_other(called.messages))
    counted = replied.usage.input_tokens if replied is not None else 0
    shares = _shares([weight for _, weight in weighed], counted)
    return SeenCall(
        called.model_call,
        called.step,
        called.purpose,
        called.model,
        called.interface,
        tuple(replace(item, tokens=share) for (item, _), share in zip(weighed, shares, strict=True)),
        counted > 0,
        replied,
        tuple(call.sent),
    )


def _shares(weights: Sequence[int], counted: int) -> list[int]:
    """The counted tokens shared out in proportion, so that they sum up; estimates where none are counted."""
    total = sum(weights)
    if not counted or not total:
        return [round(weight * _TOKENS_PER_BYTE) for weight in weights]
    done, shares = 0, []
    for weight in weights:
        before = counted * done // total
        done += weight
        shares.append(counted * done // total - before)
    return shares


Weighed = tuple[SeenItem, int]  # with its size in bytes


def _weighed(
    messages: Sequence[Message], tools: Sequence[ToolPage], question: str, step: int
) -> Iterator[Weighed]:
    """All items of a prompt: instructions, tools, earlier turns, this turn."""
    start = question_place(messages, question)
    for message in messages[:start]:
        if message.role == "system":
            yield _text("instructions", "instructions", "Instructions", message.text)
    for page in tools:
        yield _tool(page)
    for number, turn in enumerate(turns_in(messages[:start]), 1):
        yield _earlier(number, turn)
    own = messages[start:]
    steps_after = sum(message.role == "assistant" for message in own)
    number = step - 1 - steps_after
    for place, message in enumerate(own):
        if message.role == "user":
            yield from _said(message, is_question=place == 0, after=number)
        elif message.role == "assistant":
            number += 1
            yield from _reply(number, message)
        else:
            yield from _results(number, message, own[place - 1])


def question_place(messages: Sequence[Message], question: str) -> int:
    """Where the run's own turn begins: at the last message that begins with the question."""
    for place in range(len(messages) - 1, -1, -1):
        message = messages[place]
        if message.role == "user" and message.parts and _begins(message.parts[0], question):
            return place
    return next((place for place, one in enumerate(messages) if one.role == "user"), len(messages))


def _begins(part: Part, question: str) -> bool:
    return isinstance(part, Text) and part.text == question


def turns_in(messages: Sequence[Message]) -> list[list[Message]]:
    """The turns before the run's own; each begins where a person speaks after a model has."""
    turns: list[list[Message]] = []
    before = "assistant"
    for message in messages:
        if message.role == "system":
            continue
        if message.role == "user" and before == "assistant":
            turns.append([])
        if turns:
            turns[-1].append(message)
        before = message.role
    return turns


def _earlier(number: int, turn: Sequence[Message]) -> Weighed:
    receipts = [result for message in turn for result in message.tool_results]
    text = "\n\n".join(filter(None, (_told(part) for message in turn for part in message.parts)))
    title = f"Earlier: {_title(turn[0].text)}"
    said = [receipt_of(result.content, len(result.images)) for result in receipts]
    item = SeenItem(f"turn:{number}", "earlier", title, text, receipt=_joined(said), is_removable=True)
    return item, sum(_size(part) for message in turn for part in message.parts)


def _said(message: Message, *, is_question: bool, after: int) -> Iterator[Weighed]:
    first, *rest = [part.text for part in message.parts if isinstance(part, Text)] or [""]
    if is_question:
        yield _text("question", "question", _title(first), first)
    else:
        yield _text(f"{after}:said", "question", _title(first), first)
    notes = notes_of("".join(rest))
    prefix = "" if is_question else f"{after}:"
    if notes.other:
        yield _text(f"{prefix}notes", "question", "Notes beside the question", notes.other)
    for number, line in enumerate(notes.memories, 1):
        item, weight = _text(f"{prefix}memory:{number}", "memory", _title(line), line)
        yield replace(item, is_removable=is_question), weight


def numbered(item_id: str, number: int) -> str:
    """The id of the first, second ... item of a kind in one place."""
    return item_id if number == 1 else f"{item_id}{number}"


def _reply(step: int, message: Message) -> Iterator[Weighed]:
    calls = texts = thoughts = 0
    for part in message.parts:
        match part:
            case Text():
                texts += 1
                yield _text(
                    numbered(f"{step}:text", texts), "text", f"What it said in step {step}", part.text
                )
            case Thinking():
                thoughts += 1
                yield _text(
                    numbered(f"{step}:thinking", thoughts),
                    "thinking",
                    f"What it thought in step {step}",
                    part.text,
                )
            case ToolCall():
                calls += 1
                told = _told(part)
                yield _text(f"{step}.{calls}:call", "call", f"Its call of {part.name}", told)
            case ToolResult():
                pass
            case _:
                assert_never(part)


def _results(step: int, message: Message, reply: Message) -> Iterator[Weighed]:
    names = {call.id: (place, call.name) for place, call in enumerate(reply.tool_calls, 1)}
    for result in message.tool_results:
        place, name = names.get(result.tool_call_id, (0, "a tool"))
        title = f"Result of {name}" + (", an error" if result.is_error else "")
        item, weight = _text(f"{step}.{place}", "result", title, result.content)
        yield replace(item, receipt=receipt_of(result.content)), weight
        for number, image in enumerate(result.images, 1):
            said = f"[{image.media_type}, {len(image.data):,} bytes]"
            receipt = Receipt(images=1)
            own = numbered(f"{step}.{place}:image", number)
            yield (
                SeenItem(own, "image", f"Picture of {name}", said, receipt=receipt, is_removable=True),
                _IMAGE_BYTES,
            )


def _of_other(messages: Sequence[Message]) -> Iterator[Weighed]:
    """A prompt for a summary or for SQL, of which nothing can be left out."""
    for place, message in enumerate(messages):
        kind: Kind = "text" if message.role == "assistant" else "question"
        if message.role == "system":
            yield _text("instructions", "instructions", "Instructions", message.text)
        else:
            item, weight = _text(f"said:{place}", kind, _title(message.text), message.text)
            yield replace(item, is_removable=False), weight


def _tool(page: ToolPage) -> Weighed:
    text = f"{page.description}\n\n{json.dumps(page.parameters, ensure_ascii=False, indent=1)}"
    item, weight = _text(f"tool:{page.name}", "tool", f"Tool {page.name}", text)
    return item, weight


def _text(item_id: str, kind: Kind, title: str, text: str) -> Weighed:
    is_removable = kind in REMOVABLE and item_id != f"tool:{KEPT_TOOL}"
    return SeenItem(item_id, kind, title, text, is_removable=is_removable), len(
        text.encode("utf-8", "replace")
    )


def _told(part: Part) -> str:
    match part:
        case Text() | Thinking():
            return part.text
        case ToolCall():
            return f"{part.name} {json.dumps(dict(part.arguments), ensure_ascii=False, default=str)}"
        case ToolResult():
            return part.content
        case _:
            assert_never(part)


def _size(part: Part) -> int:
    images = len(part.images) if isinstance(part, ToolResult) else 0
    return len(_told(part).encode("utf-8", "replace")) + images * _IMAGE_BYTES


def _joined(receipts: Sequence[Receipt]) -> Receipt:
    """What several results held together."""

    def names(of: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for one in of for name in one))

    columns = names([one.columns for one in receipts])
    figures = names([one.figures for one in receipts])
    masked = names([one.masked for one in receipts])
    return Receipt(
        sum(one.rows for one in receipts),
        columns,
        tuple(name for name in masked if name not in columns),
        figures,
        sum(one.chars for one in receipts),
        sum(one.images for one in receipts),
        next((one.withheld for one in receipts if one.withheld), ""),
    )


def _title(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _TITLE_CHARS else f"{line[: _TITLE_CHARS - 1]}…"
