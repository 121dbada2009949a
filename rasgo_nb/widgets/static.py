"""A run as HTML that needs nothing: for saved files, and for front ends without our live view.

It is drawn from the same ``RunState`` as the live view, so that the two never differ.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from rasgo_nb.widgets import text
from rasgo_nb.widgets.html_parts import (
    BAD,
    BUSY,
    FONT,
    GOOD,
    INK,
    LINE,
    MONO,
    PALE,
    bullets,
    folded,
    note,
    pre,
    prose,
)
from rasgo_nb.widgets.kept import Kept
from rasgo_nb.widgets.memory_text import recalled_text
from rasgo_nb.widgets.plain import shortened
from rasgo_nb.widgets.safe import block
from rasgo_nb.widgets.state import RunStates
from rasgo_nb.widgets.static_bodies import body_html, output_html
from rasgo_nb.widgets.static_numbers import numbered_html, step_anchor

if TYPE_CHECKING:
    from rasgo_nb.agent.run_log import RunLog
    from rasgo_nb.widgets.safe import State

_MAX_SENTENCE = 300  # characters of what the model said with a step; the rest is inside
_MAX_SAID = 12_000
_MAX_THOUGHT = 160
_MAX_THINKING = 4_000
_MAX_CODE = 4_000

_NO_MATH = "mathjax_ignore tex2jax_ignore"  # sums of money are no formulas, in any version of MathJax

_MARKS = {
    "done": ("✓", GOOD, "done"),
    "failed": ("✗", BAD, "failed"),
    "broken": ("✗", BAD, "broke off"),
    "waiting": ("●", BUSY, "waits for you"),
}


def run_html(log: RunLog) -> str:
    """The run of a log: a line for each step that opens to its calls, then the answer."""
    return state_html(RunStates(log, Kept(), {}).run())


def state_html(run: State, steps: list[str] | None = None) -> str:
    """A ``RunState``; ``steps`` are those of its steps that are drawn already."""
    drawn = steps if steps is not None else [step_html(step, run) for step in run["steps"]]
    pieces = [_header(run), *drawn, _ended(run), note(run["totals"])]
    style = f"{FONT};color:{INK};max-width:960px"
    return f'<div class="rasgo-run {_NO_MATH}" style="{style}">{"".join(pieces)}</div>'


def _header(run: State) -> str:
    if not run["model"]:
        return ""
    why = f" ({run['note']})" if run["note"] else ""
    said = prose(f"model {run['model']}{why} · connection {run['connection']}")
    head = f'<div style="color:{PALE};font-size:12px;margin-bottom:4px">{said}</div>'
    return (
        head
        + "".join(map(note, run["notes"]))
        + _recalled([one for one in run["recalled"] if not one["forgotten"]])
    )


def _recalled(recalled: list[State]) -> str:
    if not recalled:
        return ""
    title = f"used {len(recalled)} {'memory' if len(recalled) == 1 else 'memories'}"
    return folded(title, bullets([recalled_text(one) for one in recalled]), f"color:{PALE};font-size:12px")


def step_html(step: State, run: State) -> str:
    """One step; empty for the one that only gives the answer."""
    if step["only_answers"]:
        return ""
    is_open = run["status"] == "running" and step["number"] == run["steps"][-1]["number"]
    said = step["text"].strip()
    body = "".join(
        (
            *map(note, step["notes"]),
            _thinking(step),
            pre(block(said, _MAX_SAID)) if len(said) > _MAX_SENTENCE else "",
            *map(call_html, step["calls"]),
            note(f"The model saw {step['saw']}." if step["saw"] else ""),
        )
    )
    style = f"border:1px solid {LINE};border-radius:6px;margin:4px 0"
    return (
        f'<details id="{step_anchor(run["id"], step["number"])}"{" open" if is_open else ""} style="{style}">'
        f'{_summary(step, is_open=is_open)}<div style="padding:0 12px 8px 12px">{body}</div></details>'
    )


def _summary(step: State, *, is_open: bool) -> str:
    said = shortened(step["text"].strip(), _MAX_SENTENCE)
    tools = ", ".join(dict.fromkeys(call["tool"] for call in step["calls"]))
    if not tools and step["writing"]:
        tools = f"writing {step['writing']} …"
    live = _live(step) if is_open else ""
    took = text.seconds(step["elapsed_s"]) if step["elapsed_s"] else ""
    aside = " · ".join(piece for piece in (tools if said else "", took, step["cost"]) if piece)
    sign, color, title = _MARKS.get(step["status"], ("●", BUSY, "running"))
    sentence = prose(said or tools or live or "…")
    return (
        f'<summary style="cursor:pointer;padding:5px 10px"><span style="color:{color}" title="{title}">{sign}'
        f'</span> <span style="color:{PALE}">{step["number"]}</span>&ensp;{sentence}'
        f'<span style="color:{PALE};font-size:12px">&ensp;{escape(aside)}</span></summary>'
    )


def _live(step: State) -> str:
    """What goes on in a step that has said nothing yet: the last note, or the end of its thinking."""
    if step["notes"] and not step["thinking"]:
        return str(step["notes"][-1])
    thought = " ".join(step["thinking"].split())
    return thought if len(thought) <= _MAX_THOUGHT else f"…{thought[-_MAX_THOUGHT:]}"


def _thinking(step: State) -> str:
    thought = step["thinking"].strip()
    return folded("thinking", pre(shortened(thought, _MAX_THINKING)), f"color:{PALE}") if thought else ""


def call_html(call: State, body: str | None = None) -> str:
    """One call; ``body`` is what it found, where that is drawn already."""
    if body is None:
        body = body_html(call["body"]) if call["body"] else ""
    color = BAD if call["status"] in ("failed", "refused") else PALE
    took = f" · {text.seconds(call['elapsed_s'])}" if call["elapsed_s"] else ""
    says = call["outcome"] or ("waits for you …" if call["status"] == "waiting" else "running …")
    head = (
        f'<div style="margin-top:6px;color:{color}"><b style="color:{INK}">{escape(call["tool"])}</b>'
        f"&ensp;{escape(says + took)}</div>"
    )
    arguments = (
        f'<div style="color:{PALE};{MONO}">{escape(call["arguments"])}</div>' if call["arguments"] else ""
    )
    return "".join(
        (
            head,
            arguments,
            _code(call["code"]),
            _approval(call["approval"]),
            _facts(call),
            _question(call["question"]),
            *map(output_html, call["outputs"]),
            body,
            folded("more of the error", pre(call["error"]), f"color:{PALE}") if call["error"] else "",
        )
    )


def _facts(call: State) -> str:
    """What is known of the query beside its result; how far it is is left to live views."""
    query = f"query {call['query_id']}" if call["query_id"] else ""
    facts = [fact for fact in (call["connection"], call["estimate"], query) if fact]
    told = note(" · ".join(facts)) if facts else ""
    told += bullets(call["remarks"]) if call["remarks"] else ""
    return told + (note(call["withheld"]) if call["withheld"] else "")


def _code(code: State | None) -> str:
    if code is None:
        return ""
    lines = code["formatted"] or code["text"]
    return pre(
        lines if len(lines) <= _MAX_CODE else f"{lines[:_MAX_CODE]}\n… {len(lines):,} characters in all"
    )


def _approval(approval: State | None) -> str:
    if approval is None:
        return ""
    says = {
        "asked": "Waits for your approval",
        "approved": f"Approved by {approval['by']}",
        "refused": f"Refused by {approval['by']}",
    }[approval["state"]]
    edited = ", with other code" if approval["edited"] else ""
    reason = f": {approval['reason']}" if approval["reason"] else ""
    return note(f"{says}{edited}{reason}") + bullets(approval["effects"])


def _question(question: State | None) -> str:
    return "" if question is None else pre(question["text"]) + bullets(question["choices"])


def _ended(run: State) -> str:
    if run["answer"] is None:
        style = f"border-left:3px solid {BAD};padding:4px 10px;margin:8px 0"
        return f'<div style="{style}">{prose(run["message"])}</div>' if run["message"] else ""
    answer = run["answer"]
    return (
        f'<div style="padding:6px 2px;font-size:14px">{numbered_html(answer, run["id"])}'
        f"{note(answer['traced'])}{_assumptions(answer['assumptions'])}{_saved(answer)}</div>"
    )


def _saved(answer: State) -> str:
    verified = f"Saved as verified query {answer['verified']['id']}." if answer["verified"] else ""
    return note(verified) + note(f"Saved in {answer['eval']}." if answer["eval"] else "")


def _assumptions(assumptions: list[str]) -> str:
    if not assumptions:
        return ""
    title = f"{len(assumptions)} assumption{'s' if len(assumptions) > 1 else ''}"
    return folded(title, bullets(assumptions), f"color:{PALE};font-size:12px")


__all__ = ["call_html", "run_html", "state_html", "step_html"]
