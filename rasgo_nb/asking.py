"""One question as a session takes it: what was asked, how it is checked, told and stopped."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from keyword import iskeyword
from typing import TYPE_CHECKING, Any, TypeVar

from rasgo_nb.agent.messages import Message, Text
from rasgo_nb.errors import RasgoError, Stopped
from rasgo_nb.interrupt import interruptible

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from rasgo_nb.agent.events import Event
    from rasgo_nb.agent.interface import Interface
    from rasgo_nb.agent.models.base import Model
    from rasgo_nb.agent.run_log import RunLog
    from rasgo_nb.branch import Branch
    from rasgo_nb.conversation import Conversation, Turn
    from rasgo_nb.trace.recorder import Recorder

T = TypeVar("T")

NOT_BEGUN = "Stopped by you before the run began. Ask again."


@dataclass(frozen=True, slots=True)
class Request:
    """A turn to work off, the conversation it belongs to, what is said now, and what to do it with."""

    conversation: Conversation
    turn: Turn
    words: str
    model: str | Model
    interface: str | Interface
    connection: str
    branch: Branch | None = None


def going_on(
    conversation: Conversation,
    turn: Turn,
    words: str = "",
    *,
    model: str | Model,
    interface: str | Interface,
    connection: str,
) -> Request:
    """The request that goes on with a turn; what is not named stays what it was."""
    return Request(
        conversation,
        turn,
        words,
        model or turn.model,
        interface or ("" if model else turn.interface),
        connection or turn.connection,
    )


def branching(branch: Branch, *, model: str | Model, interface: str | Interface, connection: str) -> Request:
    """The request that goes on from a step of a run; as ``going_on``."""
    turn = branch.turn
    request = going_on(branch.conversation, turn, model=model, interface=interface, connection=connection)
    return replace(request, branch=branch)


def check_question(question: str) -> None:
    """Refuse one that is empty."""
    if not question.strip():
        raise RasgoError("The question is empty. Write it below `%%ask`, or pass it to `rasgo_nb.ask`.")


def check_request(bind_as: str, max_steps: int | None) -> None:
    """Refuse a name that cannot be bound, and a number of steps that cannot be made."""
    if bind_as and (not bind_as.isidentifier() or iskeyword(bind_as)):
        raise RasgoError(f"{bind_as!r} is no name for a variable. Type for example `--as run`.")
    if max_steps is not None and max_steps < 1:
        raise RasgoError(f"max_steps must be 1 or more, not {max_steps}. Leave it out for the usual.")


def said(words: str, notes: Sequence[str]) -> list[Message]:
    """What the person wrote, untouched, then the notes; nothing for nothing."""
    if not words.strip():
        return [Message("user", (Text("\n".join(notes)),))] if notes else []
    parts = (Text(words), Text("\n\n" + "\n".join(notes))) if notes else (Text(words),)
    return [Message("user", parts)]


def reporter(
    log: RunLog, *readers: Callable[[Event], None] | None, recorder: Recorder | None = None
) -> Callable[[Event], None]:
    """Whatever the loop reports goes to the log first, then into the record, then to each reader.

    What the person should know of the record is reported after that.
    """

    def report(event: Event) -> None:
        log.add(event)
        if recorder is not None:
            recorder.record(event)
        for read in readers:
            if read is not None:
                read(event)
        if recorder is not None:
            recorder.tell(report)

    return report


async def interruptibly(work: Coroutine[Any, Any, T], stopped: Callable[[], str]) -> T:
    """Work in a task of its own, so that stopping it leaves the kernel's own task alone.

    Raises
    ------
    Stopped
        with the sentence that ``stopped`` gives, when the person stopped it.
    """
    task = asyncio.ensure_future(work)
    try:
        with interruptible(task, asyncio.get_running_loop()):
            return await task
    except asyncio.CancelledError:
        outer = asyncio.current_task()
        if outer is not None and outer.cancelling():
            raise
        raise Stopped(stopped()) from None
