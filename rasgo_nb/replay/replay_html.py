"""A replay as HTML that needs nothing: a line a step that opens to what differs."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from rasgo_nb.replay.replay_text import MARKS, headline, last_lines
from rasgo_nb.widgets.html_parts import (
    BAD,
    BUSY,
    FONT,
    GOOD,
    INK,
    LINE,
    MONO,
    PALE,
    note,
    pre,
    prose,
    table,
)

if TYPE_CHECKING:
    from rasgo_nb.replay.outcome import Replay, ReplayedStep

_COLOURS = {"same": GOOD, "drifted": BUSY, "broken": BAD, "left out": PALE}
_NO_MATH = "mathjax_ignore tex2jax_ignore"  # sums of money are no formulas


def replay_html(replay: Replay) -> str:
    """The whole report."""
    steps = "".join(map(_step, replay.steps))
    ends = "".join(f'<div style="padding:2px 0">{prose(line)}</div>' for line in last_lines(replay))
    return (
        f'<div class="{_NO_MATH}" style="{FONT};color:{INK};border:1px solid {LINE};border-radius:6px;'
        f'padding:8px 12px;max-width:980px"><div style="font-weight:600;color:{_COLOURS[replay.status]}">'
        f"{escape(headline(replay))}</div>{note(replay.question)}"
        f'<div style="margin:6px 0">{steps}</div>{ends}</div>'
    )


def _step(step: ReplayedStep) -> str:
    colour = _COLOURS[step.status]
    made = ", ".join(step.made)
    title = (
        f'<span style="color:{colour};font-weight:600">{MARKS[step.status]} {escape(step.status)}</span> '
        f'<span style="color:{PALE}">step {step.step} · {step.kind}</span> '
        f'<span style="{MONO}">{escape(made)}</span> '
        f"<span>{escape(step.said)}</span>"
    )
    inside = _changes(step) + (pre(step.code) if step.code else "")
    if not inside:
        return f'<div style="padding:3px 0 3px 14px">{title}</div>'
    is_open = " open" if step.changes else ""
    return (
        f'<details style="padding:3px 0"{is_open}><summary style="cursor:pointer">{title}</summary>'
        f'<div style="padding-left:16px">{inside}</div></details>'
    )


def _changes(step: ReplayedStep) -> str:
    if not step.changes:
        return ""
    rows = [(change.what, change.then or "–", change.now or "–") for change in step.changes]
    return table(("", "then", "now"), rows, (False, True, True))
