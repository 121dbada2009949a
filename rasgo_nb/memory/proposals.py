"""What models have proposed to remember, until the person decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.connectors.nearest import nearest_names
from rasgo_nb.errors import UnknownName

if TYPE_CHECKING:
    from rasgo_nb.memory.memory import Proposal

MOST_HELD = 200


class Proposals:
    """Those of one kernel, in memory alone: nothing of them reaches a file before the person's yes."""

    def __init__(self) -> None:
        self._held: dict[str, Proposal] = {}
        self._decided: set[str] = set()

    def add(self, proposal: Proposal) -> None:
        """Take one in; the oldest is let go of when there are too many."""
        self._held[proposal.id] = proposal
        while len(self._held) > MOST_HELD:
            oldest = next(iter(self._held))
            del self._held[oldest]
            self._decided.discard(oldest)

    def waiting(self) -> list[Proposal]:
        """Those that nobody decided about."""
        return [one for key, one in self._held.items() if key not in self._decided]

    def find(self, proposal_id: str) -> Proposal:
        """The proposal with that id, decided about or not.

        Raises
        ------
        UnknownName
            where this kernel knows of none; offers the nearest.
        """
        if proposal_id in self._held:
            return self._held[proposal_id]
        near = nearest_names(proposal_id, [one.id for one in self.waiting()], most=1)
        hint = f"Did you mean {near[0]}?" if near else "Type `%rasgo memory` for those that wait."
        raise UnknownName(f"This kernel knows of no proposal {proposal_id!r}. {hint}")

    def settle(self, proposal_id: str) -> None:
        """It is decided about."""
        self._decided.add(self.find(proposal_id).id)
