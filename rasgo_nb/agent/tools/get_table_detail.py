from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

from rasgo_nb.agent.page import bounded, grid, shown
from rasgo_nb.agent.privacy import HIDDEN, Sight
from rasgo_nb.agent.told_facts import facts_of_columns, facts_of_table, told_join
from rasgo_nb.agent.tools.base import ToolContext, ToolOutput, tool
from rasgo_nb.catalog.near_miss import nearest_names
from rasgo_nb.connectors.base import Caps, Column, TableDetail
from rasgo_nb.connectors.statement import first_rows
from rasgo_nb.errors import ToolError

_MAX_COLUMNS = 200
_MAX_JOINS = 12
_SAMPLE_ROWS = 3
_SAMPLE_COLUMNS = 60


@tool(queries=True)
async def get_table_detail(
    context: ToolContext,
    *,
    tables: Annotated[list[str], "full names, as search_tables gives them", {"minItems": 1, "maxItems": 40}],
    columns_like: Annotated[str, "only columns whose name contains this; for very wide tables"] = "",
) -> ToolOutput:
    """Columns, types, keys, comments and a few sample rows of tables, and what else is known of them.

    Read it before you write SQL on a table. Foreign keys and joins say how to join. Descriptions, synonyms,
    tests, usual values, metrics and notes come with who says so. The sample rows are the first ones, not
    typical ones: use profile_columns for ranges, nulls and frequent values.
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
    detail = context.catalog.spelled(name)
    if detail is None:
        names = [str(one) for one in context.catalog.names()]
        raise ToolError(
            f"There is no table {name!r}, or several of that name. Use a full name.",
            did_you_mean=nearest_names(name, names, most=5),
        )
    return detail


async def _page(context: ToolContext, detail: TableDetail, columns_like: str) -> dict[str, object]:
    columns = [c for c in detail.columns if columns_like.casefold() in c.name.casefold()]
    sight = context.sight(of_notebook=False)
    page = _with_facts(context, detail, described(detail, columns), sight)
    if sight.level != "rows":
        return _without_rows(page, sight)
    statement = first_rows(
        detail.name,
        [c.name for c in columns[:_SAMPLE_COLUMNS]],
        dialect=context.connection.dialect,
        rows=_SAMPLE_ROWS,
    )
    caps = Caps(max_rows=_SAMPLE_ROWS, max_bytes=10_000_000)
    sample = await context.query(context.connection.run_query, statement, caps=caps) if columns else None
    if sample is not None:
        rows = f"{len(sample.frame)} of {_rows(detail)}"
        page["sample"] = _masked(grid(sample.frame, rows=_SAMPLE_ROWS), detail, sight) | {"shown": rows}
    return page


def _with_facts(
    context: ToolContext, detail: TableDetail, page: dict[str, Any], sight: Sight
) -> dict[str, object]:
    """The page with what sources say of the table, of its columns, and of how it is joined."""
    dialect = context.connection.dialect
    facts = context.catalog.facts([detail.name])
    by_column = facts_of_columns(facts, detail, sight)
    items = [{**one, **by_column.get(one["name"], {})} for one in page["columns"]["items"]]
    joins = list(dict.fromkeys(map(told_join, context.catalog.neighbours(detail.name))))[:_MAX_JOINS]
    own = {
        key: fact for key, fact in facts_of_table(facts, detail, sight, dialect).items() if key not in page
    }
    columns = {"columns": {**page["columns"], "items": items}}
    return {**page, **own, **({"joins": joins} if joins else {}), **columns}


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
        {
            "name": c.name,
            "type": c.type,
            **({"comment": bounded(c.comment, 300)} if c.comment else {}),
            **({"tags": list(c.tags)} if c.tags else {}),
        }
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
        **({"owner": detail.owner} if detail.owner else {}),
        **({"tags": list(detail.tags)} if detail.tags else {}),
        "columns": shown(items, total=len(detail.columns), noun="columns"),
    }


def _rows(detail: TableDetail) -> str:
    return "the rows" if detail.row_count is None else f"{detail.row_count:,} rows"
