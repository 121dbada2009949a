from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

from rasgo_nb.agent.costs import billed, let_through_cost, page_of
from rasgo_nb.agent.page import Page, bounded, grid, shown
from rasgo_nb.agent.private_pages import of_error, of_result
from rasgo_nb.agent.query_page import check_before, failure
from rasgo_nb.agent.tools.base import ToolContext, ToolOutput, tool
from rasgo_nb.catalog.join_guard.guard import guard_joins
from rasgo_nb.catalog.named_frames import named_frames, split_of
from rasgo_nb.catalog.near_miss import literal_hints
from rasgo_nb.connectors.base import CostEstimate, QueryResult
from rasgo_nb.effects.sql import effects_of_read, effects_of_sql
from rasgo_nb.errors import QueryError, QueryStopped, ToolError
from rasgo_nb.policy import Effects

if TYPE_CHECKING:
    import pandas as pd

_PREVIEW_ROWS = 30
_MAX_COLUMNS = 60
_MAX_RENAMED = 20


def effects_of_call(context: ToolContext, arguments: Mapping[str, object]) -> Effects:
    """What the statement would do.

    A read-only connection refuses by itself whatever is no read, and says what works; only functions that
    call a paid model are left to approve.
    """
    if context.connection.read_only:
        return effects_of_read(str(arguments["sql"]), context.connection.dialect)
    return effects_of_sql(str(arguments["sql"]), context.connection.dialect)


@tool(effects=effects_of_call, code="sql", queries=True)
async def run_sql(
    context: ToolContext,
    *,
    sql: Annotated[str, "one read-only statement in the connection's dialect", {"minLength": 1}],
    save_as: Annotated[str, "name for the DataFrame: short, says what a row is"] = "result",
) -> ToolOutput:
    """Run one read-only SQL statement; the whole result becomes a pandas DataFrame in the notebook.

    You see the first rows only, and may go on with the DataFrame in run_python, show_chart or another
    run_sql: the DataFrames of the notebook can be named in the statement as if they were tables. Let the
    database do the work: aggregate there, select just the columns asked for. The name that the DataFrame got
    is in `dataframe`; it differs from the one you asked for when that belongs to the person. `hints` tell of
    texts in a filter that no row holds, `joins` of rows that a join repeated, lost or found without a key:
    mend the statement, or say it in the answer. A failing statement returns the database's message, the
    place, and the nearest existing names: mend it and go on.
    """
    return await run_statement(context, sql, save_as)


async def run_statement(context: ToolContext, sql: str, save_as: str) -> ToolOutput:
    """Run a statement, bind its result, and write its page.

    Raises
    ------
    ToolError
        with the database's message and what would have worked.
    QueryStopped
        after an interrupt.
    """
    dialect = context.connection.dialect
    named = named_frames(sql, dialect, context.frames(), is_table=context.catalog.has)
    if split := split_of(named, dialect):
        raise ToolError(split)
    if named.is_all:
        context = context.at_local()
    sight = context.sight(of_notebook=bool(named.frames))
    try:
        await context.query(check_before, context, sql, named.frames)
    except ToolError as error:
        raise await context.query(of_error, context, sight, error, sql) from None
    sql, estimate = await let_through_cost(context, sql, named.frames)
    try:
        result = await _result(context, sql, named.frames)
    except QueryStopped:
        raise
    except QueryError as error:
        failed = await context.query(failure, context, error, sql)
        raise await context.query(of_error, context, sight, failed, sql) from None
    hints = await context.query(_hints, context, sql) if sight.is_open else []  # they quote values
    name = context.bind(save_as, result.frame)
    context.cuts[name] = result.cut
    joins = await context.query(_joins, context, sql, named.frames, result, estimate)
    page = {**_page(name, result, hints), **joins, **page_of(estimate)}
    seen = await context.query(of_result, context, sight, page, result, sql)
    return ToolOutput(seen.page, value=result, usage=billed(estimate), withheld=seen.withheld)


async def _result(context: ToolContext, sql: str, frames: Mapping[str, pd.DataFrame]) -> QueryResult:
    """What the database gives, with word of how far it is meanwhile."""
    with context.progress() as on_progress:
        return await context.query(
            context.connection.run_query, sql, frames=frames, caps=context.caps, on_progress=on_progress
        )


def _hints(context: ToolContext, sql: str) -> list[str]:
    """Only advice: a query that cannot be checked has none."""
    try:
        return literal_hints(sql, context.connection, context.catalog)
    except QueryStopped:
        raise
    except QueryError:
        return []


def _joins(
    context: ToolContext,
    sql: str,
    frames: Mapping[str, pd.DataFrame],
    result: QueryResult,
    estimate: CostEstimate,
) -> Page:
    """What the statement's joins did to its rows, where that is worth saying."""
    findings = guard_joins(
        sql, context.connection, context.catalog, frames, elapsed_s=result.elapsed_s, estimate=estimate
    )
    return {"joins": [finding.text for finding in findings]} if findings else {}


def _page(name: str, result: QueryResult, hints: list[str]) -> Page:
    frame = result.frame
    columns = [
        {"name": str(column), "dtype": str(dtype)}
        for column, dtype in zip(frame.columns[:_MAX_COLUMNS], frame.dtypes, strict=False)
    ]
    page: dict[str, object] = {
        "dataframe": name,
        "rows": len(frame),
        "columns": columns,
        "preview": grid(frame, rows=_PREVIEW_ROWS, columns=_MAX_COLUMNS),
        "elapsed_s": round(result.elapsed_s, 3),
    }
    if frame.shape[1] > _MAX_COLUMNS:
        page["columns"] = shown(columns, total=frame.shape[1], noun="columns")
    if result.query_id:
        page["query_id"] = result.query_id
    if result.cut:
        page["cut"] = result.cut
    if result.renamed:
        sentences = [
            f"column {position + 1}, {bounded(old)!r} in the query, is {frame.columns[position]!r}"
            for position, old in result.renamed[:_MAX_RENAMED]
        ]
        page["renamed"] = shown(sentences, total=len(result.renamed), noun="renamed columns")
    if hints:
        page["hints"] = hints
    return page
