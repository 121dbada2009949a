"""What one call gave then, and gives today."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rasgo_nb.connectors.base import QueryResult
from rasgo_nb.connectors.statement_order import is_ordered
from rasgo_nb.kernel_exec import CellResult
from rasgo_nb.replay.frame_drift import compared_frames
from rasgo_nb.replay.outcome import Change, Compared
from rasgo_nb.replay.value_drift import compared_cells, compared_figures

if TYPE_CHECKING:
    from rasgo_nb.ran import Ran


def compared(ran: Ran, then: Any, now: Any, dialect: str) -> Compared:
    """The recorded result beside today's; where none was kept, that is said."""
    if ran.kind == "sql" and isinstance(then, QueryResult) and isinstance(now, QueryResult):
        found = compared_frames(then.frame, now.frame, is_ordered=is_ordered(ran.code, dialect))
        if bool(then.cut) != bool(now.cut):
            cut = Change("whole result", "cut" if then.cut else "yes", "cut" if now.cut else "yes")
            return Compared(False, f"{found.said}; {cut}", (cut, *found.changes))
        return found
    if ran.kind == "python" and isinstance(then, CellResult) and isinstance(now, CellResult):
        return compared_cells(then, now)
    if ran.kind == "chart":
        return compared_figures(then, now)
    return Compared(True, "runs; what it gave then is not kept, so nothing is compared")
