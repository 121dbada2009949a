"""Events and values as plain text: for terminals, saved files and whoever cannot see HTML."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeGuard

from rasgo_nb.agent.events import Answered, RunFailed, RunStopped
from rasgo_nb.connectors.amounts import bytes_text, estimate_text
from rasgo_nb.connectors.base import QueryResult
from rasgo_nb.memory.memory import Proposal
from rasgo_nb.widgets.memory_text import proposal_lines, recalled_lines
from rasgo_nb.widgets.numbers_state import marked_text, traced_text
from rasgo_nb.widgets.plain import cell_text, encodable, shortened

if TYPE_CHECKING:
    import pandas as pd

    from rasgo_nb.agent.messages import ToolCall, Usage
    from rasgo_nb.agent.run_log import CallLog, RunLog, StepLog
    from rasgo_nb.provenance import Provenance

_MAX_CELL = 60
_MAX_CODE_LINES = 60
_MAX_LINE = 1_000
_MAX_ARGUMENT = 120


def run_text(log: RunLog) -> str:
    """The whole run as text: the steps, then the answer."""
    lines = [] if log.started is None else [header_text(log)]
    lines += recalled_lines([one for one in log.recalled if not _is_forgotten(log, one.memory.id)])
    for step in log.steps:
        lines += [] if step.only_answers else _step_lines(log, step)
    if log.ended is not None:
        lines += ["", *ended_text(log.ended, log.provenance)]
        lines += [traced] if (traced := traced_text(log.provenance)) else []
    if log.ended is not None and log.steps:
        lines.append(totals_text(len(log.steps), log.ended.usage, log.ended.elapsed_s))
    return encodable("\n".join(lines))


def _is_forgotten(log: RunLog, memory_id: str) -> bool:
    return memory_id in log.decided and log.decided[memory_id].memory is None


def _step_lines(log: RunLog, step: StepLog) -> list[str]:
    lines = [f"\n{step.number}. {step.text.strip() or '…'}", *(f"   {note}" for note in step.notes)]
    for call in step.calls:
        lines += [f"   {call_text(call)}", *(f"     {line}" for line in _call_lines(log, call))]
    return lines


def _call_lines(log: RunLog, call: CallLog) -> list[str]:
    asked = approval_text(call)
    value = call.result.value if call.result else None
    proposed = proposal_lines(value, log.decided.get(value.id)) if isinstance(value, Proposal) else []
    return [*([asked] if asked else []), *detail_text(call), *proposed]


def header_text(log: RunLog) -> str:
    """Which model was asked, and of which connection."""
    assert log.started is not None
    note = f" ({log.started.note})" if log.started.note else ""
    connections = log.started.connections.replace(",", ", ")
    return f"model {log.started.model}{note} · connection {connections}"


def call_text(call: CallLog) -> str:
    """One line for one tool call: what it is, what came of it, how long it took."""
    name = call.tool_call.name
    if call.result is None:
        return f"▸ {name} …"
    mark = "✗" if call.result.is_error else "✓"
    return f"{mark} {name}: {outcome_text(call)} · {seconds(call.elapsed_s)}"


def approval_text(call: CallLog) -> str:
    """What was asked about a call and how it was decided, on one line; empty where nothing was asked."""
    if call.effects is None:
        return ""
    effects = "; ".join(call.effects.told)
    if call.approval is None:
        return f"{'waits for your approval' if call.waits_for_approval else 'not decided'}: {effects}"
    edited = ", after a change of its code" if call.approval.code is not None else ""
    verdict = "approved" if call.approval.approved else "refused"
    return shortened(f"{verdict} by {call.approval.by}{edited}: {effects}", _MAX_LINE)


def outcome_text(call: CallLog) -> str:
    """What came of a finished call, in a few words."""
    assert call.result is not None
    if call.result.is_error:
        return shortened(error_text(call), 200)
    value = call.result.value
    if isinstance(value, QueryResult):
        name = _page(call).get("dataframe", "")
        cut = " (cut)" if value.truncated else ""
        rows, columns = value.frame.shape
        return f"{_number(rows, 'row')} × {_number(columns, 'column')}{cut} → {name}"
    if isinstance(value, list):
        return _counted(value, str(call.tool_call.arguments.get("table", "")))
    if isinstance(value, Proposal):
        return "proposed: the person decides"
    if "figure" in (page := _page(call)):
        return f"{page['mark']} chart → {page['figure']}"
    return "done"


_NOUNS = {"Hit": "table", "TableDetail": "table", "ColumnProfile": "column", "Variable": "variable"}


def _counted(values: list[object], table: str) -> str:
    noun = _NOUNS.get(type(values[0]).__name__, "result") if values else "result"
    return f"{_number(len(values), noun)}{' of ' + table if table else ''}"


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def error_text(call: CallLog) -> str:
    """The error of a failed call, without the further facts that only the model needs."""
    assert call.result is not None
    value = call.result.value
    if isinstance(value, Mapping) and "error" in value:
        return str(value["error"])
    return call.result.content


def code_of(tool_call: ToolCall) -> str:
    """The SQL or Python of a call; empty for tools that run none."""
    for argument in ("sql", "code"):
        if isinstance(tool_call.arguments.get(argument), str):
            return str(tool_call.arguments[argument]).strip()
    return ""


def arguments_text(tool_call: ToolCall) -> str:
    """The arguments of a call but its code, on one line."""
    if tool_call.malformed:
        return shortened(tool_call.malformed, _MAX_ARGUMENT)
    pieces = [
        f"{name}={shortened(json.dumps(value, ensure_ascii=False, default=str), _MAX_ARGUMENT)}"
        for name, value in tool_call.arguments.items()
        if name not in {"sql", "code"} and value not in ("", [], None)
    ]
    return " ".join(pieces)


def written_sql(call: CallLog) -> str:
    """The SQL that a tool had written and ran, where the call itself holds none; empty for other tools."""
    page = call.result.page if call.result else None
    return str(page.get("sql", "")).strip() if page else ""


def query_id_of(call: CallLog) -> str:
    """As the warehouse names the query of a finished call in its history; empty where it has no name."""
    value = call.result.value if call.result else None
    if isinstance(value, QueryResult):
        return value.query_id
    return str(value.get("query_id", "")) if isinstance(value, Mapping) else ""


def estimate_lines(call: CallLog) -> list[str]:
    """Where the query of a call goes and what it would take, on one line or none."""
    if call.estimated is None:
        return []
    said = " · ".join(filter(None, (call.estimated.connection, estimate_text(call.estimated.estimate))))
    return [said] if said else []


def result_lines(call: CallLog) -> list[str]:
    """What is known of a finished query beside its result: its id, remarks, what the model did not see."""
    query_id = query_id_of(call)
    withheld = call.result.withheld if call.result else ""
    remarks = remarks_of(call)
    return [*([f"query {query_id}"] if query_id else []), *remarks, *([withheld] if withheld else [])]


def remarks_of(call: CallLog) -> list[str]:
    """What joins did to the rows of a query, in sentences."""
    is_query = call.result is not None and isinstance(call.result.value, QueryResult)
    joins = _page(call).get("joins") if is_query else None
    return [str(one) for one in joins] if isinstance(joins, list) else []


def code_lines(tool_call: ToolCall) -> list[str]:
    """The lines of a call's code, each and all of them bounded."""
    return bounded_lines(code_of(tool_call))


