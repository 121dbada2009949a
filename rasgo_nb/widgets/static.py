"""A run as HTML that needs nothing: inline styles and ``<details>``, for live views and saved files alike.

Whatever comes from data, models or errors is escaped; nothing of it is ever run. Colours follow the
JupyterLab theme where there is one.
"""

from __future__ import annotations

import base64
import re
from html import escape
from typing import TYPE_CHECKING

from rasgo_nb.agent.events import Answered, CallLog, RunLog, StepLog
from rasgo_nb.catalog.search import Hit
from rasgo_nb.connectors.base import QueryResult, TableDetail
from rasgo_nb.connectors.profile import ColumnProfile
from rasgo_nb.namespace import Variable
from rasgo_nb.outputs import CellError, DisplayData, ExecuteResult, Output, Stream
from rasgo_nb.widgets import text
from rasgo_nb.widgets.text import is_frame

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

_INK = "var(--jp-ui-font-color1,#1f2328)"
_PALE = "var(--jp-ui-font-color2,#656d76)"
_LINE = "var(--jp-border-color2,#d0d7de)"
_PAPER = "var(--jp-layout-color2,#f6f8fa)"
_GOOD, _BAD, _BUSY = "#2da44e", "#e5484d", "#bf8700"  # legible on white and on dark grey
_FONT = "font-family:var(--jp-ui-font-family,system-ui,sans-serif);font-size:13px;line-height:1.5"
_MONO = "font-family:var(--jp-code-font-family,ui-monospace,monospace);font-size:12px"

_ROWS, _COLUMNS = 10, 20  # of a result's table
_MAX_OUTPUT = 4_000  # characters of one printed output
_MAX_OUTPUTS = 20  # of one tool call
_MAX_SENTENCE = 300  # characters of what the model said with a step; the rest is inside


def run_html(log: RunLog, memo: dict[int, str] | None = None) -> str:
    """The run so far: a line for each step that opens to its calls, then the answer.

    ``memo`` keeps what finished steps look like, by number, from one drawing of a run to the next.
    """
    pieces = [_header(log)] if log.started else []
    pieces += [_remembered_step(step, log, memo) for step in log.steps if not step.only_answers]
    if log.ended is not None:
        pieces += [_ended(log), *([_totals(log)] if log.steps else [])]
    style = f"{_FONT};color:{_INK};max-width:960px"
    return text.encodable(f'<div class="rasgo-run" style="{style}">{"".join(pieces)}</div>')


def _header(log: RunLog) -> str:
    return (
        f'<div style="color:{_PALE};font-size:12px;margin-bottom:4px">{_prose(text.header_text(log))}</div>'
    )


def _remembered_step(step: StepLog, log: RunLog, memo: dict[int, str] | None) -> str:
    if memo is not None and step.number in memo:
        return memo[step.number]
    is_last = step is log.steps[-1]
    html = _step(step, is_open=is_last and log.ended is None, has_ended=log.ended is not None)
    if memo is not None and not is_last:
        memo[step.number] = html
    return html


def _step(step: StepLog, *, is_open: bool, has_ended: bool) -> str:
    said = step.text.strip()
    tools = ", ".join(dict.fromkeys(call.tool_call.name for call in step.calls))
    if step.writing:
        tools = f"writing {step.writing} …"
    live = text.live_text(step) if is_open else ""
    sentence = _prose(text.shortened(said, _MAX_SENTENCE) or tools or live or "…")
    aside = escape(tools if said else "") + _took(step.elapsed_s)
    aside = aside.removeprefix(" · ")
    summary = (
        f'<summary style="cursor:pointer;padding:5px 10px">{_mark(step, has_ended=has_ended)} '
        f'<span style="color:{_PALE}">{step.number}</span>&ensp;{sentence}'
        f'<span style="color:{_PALE};font-size:12px">&ensp;{aside}</span></summary>'
    )
    body = "".join(
        (
            *(_note(note) for note in step.notes),
            _thinking(step),
            _pre(said) if len(said) > _MAX_SENTENCE else "",
            *map(_call, step.calls),
        )
    )
    style = f"border:1px solid {_LINE};border-radius:6px;margin:4px 0"
    return (
        f'<details{" open" if is_open else ""} style="{style}">{summary}'
        f'<div style="padding:0 12px 8px 12px">{body}</div></details>'
    )


def _thinking(step: StepLog) -> str:
    if not step.thinking.strip():
        return ""
    summary = f'<summary style="cursor:pointer;color:{_PALE}">thinking</summary>'
    return f"<details>{summary}{_pre(text.shortened(step.thinking.strip(), _MAX_OUTPUT))}</details>"


