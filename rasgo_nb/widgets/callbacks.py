"""What a view may ask of the rooms above it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rasgo_nb.desk import Desk

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rasgo_nb.agent.events import RunLog
    from rasgo_nb.connectors.base import TableDetail


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
