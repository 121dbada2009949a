"""What a tool found, as the data of the card made for it."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from rasgo_nb.catalog.search.catalog import Hit
from rasgo_nb.connectors.base import QueryResult, TableDetail
from rasgo_nb.connectors.profile import ColumnProfile
from rasgo_nb.kernel_exec import CellResult
from rasgo_nb.memory.memory import Proposal
from rasgo_nb.namespace import NamespaceDiff, Variable
from rasgo_nb.widgets.memory_state import fact_states, proposal_state
from rasgo_nb.widgets.rows_state import rows_state, sample_state
from rasgo_nb.widgets.safe import State, block, line
from rasgo_nb.widgets.text import is_frame

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rasgo_nb.agent.run_log import CallLog
    from rasgo_nb.catalog.facts import Fact
    from rasgo_nb.widgets.kept import Kept

_MAX_NAME = 200
_MAX_COMMENT = 300
_MAX_TEXT = 8_000
_MAX_HITS = 40
_MAX_MATCHING = 12  # columns of a hit
_MAX_HIT_FACTS = 8
_MAX_TABLES = 40
_MAX_COLUMNS = 200  # of one table
_MAX_COLUMNS_OF_MANY = 60  # of each, where there are several tables
_MAX_PROFILES = 60
_MAX_BARS = 24
_MAX_TOP = 10
_MAX_VARIABLES = 100
_MAX_NAMES = 60  # of the names that a step changed


def body_state(call: CallLog, kept: Kept, key: str) -> State | None:
    """The ``BodyState`` of a finished call but a figure's; None where its line says it all."""
    assert call.result is not None
    if call.result.is_error:
        return None
    value, page = call.result.value, call.result.page or {}
    if isinstance(value, QueryResult):
        return _rows(value.frame, kept, key, name=_name(page), note=line(value.cut, _MAX_COMMENT))
    if isinstance(value, CellResult):
        return _changes(value, kept, key)
    if isinstance(value, Proposal):
        return {"kind": "proposal", "proposal": proposal_state(value)}
    if call.tool_call.name == "describe_variable":
        return _described(value, page, kept, key)
    if call.tool_call.name == "ask_user" and isinstance(value, str):
        return {"kind": "reply", "text": block(value, _MAX_TEXT)}
    if isinstance(value, list) and value:
        return _listed(value, page)
    if is_frame(value):
        return _rows(value, kept, key)
    text = call.result.content
    return {"kind": "plain", "text": block(text, _MAX_TEXT)} if _is_plain(call) else None


_OURS = frozenset(
    ("final_answer", "get_table_detail", "list_variables", "profile_columns", "search_tables", "show_chart")
)


def _is_plain(call: CallLog) -> bool:
    return call.tool_call.name not in _OURS


def _name(page: Mapping[str, object]) -> str:
    return line(page.get("dataframe", ""), _MAX_NAME)


def _rows(frame: Any, kept: Kept, key: str, *, name: str = "", note: str = "") -> State:
    kept.keep_frame(key, frame, name)
    return {"kind": "rows", "rows": rows_state(frame, key=key, name=name, note=note)}


def _changes(result: CellResult, kept: Kept, key: str) -> State:
    value = _rows(result.value, kept, key)["rows"] if is_frame(result.value) else None
    return {"kind": "changes", "changes": changes_state(result.diff, result.put_back), "value": value}


def changes_state(diff: NamespaceDiff, put_back: Sequence[str] = ()) -> State:
    """A ``ChangesState``."""
    names = {kind: getattr(diff, kind) for kind in ("new", "rebound", "mutated", "deleted")}
    return {kind: _names(ones) for kind, ones in (names | {"put_back": put_back}).items()}


def _names(names: Sequence[str]) -> list[str]:
    shown = [line(name, _MAX_NAME) for name in names[:_MAX_NAMES]]
    return [*shown, f"… {len(names):,} in all"] if len(names) > _MAX_NAMES else shown


def _described(value: object, page: Mapping[str, object], kept: Kept, key: str) -> State:
    if is_frame(value):
        return _rows(value, kept, key, name=line(page.get("name", ""), _MAX_NAME))
    facts = {fact: line(page.get(fact, ""), _MAX_COMMENT) for fact in ("name", "type", "summary")}
    return {"kind": "variables", "variables": [facts], "more": ""}


def _listed(values: Sequence[Any], page: Mapping[str, Any]) -> State | None:
    match values[0]:
        case Hit():
            return {"kind": "hits", "hits": _each(_hit, values, _MAX_HITS), "more": _more(values, _MAX_HITS)}
        case TableDetail():
            samples = _samples(page)
            most = _MAX_COLUMNS if len(values) == 1 else _MAX_COLUMNS_OF_MANY
            tables = [table_state(one, samples.get(str(one.name)), most) for one in values[:_MAX_TABLES]]
            return {"kind": "tables", "tables": tables, "more": _more(values, _MAX_TABLES)}
        case ColumnProfile():
            profiles = _each(_profile, values, _MAX_PROFILES)
            return {"kind": "profiles", "profiles": profiles, "more": _more(values, _MAX_PROFILES)}
        case Variable():
            variables = _each(_variable, values, _MAX_VARIABLES)
            return {"kind": "variables", "variables": variables, "more": _more(values, _MAX_VARIABLES)}
    return None