def bounded_lines(code: str) -> list[str]:
    """The lines of code, each and all of them bounded."""
    lines = code.splitlines()
    cut = [line if len(line) <= _MAX_LINE else f"{line[:_MAX_LINE]}…" for line in lines[:_MAX_CODE_LINES]]
    return [*cut, f"… {len(lines):,} lines in all"] if len(lines) > _MAX_CODE_LINES else cut


def detail_text(call: CallLog) -> list[str]:
    """The code that ran, what is known of its query, and the first rows of the result."""
    return [*bounded_lines(code_that_ran(call)), *estimate_lines(call), *result_lines(call), *rows_text(call)]


def code_that_ran(call: CallLog) -> str:
    """The SQL or Python of a call: as the person edited it, as it was sent, or as it was written for it."""
    edited = call.approval.code if call.approval is not None else None
    return (edited or "").strip() or code_of(call.tool_call) or written_sql(call)


def rows_text(call: CallLog) -> list[str]:
    """The first rows of a query's result; nothing for other calls."""
    value = call.result.value if call.result else None
    if not isinstance(value, QueryResult) or not len(value.frame):
        return []
    return ["", *frame_text(value.frame, rows=8)]


def frame_text(frame: pd.DataFrame, *, rows: int, columns: int = 12) -> list[str]:
    """The first rows of a frame as aligned text, and how much that is of the whole."""
    head = frame.iloc[:rows, :columns]
    table = [
        row_text(list(head.columns)),
        *(row_text(row) for row in head.itertuples(index=False, name=None)),
    ]
    widths = [max(len(row[position]) for row in table) for position in range(head.shape[1])]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    ]
    total = rows_in_all(frame)
    if total > rows or frame.shape[1] > columns:
        lines.append(f"… {len(head):,} of {total:,} rows, {head.shape[1]:,} of {frame.shape[1]:,} columns")
    return lines


