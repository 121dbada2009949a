"""The turns of one notebook, which see each other."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from rasgo_nb.agent.events import Answer
from rasgo_nb.agent.messages import Message, Part, Text, ToolCall, ToolResult
from rasgo_nb.agent.shortening import shortened
from rasgo_nb.errors import RasgoError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rasgo_nb.agent.interface import Interface
    from rasgo_nb.agent.models.base import Model
    from rasgo_nb.run import Run

EARLIER_CHARS = 2_000  # of a tool result of an earlier turn
NO_ANSWER = "(The run ended here without an answer.)"


@dataclass(slots=True, eq=False)
class Turn:
    """One question and what came of it; all that is needed to go on with it.

    ``messages`` begin with the question and are well formed: each tool call has its result. ``run`` is None
    until the run has ended once. The last three are the ``ToolContext``'s of the run.
    """

    question: str
    model: str | Model
    interface: str | Interface = ""
    connection: str = ""
    messages: list[Message] = field(default_factory=list)
    run: Run | None = None
    bound: dict[str, object] = field(default_factory=dict)
    bound_in_step: dict[str, int] = field(default_factory=dict)
    cuts: dict[str, str] = field(default_factory=dict)

    @property
    def steps(self) -> int:
        """How many replies there are; the next step has the number after."""
        return sum(message.role == "assistant" for message in self.messages)


class Conversation:
    """What a follow-up question is sent of the turns before it; ``id`` names its prompts to a cache."""

    def __init__(self) -> None:
        self.id = uuid.uuid4().hex[:16]
        self.turns: list[Turn] = []

    def before_turn(self, turn: Turn) -> Conversation:
        """Another conversation, with the same turns up to that one."""
        other = Conversation()
        other.id = self.id  # its prompts begin alike
        other.turns = self.turns[: self.turns.index(turn)] if turn in self.turns else list(self.turns)
        return other

    def keep(self, turn: Turn) -> None:
        """Remember a turn whose run has ended; one that was gone on with is there already."""
        if turn not in self.turns:
            self.turns.append(turn)

    def before(self, turn: Turn, interface: Interface) -> list[Message]:
        """The turns before this one as they are sent, the same in each later turn of that interface."""
        earlier = [other for other in self.turns if other is not turn]
        return [
            message for number, other in enumerate(earlier, 1) for message in _past(other, number, interface)
        ]

    def unfinished(self) -> Turn:
        """The last turn, to go on with.

        Raises
        ------
        RasgoError
            when there is none, or it has an answer.
        """
        if not self.turns:
            raise RasgoError("There is no run to go on with. Ask a question with `%%ask`.")
        last = self.turns[-1]
        if last.run is not None and last.run.status == "answered":
            raise RasgoError("The last run has its answer. Ask a follow-up question with `%%ask`.")
        return last


def _past(turn: Turn, number: int, interface: Interface) -> list[Message]:
    """An earlier turn as it is sent: its tool results shortened, and the answer as what was said last."""
    messages = [
        shortened(message, interface, EARLIER_CHARS) for message in _without_final_call(turn.messages)
    ]
    if messages[-1].role != "assistant":
        answered = turn.run is not None and turn.run.status == "answered"
        answer = turn.run.answer if turn.run is not None and answered else NO_ANSWER
        messages.append(Message("assistant", (Text(answer),)))
    return _with_own_ids(messages, number)


def _without_final_call(messages: Sequence[Message]) -> Sequence[Message]:
    """Without the call that gave the answer, which follows as text.

    Some models refuse a question right after a tool result.
    """
    results = messages[-1].tool_results
    return messages[:-2] if len(results) == 1 and isinstance(results[0].value, Answer) else messages


def _with_own_ids(messages: Sequence[Message], turn: int) -> list[Message]:
    """Tool call ids that no other turn has: endpoints refuse one that comes twice."""
    ids: dict[str, str] = {}

    def renamed(part: Part) -> Part:
        if isinstance(part, ToolCall):
            ids[part.id] = f"turn{turn}_call{len(ids) + 1}"
            return replace(part, id=ids[part.id])
        if isinstance(part, ToolResult):
            return replace(part, tool_call_id=ids[part.tool_call_id])
        return part

    return [replace(message, parts=tuple(renamed(part) for part in message.parts)) for message in messages]
