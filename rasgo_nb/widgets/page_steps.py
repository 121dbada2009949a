"""The steps of a run on its page: what was said, done and found, and what the model saw."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

from rasgo_nb.widgets.html_parts import folded, note, pre, prose
from rasgo_nb.widgets.page_saw import Drawn, saw_html
from rasgo_nb.widgets.plain import shortened
from rasgo_nb.widgets.safe import block, line
from rasgo_nb.widgets.saw_state import saw_state
from rasgo_nb.widgets.static import call_html
from rasgo_nb.widgets.static_bodies import body_html
from rasgo_nb.widgets.text import seconds

if TYPE_CHECKING:
    from rasgo_nb.agent.run_log import RunLog
    from rasgo_nb.provenance import NumberTrace, Place
    from rasgo_nb.widgets.safe import State

_MAX_SENTENCE = 300  # characters of what the model said with a step; the rest is inside
_MAX_SAID = 12_000
_MAX_THINKING = 12_000
_MAX_BYTES = 12_000_000  # of all steps; later ones are shown without their bodies and what was seen
_COLUMNS = 30  # of a table of rows
_SIGNS = {"done": "✓", "failed": "✗", "broken": "✗"}


@dataclass(frozen=True, slots=True)
class Anchors:
    """Where on the page steps, calls and cited cells are."""

    calls: dict[tuple[int, str], str] = field(default_factory=dict)  # by step and tool call id
    cited: set[str] = field(default_factory=set)  # the cells that numbers come from
    steps: set[int] = field(default_factory=set)  # the steps that they are in

    @classmethod
    def of(cls, log: RunLog) -> Anchors:
        """Of all calls, and of the places that the answer's numbers come from."""
        anchors = cls(
            {
                (step.number, call.tool_call.id): f"call-{step.number}-{place}"
                for step in log.steps
                for place, call in enumerate(step.calls)
            }
        )
        numbers = log.provenance.numbers if log.provenance else ()
        for place in (place for number in numbers for place in number.places):
            anchors.steps.add(place.step)
            anchors.cited.add(anchors.of_place(place))
        return anchors

    def of_number(self, number: NumberTrace) -> str:
        """The fragment of the best place of a number; empty where it has none."""
        return self.of_place(number.places[0]) if number.places else ""

    def of_place(self, place: Place) -> str:
        """The fragment of a cell where it is shown, else of its call, else of its step."""
        call = self.calls.get((place.step, place.tool_call_id))
        if call is None:
            return f"step-{place.step}" if any(step == place.step for step, _ in self.calls) else ""
        return f"{call}-r{place.row}-{_cell_name(place.column)}" if place.row >= 0 else call

    def name(self, number: NumberTrace) -> str:
        """The best place of a number, in words."""
        if not number.places:
            return ""
        place = number.places[0]
        cell = f", {line(place.column, 60)} of row {place.row + 1}" if place.row >= 0 else ""
        return f"step {place.step}{cell}"


def _cell_name(column: str) -> str:
    """A column's name as part of a fragment: letters and digits alone, different for different names."""
    return "".join(one if one.isascii() and one.isalnum() else f"_{ord(one):x}_" for one in column[:80])


def steps_html(run: State, log: RunLog, anchors: Anchors) -> str:
    """Every step; those that numbers come from and those that failed are open."""
    seen = Drawn()
    pieces, used = [], 0
    for step in run["steps"]:
        drawn = _step(step, log, anchors, seen, is_whole=used < _MAX_BYTES)
        used += len(drawn)
        pieces.append(drawn)
    return "".join(pieces)


def _step(step: State, log: RunLog, anchors: Anchors, seen: Drawn, *, is_whole: bool) -> str:
    is_open = step["number"] in anchors.steps or step["status"] in ("failed", "broken")
    said = step["text"].strip()
    thought = step["thinking"].strip()
    calls = enumerate(step["calls"])
    body = "".join(
        (
            *map(note, step["notes"]),
            _folded_thinking(thought) if thought else "",
            pre(block(said, _MAX_SAID)) if len(said) > _MAX_SENTENCE else "",
            *(_call(call, place, step, anchors, is_whole=is_whole) for place, call in calls),
            saw_html(saw_state(log, step["number"]), seen) if is_whole else note(_LEFT_OUT),
        )
    )
    return (
        f'<details class="step" id="step-{step["number"]}"{" open" if is_open else ""}>'
        f'{_summary(step)}<div class="inside">{body}</div></details>'
    )


_LEFT_OUT = "What the model saw is left out here: the page is large already. `%rasgo saw` shows it."


