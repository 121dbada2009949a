from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Annotated

from rasgo_nb.agent.approval import CallRefused
from rasgo_nb.agent.messages import Usage
from rasgo_nb.agent.page import bounded
from rasgo_nb.agent.retry import CONTINUE
from rasgo_nb.agent.specialist import SqlWriting
from rasgo_nb.agent.tools.base import ToolContext, ToolOutput, tool
from rasgo_nb.agent.tools.get_table_detail import described, table_named
from rasgo_nb.agent.tools.run_sql import effects_of_call, run_statement
from rasgo_nb.errors import ModelFailed, ToolError

_MAX_ERROR = 2_000


@tool(queries=True)
async def write_sql(
    context: ToolContext,
    *,
    question: Annotated[
        str, "what the query must find, in plain words that need no other context", {"minLength": 1}
    ],
    tables: Annotated[list[str], "full names of all tables it needs", {"minItems": 1, "maxItems": 20}],
    save_as: Annotated[str, "name for the DataFrame: short, says what a row is"] = "result",
) -> ToolOutput:
    """Have a model made for SQL write a query, and run it; the result becomes a DataFrame as in run_sql.

    It sees just your question and the columns, keys and comments of these tables: no rows, nothing of what
    you know. So say which filters with their exact spelling, units, periods, and what one row of the result
    is. It cannot use the DataFrames of the notebook: that is for run_sql. What comes back is what run_sql
    gives, and `sql`, the statement that ran: check that it asks what you meant.
    """
    if context.specialist is None:
        raise ToolError("No model for SQL is set. Write the SQL yourself with run_sql.")
    details = [described(table_named(context, name)) for name in dict.fromkeys(tables)]
    writing = SqlWriting(context.specialist.in_call(context.tool_call_id), context.connection.dialect)
    sql = ""
    try:
        sql = await writing.write(question, details)
        try:
            sql = await _let_through(context, sql)
            output = await run_statement(context, sql, save_as)
        except ToolError as error:
            if isinstance(error, CallRefused) or _is_edited(context):
                raise
            sql = await _let_through(context, await writing.mend(_told(error)))
            output = await run_statement(context, sql, save_as)
    except ModelFailed as failed:
        said = str(failed).removesuffix(CONTINUE).strip()
        return _failed(f"The model for SQL gave none: {said} Write SQL yourself with run_sql.", sql, writing)
    except CallRefused as refused:
        return _failed(str(refused), sql, writing)
    except ToolError as error:
        return _failed(f"{error} Write SQL yourself with run_sql.", sql, writing, **error.page)
    return replace(output, page={"sql": sql, **output.page}, usage=writing.usage + (output.usage or Usage()))


async def _let_through(context: ToolContext, sql: str) -> str:
    """The statement, or what the person made of it before approving."""
    if not sql:
        raise ToolError("The reply holds no SQL statement.")
    if context.gate is None:
        return sql
    arguments = {**context.gate.call.arguments, "sql": sql}
    return str(
        (await context.gate.let_through(arguments, partial(effects_of_call, context), code="sql"))["sql"]
    )


def _is_edited(context: ToolContext) -> bool:
    """Whether the statement is the person's own, which the other model has no part in."""
    return context.gate is not None and bool(context.gate.run_instead)


def _told(error: ToolError) -> str:
    facts = "".join(f"\n{key}: {value}" for key, value in error.page.items())
    return bounded(f"{error}{facts}", _MAX_ERROR)


def _failed(error: str, sql: str, writing: SqlWriting, **facts: object) -> ToolOutput:
    page = {"error": error, **({"sql": sql} if sql else {}), **facts}
    return ToolOutput(page, value=page, usage=writing.usage, is_error=True)
