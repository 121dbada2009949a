"""How far a run has come, as its transcript tells: each reply is derived from it anew."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rasgo_nb.agent.messages import Message


@dataclass(frozen=True, slots=True)
class Finished:
    """A tool call and what came back; ``step`` counts replies from 1."""

    name: str
    arguments: Mapping[str, object]
    page: Mapping[str, object]
    is_error: bool
    step: int


@dataclass(frozen=True, slots=True)
class Progress:
    """The last question and what was done for it; ``notes`` say what its @names point at."""

    question: str
    notes: str = ""
    finished: tuple[Finished, ...] = ()

    def of(self, name: str) -> tuple[Finished, ...]:
        """The finished calls of one tool, in their order."""
        return tuple(one for one in self.finished if one.name == name)

    def pages(self, name: str) -> tuple[Mapping[str, object], ...]:
        """The pages of one tool's calls that worked."""
        return tuple(one.page for one in self.of(name) if not one.is_error)


def read_progress(messages: Sequence[Message]) -> Progress:
    """What the messages since the last question tell."""
    asked = max((at for at, message in enumerate(messages) if message.role == "user"), default=-1)
    if asked < 0:
        return Progress("")
    texts = [part.text for part in messages[asked].parts if hasattr(part, "text")]
    results = {result.tool_call_id: result for message in messages[asked:] for result in message.tool_results}
    replies = [message for message in messages[asked:] if message.role == "assistant"]
    finished = [
        Finished(call.name, call.arguments, _page(results[call.id].content), results[call.id].is_error, step)
        for step, message in enumerate(replies, 1)
        for call in message.tool_calls
        if call.id in results
    ]
    return Progress(texts[0].strip() if texts else "", "".join(texts[1:]), tuple(finished))


def _page(content: str) -> Mapping[str, object]:
    try:
        page = json.loads(content)
    except ValueError:
        return {"error": content}
    return page if isinstance(page, dict) else {"value": page}
