"""What results are called: their columns, and the frames that hold them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.agent.models.offline.joins import join_tables
from rasgo_nb.agent.models.offline.plan import Aggregate, Change, Expression, Plan, Term, plan_tables
from rasgo_nb.agent.models.offline.schema import Column, is_main_key

if TYPE_CHECKING:
    from rasgo_nb.agent.models.offline.schema import Schema, Table


def counted_table(plan: Plan, schema: Schema) -> Table:
    """The table whose rows a count counts: of joined ones the one that points at the others."""
    tables = plan_tables(plan)
    looked_up = set()
    for join in join_tables(schema, tables) or ():
        for one, other in ((join.column, join.known), (join.known, join.column)):
            if _is_key(one, schema) and not _is_key(other, schema):
                looked_up.add(one.table)
    return schema.by_name[next((table for table in tables if table not in looked_up), tables[0])]


def _is_key(column: Column, schema: Schema) -> bool:
    return is_main_key(column, schema.table_of(column))


def plural(noun: str) -> str:
    """The plural of a table's or column's name; names that end in s are left as they are."""
    word = noun.replace("_", " ")
    if word.endswith("s"):
        return word
    return f"{word[:-1]}ies" if word.endswith("y") and word[-2:-1] not in "aeiou" else f"{word}s"


def result_name(one: Expression, counted: str) -> str:
    """The name of a result's column; empty where the column keeps its own."""
    match one:
        case Term():
            return f"{one.column.name}_{one.grain}".casefold().replace(" ", "_") if one.grain else ""
        case Change():
            return one.part.replace(" ", "_")
        case Aggregate(function="share"):
            return "share_pct"
        case Aggregate(column=None):
            return f"number_of_{plural(counted)}".casefold().replace(" ", "_")
        case Aggregate(function="count", column=Column() as column):
            return f"number_of_{plural(column.name)}".casefold().replace(" ", "_")
        case Aggregate():
            assert one.column is not None
            return f"{one.function}_{one.column.name}".casefold()


def frame_name(plan: Plan, schema: Schema) -> str:
    """A name for the result: what is measured by what, or the table."""
    measured = next((one for one in plan.select if not isinstance(one, Term)), None)
    groups = [one for one in plan.select if isinstance(one, Term)]
    tables = plan_tables(plan)
    what = schema.by_name[tables[0]].short_name if tables else "result"
    if isinstance(measured, Change):
        what = f"change_of_{result_name(measured.aggregate, counted_table(plan, schema).short_name)}"
    elif measured is not None or plan.count_rows:
        counted = counted_table(plan, schema).short_name
        what = result_name(measured, counted) if measured else f"number_of_{plural(counted)}"
    name = f"{what}_by_{(groups[0].grain or groups[0].column.name)}" if measured and groups else what
    return as_variable(name)


def as_variable(name: str) -> str:
    """A text as the name of a variable."""
    cleaned = "".join(letter if letter.isalnum() else "_" for letter in name.casefold()).strip("_")
    return cleaned if cleaned[:1].isalpha() else f"result_{cleaned}"
