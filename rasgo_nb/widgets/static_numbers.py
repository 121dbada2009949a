"""An answer in static HTML: each of its numbers leads to its step, or is marked as unverified."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from rasgo_nb.provenance import NumberTrace, Place
from rasgo_nb.widgets.html_parts import BUSY, markdown_html
from rasgo_nb.widgets.marked_numbers import answer_html, said_of

if TYPE_CHECKING:
    from rasgo_nb.widgets.safe import State

_DOTTED = "color:inherit;text-decoration:underline dotted;text-underline-offset:3px"
_WAVY = f"text-decoration:underline wavy {BUSY};text-underline-offset:3px"


def step_anchor(run_id: str, step: int) -> str:
    """What the HTML of a step is called in a page that may show several runs."""
    return f"rasgo-{re.sub(r'[^0-9A-Za-z]', '', run_id)[:12]}-{step}"


def numbered_html(answer: State, run_id: str) -> str:
    """The answer's Markdown as HTML with its numbers marked."""
    if not answer["numbers"]:
        return markdown_html(answer["text"])
    numbers = [_number(answer["text"], state) for state in answer["numbers"] if state["at"] >= 0]
    return answer_html(
        answer["text"],
        numbers,
        lambda number: step_anchor(run_id, number.places[0].step) if number.places else "",
        _mark,
    )


def _number(text: str, state: State) -> NumberTrace:
    start = len(text.encode("utf-16-le")[: 2 * state["at"]].decode("utf-16-le", "ignore"))
    places = (Place(state["step"], state["call"]),) if state["step"] else ()
    end = start + len(state["text"])
    return NumberTrace(start, end, state["text"], state["how"], places, state["said"])


def _mark(text: str, number: NumberTrace, where: str) -> str:
    said = escape(said_of(number))
    if number.how == "unverified":
        mark = f'<sup style="color:{BUSY};font-weight:700">?</sup>'
        return f'<span style="{_WAVY}" title="Unverified: {said}">{text}{mark}</span>'
    if not where:
        return f'<span title="{said}">{text}</span>'
    return f'<a href="#{where}" style="{_DOTTED}" title="{said}">{text}</a>'
