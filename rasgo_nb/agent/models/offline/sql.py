"""From a plan to SQL."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rasgo_nb.agent.models.offline.joins import Join, join_tables
from rasgo_nb.agent.models.offline.lexicon import words_of
from rasgo_nb.agent.models.offline.naming import counted_table, plural, result_name
from rasgo_nb.agent.models.offline.plan import (
    Aggregate,
    AnyOf,
    Change,
    Condition,
    Expression,
    Nested,
    Order,
    Plan,
    Term,
    plan_tables,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    from rasgo_nb.agent.models.offline.schema import Column, Schema

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*\Z")
_RESERVED = words_of(
    "all and any as asc case cast check column create cross current_date default desc "
    "distinct do else end except exists false fetch for foreign from full grant group having "
    "in inner intersect into is join lateral left like limit natural not null offset on only "
    "or order outer pivot primary qualify references right select semi show some summarize "
    "table then to top true union unique unpivot user using values when where window with"
)


def to_sql(plan: Plan, schema: Schema, *, hints: Collection[str] = (), cautious: bool = False) -> str:
    """One statement. ``hints`` are words of the question, to choose between several keys.

    A cautious one compares texts as texts, whatever the columns' types.
    """
    return _Writer(schema, hints, cautious=cautious).statement(plan)


class _Writer:
    def __init__(self, schema: Schema, hints: Collection[str], *, cautious: bool) -> None:
        self.cautious = cautious
        self.schema = schema
        self.hints = hints

    def statement(self, plan: Plan) -> str:
        text = self._query(plan)
        if plan.count_rows:
            name = f"number_of_{plural(self._counted_group(plan))}"
            return f"SELECT COUNT(*) AS {quoted(name)} FROM (\n{text}\n) AS counted"
        if plan.combined:
            how, other = plan.combined
            text = f"{text}\n{how.upper()}\n{self._query(other)}"
        return text

    def _counted_group(self, plan: Plan) -> str:
        only = plan.select[0]
        named = only.column.table if isinstance(only, Term) else plan_tables(plan)[0]
        return self.schema.by_name[named].short_name.casefold().replace(" ", "_")

    def _query(self, plan: Plan) -> str:
        tables = plan_tables(plan)
        counted = counted_table(plan, self.schema).short_name
        joins = join_tables(self.schema, tables, self.hints) or ()
        aliases = _aliases(tables[0], joins)
        shown = ", ".join(self._shown(one, aliases, counted) for one in plan.select) or "1"
        if plan.star:
            shown = f"{aliases[plan.star]}.*" if joins else "*"
        lines = [
            f"SELECT {'DISTINCT ' if plan.distinct else ''}{shown}",
            f"FROM {_table(tables[0])}{_as(aliases[tables[0]])}",
        ]
        lines += [self._join(join, aliases) for join in joins]
        conditions = [self._condition(one, aliases) for one in plan.where]
        if plan.order and plan.limit and isinstance(plan.order[0].expression, Term):
            conditions.append(f"{self._expression(plan.order[0].expression, aliases)} IS NOT NULL")
        if conditions:
            lines.append("WHERE " + "\n  AND ".join(conditions))
        if plan.group:
            lines.append("GROUP BY " + ", ".join(self._expression(one, aliases) for one in plan.group))
        if plan.having:
            test = self._test(
                self._expression(plan.having.aggregate, aliases), plan.having.operator, plan.having.values
            )
            lines.append(f"HAVING {test}")
        if plan.order:
            lines.append("ORDER BY " + ", ".join(self._order(one, aliases) for one in plan.order))
        if plan.limit is not None:
            lines.append(f"LIMIT {plan.limit}")
        return "\n".join(lines)

    def _order(self, one: Order, aliases: dict[str, str]) -> str:
        if isinstance(one.expression, Change):
            return one.expression.part.replace(" ", "_") + (" DESC" if one.descending else "")
        return self._expression(one.expression, aliases) + (" DESC" if one.descending else "")

    def _join(self, join: Join, aliases: dict[str, str]) -> str:
        left, right = self._name(join.column, aliases), self._name(join.known, aliases)
        return f"JOIN {_table(join.table)}{_as(aliases[join.table])} ON {left} = {right}"

    def _shown(self, one: Expression, aliases: dict[str, str], counted: str) -> str:
        text = self._expression(one, aliases)
        name = result_name(one, counted)
        return f"{text} AS {quoted(name)}" if name else text

    def _expression(self, one: Expression, aliases: dict[str, str]) -> str:
        match one:
            case Term():
                return self._term(one.column, one.grain, aliases)
            case Change():
                return self._change(one, aliases)
            case Aggregate(function="share"):
                return self._share(one, aliases)
        inner = "*" if one.column is None else self._number(one, one.column, aliases)
        return f"{one.function.upper()}({'DISTINCT ' if one.distinct else ''}{inner})"

    def _number(self, one: Aggregate, column: Column, aliases: dict[str, str]) -> str:
        """A column to be aggregated; texts as the numbers that they hold."""
        name = self._name(column, aliases)
        is_summed = one.function in ("sum", "avg", "median")
        return f"TRY_CAST({name} AS DOUBLE)" if is_summed and column.kind in ("text", "boolean") else name

    def _share(self, one: Aggregate, aliases: dict[str, str]) -> str:
        """In percent: of the rows for which the condition holds, or of each group in all groups."""
        if one.condition is None:
            return "100.0 * COUNT(*) / SUM(COUNT(*)) OVER ()"
        return f"100.0 * AVG(CASE WHEN {self._simple(one.condition, aliases)} THEN 1 ELSE 0 END)"

    def _change(self, one: Change, aliases: dict[str, str]) -> str:
        """An aggregate over half of the period; the change by the names of the two halves."""
        if one.part == "change":
            return "second_half - first_half"
        period = _instant(self._name(one.period, aliases), one.period)
        bare = _instant(quoted(one.period.name), one.period)
        middle = f"SELECT MIN({bare}) + (MAX({bare}) - MIN({bare})) / 2 FROM {_table(one.period.table)}"
        test = f"{period} {'<=' if one.part == 'first half' else '>'} ({middle})"
        column = one.aggregate.column
        inner = "1" if column is None else self._number(one.aggregate, column, aliases)
        return f"{one.aggregate.function.upper()}(CASE WHEN {test} THEN {inner} END)"

    def _term(self, column: Column, grain: str, aliases: dict[str, str]) -> str:
        name = self._name(column, aliases)
        if not grain:
            return name
        if column.kind != "date":
            name = f"TRY_CAST({name} AS DATE)"
        if grain == "month of year":
            return f"EXTRACT(month FROM {name})"
        if grain in ("year", "hour"):
            return f"EXTRACT({grain} FROM {name})"
        return f"DAYNAME({name})" if grain == "weekday" else f"DATE_TRUNC('{grain}', {name})"

    def _condition(self, one: Condition | AnyOf, aliases: dict[str, str]) -> str:
        if isinstance(one, Condition):
            return self._simple(one, aliases)
        return f"({' OR '.join(self._simple(part, aliases) for part in one.conditions)})"

    def _simple(self, one: Condition, aliases: dict[str, str]) -> str:
        subject = self._term(one.column, one.grain, aliases)
        values = one.values
        if one.operator in ("like", "not like") and one.column.kind != "text":
            subject = f"CAST({subject} AS VARCHAR)"
        if not one.grain and one.column.kind == "text" and values and all(map(_is_number, values)):
            subject = f"TRY_CAST({subject} AS DOUBLE)"
        if self.cautious and any(isinstance(value, str) for value in values):
            subject = f"CAST({subject} AS VARCHAR)"
        return self._test(subject, one.operator, values)

    def _test(self, subject: str, operator: str, values: tuple[object, ...]) -> str:
        if operator in ("null", "not null"):
            return f"{subject} IS {operator.upper()}"
        texts = [self._value(value) for value in values]
        if operator == "between":
            return f"{subject} BETWEEN {texts[0]} AND {texts[1]}"
        if operator in ("in", "not in"):
            return f"{subject} {operator.upper()} ({', '.join(texts)})"
        shown = {"like": "ILIKE", "not like": "NOT ILIKE", "!=": "<>"}.get(operator, operator)
        return f"{subject} {shown} {texts[0]}"

    def _value(self, value: object) -> str:
        if isinstance(value, Nested):
            text = " ".join(self.statement(value.plan).split("\n"))
            only = value.plan.select[0]
            if isinstance(only, Term):
                return f"{text} WHERE {quoted(only.column.name)} IS NOT NULL"
            return f"({text})"
        if isinstance(value, bool):
            return str(value).upper()
        if isinstance(value, int | float):
            return str(value)
        return "'" + str(value).replace("'", "''") + "'"

    def _name(self, column: Column, aliases: dict[str, str]) -> str:
        alias = aliases.get(column.table, "")
        return f"{alias}.{quoted(column.name)}" if alias else quoted(column.name)


def _instant(name: str, column: Column) -> str:
    """A date as an instant, so that a period has a middle."""
    return f"CAST({name} AS TIMESTAMP)" if column.is_dated else name


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def quoted(name: str) -> str:
    """An identifier as it must be written."""
    if _PLAIN.match(name) and name not in _RESERVED:
        return name
    return '"' + name.replace('"', '""') + '"'


def _aliases(first: str, joins: tuple[Join, ...]) -> dict[str, str]:
    if not joins:
        return {first: ""}
    aliases: dict[str, str] = {}
    for table in (first, *(join.table for join in joins)):
        short = re.sub(r"\W", "", table.rsplit(".", 1)[-1].casefold()) or "t"
        alias = short if short not in aliases.values() and not short[0].isdigit() else f"t{len(aliases) + 1}"
        aliases[table] = quoted(alias)
    return aliases


def _as(alias: str) -> str:
    return f" AS {alias}" if alias else ""


def _table(name: str) -> str:
    return ".".join(quoted(part) for part in name.split("."))