def _folded_thinking(thought: str) -> str:
    return f'<div class="pale small">{folded("thinking", pre(block(thought, _MAX_THINKING)))}</div>'


def _summary(step: State) -> str:
    said = shortened(step["text"].strip(), _MAX_SENTENCE)
    tools = ", ".join(dict.fromkeys(call["tool"] for call in step["calls"]))
    took = seconds(step["elapsed_s"]) if step["elapsed_s"] else ""
    aside = " · ".join(piece for piece in (tools if said else "", took, step["cost"]) if piece)
    status = step["status"]
    return (
        f'<summary><span class="sign {status}" title="{status}">{_SIGNS.get(status, "●")}</span>'
        f'<span class="n">{step["number"]}</span><span>{prose(said.replace("**", "") or tools or "…")}</span>'
        f'<span class="aside">{escape(aside)}</span></summary>'
    )


def _call(call: State, place: int, step: State, anchors: Anchors, *, is_whole: bool) -> str:
    anchor = f"call-{step['number']}-{place}"
    body = _body(call, anchor, anchors) if is_whole else ""
    return f'<div class="call" id="{anchor}">{call_html(call, body)}</div>'


def _body(call: State, anchor: str, anchors: Anchors) -> str:
    body = call["body"]
    if body is None:
        return ""
    match body["kind"]:
        case "rows":
            return _rows(body["rows"], anchor, anchors)
        case "changes" if body["value"]:
            return body_html(body | {"value": None}) + _rows(body["value"], anchor, anchors)
        case "figure" if not body["figure"]["image"]:
            return _figure(body["figure"])
    return body_html(body)


def _rows(rows: State, anchor: str, anchors: Anchors) -> str:
    """The first rows of a frame; each cell that a number comes from can be led to."""
    columns = rows["columns"][:_COLUMNS]
    sides = [" class=right" if column["numeric"] else "" for column in columns]
    heads = zip(columns, sides, strict=True)
    head = "".join(f"<th{side}>{escape(column['name'])}</th>" for column, side in heads)
    lines = []
    for number, row in enumerate(rows["first"]):
        names = (f"{anchor}-r{number}-{_cell_name(column['name'])}" for column in columns)
        cells = zip(row, names, columns, strict=False)
        lines.append(
            f"<tr>{''.join(_cell(cell, name, column, anchors) for cell, name, column in cells)}</tr>"
        )
    more = f", {_COLUMNS} of {len(rows['columns']):,} columns" if len(rows["columns"]) > _COLUMNS else ""
    is_cut = rows["total"] > len(lines) or more
    cut = f"{len(lines):,} of {rows['total']:,} rows{more}" if is_cut else ""
    spots = "".join(f'<span id="{name}"></span>' for name in _below(anchor, len(lines), anchors))
    return (
        f"<div class=scroll><table class=rows><thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody>"
        f"</table></div>{spots}{note(cut)}{note(rows['note'])}"
    )


def _cell(cell: str, name: str, column: State, anchors: Anchors) -> str:
    kinds = [*(["right"] if column["numeric"] else []), *(["cited"] if name in anchors.cited else [])]
    place = f' id="{name}"' if name in anchors.cited else ""
    looks = f' class="{" ".join(kinds)}"' if kinds else ""
    return f"<td{place}{looks}>{escape(cell)}</td>"


def _below(anchor: str, shown: int, anchors: Anchors) -> list[str]:
    """Cited cells of the rows that are not shown: they are led to the end of the table."""
    own = (name for name in sorted(anchors.cited) if name.startswith(f"{anchor}-r"))
    return [name for name in own if int(name[len(anchor) + 2 :].partition("-")[0]) >= shown]


def _figure(figure: State) -> str:
    """What a chart shows, where there is no picture of it."""
    spec = figure["spec"] or {"data": [], "layout": {}}
    kinds = ", ".join(dict.fromkeys(str(trace.get("type", "chart")) for trace in spec["data"][:20]))
    layout = spec["layout"]
    titles = [_title(layout), *(_title(layout.get(axis)) for axis in ("xaxis", "yaxis"))]
    named, axes = titles[0], " against ".join(one for one in reversed(titles[1:]) if one)
    said = ": ".join(one for one in (f"{kinds or 'chart'} {figure['name']}".strip(), named, axes) if one)
    return note(f"Chart: {said}. No picture of it was kept; the notebook draws it. {figure['note']}".strip())


def _title(of: object) -> str:
    title = of.get("title") if isinstance(of, dict) else None
    return line(title.get("text", "") if isinstance(title, dict) else title or "", 200)