def _mark(step: StepLog, *, has_ended: bool) -> str:
    if has_ended and not (step.calls or step.elapsed_s):
        return f'<span style="color:{_BAD}" title="broke off">✗</span>'
    if any(call.result is None for call in step.calls) or not (step.calls or step.elapsed_s):
        return f'<span style="color:{_BUSY}" title="running">●</span>'
    if any(call.result is not None and call.result.is_error for call in step.calls):
        return f'<span style="color:{_BAD}" title="failed">✗</span>'
    return f'<span style="color:{_GOOD}" title="done">✓</span>'


def _took(elapsed_s: float) -> str:
    return f" · {text.seconds(elapsed_s)}" if elapsed_s else ""


def _call(call: CallLog) -> str:
    color = _BAD if call.result is not None and call.result.is_error else _PALE
    pieces = [
        f'<div style="margin-top:6px;color:{color}"><b style="color:{_INK}">{escape(call.tool_call.name)}</b>'
        f"&ensp;{escape(_says(call))}</div>"
    ]
    if arguments := text.arguments_text(call.tool_call):
        pieces.append(f'<div style="color:{_PALE};{_MONO}">{escape(arguments)}</div>')
    if code := text.code_of(call.tool_call) or text.written_sql(call):
        pieces.append(_pre(code))
    pieces += [_output(output) for output in call.outputs[:_MAX_OUTPUTS]]
    if len(call.outputs) > _MAX_OUTPUTS:
        pieces.append(_note(f"{_MAX_OUTPUTS} of {len(call.outputs):,} outputs"))
    if call.result is not None and not call.result.is_error:
        pieces.append(value_html(call.result.value))
    return "".join(pieces)


def _says(call: CallLog) -> str:
    if call.result is None:
        return "running …"
    return f"{text.outcome_text(call)} · {text.seconds(call.elapsed_s)}"


def value_html(value: object) -> str:
    """What a tool found, as a table where it has rows; empty for what the card's line already says."""
    if isinstance(value, QueryResult):
        notes = [value.cut] if value.cut else []
        return frame_html(value.frame) + "".join(_note(note) for note in notes)
    if isinstance(value, list) and value:
        return _listed(value)
    if is_frame(value):
        return frame_html(value)
    return ""


def _listed(values: Sequence[object]) -> str:
    first = values[0]
    if isinstance(first, Hit):
        rows = [
            [str(h.table.name), _count(h.table.row_count), h.why, h.table.comment] for h in _all(values, Hit)
        ]
        return _facts_html(["table", "rows", "matched", "comment"], rows[:_ROWS], total=len(rows))
    if isinstance(first, TableDetail):
        return "".join(_table_detail(detail) for detail in _all(values, TableDetail))
    if isinstance(first, ColumnProfile):
        return _profiles(list(_all(values, ColumnProfile)))
    if isinstance(first, Variable):
        rows = [[one.name, one.type, one.summary] for one in _all(values, Variable)]
        return table_html(["variable", "type", "summary"], rows[:_ROWS], total=len(rows))
    return ""


def _all(values: Sequence[object], kind: type) -> Iterable:  # type: ignore[type-arg]
    return (value for value in values if isinstance(value, kind))


def _table_detail(detail: TableDetail) -> str:
    keys = dict.fromkeys(detail.primary_key, "primary")
    for key in detail.foreign_keys:
        keys |= dict.fromkeys(key.columns, f"→ {key.references}")
    rows = [[c.name, c.type, keys.get(c.name, ""), c.comment] for c in detail.columns[:60]]
    table = _facts_html(["column", "type", "key", "comment"], rows, total=len(detail.columns))
    rows_text = f"{_count(detail.row_count)} rows" if detail.row_count is not None else detail.kind
    title = f"{detail.name} · {rows_text}{' · ' + detail.comment if detail.comment else ''}"
    return f'<details style="margin-top:4px"><summary>{escape(title)}</summary>{table}</details>'


def _profiles(profiles: Sequence[ColumnProfile]) -> str:
    rows = [
        [
            one.name,
            one.type,
            _count(one.nulls),
            _count(one.distinct),
            text.cell_text(one.min),
            text.cell_text(one.max),
            ", ".join(f"{text.cell_text(value)} ({count:,})" for value, count in one.top_values[:4]),
        ]
        for one in profiles[:60]
    ]
    names = ["column", "type", "nulls", "distinct", "min", "max", "most frequent"]
    return table_html(names, rows, total=len(profiles))


def _facts_html(columns: Sequence[str], rows: Sequence[Sequence[str]], *, total: int) -> str:
    """A table without the columns in which nothing is said."""
    said = [place for place in range(len(columns)) if any(row[place] not in ("", "–") for row in rows)]
    return table_html(
        [columns[place] for place in said], [[row[place] for place in said] for row in rows], total=total
    )


def frame_html(frame: pd.DataFrame) -> str:
    """The first rows of a frame."""
    head = frame.iloc[:_ROWS, :_COLUMNS]
    rows = [text.row_text(row) for row in head.itertuples(index=False, name=None)]
    more = f", {_COLUMNS} of {frame.shape[1]:,} columns" if frame.shape[1] > _COLUMNS else ""
    numeric = [dtype.kind in "iuf" or "decimal" in str(dtype) for dtype in head.dtypes]
    names = text.row_text(list(head.columns))
    return table_html(names, rows, total=len(frame), numeric=numeric, more=more)


