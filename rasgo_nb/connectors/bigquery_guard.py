"""Read-only, twice: our own guard, and the kind of statement that BigQuery's dry run tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.connectors.readonly import check_read_only, quiet_sqlglot
from rasgo_nb.errors import QueryRefused

if TYPE_CHECKING:
    from collections.abc import Callable


def check_text(statement: str, dry_run: Callable[[str], object]) -> None:
    """Return when our guard knows the statement for one read.

    Raises
    ------
    QueryRefused
        as ``check_read_only``.
    QueryError
        in BigQuery's words, when the statement is no SQL; a dry run does nothing.
    """
    try:
        check_read_only(statement, "bigquery")
    except QueryRefused:
        if statement.strip() and not _is_sql(statement):
            dry_run(statement)
        raise


def check_kind(kind: str | None, statement: str) -> None:
    """Return when BigQuery, too, calls it a query.

    Raises
    ------
    QueryRefused
        when it does not.
    """
    if kind != "SELECT":
        raise QueryRefused(
            f"Not run: BigQuery calls this a statement of kind {kind or 'unknown'}, which is no read.",
            statement=statement,
            hint="Write one SELECT.",
            kind="permission",
        )


def _is_sql(statement: str) -> bool:
    import sqlglot
    from sqlglot.errors import SqlglotError

    try:
        with quiet_sqlglot():
            sqlglot.parse(statement, dialect="bigquery")
    except (SqlglotError, RecursionError, IndexError, ValueError, AttributeError, TypeError, KeyError):
        return False  # sqlglot's parser trips over some statements that are not in its tests
    return True