def rows_in_all(frame: pd.DataFrame) -> int:
    """How many rows there are, or were when a run was recorded that keeps the first ones only."""
    kept = frame.attrs.get("rasgo_nb_rows")
    return kept if isinstance(kept, int) and kept > len(frame) else len(frame)


def row_text(row: Sequence[object]) -> list[str]:
    """A row's values, each short enough for a cell."""
    return [shortened(cell_text(value), _MAX_CELL) for value in row]


def is_frame(value: object) -> TypeGuard[pd.DataFrame]:
    """Whether a value is a pandas DataFrame, or of a class made of it; pandas is not loaded to find out."""
    return any(
        base.__name__ == "DataFrame" and base.__module__.partition(".")[0] == "pandas"
        for base in type(value).__mro__
    )


def ended_text(ended: Answered | RunFailed | RunStopped, provenance: Provenance | None) -> list[str]:
    """The answer with its assumptions, numbers that nothing backs marked; or why there is none."""
    if not isinstance(ended, Answered):
        return [ended.message]
    lines = [marked_text(ended.answer.text, provenance).strip()]
    if ended.answer.assumptions:
        lines += ["", "Assumptions", *(f"- {assumption}" for assumption in ended.answer.assumptions)]
    return lines


def totals_text(steps: int, usage: Usage, elapsed_s: float) -> str:
    """One line of totals; money only where it is known and not nothing."""
    parts = [_number(steps, "step"), seconds(elapsed_s)]
    if usage.total_tokens:
        cached = f" ({usage.cached_tokens:,} cached)" if usage.cached_tokens else ""
        parts.append(f"{usage.input_tokens:,} tokens in{cached}, {usage.output_tokens:,} out")
    if usage.cost_usd:
        parts.append(f"{usage.cost_usd:.4f} USD")
    if usage.bytes_billed:
        parts.append(f"{bytes_text(usage.bytes_billed)} billed")
    return " · ".join(parts)


def seconds(elapsed_s: float) -> str:
    """A duration with its unit."""
    return f"{elapsed_s * 1000:.0f} ms" if elapsed_s < 1 else f"{elapsed_s:.1f} s"


def _page(call: CallLog) -> Mapping[str, object]:
    """What the model read, before it was written in its format."""
    return (call.result.page if call.result else None) or {}