def table_html(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    total: int,
    numeric: Sequence[bool] = (),
    more: str = "",
) -> str:
    """A table of escaped text; says how much of the whole it shows where that is not all."""
    sides = [*("right" if is_number else "left" for is_number in numeric), *["left"] * len(columns)]
    head = _table_row("th", columns, sides, f"color:{_PALE};font-weight:600;")
    lines = "".join(_table_row("td", row, sides) for row in rows)
    style = f"border-collapse:collapse;{_MONO};margin:4px 0;color:{_INK}"
    table = f'<table style="{style}"><thead>{head}</thead><tbody>{lines}</tbody></table>'
    note = _note(f"{len(rows):,} of {total:,} rows{more}") if total > len(rows) or more else ""
    return f'<div style="overflow-x:auto">{table}</div>{note}'


def _table_row(tag: str, cells: Sequence[str], sides: Sequence[str], look: str = "") -> str:
    style = f"{look}padding:2px 14px 2px 0;border-bottom:1px solid {_LINE};vertical-align:top;text-align:"
    pairs = zip(cells, sides, strict=False)
    written = "".join(f'<{tag} style="{style}{side}">{escape(cell)}</{tag}>' for cell, side in pairs)
    return f"<tr>{written}</tr>"


def _output(output: Output) -> str:
    match output:
        case Stream():
            return _pre(output.text)
        case CellError():
            return _pre(output.traceback)
        case DisplayData() | ExecuteResult():
            return _bundle(output.data)


def _bundle(data: object) -> str:
    """An image as an image, all else as its text: HTML that code displays is an output of its own."""
    assert isinstance(data, dict)
    image = data.get("image/png")
    if isinstance(image, bytes):
        image = base64.b64encode(image).decode()
    if isinstance(image, str):
        source = "data:image/png;base64," + escape("".join(image.split()))
        return f'<img style="max-width:100%" src="{source}">'
    return _pre(str(data.get("text/plain", "")))


def _ended(log: RunLog) -> str:
    if not isinstance(log.ended, Answered):
        assert log.ended is not None
        style = f"border-left:3px solid {_BAD};padding:4px 10px;margin:8px 0"
        return f'<div style="{style}">{_prose(log.ended.message)}</div>'
    answer = log.ended.answer
    return (
        f'<div style="padding:6px 2px;font-size:14px">{markdown_html(answer.text)}'
        f"{_assumptions(answer.assumptions)}</div>"
    )


def _assumptions(assumptions: Sequence[str]) -> str:
    if not assumptions:
        return ""
    items = "".join(f"<li>{_prose(one)}</li>" for one in assumptions)
    title = f"{len(assumptions)} assumption{'s' if len(assumptions) > 1 else ''}"
    return (
        f'<details style="color:{_PALE};font-size:12px"><summary style="cursor:pointer">{title}</summary>'
        f'<ul style="margin:2px 0">{items}</ul></details>'
    )


def markdown_html(markdown: str) -> str:
    """Markdown as HTML; HTML inside it stays text."""
    from markdown_it import MarkdownIt

    return str(MarkdownIt("commonmark", {"html": False}).enable("table").disable("image").render(markdown))


def _totals(log: RunLog) -> str:
    assert log.ended is not None
    totals = text.totals_text(len(log.steps), log.ended.usage, log.ended.elapsed_s)
    return f'<div style="color:{_PALE};font-size:12px">{escape(totals)}</div>'


def _pre(content: str) -> str:
    content = text.without_colours(content)
    if len(content) > _MAX_OUTPUT:
        content = f"{content[:_MAX_OUTPUT]}\n… {len(content):,} characters in all"
    return (
        f'<pre style="{_MONO};background:{_PAPER};color:{_INK};padding:6px 8px;border-radius:4px;'
        f'margin:4px 0;white-space:pre-wrap;overflow-x:auto">{escape(content)}</pre>'
    )


def _prose(sentence: str) -> str:
    """A sentence as HTML; what stands between backticks is code."""
    return re.sub(r"`([^`\n]+)`", rf'<code style="{_MONO}">\1</code>', escape(sentence))


def _note(note: str) -> str:
    return f'<div style="color:{_PALE};font-size:12px">{escape(note)}</div>'


def _count(number: int | None) -> str:
    return "–" if number is None else f"{number:,}"


def page_html(log: RunLog) -> str:
    """A run as an HTML page of its own."""
    question = escape(log.started.question) if log.started else ""
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>rasgo_nb</title>'
        f'<body style="margin:24px;{_FONT}"><h1 style="font-size:18px">{question}</h1>'
        f"{run_html(log)}</body></html>\n"
    )
