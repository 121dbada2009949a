"""What pages ask about memories: each is one click of the person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from rasgo_nb.agent.events import ANSWER, MemoryDecided
from rasgo_nb.errors import RasgoError
from rasgo_nb.memory.memory import Scope
from rasgo_nb.widgets.asked import asked_text, not_understood, there
from rasgo_nb.widgets.memory_state import memory_state

if TYPE_CHECKING:
    from collections.abc import Callable

    from rasgo_nb.agent.run_log import RunLog
    from rasgo_nb.memory.memory import Memory
    from rasgo_nb.widgets.callbacks import Callbacks
    from rasgo_nb.widgets.safe import State

_MAX_KEPT = 20_000  # characters that a person may write


class MemoryRequests:
    """Answers the pages of one run; ``report`` takes what was decided into the run."""

    def __init__(self, log: RunLog, callbacks: Callbacks, report: Callable[[MemoryDecided], None]) -> None:
        self._log, self._callbacks, self._report = log, callbacks, report

    def works(self) -> dict[str, Callable[[State], object]]:
        """What answers each request, by name."""
        return {
            "memory_keep": self._keep,
            "memory_drop": self._drop,
            "memory_forget": self._forget,
            "memory_restore": self._restore,
            "verify": self._verify,
            "note": self._note,
        }

    @property
    def _desk(self) -> Any:
        return there(self._callbacks.memory)

    def _keep(self, ask: State) -> object:
        proposal_id = asked_text(ask, "proposal")
        return self._kept(proposal_id, self._desk.keep(proposal_id, written_text(ask, "text"), scope_of(ask)))

    def _drop(self, ask: State) -> object:
        proposal_id = asked_text(ask, "proposal")
        self._desk.drop(proposal_id)
        self._report(MemoryDecided(proposal_id, None))
        return None

    def _forget(self, ask: State) -> object:
        memory_id = asked_text(ask, "memory")
        self._desk.forget(memory_id)
        for proposal_id in self._shown_as(memory_id):
            self._report(MemoryDecided(proposal_id, None))
        return None

    def _restore(self, ask: State) -> object:
        memory_id = asked_text(ask, "memory")
        memory = self._desk.restore(memory_id)
        for proposal_id in self._shown_as(memory_id):
            self._report(MemoryDecided(proposal_id, memory))
        return memory_state(memory)

    def _verify(self, ask: State) -> object:
        question = written_text(ask, "question")
        return self._kept(ANSWER, self._desk.verify(self._log, question, scope_of(ask)))

    def _note(self, ask: State) -> object:
        connection = self._log.started.connection if self._log.started else ""
        return memory_state(note_asked(self._desk, ask, connection))

    def _kept(self, proposal_id: str, memory: Memory) -> object:
        self._report(MemoryDecided(proposal_id, memory))
        return memory_state(memory)

    def _shown_as(self, memory_id: str) -> list[str]:
        """Under which ids the run tells of a memory."""
        decided = [key for key, one in self._log.decided.items() if one.memory and one.memory.id == memory_id]
        recalled = [memory_id for one in self._log.recalled if one.memory.id == memory_id]
        return list(dict.fromkeys([*decided, *recalled]))


def note_asked(desk: Any, ask: State, connection: str) -> Memory:
    """Keep the note that a page sends."""
    table, column = asked_text(ask, "table"), asked_text(ask, "column")
    kept: Memory = desk.note(connection, table, column, written_text(ask, "text"), scope_of(ask))
    return kept


def scope_of(ask: State) -> Scope:
    """For whom the person wants it kept."""
    scope: Any = ask.get("scope")
    if scope not in get_args(Scope):
        raise not_understood("scope")
    known: Scope = scope
    return known


def written_text(ask: State, field: str) -> str:
    """What the person wrote, or left as it was proposed.

    Raises
    ------
    RasgoError
        where there is nothing in it, or far too much.
    """
    text = asked_text(ask, field).strip()
    if not text:
        raise RasgoError("There is no text. Write what is to be kept.")
    if len(text) > _MAX_KEPT:
        raise RasgoError(f"This has {len(text):,} characters. Shorten it to {_MAX_KEPT:,}.")
    return text
