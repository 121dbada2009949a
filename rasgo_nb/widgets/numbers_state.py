"""The numbers of an answer as data: where each comes from, and how many do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.widgets.safe import line

if TYPE_CHECKING:
    from rasgo_nb.provenance import NumberTrace, Provenance
    from rasgo_nb.widgets.safe import State

_MAX_NUMBERS = 300
_MAX_TEXT = 80
_MAX_SAID = 240
_MAX_NAME = 200


def number_states(provenance: Provenance | None) -> list[State]:
    """A ``NumberState`` for each number, in the order of the text."""
    numbers = provenance.numbers if provenance else ()
    return [_number_state(number) for number in numbers[:_MAX_NUMBERS]]


def traced_text(provenance: Provenance | None) -> str:
    """How many numbers were traced, in one line; empty where the answer has none."""
    if provenance is None or not provenance.numbers:
        return ""
    total, traced = len(provenance.numbers), provenance.verified
    pieces = [f"{traced:,} of {total:,} {'number' if total == 1 else 'numbers'} traced to steps"]
    pieces += [f"{total - traced:,} unverified"] if traced < total else []
    pieces += [] if provenance.is_whole else ["large results were searched in part"]
    return " · ".join(pieces)


def _number_state(number: NumberTrace) -> State:
    place = number.places[0] if number.places else None
    return {
        "text": line(number.text, _MAX_TEXT),
        "how": number.how,
        "said": line(number.said, _MAX_SAID),
        "step": place.step if place else 0,
        "call": place.tool_call_id if place else "",
        "column": line(place.column, _MAX_NAME) if place else "",
        "row": place.row if place else -1,
    }
