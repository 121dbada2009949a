"""What Snowflake's compiler says of a statement before it runs."""

from __future__ import annotations

import json
from typing import Any

from rasgo_nb.connectors.base import CostEstimate
from rasgo_nb.connectors.readonly import quiet_sqlglot
from rasgo_nb.errors import QueryError

_WITHOUT_PLAN = frozenset({"SHOW", "DESC", "DESCRIBE", "EXPLAIN", "LIST", "LS"})

_COMMANDS = frozenset({
    "ALTER", "BEGIN", "CALL", "COMMENT", "COMMIT", "COPY", "CREATE", "DECLARE", "DELETE", "DROP", "EXECUTE",
    "GET", "GRANT", "INSERT", "LIST", "LS", "MERGE", "PUT", "REMOVE", "REVOKE", "RM", "ROLLBACK", "SET",
    "TRUNCATE", "UNDROP", "UNSET", "UPDATE", "USE",
})  # fmt: skip


def has_plan(statement: str) -> bool:
    """Whether EXPLAIN takes such a statement."""
    words = statement.split(None, 1)
    return bool(words) and words[0].upper() not in _WITHOUT_PLAN


def explaining(statement: str) -> str:
    """The statement that asks for the plan, from its second line on as it was."""
    return f"EXPLAIN USING JSON\n{statement}"


def in_own_lines(error: QueryError, statement: str) -> QueryError:
    """The same error, with the place in the statement itself."""
    line = None if error.line is None else max(1, error.line - 1)
    return QueryError(
        error.message,
        statement=statement,
        line=line,
        column=error.column,
        hint=error.hint,
        kind=error.kind,
        query_id=error.query_id,
    )


def estimate(rows: list[dict[str, Any]]) -> CostEstimate:
    """The bytes of the partitions to be scanned; Snowflake tells no rows."""
    try:
        stats = json.loads(next(iter(rows[0].values())))["GlobalStats"]
    except (ValueError, KeyError, IndexError, TypeError, StopIteration):
        return CostEstimate()
    told = stats.get("bytesAssigned")
    return CostEstimate(bytes_read=None if told is None else int(told))


def may_compile(statement: str) -> bool:
    """Whether it is a query that sqlglot cannot read, or begins with no word that a statement begins with."""
    from sqlglot import tokenize
    from sqlglot.errors import SqlglotError

    try:
        words = [token.text.upper() for token in tokenize(statement, read="snowflake")]
    except SqlglotError:
        return False
    if words[-1:] == [";"]:
        words.pop()
    is_one = bool(words) and ";" not in words
    return is_one and words[0] not in _COMMANDS and not _is_read_by_sqlglot(statement)


def _is_read_by_sqlglot(statement: str) -> bool:
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        with quiet_sqlglot():
            return not isinstance(
                sqlglot.parse_one(statement, dialect="snowflake"), exp.Alias | exp.Condition
            )
    except (SqlglotError, RecursionError, IndexError, ValueError, AttributeError, TypeError, KeyError):
        return False  # sqlglot's parser trips over some statements that are not in its tests
