"""Events without the values of the data: for a file of a run that may be shown to others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rasgo_nb.agent.events import Answer, ModelCalled, ModelSent, NumbersTraced, ToolCallFinished, ToolOutput
from rasgo_nb.agent.messages import ToolResult
from rasgo_nb.connectors.base import QueryResult
from rasgo_nb.trace.frames import outline_of, summary_in, without_rows

if TYPE_CHECKING:
    from rasgo_nb.agent.events import Event
    from rasgo_nb.agent.messages import Message, Part
    from rasgo_nb.provenance import NumberTrace

LEFT_OUT = "[left out: the run was exported without rows]"


def without_values(event: Event) -> Event | None:
    """The event without results, outputs and what went over the wire; None where nothing is left of it.

    The question, code, shapes and column names, what the model said, its answer, times and usage stay.
    """
    match event:
        case ToolOutput():
            return None
        case ToolCallFinished():
            return replace(event, result=_bare(event.result))
        case ModelCalled():
            return replace(event, messages=tuple(_bare_message(one) for one in event.messages))
        case ModelSent():
            return replace(event, request="", response="")
        case NumbersTraced():
            numbers = tuple(_bare_number(one) for one in event.provenance.numbers)
            return replace(event, provenance=replace(event.provenance, numbers=numbers))
    return event


def _bare(result: ToolResult) -> ToolResult:
    value = result.value
    kept: object = value if isinstance(value, Answer) else None
    if isinstance(value, QueryResult):
        outline = summary_in(value.frame) or outline_of(value.frame, rows=0)
        kept = replace(value, frame=without_rows(outline))  # type: ignore[arg-type]
    return replace(result, content=LEFT_OUT, images=(), value=kept, page=_bare_page(result))


def _bare_page(result: ToolResult) -> dict[str, object] | None:
    """The names of what was made, which cells are promoted and replayed by."""
    page = result.page or {}
    kept = {name: page[name] for name in ("dataframe", "figure", "mark", "sql") if name in page}
    return kept or None


def _bare_message(message: Message) -> Message:
    return replace(message, parts=tuple(_bare_part(part) for part in message.parts))


def _bare_part(part: Part) -> Part:
    return _bare(part) if isinstance(part, ToolResult) else part


def _bare_number(number: NumberTrace) -> NumberTrace:
    return replace(number, places=tuple(replace(place, value="") for place in number.places))
