from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

from rasgo_nb.agent.page import bounded, grid, shown
from rasgo_nb.agent.privacy import HIDDEN, Sight
from rasgo_nb.agent.tools.base import ToolContext, ToolOutput, tool
from rasgo_nb.catalog.near_miss import nearest_names
from rasgo_nb.connectors.base import Caps, Column, TableDetail
from rasgo_nb.connectors.statement import first_rows
from rasgo_nb.errors import ToolError

_MAX_COLUMNS = 200
_SAMPLE_ROWS = 3
_SAMPLE_COLUMNS = 60


@tool(queries=True)
async def get_table_detail(
    context: ToolContext,
    *,
    tables: Annotated[list[str], "full names, as search_tables gives them", {"minItems": 1, "maxItems": 40}],
    columns_like: Annotated[str, "only columns whose name contains this; for very wide tables"] = "",
) -> ToolOutput:
    """Columns, types, keys, comments and a few sample rows of tables.

    Read it before you write SQL on a table. Foreign keys say how to join. The sample rows are the first ones,
    not typical ones: use profile_columns for ranges, nulls and frequent values.
    """
    details = [table_named(context, name) for name in dict.fromkeys(tables)]
    pages = await asyncio.gather(*(_page(context, detail, columns_like) for detail in details))
    return ToolOutput({"tables": pages}, value=details)


def table_named(context: ToolContext, name: str) -> TableDetail:
    """The table of that name.

    Raises
    ------
    ToolError
        when there is none, or several; offers the nearest names.
    """
    detail = context.catalog.table(name)
    if detail is None:
        names = [str(table.name) for table in context.catalog.tables]
        raise ToolError(
            f"There is no table {name!r}, or several of that name. Use a full name.",
            did_you_mean=nearest_names(name, names, most=5),
        )
    return detail


async def _page(context: ToolContext, detail: TableDetail, columns_like: str) -> dict[str, object]:
    columns = [c for c in detail.columns if columns_like.casefold() in c.name.casefold()]
    sight = context.sight(of_notebook=False)
    if sight.level != "rows":
        return _without_rows(described(detail, columns), sight)
    statement = first_rows(
        detail.name,
        [c.name for c in columns[:_SAMPLE_COLUMNS]],
        dialect=context.connection.dialect,
        rows=_SAMPLE_ROWS,
    )
    caps = Caps(max_rows=_SAMPLE_ROWS, max_bytes=10_000_000)
    sample = await context.query(context.connection.run_query, statement, caps=caps) if columns else None
    page = described(detail, columns)
    if sample is not None:
        rows = f"{len(sample.frame)} of {_rows(detail)}"
        page["sample"] = _masked(grid(sample.frame, rows=_SAMPLE_ROWS), detail, sight) | {"shown": rows}
    return page


def _without_rows(page: dict[str, object], sight: Sight) -> dict[str, object]:
    """What the level of privacy leaves of a table: no sample, and at ``schema`` no count."""
    if sight.level == "schema":
        del page["rows"]
    return page | {"privacy": f"No sample: {sight.reason}."}


def _masked(sample: dict[str, Any], detail: TableDetail, sight: Sight) -> dict[str, object]:
    hidden = [sight.masks(str(detail.name), name) for name in sample["columns"]]
    rows = [
        [HIDDEN if hides else value for hides, value in zip(hidden, row, strict=True)]
        for row in sample["rows"]
    ]
    return {**sample, "rows": rows}


def described(detail: TableDetail, columns: Sequence[Column] | None = None) -> dict[str, object]:
    """What the database says of a table and of these columns, or all, without a look at its rows."""
    items = [
        {"name": c.name, "type": c.type, **({"comment": bounded(c.comment, 300)} if c.comment else {})}
        for c in (detail.columns if columns is None else columns)[:_MAX_COLUMNS]
    ]
    return {
        "table": str(detail.name),
        "kind": detail.kind,
        "rows": detail.row_count,
        "comment": bounded(detail.comment, 600),
        "primary_key": list(detail.primary_key),
        "foreign_keys": [
            {
                "columns": list(key.columns),
                "references": str(key.references),
                "referenced_columns": list(key.referenced_columns),
            }
            for key in detail.foreign_keys
        ],
        **({"partitioned_by": list(detail.partitioned_by)} if detail.partitioned_by else {}),
        **({"clustered_by": list(detail.clustered_by)} if detail.clustered_by else {}),
        "columns": shown(items, total=len(detail.columns), noun="columns"),
    }


def _rows(detail: TableDetail) -> str:
    return "the rows" if detail.row_count is None else f"{detail.row_count:,} rows"
