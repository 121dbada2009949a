"""The numbers of an answer as data: where each comes from, and how many do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.widgets.plain import encodable
from rasgo_nb.widgets.safe import line

if TYPE_CHECKING:
    from rasgo_nb.provenance import NumberTrace, Provenance
    from rasgo_nb.widgets.safe import State

UNVERIFIED = " (?)"  # behind a number, where there is only text
_MAX_NUMBERS = 300
_MAX_SAID = 240
_MAX_NAME = 200


def number_states(provenance: Provenance | None, shown: str) -> list[State]:
    """A ``NumberState`` for each number of the answer, in the order of its text as it is shown."""
    states, end = [], 0
    for number in provenance.numbers[:_MAX_NUMBERS] if provenance else ():
        start = _start(number, shown, end)
        end = max(end, start + len(number.text))
        states.append(_number_state(number, -1 if start < 0 else utf16_length(shown[:start])))
    return states


def _start(number: NumberTrace, shown: str, after: int) -> int:
    """Where the number stands; the shown text may lack characters of the answer, and its end."""
    if shown.startswith(number.text, number.start):
        return number.start
    return shown.find(number.text, after)


def utf16_length(text: str) -> int:
    """The length as JavaScript counts it."""
    return len(text.encode("utf-16-le")) // 2


def traced_text(provenance: Provenance | None) -> str:
    """How many numbers were traced, in one line; empty where the answer has none."""
    if provenance is None or not provenance.numbers:
        return ""
    total, traced = len(provenance.numbers), provenance.verified
    pieces = [f"{traced:,} of {total:,} {'number' if total == 1 else 'numbers'} traced to steps"]
    pieces += [f"{total - traced:,} unverified"] if traced < total else []
    pieces += [] if provenance.is_whole else ["large results were searched in part"]
    return " · ".join(pieces)


def marked_text(answer: str, provenance: Provenance | None) -> str:
    """The Markdown with a mark behind each number that was not traced."""
    pieces, done = [], 0
    for number in provenance.numbers if provenance else ():
        if number.how == "unverified" and answer.startswith(number.text, number.start):
            pieces.append(answer[done : number.end] + UNVERIFIED)
            done = number.end
    return "".join([*pieces, answer[done:]])


def _number_state(number: NumberTrace, at: int) -> State:
    place = number.places[0] if number.places else None
    return {
        "text": encodable(number.text),
        "at": at,
        "how": number.how,
        "said": line(number.said, _MAX_SAID),
        "step": place.step if place else 0,
        "call": place.tool_call_id if place else "",
        "column": line(place.column, _MAX_NAME) if place else "",
        "row": place.row if place else -1,
    }
