"""What was run on Snowflake: of the account where the role may, else of seven days and this role's sight."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rasgo_nb.connectors.base import PastStatement
from rasgo_nb.connectors.tag import APPLICATION
from rasgo_nb.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlglot import exp

GAP = (
    "Past queries are those of the last 7 days that this role sees: it may not read "
    "SNOWFLAKE.ACCOUNT_USAGE.QUERY_HISTORY. Ask for the database role SNOWFLAKE.GOVERNANCE_VIEWER."
)
_SEEN_DAYS = 7  # that the table function looks back
_SEEN_ROWS = 10_000  # that it gives at most


def past_statements(
    run: Callable[[str], list[dict[str, Any]]], database: str, *, days: int, most: int
) -> tuple[list[PastStatement], str]:
    """The SELECTs that succeeded, without our own, and what the role is kept from.

    Grouped by ``query_parameterized_hash``, which leaves literals out:
    https://docs.snowflake.com/en/sql-reference/account-usage/query_history. It runs on the session's
    warehouse, over a view that is up to 45 minutes behind.
    """
    try:
        return [_past(row) for row in run(_of_account(days, most))], ""
    except QueryError as error:
        if error.kind not in ("permission", "missing_object"):
            raise
    try:
        return [_past(row) for row in run(_as_seen(database, days, most))], GAP
    except QueryError as error:
        if error.kind not in ("permission", "missing_object"):
            raise
    return [], GAP


def _of_account(days: int, most: int) -> str:
    from sqlglot import exp

    source = exp.table_("QUERY_HISTORY", db="ACCOUNT_USAGE", catalog="SNOWFLAKE")
    return _grouped(source, days, most).sql(dialect="snowflake")


def _as_seen(database: str, days: int, most: int) -> str:
    """By the table function of INFORMATION_SCHEMA, which needs no right but sees little."""
    from sqlglot import exp

    function = exp.Anonymous(
        this="QUERY_HISTORY",
        expressions=[
            exp.Kwarg(this=exp.var("END_TIME_RANGE_START"), expression=_since(min(days, _SEEN_DAYS))),
            exp.Kwarg(this=exp.var("RESULT_LIMIT"), expression=exp.Literal.number(_SEEN_ROWS)),
        ],
    )
    named = exp.Dot.build(
        [exp.to_identifier(database, quoted=True), exp.to_identifier("INFORMATION_SCHEMA"), function]
    )
    source = exp.Table(this=exp.Anonymous(this="TABLE", expressions=[named]))
    return _grouped(source, min(days, _SEEN_DAYS), most).sql(dialect="snowflake")


def _grouped(source: exp.Expr, days: int, most: int) -> exp.Select:
    from sqlglot import exp

    own = exp.func("COALESCE", exp.column("query_tag"), exp.Literal.string(""))
    return (
        exp.select(
            "MIN(query_text) AS query_text", "COUNT(*) AS times", "COUNT(DISTINCT user_name) AS people",
            "MAX(end_time) AS last_at", "database_name", "schema_name",
        )
        .from_(source)
        .where(exp.column("start_time") >= _since(days))
        .where(exp.column("query_type").eq("SELECT"), exp.column("execution_status").eq("SUCCESS"))
        .where(exp.not_(exp.Like(this=own, expression=exp.Literal.string(f"{APPLICATION}%"))))
        .group_by("query_parameterized_hash", "database_name", "schema_name")
        .order_by("times DESC", "query_text")
        .limit(most)
    )  # fmt: skip


def _since(days: int) -> exp.Expr:
    from sqlglot import exp

    return exp.Anonymous(
        this="DATEADD", expressions=[exp.var("DAY"), exp.Literal.number(-days), exp.CurrentTimestamp()]
    )


def _past(row: dict[str, Any]) -> PastStatement:
    place = ".".join(part for part in (row["database_name"], row["schema_name"]) if part)
    return PastStatement(
        str(row["query_text"]), int(row["times"]), int(row["people"]), _moment(row["last_at"]), place
    )


def _moment(value: Any) -> str:
    if not isinstance(value, datetime):
        return ""
    return value.astimezone(UTC).isoformat(timespec="seconds")
