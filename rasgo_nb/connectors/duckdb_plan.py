"""What DuckDB's planner expects of a statement."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rasgo_nb.connectors.base import CostEstimate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import duckdb
    import pandas as pd


def estimate(
    cursor: duckdb.DuckDBPyConnection, statement: str, frames: Mapping[str, pd.DataFrame]
) -> CostEstimate:
    """Rows of the scans and of the result; nothing for SHOW and the like, nor for several statements."""
    import duckdb

    for name, frame in frames.items():
        cursor.register(name, frame)
    try:
        if len(cursor.extract_statements(statement)) != 1:
            return CostEstimate()  # with EXPLAIN before the first, the others would be run
        rows = cursor.execute(f"EXPLAIN (FORMAT json) {statement}").fetchall()
        plan = json.loads(rows[0][1])
    except (duckdb.ParserException, ValueError, IndexError):
        return CostEstimate()
    nodes = list(_nodes(plan))
    scanned = [_cardinality(node) for node in nodes if not node.get("children")]
    known = [rows for rows in scanned if rows is not None]
    return CostEstimate(
        rows_read=sum(known) if known else None, rows=_cardinality(nodes[0]) if nodes else None
    )


def _nodes(plan: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for node in plan:
        yield node
        yield from _nodes(node.get("children", []))


def _cardinality(node: dict[str, Any]) -> int | None:
    text = node.get("extra_info", {}).get("Estimated Cardinality", "")
    return int(text) if str(text).isdigit() else None
