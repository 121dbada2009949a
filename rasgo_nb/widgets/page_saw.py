"""What models saw for a step on the page of its run: items with tokens and receipts, bodies on the wire."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

from rasgo_nb.widgets.html_parts import note, pre
from rasgo_nb.widgets.safe import block

if TYPE_CHECKING:
    from rasgo_nb.widgets.safe import State

_MAX_ITEMS = 400  # of one model call
_MAX_TEXT = 20_000  # of one item
_MAX_TEXTS = 3_000_000  # of all items of a run
_MAX_WIRE = 30_000  # of one body
_LEFT_OUT = "… left out: the page is large already."
_PURPOSES = {"reply": "asked for a reply", "summary": "asked for a summary", "sql": "asked to write SQL"}


@dataclass(slots=True)
class Drawn:
    """What of prompts is on the page already: a text stands there once, as a prompt holds those before it."""

    left: int = _MAX_TEXTS
    places: dict[tuple[str, str], str] = field(default_factory=dict)  # of items, by kind and text


def saw_html(saw: State, drawn: Drawn) -> str:
    """A ``SawState``, folded; empty where nothing is known."""
    calls = saw["calls"]
    if not calls:
        return ""
    pieces = [_call(call, saw["step"], drawn) for call in calls]
    items = sum(len(call["items"]) for call in calls)
    tokens = sum(item["tokens"] for call in calls for item in call["items"])
    title = f"What the model saw: {items:,} items, about {tokens:,} tokens"
    return f'<details class="saw"><summary>{title}</summary>{"".join(pieces)}</details>'


def _call(call: State, step: int, drawn: Drawn) -> str:
    most = max((item["tokens"] for item in call["items"]), default=1) or 1
    pieces = [_item(item, step, most, drawn) for item in call["items"][:_MAX_ITEMS]]
    more = len(call["items"]) - _MAX_ITEMS
    said = " · ".join(filter(None, (f"{call['model']} {_PURPOSES[call['purpose']]}", call["interface"])))
    return (
        f'<p class="small"><b>{escape(call["id"])}</b> {escape(said)}<br>'
        f'<span class="pale">{escape(call["totals"])}</span></p>{"".join(pieces)}'
        f"{note(f'… {more:,} more items') if more > 0 else ''}{''.join(map(_wire, call['wire']))}"
    )


def _item(item: State, step: int, most: int, drawn: Drawn) -> str:
    key = (item["kind"], item["text"])
    is_new = key not in drawn.places
    place = drawn.places.setdefault(key, f"saw-{step}-{len(drawn.places)}")
    line = _line(item, "" if is_new else place, most)
    if not is_new:
        return f'<div class="item flat">{line}</div>'
    text = pre(_text(item["text"], drawn))
    return f'<details class="item" id="{place}"><summary>{line}</summary>{text}</details>'


def _line(item: State, before: str, most: int) -> str:
    """An item in brief; ``before`` is where its text stands, where that is earlier on the page."""
    again = f' <a class="pale" href="#{before}">as in step {before.split("-")[1]}</a>' if before else ""
    receipt = f'<span class="receipt">{escape(item["receipt"])}</span>' if item["receipt"] else ""
    weight = f'<span class="weight" style="width:{100 * item["tokens"] / most:.1f}%"></span>'
    return (
        f'<span class="kind">{escape(item["kind"])}</span>'
        f"<span>{escape(item['title'])}{again}{receipt}{weight}</span>"
        f'<span class="tokens">{item["tokens"]:,}</span>'
    )


def _text(text: str, drawn: Drawn) -> str:
    """As much of a text as the page has room for."""
    shown = block(text, min(_MAX_TEXT, drawn.left)) if drawn.left > 0 else _LEFT_OUT
    drawn.left -= min(len(text), _MAX_TEXT)
    return shown


def _wire(wire: State) -> str:
    """The bodies of one request, as they went and came."""
    status = f" · {wire['status']}" if wire["status"] else ""
    title = f"on the wire: {wire['address']}{status}"
    bodies = "".join(
        f'<p class="small pale">{name}, {len(wire[name]):,} characters</p>{pre(block(wire[name], _MAX_WIRE))}'
        for name in ("request", "response")
        if wire[name]
    )
    return (
        f'<details class="wire small"><summary class="pale">{escape(title)}</summary>{note(wire["note"])}'
        f"{bodies}</details>"
    )
