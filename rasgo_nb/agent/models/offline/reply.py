"""What the rules reply: a sentence and tool calls, or why they cannot answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rasgo_nb.agent.models.offline.scope import CAN_DO, CONNECT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rasgo_nb.agent.models.offline.progress import Progress


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call to make."""

    name: str
    arguments: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Reply:
    """A sentence and the tool calls that it announces."""

    text: str
    calls: tuple[Call, ...] = ()


def beyond(progress: Progress, reason: str) -> Reply:
    """The answer that says why there is none."""
    text = f"I cannot answer this: {reason}. {CAN_DO} {CONNECT}"
    steps = sorted({one.step for one in progress.finished})
    return Reply(
        "This is beyond my rules; I say why.", (Call("final_answer", {"text": text, "steps": steps}),)
    )
