from __future__ import annotations

import datetime
import numbers
from dataclasses import replace
from itertools import pairwise
from typing import Annotated

from rasgo_nb.agent.page import plain, shown
from rasgo_nb.agent.privacy import Sight
from rasgo_nb.agent.tools.base import ToolContext, ToolOutput, tool
from rasgo_nb.catalog.near_miss import nearest_names
from rasgo_nb.connectors import profile
from rasgo_nb.connectors.base import TableDetail
from rasgo_nb.errors import ToolError

_MAX_COLUMNS = 60


@tool(queries=True)
async def profile_columns(
    context: ToolContext,
    *,
    table: Annotated[str, "full name of the table"],
    columns: Annotated[list[str], "which columns; none means all"] = [],
    look_for: Annotated[
        list[str], "texts to find among the columns' values; returns their exact spellings", {"maxItems": 40}
    ] = [],
) -> ToolOutput:
    """What columns hold: nulls, distinct values, min, max, mean, quantiles, the most frequent values.

    Computed by the database over the whole table. Use it before you filter by a text (look_for finds how
    "united" is spelt in the data and in which column), to learn a unit or a range, and to check for nulls.
    `found` holds, for each text looked for, the values that equal or contain it; a column without `found`
    does not hold it. A histogram lists [from, to, rows].
    """
    detail = context.catalog.spelled(table)
    if detail is None:
        names = [str(one) for one in context.catalog.names()]
        raise ToolError(f"There is no table {table!r}.", did_you_mean=nearest_names(table, names, most=5))
    sight = context.sight(of_notebook=False)
    if sight.level == "schema":
        raise ToolError(f"Profiles are withheld: {sight.reason}. Write the query from names and types alone.")
    wanted = columns or [column.name for column in detail.columns]
    profiles = await context.query(
        profile.profile_columns, context.connection, detail.name, wanted[:_MAX_COLUMNS], look_for=look_for
    )
    page = {
        "table": str(detail.name),
        "rows": profiles[0].rows if profiles else 0,
        "columns": shown(
            [_item(_seen(one, detail, sight)) for one in profiles], total=len(wanted), noun="columns"
        ),
    }
    if sight.is_open:
        return ToolOutput(page, value=profiles)
    page["privacy"] = f"No values of rows: {sight.reason}."
    return ToolOutput(page, value=profiles, withheld=f"The model saw figures, no values: {sight.reason}.")


def _seen(one: profile.ColumnProfile, detail: TableDetail, sight: Sight) -> profile.ColumnProfile:
    """The profile without the values that the model may not read: counts stay, and figures of numbers."""
    if sight.masks(str(detail.name), one.name):
        return profile.ColumnProfile(one.name, one.type, one.rows, one.nulls, distinct=one.distinct)
    if sight.level == "rows":
        return one
    is_number = isinstance(one.min, numbers.Number | datetime.date)
    return replace(
        one,
        min=one.min if is_number else None,
        max=one.max if is_number else None,
        quantiles=one.quantiles if is_number else (),
        histogram=one.histogram if is_number else None,
        top_values=one.top_values if isinstance(one.min, bool) else (),
        found={},
    )


def _item(one: profile.ColumnProfile) -> dict[str, object]:
    item: dict[str, object] = {"name": one.name, "type": one.type, "nulls": one.nulls}
    facts = {
        "distinct": one.distinct,
        "distinct_is_estimate": one.is_approximate or None,
        "not_finite": one.not_finite or None,
        "min": plain(one.min),
        "max": plain(one.max),
        "mean": plain(one.mean),
        "quantiles": {f"{share:.0%}": plain(value) for share, value in one.quantiles},
        "histogram": _histogram(one),
        "found": {text: list(spellings) for text, spellings in one.found.items() if spellings},
    }
    item |= {name: fact for name, fact in facts.items() if fact not in (None, {}, [])}
    if one.top_values:
        values = [[plain(value), count] for value, count in one.top_values]
        item["top_values"] = shown(values, total=max(one.distinct or 0, len(values)), noun="values")
    return item


def _histogram(one: profile.ColumnProfile) -> list[list[object]]:
    """The bins as [from, to, rows]; the upper edge belongs to the last one."""
    if one.histogram is None:
        return []
    edges = [plain(edge) for edge in one.histogram.edges]
    return [[*bin_edges, rows] for bin_edges, rows in zip(pairwise(edges), one.histogram.counts, strict=True)]
