"""What was run in a project of BigQuery: by everybody where the sign-in may see it, else by oneself."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rasgo_nb.connectors.base import PastStatement
from rasgo_nb.connectors.bigquery_catalog import NO_ANSWER
from rasgo_nb.connectors.tag import APPLICATION
from rasgo_nb.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlglot import exp

GAP = (
    "Past queries are your own alone: this sign-in may not read INFORMATION_SCHEMA.JOBS of {project}. "
    "Ask for the role BigQuery Resource Viewer."
)
_VIEWS = ("JOBS_BY_PROJECT", "JOBS_BY_USER")


def past_statements(
    run: Callable[[str, str], list[tuple[Any, ...]]],
    project: str,
    locations: Iterable[str],
    *,
    days: int,
    most: int,
) -> tuple[list[PastStatement], str]:
    """The SELECTs of the project that ran in these locations, without our own; and what is kept from us.

    One query for each location, over the texts of the jobs of those days: billed 10 MB at least, usually some
    tens. https://cloud.google.com/bigquery/docs/information-schema-jobs
    """
    found: list[PastStatement] = []
    gap = ""
    for location in locations:
        rows, is_whole = _rows(run, project, location, days, most)
        found += [_past(row) for row in rows]
        gap = gap if is_whole else GAP.format(project=project)
    return sorted(found, key=lambda past: -past.times)[:most], gap


def _rows(
    run: Callable[[str, str], list[tuple[Any, ...]]], project: str, location: str, days: int, most: int
) -> tuple[list[tuple[Any, ...]], bool]:
    for view in _VIEWS:
        try:
            return run(_statement(project, location, view, days, most), location), view == _VIEWS[0]
        except QueryError as error:
            if error.kind not in NO_ANSWER:
                raise
    return [], False


def _statement(project: str, location: str, view: str, days: int, most: int) -> str:
    from sqlglot import exp

    path = exp.to_identifier(f"{project}.region-{location.lower()}.INFORMATION_SCHEMA.{view}", quoted=True)
    # what differs in literals alone has one hash
    same = exp.func("COALESCE", _column("query_info.query_hashes.normalized_literals"), exp.column("query"))
    since = exp.Anonymous(
        this="TIMESTAMP_SUB",
        expressions=[
            exp.Anonymous(this="CURRENT_TIMESTAMP"),
            exp.Interval(this=exp.Literal.number(days), unit=exp.var("DAY")),
        ],
    )
    is_own = exp.Anonymous(
        this="STARTS_WITH", expressions=[exp.column("job_id"), exp.Literal.string(f"{APPLICATION}_")]
    )
    return (
        exp.select(
            "MIN(query) AS told", "COUNT(*) AS times", "COUNT(DISTINCT user_email) AS people",
            "MAX(end_time) AS last_at",
        )
        .from_(exp.Table(this=path, alias=exp.TableAlias(this=exp.to_identifier("j"))))
        .where(exp.column("creation_time") >= since)
        .where("job_type = 'QUERY'", "statement_type = 'SELECT'", "state = 'DONE'", "error_result IS NULL")
        .where(exp.not_(is_own))
        .group_by(same)
        .order_by("times DESC", "told")
        .limit(most)
        .sql("bigquery")
    )  # fmt: skip


def _column(path: str) -> exp.Expr:
    from sqlglot import exp

    return exp.Dot.build([exp.to_identifier(part) for part in path.split(".")])


def _past(row: tuple[Any, ...]) -> PastStatement:
    query, times, people, last_at = row
    at = last_at.astimezone(UTC).isoformat(timespec="seconds") if isinstance(last_at, datetime) else ""
    return PastStatement(query, times, people, at)
