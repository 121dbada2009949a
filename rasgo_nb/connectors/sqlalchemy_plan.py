"""What planners expect of a statement: EXPLAIN of the dialects whose answer is known."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rasgo_nb.connectors.base import CostEstimate
from rasgo_nb.connectors.readonly import quiet_sqlglot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_QUERY_WORDS = ("SELECT", "WITH", "VALUES", "TABLE", "(")


@dataclass(frozen=True, slots=True)
class Explain:
    """The words before a statement, and what their answer says."""

    explain: str
    read: Callable[[Sequence[Sequence[Any]]], CostEstimate]


def is_query(statement: str) -> bool:
    """Whether it can have a cursor on the server, as EXPLAIN and SHOW cannot."""
    from sqlglot import tokenize
    from sqlglot.errors import SqlglotError

    try:
        with quiet_sqlglot():
            tokens = tokenize(statement)
    except (SqlglotError, ValueError):
        return False
    return bool(tokens) and tokens[0].text.upper() in _QUERY_WORDS


def can_check_syntax(kind: str, statement: str) -> bool:
    """Whether EXPLAIN before it can be sent without a danger: it is one statement, and is not run by it."""
    is_one = ";" not in statement.rstrip().removesuffix(";")
    first = statement.split(None, 1)[:1]
    is_plain = bool(first) and first[0].upper() not in ("EXPLAIN", "ANALYZE", "ANALYSE", "(")
    return kind in ("sqlite", "postgresql", "mysql", "mariadb") and is_one and is_plain


def _of_postgres(rows: Sequence[Sequence[Any]]) -> CostEstimate:
    plan = _parsed(rows[0][0])[0]["Plan"]
    scanned = [node.get("Plan Rows") for node in _nodes(plan, "Plans") if "Relation Name" in node]
    return CostEstimate(rows_read=_sum(scanned), rows=_whole(plan.get("Plan Rows")))


def _of_mysql(rows: Sequence[Sequence[Any]]) -> CostEstimate:
    """Both MySQL's and MariaDB's, which name the same things in other words."""
    found = list(_dicts(_parsed(rows[0][0])))
    tables = [node for node in found if "table_name" in node]
    scanned = [node.get("rows_examined_per_scan", node.get("rows")) for node in tables]
    made = [node["rows_produced_per_join"] for node in tables if "rows_produced_per_join" in node]
    sizes = [_bytes(node.get("cost_info", {}).get("data_read_per_join", "")) for node in tables]
    return CostEstimate(
        bytes_read=_sum(sizes), rows_read=_sum(scanned), rows=_whole(made[-1]) if made else None
    )


def _of_trino(rows: Sequence[Sequence[Any]]) -> CostEstimate:
    plan = _parsed(rows[0][0])
    inputs = [own.get("estimate", {}) for own in plan.get("inputTableColumnInfos", [])]
    return CostEstimate(
        bytes_read=_sum([own.get("outputSizeInBytes") for own in inputs]),
        rows_read=_sum([own.get("outputRowCount") for own in inputs]),
        rows=_whole(plan.get("estimate", {}).get("outputRowCount")),
    )


HOW = {
    "postgresql": Explain("EXPLAIN (FORMAT JSON)", _of_postgres),
    "mysql": Explain("EXPLAIN FORMAT=JSON", _of_mysql),
    "mariadb": Explain("EXPLAIN FORMAT=JSON", _of_mysql),
    "trino": Explain("EXPLAIN (TYPE IO, FORMAT JSON)", _of_trino),
}


def _parsed(answer: Any) -> Any:
    return json.loads(answer) if isinstance(answer, str | bytes) else answer


def _nodes(node: dict[str, Any], children: str) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get(children, []):
        yield from _nodes(child, children)


def _dicts(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _dicts(child)


def _whole(figure: Any) -> int | None:
    """The figure as a whole number; None for what is no number, such as Trino's "NaN"."""
    try:
        number = float(figure)
    except (TypeError, ValueError):
        return None
    return int(number) if 0 <= number < 1e30 else None


def _sum(figures: Sequence[Any]) -> int | None:
    known = [number for number in map(_whole, figures) if number is not None]
    return sum(known) if known else None


def _bytes(size: str) -> int | None:
    """MySQL's ``80M``."""
    unit = {"K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}.get(str(size)[-1:], 1)
    number = _whole(str(size).rstrip("KMGT"))
    return None if number is None else number * unit
