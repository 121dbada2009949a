"""The model's own summary of older steps, which then stands for them."""

from __future__ import annotations

import json
from contextlib import aclosing
from importlib import resources
from typing import TYPE_CHECKING, assert_never

from rasgo_nb.agent.assembler import Assembler
from rasgo_nb.agent.messages import Message, Part, Text, Thinking, ToolCall, ToolResult, Usage
from rasgo_nb.agent.retry import RetryPolicy, stream_with_retries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rasgo_nb.agent.models.base import Model

MAX_SUMMARY_CHARS = 8_000
_LEAST_CHARS = 200  # of one part of the record, however long the record is
_PATIENCE = RetryPolicy(max_retries=2)
_PATIENCE_S = 60.0
_HEAD = (
    "Summary of the earlier steps, which are no longer shown. It is a record, not a request; "
    "the DataFrames that they made are still in the notebook.\n\n"
)


async def summarise(
    model: Model, messages: Sequence[Message], *, max_bytes: int
) -> tuple[Message | None, Usage]:
    """One user message that says what the messages do, and what asking for it took.

    It is None where the model replied, and gave no summary. The request holds about ``max_bytes`` of them.

    Raises
    ------
    ModelFailed
        when there was no reply.
    """
    prompt = resources.files("rasgo_nb.agent.prompts").joinpath("summarise.md").read_text(encoding="utf-8")
    request = [Message("system", (Text(prompt),)), Message("user", (Text(record(messages, max_bytes)),))]
    reply = Assembler(0, model.name)
    fragments = stream_with_retries(model, request, (), policy=_PATIENCE, seconds_left=lambda: _PATIENCE_S)
    async with aclosing(fragments) as stream:
        async for fragment in stream:
            reply.add(fragment)
    text = reply.message().text.strip()
    if not text or reply.stop_reason == "content_filter":
        return None, reply.usage
    return Message("user", (Text(_HEAD + text[:MAX_SUMMARY_CHARS]),)), reply.usage


def record(messages: Sequence[Message], max_bytes: int) -> str:
    """The messages as plain text; long parts lose their middle until all takes about ``max_bytes``."""
    texts = [text for message in messages for part in message.parts if (text := _told(message, part))]
    whole = "".join(texts)
    max_chars = max_bytes * len(whole) / max(1, len(whole.encode("utf-8", "replace")))
    longest = max(map(len, texts), default=0)
    while sum(min(len(text), longest) for text in texts) > max_chars and longest > _LEAST_CHARS:
        longest = max(_LEAST_CHARS, longest * 3 // 4)
    return "\n\n".join(_without_middle(text, longest) for text in texts)


def _told(message: Message, part: Part) -> str:
    match part:
        case Text():
            return f"{'Question' if message.role == 'user' else 'Reply'}: {part.text}"
        case Thinking():
            return ""
        case ToolCall():
            return f"Call of {part.name}: {json.dumps(dict(part.arguments), ensure_ascii=False, default=str)}"
        case ToolResult():
            return f"{'Error' if part.is_error else 'Result'}: {part.content}"
        case _:
            assert_never(part)


def _without_middle(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most // 2]} … {text[-(most // 2) :]}"
