"""What a view may ask of the rooms above it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from rasgo_nb.desk import Desk

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rasgo_nb.agent.run_log import RunLog
    from rasgo_nb.catalog.facts import Fact
    from rasgo_nb.connectors.base import TableDetail
    from rasgo_nb.memory.memory import Memory, Recalled, Scope


class MemoryDesk(Protocol):
    """What a page does with memories: only ever what the person clicked, each a yes of its own.

    May be called from any thread, during a run and after it; each call may raise ``RasgoError``, whose text
    is for the person. The page that was clicked tells its run; what is decided elsewhere (a command, the
    side panel) reaches the cards by calling the run's view with ``MemoryDecided``, also after the run.
    """

    def keep(self, proposal_id: str, text: str, scope: Scope) -> Memory:
        """Keep what was proposed, in these words; also one that was dropped before."""

    def drop(self, proposal_id: str) -> None:
        """Let go of what was proposed."""

    def edit(self, memory_id: str, text: str) -> Memory:
        """Change the words of what is kept."""

    def forget(self, memory_id: str) -> None:
        """Take away what is kept, so that ``restore`` can bring it back."""

    def restore(self, memory_id: str) -> Memory:
        """Bring back what was forgotten."""

    def verify(self, log: RunLog, question: str, scope: Scope) -> Memory:
        """Keep the statements that the answer rests on as a verified query for this question."""

    def note(self, connection: str, table: str, column: str, text: str, scope: Scope) -> Memory:
        """Keep what the person wrote of a table, or of one column of it where ``column`` is not empty."""

    def listed(self, words: str) -> list[Recalled]:
        """The memories in reach, with flags; those that the words find, best first, or all, newest first."""


@dataclass(frozen=True, slots=True)
class Callbacks:
    """What the session does for a view; each may raise ``RasgoError``, whose text is for the person.

    Cells are dictionaries with ``cell_type``, ``source`` and ``metadata``, as in a notebook file.
    """

    desk: Desk = field(default_factory=Desk)
    promote: Callable[[RunLog, Sequence[int]], list[dict[str, Any]]] | None = None  # all steps where empty
    edit: Callable[[RunLog, int, str, str], dict[str, Any]] | None = None  # step, tool call id, new code
    describe_table: Callable[[RunLog, str], tuple[TableDetail, Any]] | None = (
        None  # and a frame of first rows
    )
    facts_of_table: Callable[[RunLog, str], Sequence[Fact]] | None = None  # what the catalog holds of a table
    memory: MemoryDesk | None = None
    again: Callable[[RunLog, int, Sequence[str]], dict[str, Any]] | None = None  # step, items left out
    save_eval: Callable[[RunLog], str] | None = None  # what the case is called: "delays.yaml, case 4"
