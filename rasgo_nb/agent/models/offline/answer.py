"""The answer as a sentence with its numbers, as an analyst would say it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rasgo_nb.agent.models.offline.chart import is_time
from rasgo_nb.agent.models.offline.draft import key_column
from rasgo_nb.agent.models.offline.lexicon import words_of
from rasgo_nb.agent.models.offline.naming import counted_table, plural
from rasgo_nb.agent.models.offline.pages import items
from rasgo_nb.agent.models.offline.plan import Aggregate, Change, Condition, Expression, Plan, Term
from rasgo_nb.agent.models.offline.ranking import ranked_labels, readable_names
from rasgo_nb.agent.models.offline.wording import (
    described,
    listing,
    noun,
    number,
    restricted,
    shown,
    shown_value,
    unit,
)

if TYPE_CHECKING:
    from rasgo_nb.agent.models.offline.schema import Schema

Row = Sequence[object]
_LEADING = 5
_HIDDEN = "***"  # what stands for a value that the level of privacy keeps back
_SUPERLATIVES = words_of(
    "longest shortest highest lowest largest smallest biggest greatest worst best latest earliest"
)
_SIGNS = {"=": "exactly", ">": "more than", "<": "fewer than", ">=": "at least", "<=": "at most"}


@dataclass(frozen=True)
class Answering:
    """A plan, and the page of the result that it had."""

    plan: Plan
    schema: Schema
    page: Mapping[str, object]
    question: str

    @property
    def rows(self) -> list[Row]:
        """The rows that were seen."""
        return self.rows_in(self.page)

    @staticmethod
    def rows_in(page: Mapping[str, object]) -> list[Row]:
        """The rows that a page of a result shows."""
        preview = page.get("preview")
        rows = preview.get("rows") if isinstance(preview, Mapping) else None
        return rows if isinstance(rows, list) else []

    @property
    def total(self) -> int:
        """How many rows there are."""
        total = self.page.get("rows")
        return total if isinstance(total, int) else len(self.rows)

    @property
    def counted(self) -> str:
        """The table whose rows a count counts."""
        return counted_table(self.plan, self.schema).short_name

    def describe(self, one: Expression) -> str:
        """An expression in words; counted rows with the words that a comment explains."""
        explained = [
            where.words
            for where in self.plan.where
            if isinstance(where, Condition) and where.is_explained and not where.words.startswith("not ")
        ]
        return described(one, " ".join([*explained, self.counted]))

    def noun(self, one: Term) -> str:
        """What the values of a column are called."""
        return noun(one, self.schema.table_of(one.column).short_name)


def withheld_text(page: Mapping[str, object]) -> str:
    """What there is to say of rows that the level of privacy keeps back; empty where they are told."""
    rows = Answering.rows_in(page)
    if not page.get("privacy") or (rows and _HIDDEN not in rows[0]):
        return ""
    return f"The result is in `{page.get('dataframe')}`; its rows are for you alone."


def answer_text(plan: Plan, schema: Schema, page: Mapping[str, object], question: str) -> str:
    """One or two sentences with the numbers. ``plan`` is the ranking where there is one."""
    told = Answering(plan, schema, page, question)
    if not told.rows:
        return f"There are no {restricted(plural(told.counted), plan.where)}."
    if plan.count_rows:
        return _counted_groups(told)
    if told.total == 1 and all(isinstance(one, Aggregate) for one in plan.select) and not plan.star:
        return _figures(told)
    if any(isinstance(one, Change) for one in plan.select):
        return _changes(told)
    labels = [one for one in plan.select if isinstance(one, Term)]
    measures = [one for one in plan.select if isinstance(one, Aggregate)]
    if plan.group and labels and len(measures) == 1 and plan.limit is None and told.total > 1:
        return _groups(told, labels, measures[0])
    return _rows(told)


def _counted_groups(told: Answering) -> str:
    having, only = told.plan.having, told.plan.select[0]
    what = told.noun(only) if isinstance(only, Term) else "groups"
    if isinstance(only, Term) and only.column == key_column(told.schema.table_of(only.column)):
        what = plural(told.schema.table_of(only.column).short_name)
    value = shown(Aggregate("count"), told.rows[0][0])
    if having is None:
        return f"There are **{value}** {what}."
    of_what = plural(having.aggregate.column.name) if having.aggregate.column else plural(told.counted)
    sign = _SIGNS.get(having.operator, having.operator)
    if value == "1":
        return f"**1** of the {what} has {sign} {having.values[0]} {of_what}."
    return f"**{value}** {what} have {sign} {having.values[0]} {of_what}."


def _figures(told: Answering) -> str:
    plan, row = told.plan, told.rows[0]
    only = plan.select[0]
    if len(plan.select) == 1 and isinstance(only, Aggregate) and only.function == "count":
        what = described(only, told.counted).removeprefix("number of ")
        are, what = ("is", what.removesuffix("s")) if row[0] == 1 and not only.distinct else ("are", what)
        return f"There {are} **{shown(only, row[0])}** {restricted(what, plan.where)}."
    facts = [
        f"the {told.describe(one)} is **{shown(one, value)}**{unit(one)}"
        for one, value in zip(plan.select, row, strict=False)
    ]
    of_which = f", over {restricted(plural(told.counted), plan.where)}" if plan.where else ""
    text = listing(facts) + of_which
    return f"{text[0].upper()}{text[1:]}."


def _groups(told: Answering, labels: Sequence[Term], measure: Aggregate) -> str:
    rows = [(row, value) for row in told.rows if (value := _measured(told, row, measure)) is not None]
    if not rows or len(told.rows) < told.total:
        return _rows(told)
    what, by = told.describe(measure), listing([told.noun(one) for one in labels])
    high = max(rows, key=lambda one: one[1])[0]
    low = min(rows, key=lambda one: one[1])[0]
    span = f"{_placed(told, labels, high, measure)}, and lowest {_placed(told, labels, low, measure)}"
    if len(labels) == 1 and is_time(labels[0]):
        return f"The {what} is highest {span}. {_course(told, labels[0], measure)}"
    count = f"**{told.total}** {by}" if len(labels) == 1 else f"**{told.total}** combinations of {by}"
    return f"There are {count}: the {what} is highest {span}."


def _course(told: Answering, time: Term, measure: Aggregate) -> str:
    """From where to where a trend went, first to last."""
    first, last = told.rows[0], told.rows[-1]
    start, end = (_measured(told, row, measure) for row in (first, last))
    went = "stayed the same" if start == end else "went up" if (end or 0) > (start or 0) else "went down"
    at = told.plan.select.index(measure)
    return (
        f"From {_label(told, [time], first)} to {_label(told, [time], last)} it {went}: from "
        f"{shown(measure, first[at])} to {shown(measure, last[at])}{unit(measure)}."
    )


def _placed(told: Answering, labels: Sequence[Term], row: Row, measure: Aggregate) -> str:
    value = shown(measure, row[told.plan.select.index(measure)])
    preposition = "in" if len(labels) == 1 and is_time(labels[0]) else "for"
    return f"{preposition} {_label(told, labels, row)} (**{value}**{unit(measure)})"


def _measured(told: Answering, row: Row, measure: Expression) -> float | None:
    return number(row[told.plan.select.index(measure)])


def _label(told: Answering, labels: Sequence[Term], row: Row) -> str:
    """The values that name a row; the name of what a code stands for in brackets."""
    select = told.plan.select
    explained = {name for one in labels for name in readable_names(one, told.schema)}
    shown_labels = [one for one in labels if one.column not in explained]
    names = [one for one in labels if one.column in explained]
    text = ", ".join(shown(one, row[select.index(one)]) for one in shown_labels)
    brackets = ", ".join(shown(one, row[select.index(one)]) for one in names)
    return f"{text} ({brackets})" if brackets else text


def ranking_text(told: Answering, places: int) -> str:
    """Who comes first, by how much, and who follows; ``places`` is how many were asked for."""
    labels, measure = ranked_labels(told.plan), told.plan.order[0].expression
    rows, at = told.rows, told.plan.select.index(measure)
    if places > 1:
        first = [f"{_label(told, labels, row)} (**{shown(measure, row[at])}**)" for row in rows[:places]]
        rest = f", and {len(first) - _LEADING} more" if len(first) > _LEADING else ""
        what = told.noun(labels[0])
        lead = f"The {len(first)} {what} with the {_most(told)}{unit(measure) and f', in{unit(measure)}'}"
        return f"{lead}: {', '.join(first[:_LEADING]) if rest else listing(first)}{rest}."
    best = f"**{_label(told, labels[:1], rows[0])}**{_brackets(told, labels, rows[0])}"
    tied = sum(row[at] == rows[0][at] for row in rows)
    text = f"{best} has the {_most(told)}: **{shown(measure, rows[0][at])}**{unit(measure)}"
    others = list(dict.fromkeys(_label(told, labels[:1], row) for row in rows[1:tied]))[:_LEADING]
    if others and others != [_label(told, labels[:1], rows[0])]:
        return f"{text}; it shares the place with {listing(others)}."
    following = [f"{_label(told, labels[:1], row)} ({shown(measure, row[at])})" for row in rows[1:3]]
    return f"{text}{', followed by ' + listing(following) if following else ''}."


def _brackets(told: Answering, labels: Sequence[Term], row: Row) -> str:
    rest = ", ".join(shown(one, row[told.plan.select.index(one)]) for one in labels[1:])
    return f" ({rest})" if rest else ""


def _most(told: Answering) -> str:
    """The superlative of the question and what it is of: longest average delay, most flights."""
    order = told.plan.order[0]
    what = told.describe(order.expression)
    if what.startswith("number of "):
        return f"{'most' if order.descending else 'fewest'} {what.removeprefix('number of ')}"
    said = re.findall(r"[a-z]+", told.question.casefold())
    word = next((one for one in said if one in _SUPERLATIVES), "highest" if order.descending else "lowest")
    return f"{word} {what}"


def _changes(told: Answering) -> str:
    """Who changed most over the period, and how many went the same way."""
    label, first, second, change = told.plan.select
    assert isinstance(label, Term)
    assert isinstance(change, Change)
    rows = [row for row in told.rows if number(row[-1]) is not None]
    if not rows:
        return "No group has rows in both halves of the period."
    is_rise = told.plan.order[0].descending
    best, what = rows[0], described(change.aggregate, told.counted)
    same = sum((number(row[-1]) or 0) > 0 if is_rise else (number(row[-1]) or 0) < 0 for row in rows)
    way = "rose" if is_rise else "fell"
    if not same:
        return f"For none of the {len(rows)} {told.noun(label)} the {what} {way}."
    by = shown(change, abs(number(best[-1]) or 0))
    text = (
        f"For **{shown(label, best[0])}** the {what} {way} most: by **{by}**{unit(change)}, from "
        f"{shown(first, best[1])} in the first half of the period to {shown(second, best[2])} in the second"
    )
    others = [f"{shown(label, row[0])} ({shown(change, row[-1])})" for row in rows[1:3][: same - 1]]
    followed = f", followed by {listing(others)}" if others else ""
    return f"{text}{followed}. It {way} for {same} of {told.total} {told.noun(label)}."


def _rows(told: Answering) -> str:
    """How many rows, and the first few."""
    plan, few = told.plan, told.rows[:_LEADING]
    if plan.star or not plan.select:
        return f"There are **{told.total:,}** {plural(plan.star.rsplit('.', 1)[-1] or 'row')}."
    if told.total == 1:
        facts = [
            f"the {told.describe(one)} is **{shown(one, value)}**{unit(one)}"
            for one, value in zip(plan.select, few[0], strict=False)
        ]
        text = listing(facts)
        return f"{text[0].upper()}{text[1:]}."
    first = plan.select[0]
    what = told.noun(first) if isinstance(first, Term) and not plan.group else "rows"
    texts = [_row(plan, row) for row in few]
    listed = listing(texts).removesuffix(".")
    order = f", {_order(told)} first" if plan.order else ""
    if told.total <= _LEADING:
        return f"There are **{told.total}** {what}{order}: {listed}."
    return f"There are **{told.total:,}** {what}{order}; the first are {listed}."


def _row(plan: Plan, row: Row) -> str:
    texts = [shown(one, value) for one, value in zip(plan.select, row, strict=False)]
    return texts[0] + (f" ({', '.join(texts[1:])})" if len(texts) > 1 else "")


def _order(told: Answering) -> str:
    order = told.plan.order[0]
    return f"{'highest' if order.descending else 'lowest'} {told.describe(order.expression)}"


def pasted_answer(page: Mapping[str, object]) -> str:
    """What a query gave that the person wrote."""
    names = [str(one.get("name")) for one in items(page.get("columns"))]
    preview = page.get("preview")
    rows = preview.get("rows") if isinstance(preview, Mapping) else None
    if page.get("rows") == 1 and isinstance(rows, list) and rows:
        facts = [f"{name} **{shown_value(value)}**" for name, value in zip(names, rows[0], strict=False)]
        return f"The query gave one row: {listing(facts[:_LEADING])}."
    total = page.get("rows")
    return f"The query gave **{shown_value(total)}** rows with the columns {listing(names[:10])}."
