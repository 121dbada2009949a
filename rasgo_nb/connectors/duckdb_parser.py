"""What DuckDB's own parser says of a statement, without a table being touched."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

READ_KINDS = frozenset({"SELECT", "EXPLAIN", "MULTI", "PRAGMA"})  # MULTI: a PIVOT finds its columns first
_READ_NODES = frozenset({"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"})


@dataclass(frozen=True, slots=True)
class ReadTree:
    """The functions (in lower case) and the tables without a schema that a SELECT names anywhere."""

    functions: frozenset[str]
    bare_tables: frozenset[str]


def check_syntax(statement: str) -> None:
    """Let DuckDB's own ``ParserException`` out where it does not parse, before a guard words it otherwise."""
    with _parser().cursor() as cursor:
        cursor.extract_statements(statement)


def statement_kinds(statement: str) -> list[str] | None:
    """DuckDB's kind of each statement in the text; None where it does not parse."""
    import duckdb

    with _parser().cursor() as cursor:
        try:
            return [_kind(parsed) for parsed in cursor.extract_statements(statement)]
        except duckdb.Error:
            return None


def _kind(parsed: duckdb.Statement) -> str:
    try:
        return str(parsed.type.name)
    except ValueError:  # a kind that the Python package has no name for
        return "OTHER"


def pivot_tail(statement: str) -> int | None:
    """Where the ORDER BY or LIMIT of a PIVOT begins; None when it is no single PIVOT with one."""
    from sqlglot import tokenize
    from sqlglot.errors import SqlglotError

    if statement_kinds(statement) != ["MULTI"]:
        return None
    try:
        tokens = tokenize(statement, read="duckdb")
    except SqlglotError:
        return None
    depth, place = 0, None
    for token in tokens:
        depth += (token.text == "(") - (token.text == ")")
        if depth == 0 and place is None and token.text.upper() in ("ORDER BY", "LIMIT"):
            place = token.start
    return place


def read_tree(statement: str) -> ReadTree | None:
    """What one SELECT (or SHOW, DESCRIBE, SUMMARIZE, VALUES) names; None when it is anything else."""
    with _parser().cursor() as cursor:
        rows = cursor.execute("SELECT json_serialize_sql(?)", [statement]).fetchall()
    parsed = json.loads(rows[0][0])
    if parsed["error"] or len(parsed["statements"]) != 1:
        return None
    nodes = list(_walk(parsed))
    kinds = {str(node.get("type", "")) for node in nodes}
    if any(kind.endswith("_NODE") and kind not in _READ_NODES for kind in kinds):
        return None
    return ReadTree(
        frozenset(str(node["function_name"]).casefold() for node in nodes if node.get("function_name")),
        frozenset(str(node["table_name"]) for node in nodes if _is_bare_table(node)),
    )


def _is_bare_table(node: dict[str, object]) -> bool:
    return bool(node.get("table_name")) and not node.get("schema_name")


def _walk(value: object) -> Iterator[dict[str, object]]:
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _walk(item)


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    import duckdb

    return duckdb.connect(":memory:", config={"autoinstall_known_extensions": "false", "threads": 1})
