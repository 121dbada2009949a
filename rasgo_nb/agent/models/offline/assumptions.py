"""What an answer takes for granted, a sentence each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.agent.models.offline.joins import join_tables
from rasgo_nb.agent.models.offline.naming import counted_table
from rasgo_nb.agent.models.offline.plan import (
    Aggregate,
    AnyOf,
    Change,
    Condition,
    Expression,
    Plan,
    Term,
    plan_tables,
)
from rasgo_nb.agent.models.offline.wording import described, listing, tested, unit

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from rasgo_nb.agent.models.offline.schema import Schema


def assumptions(plan: Plan, schema: Schema, hints: Collection[str], unread: Sequence[str]) -> list[str]:
    """Which table, column, filter and join was taken for the question's words."""
    tables = plan_tables(plan)
    counted = counted_table(plan, schema).short_name
    measures = [one for one in [*plan.select, *(one.expression for one in plan.order)] if _is_measure(one)]
    told = [_measured(one, counted) for one in dict.fromkeys(measures)]
    if not told:
        told.append(f"The rows are those of {listing([_short(schema, table) for table in tables])}.")
    told += [_filter(one) for one in plan.where]
    told += [_filter(one.condition) for one in measures if isinstance(one, Aggregate) and one.condition]
    told += [
        f"{_short(schema, join.table)} joined by {_short(schema, join.known.table)}.{join.known.name} = "
        f"{_short(schema, join.table)}.{join.column.name}; rows without a partner are left out."
        for join in join_tables(schema, tables, hints) or ()
    ]
    if plan.group and not plan.limit:
        groups = [one for one in plan.group if one in plan.select] or plan.group
        told.append(f"One row for each {' and '.join(described(one, counted) for one in groups)}.")
    if plan.limit is not None:
        places = "first place" if plan.limit == 1 else f"first {plan.limit} places"
        told.append(f"Only the {places}; a tie beyond that is not shown.")
    if unread:
        told.append(f"Not used, so the answer may not cover it: {', '.join(map(repr, unread))}.")
    return told


def _filter(one: Condition | AnyOf) -> str:
    if isinstance(one, Condition) and one.is_explained:
        return f"{one.words.capitalize()} means that {tested(one)}, as the comment on {one.column.name} says."
    return f"Only rows where {tested(one)}."


def _is_measure(one: Expression) -> bool:
    return not isinstance(one, Term)


def _measured(one: Expression, counted: str) -> str:
    text = described(one, counted)
    said = f"{text[0].upper()}{text[1:]}"
    if isinstance(one, Change):
        return f"{said}; the period is that of {one.period.name}, cut in the middle."
    unit_said = f", {unit(one).strip()}" if unit(one).strip() not in ("", "%") else ""
    column = one.column
    if not isinstance(one, Aggregate) or column is None or one.function in ("count", "share"):
        return f"{said} in {column.table.rsplit('.', 1)[-1]}{unit_said}." if column else f"{said}."
    left_out = "; rows without it are left out"
    why = meaning_of_missing(column.comment)
    return f"{said} of {column.table.rsplit('.', 1)[-1]}{unit_said}{left_out}{f' ({why})' if why else ''}."


def meaning_of_missing(comment: str) -> str:
    """What the comment on a column says that NULL stands for; empty where it says nothing."""
    _, _, tail = comment.partition("NULL")
    lead = tail.lstrip()
    for sign in ("=", "means", "is", "for", ":"):
        if lead.startswith(sign):
            meaning = lead.removeprefix(sign).strip()
            ends = [at for at in map(meaning.find, (".", ";", ":", "(")) if at >= 0]
            return meaning[: min(ends, default=len(meaning))].strip()
    return ""


def _short(schema: Schema, table: str) -> str:
    return schema.by_name[table].short_name
