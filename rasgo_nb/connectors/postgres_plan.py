"""What Postgres's planner expects of a statement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rasgo_nb.connectors.base import CostEstimate
from rasgo_nb.connectors.postgres_result import described, is_query, without_end

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

_EXPLAIN = "EXPLAIN (FORMAT JSON, VERBOSE)\n"
_WHOLE_SCANS = frozenset({"Seq Scan", "Sample Scan"})
_SIZES = """
    SELECT n.nspname, c.relname, c.reltuples::float8, c.relpages::int8 * current_setting('block_size')::int8
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE (n.nspname, c.relname) IN (SELECT * FROM unnest(%s::text[], %s::text[]))
"""


def estimate(link: psycopg.Connection[Any], statement: str) -> CostEstimate:
    """Rows of the result; rows and bytes of the scans. Nothing for what has no plan, such as SHOW.

    A table that is read from end to end counts with all its pages, what an index picks with its rows.

    Raises
    ------
    psycopg.Error
        when the server does not take the statement.
    """
    described(link, statement)
    if not is_query(statement):
        return CostEstimate()
    row = link.execute(f"{_EXPLAIN}{without_end(statement)}".encode()).fetchone()
    plan = row[0][0]["Plan"] if row else {}
    nodes = [node for node in _nodes(plan) if "Relation Name" in node]
    whole = [node for node in nodes if node["Node Type"] in _WHOLE_SCANS]
    sizes = _sizes(link, whole)
    rows = read = 0.0
    for node in nodes:
        guess = node["Plan Rows"], node["Plan Rows"] * node["Plan Width"]
        more_rows, more_bytes = sizes.get(_name(node), guess) if node in whole else guess
        rows, read = rows + more_rows, read + more_bytes
    return CostEstimate(bytes_read=int(read), rows_read=int(rows), rows=plan.get("Plan Rows"))


def _sizes(
    link: psycopg.Connection[Any], scans: list[dict[str, Any]]
) -> dict[tuple[str, str], tuple[float, float]]:
    """Rows and bytes of the tables that have been analyzed."""
    names = [_name(node) for node in scans]
    found = link.execute(_SIZES, [[schema for schema, _ in names], [table for _, table in names]])
    return {(schema, table): (rows, size) for schema, table, rows, size in found if rows >= 0}


def _name(node: dict[str, Any]) -> tuple[str, str]:
    return node["Schema"], node["Relation Name"]


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if plan:
        yield plan
    for inner in plan.get("Plans", []):
        yield from _nodes(inner)
