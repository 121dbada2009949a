"""What of a result may be kept, where the data is private: never a row that a model may not read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rasgo_nb.agent.events import ToolCallFinished, ToolOutput
from rasgo_nb.agent.privacy import HIDDEN
from rasgo_nb.connectors.base import QueryResult
from rasgo_nb.memory.memory import Proposal
from rasgo_nb.outputs import ClearOutput, Stream
from rasgo_nb.trace.frames import FrameSummary, outline_of, without_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rasgo_nb.agent.events import Event
    from rasgo_nb.agent.messages import ToolResult

_ONLY_MASKED = f"{HIDDEN} stands for masked values"  # how a page begins to tell of them
NOT_KEPT = "[not kept: the data is private]\n"


def without_private(event: Event, *, rows: int, is_open: Callable[[], bool]) -> Event:
    """The event as it is kept. ``is_open`` says whether a model may read whatever the notebook holds.

    Of a result that was withheld in part, names and types alone stay; of some masked columns, the others.
    """
    match event:
        case ToolOutput() if not isinstance(event.output, ClearOutput) and not is_open():
            return replace(event, output=Stream("stdout", NOT_KEPT))
        case ToolCallFinished() if event.result.withheld:
            return replace(event, result=replace(event.result, value=_kept_value(event.result, rows)))
    return event


def _kept_value(result: ToolResult, rows: int) -> object:
    value: Any = result.value
    if isinstance(value, Proposal):  # what was left out are characters that nobody sees
        return value
    if isinstance(value, QueryResult):
        return replace(value, frame=_kept_frame(value, result.page or {}, rows))  # type: ignore[arg-type]
    return None


def _kept_frame(result: QueryResult, page: Mapping[str, Any], rows: int) -> FrameSummary:
    outline = outline_of(result.frame, rows=rows)
    preview = page.get("preview")
    names = _names(page, len(outline.columns))
    if not str(page.get("privacy", "")).startswith(_ONLY_MASKED) or not isinstance(preview, dict):
        return without_rows(outline, names=names)
    shown = [list(row) for row in preview.get("rows", ())]
    hidden = [
        place >= len(preview.get("columns", ())) or all(row[place] == HIDDEN for row in shown)
        for place in range(len(outline.columns))
    ]
    return without_rows(outline, hidden=hidden, names=names)


def _names(page: Mapping[str, Any], count: int) -> list[str]:
    """The columns' names as the model was told them; a number for those that it was not told."""
    told = page.get("columns")
    columns = told if isinstance(told, list) else []
    names = [str(one.get("name", "")) for one in columns if isinstance(one, dict)][:count]
    return names + [f"column {place}" for place in range(len(names) + 1, count + 1)]
