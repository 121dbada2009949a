"""What a statement would take, told before it runs; above a limit of its connection a person decides."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rasgo_nb.agent.approval import CallRefused
from rasgo_nb.agent.events import QueryEstimated
from rasgo_nb.agent.messages import Usage
from rasgo_nb.connectors.amounts import GB, bytes_text, estimate_text, rows_text
from rasgo_nb.connectors.base import CostEstimate
from rasgo_nb.errors import QueryError, QueryStopped
from rasgo_nb.policy import Above, Effects

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from rasgo_nb.agent.tools.base import ToolContext
    from rasgo_nb.connection_settings import ConnectionSettings


async def estimated(context: ToolContext, sql: str, frames: Mapping[str, pd.DataFrame]) -> CostEstimate:
    """What the connection says of the statement, told to whoever watches too; nothing where it gives none.

    Raises
    ------
    QueryStopped
        after an interrupt.
    """
    link = context.connection
    try:
        estimate = await context.query(link.estimate_cost, sql, frames=frames)
    except QueryStopped:
        raise
    except QueryError:  # the statement itself will say it, with the place
        estimate = CostEstimate()
    told = link.name if len(context.used) > 1 else ""
    if told or estimate != CostEstimate():
        context.report(QueryEstimated(context.step, context.tool_call_id, told, estimate))
    return estimate


def above_limit(estimate: CostEstimate, settings: ConnectionSettings, name: str) -> Above | None:
    """How the estimate goes above a limit of the connection; None where it does not, or is not known."""
    read, limit_gb = estimate.bytes_read, settings.ask_above_gb
    if read is not None and limit_gb and read > limit_gb * GB:
        verb = "bills" if estimate.is_exact else "reads about"
        says = f"{verb} {bytes_text(read)}, above the limit of {bytes_text(limit_gb * GB)} of {name}"
        return Above(says, _raising(name, "ask_above_gb", math.ceil(read / GB)))
    rows = estimate.rows if estimate.rows_read is None else estimate.rows_read
    if rows is not None and settings.ask_above_rows and rows > settings.ask_above_rows:
        verb = "gives" if estimate.rows_read is None else "reads"
        says = (
            f"{verb} about {rows_text(rows)}, above the limit of {settings.ask_above_rows:,} rows of {name}"
        )
        return Above(says, _raising(name, "ask_above_rows", rows))
    return None


async def let_through_cost(
    context: ToolContext, sql: str, frames: Mapping[str, pd.DataFrame]
) -> tuple[str, CostEstimate]:
    """The statement to run and what it would take; above the limit it is what the person approved.

    An approval is for this statement alone: the next one above the limit is asked about again.

    Raises
    ------
    CallRefused
        when the person refuses it, or nobody could be asked.
    """
    estimate = await estimated(context, sql, frames)
    above = above_limit(estimate, context.settings, context.connection.name)
    if above is None:
        return sql, estimate
    effects = Effects(frozenset({"read"}), (above.says,), above=above)
    if context.gate is None:
        raise CallRefused(f"This call {above.says}. {above.mend}")
    arguments = {**context.gate.call.arguments, "sql": sql}
    approved = await context.gate.let_through(arguments, lambda _arguments: effects, code="sql")
    if approved["sql"] == sql:
        return sql, estimate
    return str(approved["sql"]), await estimated(context, str(approved["sql"]), frames)


def billed(estimate: CostEstimate) -> Usage | None:
    """What the statement is billed for, where the connection said so before; None else."""
    if not estimate.is_exact or not estimate.bytes_read:
        return None
    return Usage(bytes_billed=estimate.bytes_read)


def page_of(estimate: CostEstimate) -> dict[str, object]:
    """What the model reads of it."""
    said = estimate_text(estimate)
    return {"estimate": said} if said else {}


def _raising(name: str, setting: str, least: int) -> str:
    return f"The person can raise the limit with `%rasgo config connections.{name}.{setting} {least}`."
