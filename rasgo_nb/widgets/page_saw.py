"""What models saw for a step on the page of its run: items with tokens and receipts, bodies on the wire."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from rasgo_nb.widgets.html_parts import note, pre
from rasgo_nb.widgets.safe import block

if TYPE_CHECKING:
    from rasgo_nb.widgets.safe import State

_MAX_ITEMS = 400  # of one model call
_MAX_TEXT = 20_000  # of one item
_MAX_TEXTS = 600_000  # of all items of a step
_MAX_WIRE = 60_000  # of one body
_LEFT_OUT = "… left out: the page is large already."
_PURPOSES = {"reply": "asked for a reply", "summary": "asked for a summary", "sql": "asked to write SQL"}


def saw_html(saw: State) -> str:
    """A ``SawState``, folded; empty where nothing is known."""
    calls = saw["calls"]
    if not calls:
        return ""
    left, pieces = _MAX_TEXTS, []
    for call in calls:
        drawn, left = _call(call, left)
        pieces.append(drawn)
    items = sum(len(call["items"]) for call in calls)
    tokens = sum(item["tokens"] for call in calls for item in call["items"])
    title = f"What the model saw: {items:,} items, about {tokens:,} tokens"
    return f'<details class="saw"><summary>{title}</summary>{"".join(pieces)}</details>'


def _call(call: State, left: int) -> tuple[str, int]:
    most = max((item["tokens"] for item in call["items"]), default=1) or 1
    pieces = []
    for item in call["items"][:_MAX_ITEMS]:
        text = (
            block(item["text"], min(_MAX_TEXT, left))
            if left > 0
            else "… left out: the page is large already."
        )
        left -= min(len(item["text"]), _MAX_TEXT)
        pieces.append(_item(item, text, most))
    more = len(call["items"]) - _MAX_ITEMS
    said = " · ".join(filter(None, (f"{call['model']} {_PURPOSES[call['purpose']]}", call["interface"])))
    return (
        f'<p class="small"><b>{escape(call["id"])}</b> {escape(said)}<br>'
        f'<span class="pale">{escape(call["totals"])}</span></p>{"".join(pieces)}'
        f"{note(f'… {more:,} more items') if more > 0 else ''}{''.join(map(_wire, call['wire']))}"
    ), left


def _item(item: State, text: str, most: int) -> str:
    receipt = f'<span class="receipt">{escape(item["receipt"])}</span>' if item["receipt"] else ""
    weight = f'<span class="weight" style="width:{100 * item["tokens"] / most:.1f}%"></span>'
    return (
        f'<details class="item"><summary><span class="kind">{escape(item["kind"])}</span>'
        f"<span>{escape(item['title'])}{receipt}{weight}</span>"
        f'<span class="tokens">{item["tokens"]:,}</span></summary>{pre(text)}</details>'
    )


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
