"""What the SQL will do, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from rasgo_nb.agent.models.offline.schema import Column

Operator = Literal[
    "=", "!=", "<", ">", "<=", ">=", "like", "not like", "between", "in", "not in", "null", "not null"
]
Function = Literal["count", "sum", "avg", "min", "max", "median", "share"]
Grain = Literal["", "year", "quarter", "month", "month of year", "week", "day", "hour", "weekday"]


@dataclass(frozen=True, slots=True)
class Term:
    """A column, or a part of a date."""

    column: Column
    grain: Grain = ""


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A function over a column; ``count`` without one counts rows, ``share`` is of its condition."""

    function: Function
    column: Column | None = None
    distinct: bool = False
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """An aggregate over the first or the second half of a period, or how much it changed between them."""

    aggregate: Aggregate
    period: Column
    part: Literal["first half", "second half", "change"]

    @property
    def column(self) -> Column:
        """A column of the table that it reads."""
        return self.aggregate.column or self.period


Expression = Term | Aggregate | Change


@dataclass(frozen=True, slots=True)
class Nested:
    """A query in place of a value."""

    plan: Plan


@dataclass(frozen=True, slots=True)
class Condition:
    """``words`` are those of the question; ``grain`` compares a part of a date.

    An explained one is what a comment on the column says that a word stands for.
    """

    column: Column
    operator: Operator
    values: tuple[object, ...] = ()
    grain: Grain = ""
    words: str = field(default="", compare=False)
    is_explained: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Conditions of which one must hold; ``joint`` is the word between them in the question."""

    conditions: tuple[Condition, ...]
    joint: str = "or"


@dataclass(frozen=True, slots=True)
class Having:
    """A condition on an aggregate of each group."""

    aggregate: Aggregate
    operator: Operator
    values: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """What the rows are ordered by."""

    expression: Expression
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """One query. ``tables`` are joined even where no expression needs them.

    ``combined`` is a second query with the same shape and how the two make one.
    """

    select: tuple[Expression, ...] = ()
    tables: tuple[str, ...] = ()
    distinct: bool = False
    where: tuple[Condition | AnyOf, ...] = ()
    group: tuple[Expression, ...] = ()
    having: Having | None = None
    order: tuple[Order, ...] = ()
    limit: int | None = None
    combined: tuple[Literal["intersect", "except", "union"], Plan] | None = None
    star: str = ""
    count_rows: bool = False
    missed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Beyond:
    """Why a question cannot be answered by these rules."""

    reason: str


def plan_tables(plan: Plan) -> list[str]:
    """The tables that the plan reads, the first one first."""
    expressions = [*plan.select, *plan.group, *(one.expression for one in plan.order)]
    columns = [one.column.table for one in expressions if one.column is not None]
    return list(dict.fromkeys([*plan.tables, *columns]))


def is_plain(plan: Plan) -> bool:
    """True for a query of a whole table: no filter, group, order or second query."""
    return not (plan.where or plan.group or plan.having or plan.order or plan.limit or plan.combined)
