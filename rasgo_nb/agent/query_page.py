"""What the model reads of a statement that fails, or would: the place, why, what would have worked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.agent.page import safe_text, shown
from rasgo_nb.catalog.check.statement import check_statement
from rasgo_nb.catalog.near_miss import (
    near_misses,
    nearest_columns,
    nearest_tables,
    used_tables,
)
from rasgo_nb.connectors.base import TableName
from rasgo_nb.connectors.statement import read_statement
from rasgo_nb.errors import QueryError, QueryStopped, ToolError, UnknownName

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from rasgo_nb.agent.page import Page
    from rasgo_nb.agent.tools.base import ToolContext
    from rasgo_nb.catalog.check.problem import Problem
    from rasgo_nb.connectors.base import TableDetail
    from rasgo_nb.errors import ErrorKind

_MAX_COLUMNS_OF_TABLE = 80
_MAX_PROBLEMS = 5
_MAX_LINE = 200
_WHAT_TO_DO: dict[ErrorKind, str] = {
    "timeout": "Ask for less: filter by the partitions, aggregate, or read fewer columns.",
    "quota": "Ask for less: filter by the partitions, aggregate, or read fewer columns. If that fails too, "
    "tell the person which limit was met.",
    "network": "The link to the database broke. Run the statement once more; if it breaks again, tell the "
    "person to connect again with `%rasgo connect`.",
    "permission": "The person's own rights do not reach this. Use other tables, or tell the person which "
    "right is missing.",
}


def check_before(context: ToolContext, sql: str, frames: Mapping[str, pd.DataFrame]) -> None:
    """Refuse a statement that the database would, without sending it.

    The database is asked just whether its tables have changed since they were listed.

    Raises
    ------
    ToolError
        with the problems, as the database's own error would tell them.
    """
    if not _problems(context, sql, frames):
        return
    try:
        _look_again(context, sql)
    except QueryStopped:
        raise
    except QueryError:  # the statement itself will tell
        return
    problems = _problems(context, sql, frames)
    if problems:
        raise _refusal(context, sql, frames, problems)


def failure(context: ToolContext, error: QueryError, sql: str) -> ToolError:
    """What the model is told of a statement that the database failed."""
    place = {"line": error.line, "column": error.column, "query_id": error.query_id}
    page: dict[str, object] = {key: value for key, value in place.items() if value}
    page["kind"] = error.kind
    page |= _pointed_at(sql, error.line, error.column)
    if hint := " ".join(filter(None, (error.hint, _WHAT_TO_DO.get(error.kind, "")))):
        page["hint"] = hint
    if error.kind in ("network", "timeout", "quota"):
        return ToolError(error.message, **page)
    if error.kind == "missing_object" and (gone := _vanished(context, sql)):
        page["gone"] = [f"{name} was dropped or renamed after the tables were listed." for name in gone]
    frames = _columns_of_frames(context.frames())
    misses = near_misses(sql, context.connection, context.catalog, frames)
    if misses:
        page["did_you_mean"] = [{"wrong": miss.name, "nearest": list(miss.nearest)} for miss in misses]
    return ToolError(error.message, **page, **_tables_page(context, sql))


def _problems(context: ToolContext, sql: str, frames: Mapping[str, pd.DataFrame]) -> list[Problem]:
    return check_statement(sql, context.connection.dialect, context.catalog, _columns_of_frames(frames))


def _look_again(context: ToolContext, sql: str) -> None:
    """Bring what the catalog knows of the statement's tables up to date."""
    for name in read_statement(sql, context.connection.dialect).tables:
        known = context.catalog.named(name)
        for wanted in [one.name for one in known] or [_as_name(name)]:
            _look_at(context, wanted)


def _look_at(context: ToolContext, wanted: TableName) -> bool:
    """Whether the table is there now; the catalog learns of it, or forgets it."""
    try:
        found = context.connection.describe_tables([wanted])
    except UnknownName:
        context.catalog.forget(wanted)
        return False
    for detail in found:
        if detail not in context.catalog.named(str(detail.name)):
            context.catalog.learn(detail)
    return True


def _as_name(dotted: str) -> TableName:
    parts = ["", "", *dotted.split(".")][-3:]
    return TableName(*parts)


def _vanished(context: ToolContext, sql: str) -> list[str]:
    """The statement's tables that were listed and are there no longer; the catalog forgets them."""
    try:
        used = used_tables(sql, context.connection, context.catalog)
        return [str(table.name) for table in used if not _look_at(context, table.name)]
    except QueryStopped:
        raise
    except QueryError:
        return []


def _refusal(
    context: ToolContext, sql: str, frames: Mapping[str, pd.DataFrame], problems: Sequence[Problem]
) -> ToolError:
    first = problems[0]
    page: dict[str, object] = {"kind": _kind(first)}
    if first.line is not None:
        page |= {"line": first.line, "column": first.column}
        page |= _pointed_at(sql, first.line, first.column)
    if len(problems) > 1:
        page["more_problems"] = [problem.message for problem in problems[1:_MAX_PROBLEMS]]
    named = {problem.name: problem for problem in problems if problem.what in ("table", "column", "alias")}
    misses = [
        {"wrong": name, "nearest": near}
        for name, problem in named.items()
        if (near := _nearest(context, sql, frames, problem))
    ]
    if misses:
        page["did_you_mean"] = misses
    return ToolError(first.message, **page, sent=False, **_tables_page(context, sql))


def _kind(problem: Problem) -> ErrorKind:
    return "missing_object" if problem.what in ("table", "column", "alias") else "syntax"


def _nearest(
    context: ToolContext, sql: str, frames: Mapping[str, pd.DataFrame], problem: Problem
) -> list[str]:
    read = read_statement(sql, context.connection.dialect)
    if problem.what == "table":
        name = ".".join(filter(None, (problem.qualifier, problem.name)))
        return nearest_tables(name, read, context.catalog, list(frames))
    used = used_tables(sql, context.connection, context.catalog)
    columns_of = {str(table.name): [column.name for column in table.columns] for table in used}
    columns_of |= _columns_of_frames(frames)
    if problem.what == "alias":
        return []
    return nearest_columns(problem.name, problem.table, columns_of, read.made)


def _pointed_at(sql: str, line: int | None, column: int | None) -> Page:
    """The line of the statement that an error is about, with a mark below the place."""
    lines = sql.splitlines()
    if line is None or not 0 < line <= len(lines):
        return {}
    text = lines[line - 1].expandtabs(1)
    start = max(0, (column or 1) - _MAX_LINE // 2)
    mark = " " * max(0, (column or 1) - 1 - start) + "^"
    return {"at": f"{text[start : start + _MAX_LINE]}\n{mark if column else ''}".rstrip()}


def _tables_page(context: ToolContext, sql: str) -> Page:
    tables = used_tables(sql, context.connection, context.catalog)
    return {"tables": {str(table.name): _column_names(table) for table in tables}} if tables else {}


def _column_names(table: TableDetail) -> object:
    names = [column.name for column in table.columns]
    if len(names) <= _MAX_COLUMNS_OF_TABLE:
        return names
    return shown(names[:_MAX_COLUMNS_OF_TABLE], total=len(names), noun="columns")


def _columns_of_frames(frames: Mapping[str, pd.DataFrame]) -> dict[str, list[str]]:
    return {name: [safe_text(column) for column in frame.columns] for name, frame in frames.items()}