def _each(state: Any, values: Sequence[object], most: int) -> list[State]:
    return [state(one) for one in values[:most]]


def _more(values: Sequence[object], most: int) -> str:
    return f"{most:,} of {len(values):,}" if len(values) > most else ""


def _hit(hit: Hit) -> State:
    return {
        "table": line(hit.table.name, _MAX_NAME),
        "rows": row_count_text(hit.table),
        "why": line(hit.why, _MAX_COMMENT),
        "comment": line(hit.table.comment, _MAX_COMMENT),
        "score": round(hit.score, 4),
        "columns": [line(name, _MAX_NAME) for name in hit.columns[:_MAX_MATCHING]],
        "family": line(hit.family, _MAX_COMMENT),
        "facts": fact_states([*hit.facts, *hit.joins], most=_MAX_HIT_FACTS),
    }


def row_count_text(table: TableDetail) -> str:
    """How many rows it has, or that it is a view; empty where neither is known."""
    if table.row_count is None:
        return "view" if table.kind == "view" else ""
    return f"{table.row_count:,} row{'' if table.row_count == 1 else 's'}"


def table_state(
    table: TableDetail, sample: State | None, most: int = _MAX_COLUMNS, facts: Sequence[Fact] = ()
) -> State:
    """A ``TableState``; ``sample`` is a ``RowsState`` of its first rows, ``facts`` what the catalog holds."""
    keys = dict.fromkeys(table.primary_key, "primary")
    for key in table.foreign_keys:
        keys |= dict.fromkeys(key.columns, f"→ {line(key.references, _MAX_NAME)}")
    columns = [
        {
            "name": line(one.name, _MAX_NAME),
            "type": line(one.type, _MAX_NAME),
            "key": keys.get(one.name, ""),
            "nullable": one.nullable,
            "comment": line(one.comment, _MAX_COMMENT),
        }
        for one in table.columns[:most]
    ]
    return {
        "name": line(table.name, _MAX_NAME),
        "kind": line(table.kind, _MAX_NAME),
        "rows": row_count_text(table),
        "comment": line(table.comment, 2 * _MAX_COMMENT),
        "columns": columns,
        "more": f"{most:,} of {len(table.columns):,} columns" if len(table.columns) > most else "",
        "sample": sample,
        "facts": fact_states(facts),
        **({"layout": layout} if (layout := _layout_text(table)) else {}),
    }


def _layout_text(table: TableDetail) -> str:
    """How its rows lie, where the database tells: a filter on these columns reads less."""
    said = {"partitioned by": table.partitioned_by, "clustered by": table.clustered_by}
    return line(" · ".join(f"{how} {', '.join(names)}" for how, names in said.items() if names), _MAX_COMMENT)


def _samples(page: Mapping[str, Any]) -> dict[str, State]:
    """The sample rows that the page holds, by table."""
    tables = [one for one in page.get("tables") or () if isinstance(one, dict) and "sample" in one]
    return {str(one.get("table", "")): sample_state(one["sample"]) for one in tables}


def _profile(one: ColumnProfile) -> State:
    return {
        "name": line(one.name, _MAX_NAME),
        "type": line(one.type, _MAX_NAME),
        "nulls": f"{one.nulls:,}",
        "distinct": "–" if one.distinct is None else f"{'~' if one.is_approximate else ''}{one.distinct:,}",
        "min": line(one.min, _MAX_NAME),
        "max": line(one.max, _MAX_NAME),
        "mean": line(one.mean, _MAX_NAME),
        "null_share": _share(one.nulls, one.rows),
        "histogram": _histogram(one),
        "top": [
            {"value": line(value, _MAX_NAME), "count": f"{count:,}", "share": _share(count, one.rows)}
            for value, count in one.top_values[:_MAX_TOP]
        ],
    }


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def _histogram(one: ColumnProfile) -> list[State]:
    if one.histogram is None:
        return []
    highest = max(one.histogram.counts, default=0)
    bars = list(zip(pairwise(one.histogram.edges), one.histogram.counts, strict=True))[:_MAX_BARS]
    return [
        {"label": f"{line(low, 40)} – {line(high, 40)}: {count:,}", "share": _share(count, highest)}
        for (low, high), count in bars
    ]


def _variable(one: Variable) -> State:
    return {
        "name": line(one.name, _MAX_NAME),
        "type": line(one.type, _MAX_NAME),
        "summary": line(one.summary, _MAX_COMMENT),
    }
