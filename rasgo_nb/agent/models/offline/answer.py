"""The answer in words: what came out, and what was taken for granted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.agent.models.offline.joins import join_tables
from rasgo_nb.agent.models.offline.pages import items
from rasgo_nb.agent.models.offline.plan import Aggregate, AnyOf, Condition, Expression, Nested, Plan, Term
from rasgo_nb.agent.models.offline.sql import plan_tables

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from rasgo_nb.agent.models.offline.schema import Schema

_FUNCTIONS = {"sum": "total", "avg": "average", "min": "lowest", "max": "highest", "median": "median"}
_OPERATORS = {
    "=": "is",
    "!=": "is not",
    "like": "is like",
    "not like": "is not like",
    "null": "is missing",
    "not null": "is known",
}
_LEADING = 5


def answer_text(plan: Plan, result: Mapping[str, object]) -> str:
    """One sentence with the numbers: the single value, or how many rows and the leading ones."""
    preview = result.get("preview")
    rows = preview.get("rows", []) if isinstance(preview, dict) else []
    names = [str(one.get("name")) for one in items(result.get("columns"))]
    total = result.get("rows")
    if not isinstance(rows, list) or not rows:
        return "No row matches the question."
    if len(rows) == 1 and total == 1:
        return _one_row(plan, names, rows[0])
    whole = f"{total:,}" if isinstance(total, int) else str(len(rows))
    lead = f"There are {whole} rows" + (f", {_ranking(plan)}" if plan.order else "") + ". "
    return lead + ("All of them" if total == len(rows) <= _LEADING else "The first") + ": " + _leading(rows)


def _one_row(plan: Plan, names: Sequence[str], row: Sequence[object]) -> str:
    if len(row) == 1:
        what = described(plan.select[0]) if len(plan.select) == 1 else names[0]
        if plan.count_rows:
            what = "number"
        return f"The {what} is **{shown_value(row[0])}**."
    facts = ", ".join(f"{name} **{shown_value(value)}**" for name, value in zip(names, row, strict=False))
    return f"The answer is {facts}."


def _leading(rows: Sequence[Sequence[object]]) -> str:
    return "; ".join(" – ".join(shown_value(value) for value in row) for row in rows[:_LEADING]) + "."


def _ranking(plan: Plan) -> str:
    order = plan.order[0]
    return f"{'highest' if order.descending else 'lowest'} {described(order.expression)} first"


def described(one: Expression) -> str:
    """An expression in words."""
    if isinstance(one, Term):
        return f"{one.grain} of {one.column.name}" if one.grain else one.column.name
    if one.function == "share":
        return "share in percent"
    if one.column is None:
        return "number of rows"
    if one.function == "count":
        return f"number of {'different ' if one.distinct else ''}values of {one.column.name}"
    return f"{_FUNCTIONS[one.function]} {one.column.name}"


def shown_value(value: object) -> str:
    """A value as a person writes it; floats to six significant digits."""
    if value is None:
        return "missing"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if isinstance(value, int) or value.is_integer():
        return f"{int(value):,}" if abs(value) >= 10_000 else str(int(value))
    return f"{value:,.2f}" if abs(value) >= 100 else f"{value:.4g}"


def assumptions(plan: Plan, schema: Schema, hints: Collection[str], unread: Sequence[str]) -> list[str]:
    """A sentence for each thing that was taken for granted."""
    tables = plan_tables(plan)
    told = [f"The rows are those of {', '.join(_short(schema, table) for table in tables)}."]
    told += [f"Shown or computed: {', '.join(described(one) for one in plan.select)}."] if plan.select else []
    told += [_filter(one) for one in plan.where]
    told += [
        f"{_short(schema, join.table)} is joined by {join.known.name} = {join.column.name}."
        for join in join_tables(schema, tables, hints) or ()
    ]
    if plan.group:
        told.append(f"One row for each {' and '.join(described(one) for one in plan.group)}.")
    if plan.limit is not None:
        told.append(f"Only the first {plan.limit}; a tie beyond that is not shown.")
    if unread:
        told.append(f"Not used, so the answer may not cover it: {', '.join(map(repr, unread))}.")
    return told


def _filter(one: Condition | AnyOf) -> str:
    if isinstance(one, AnyOf):
        return "Only rows where " + " or ".join(_test(part) for part in one.conditions) + "."
    return f"Only rows where {_test(one)}."


def _test(one: Condition) -> str:
    column = f"the {one.grain} of {one.column.name}" if one.grain else one.column.name
    if any(isinstance(value, Nested) for value in one.values):
        values = (
            "its average" if one.operator not in ("in", "not in") else "the rows that the question excludes"
        )
    else:
        values = " and ".join(repr(value) for value in one.values)
    return f"{column} {_OPERATORS.get(one.operator, one.operator)} {values}".rstrip()


def _short(schema: Schema, table: str) -> str:
    return schema.by_name[table].short_name


def frame_name(plan: Plan, schema: Schema) -> str:
    """A name for the result: what is measured by what, or the table."""
    measured = next((one for one in plan.select if isinstance(one, Aggregate)), None)
    groups = [one for one in plan.select if isinstance(one, Term)]
    tables = plan_tables(plan)
    what = _short(schema, tables[0]) if tables else "result"
    if measured is not None and measured.column is not None:
        what = f"{measured.function}_{measured.column.name}"
    elif measured is not None:
        what = f"{what}_count"
    name = f"{what}_by_{(groups[0].grain or groups[0].column.name)}" if measured and groups else what
    cleaned = "".join(letter if letter.isalnum() else "_" for letter in name.casefold()).strip("_")
    return cleaned if cleaned[:1].isalpha() else f"result_{cleaned}"
