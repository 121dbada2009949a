"""The turns that Chat Completions and Cohere's chat share: all but what the assistant said."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from typing import TYPE_CHECKING, Any

from rasgo_nb.agent.messages import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rasgo_nb.agent.messages import Image, Message, ToolCall, ToolPage

Turn = dict[str, Any]


def turns_of(messages: Sequence[Message], assistant: Callable[[Message], Turn | None]) -> list[Turn]:
    """The messages as turns; ``assistant`` makes those of the model, None where nothing is left to send."""
    turns: list[Turn] = []
    for message in messages:
        for turn in _turns(message, assistant):
            _append(turns, turn)
    return turns


def tool_of(page: ToolPage) -> dict[str, Any]:
    """A tool as it is offered."""
    facts = {"name": page.name, "description": page.description, "parameters": dict(page.parameters)}
    return {"type": "function", "function": facts}


def call_of(call: ToolCall) -> dict[str, Any]:
    """A tool call as it goes back."""
    name = re.sub(r"[^a-zA-Z0-9_-]", "_", call.name) or "unnamed"  # any other is refused
    arguments = json.dumps(dict(call.arguments), ensure_ascii=False)
    return {"id": call.id, "type": "function", "function": {"name": name, "arguments": arguments}}


def text_of(value: object) -> str:
    """A text of an event. Half of a surrogate pair, which UTF-8 can't hold, becomes ``?``.

    Raises
    ------
    TypeError
        for anything that is neither text nor nothing.
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TypeError(f"a text was expected, not {type(value).__name__}")
    return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")


def _turns(message: Message, assistant: Callable[[Message], Turn | None]) -> Iterator[Turn]:
    match message.role:
        case "assistant":
            if turn := assistant(message):
                yield turn
        case "tool":
            yield from _results(message)
        case _:
            if text := _said(message):
                yield {"role": message.role, "content": text}


def _append(turns: list[Turn], turn: Turn) -> None:
    """Many chat templates want turns that alternate, so what the person says in a row is one turn."""
    if not turns or turn["role"] != "user" or turns[-1]["role"] != "user":
        turns.append(turn)
    else:
        turns[-1] = {"role": "user", "content": [*_parts(turns[-1]), *_parts(turn)]}


def _parts(turn: Turn) -> list[dict[str, Any]]:
    content = turn["content"]
    return content if isinstance(content, list) else [{"type": "text", "text": content}]


def _said(message: Message) -> str:
    return "\n\n".join(part.text for part in message.parts if isinstance(part, Text) and part.text.strip())


def _results(message: Message) -> Iterator[Turn]:
    """One turn each; pictures, which a result can't hold, follow in the person's name."""
    for result in message.tool_results:
        content = result.content if result.content.strip() else "(empty)"
        yield {"role": "tool", "tool_call_id": result.tool_call_id, "content": content}
    images = [_image(image) for result in message.tool_results for image in result.images]
    if images:
        said = {"type": "text", "text": "What the tool results above show:"}
        yield {"role": "user", "content": [said, *images]}


def _image(image: Image) -> dict[str, Any]:
    url = f"data:{image.media_type};base64,{b64encode(image.data).decode()}"
    return {"type": "image_url", "image_url": {"url": url}}
