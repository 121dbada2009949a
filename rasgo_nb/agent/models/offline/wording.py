"""Expressions, conditions and values in the words of a person."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rasgo_nb.agent.models.offline.lexicon import ABBREVIATIONS, MONTHS
from rasgo_nb.agent.models.offline.naming import plural
from rasgo_nb.agent.models.offline.plan import Aggregate, AnyOf, Change, Condition, Expression, Nested, Term
from rasgo_nb.agent.models.offline.schema import Column

if TYPE_CHECKING:
    from collections.abc import Sequence

_FUNCTIONS = {"sum": "total", "avg": "average", "min": "lowest", "max": "highest", "median": "median"}
_OPERATORS = {
    "=": "is",
    "!=": "is not",
    "<": "is below",
    ">": "is above",
    "<=": "is at most",
    ">=": "is at least",
    "between": "is between",
    "like": "is like",
    "not like": "is not like",
    "in": "is in",
    "not in": "is not in",
    "null": "is missing",
    "not null": "is known",
}
_UNIT = re.compile(
    r"\bin (?P<unit>(?:milli)?seconds|minutes|hours|days|weeks|months|years|miles(?: per hour)?|feet|inches|"
    r"(?:kilo|centi|milli)?met(?:er|re)s|km|kg|(?:kilo)?grams|pounds|tons|litres|liters|euros?|"
    r"(?:US )?dollars|degrees(?: \w+)?|per ?cent)\b"
)
_ISO_DAY = re.compile(r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})(?:[T ]00:00:00\S*)?\Z")


def described(one: Expression, counted: str) -> str:
    """An expression in words; ``counted`` is the table whose rows a count counts."""
    match one:
        case Term():
            return f"{one.grain} of {one.column.name}" if one.grain else one.column.name
        case Change():
            of_what = described(one.aggregate, counted)
            return f"change of {of_what}" if one.part == "change" else f"{of_what} in the {one.part}"
        case Aggregate(function="share"):
            return _share(one, counted)
        case Aggregate(column=None):
            return f"number of {plural(counted)}"
        case Aggregate(function="count", column=Column() as column):
            return f"number of {'different ' if one.distinct else ''}{plural(column.name)}"
        case Aggregate():
            assert one.column is not None
            return f"{_FUNCTIONS[one.function]} {one.column.name}"


def _share(one: Aggregate, counted: str) -> str:
    if one.condition is None:
        return f"share of {plural(counted)}"
    if one.condition.is_explained:
        return f"share of {one.condition.words} {plural(counted)}"
    return f"share of {plural(counted)} where {tested(one.condition)}"


def unit(one: Expression) -> str:
    """The unit that the comment on a column tells plainly, with a blank before it; else empty."""
    if isinstance(one, Aggregate) and one.function == "share":
        return " %"
    if isinstance(one, Change):
        return unit(one.aggregate)
    if one.column is None or (isinstance(one, Aggregate) and one.function == "count"):
        return ""
    found = _UNIT.search(one.column.comment) if one.column.kind == "number" else None
    return f" {found['unit']}" if found else ""


def noun(one: Term, table: str) -> str:
    """What the values of a column are called: stores for the name of a store, else by the column."""
    if one.grain:
        return f"{one.grain}s" if one.grain != "month of year" else "months"
    names_rows = one.column.words[-1] in ("name", "title", "id", "key")
    word = table if names_rows and len(one.column.words) == 1 else one.column.name
    word = re.sub(r"_(?:id|key|name)$", "", word)
    full = ABBREVIATIONS.get(word.casefold(), frozenset())
    return plural(next(iter(full)) if len(full) == 1 else word)


def shown_value(value: object, *, plain: bool = False) -> str:
    """A value as a person writes it: thousands apart, as many digits as matter; ``plain`` for identifiers."""
    if value is None:
        return "missing"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value).strip()
    if isinstance(value, int) or value.is_integer():
        return f"{int(value):,}" if abs(value) >= 1_000 and not plain else str(int(value))
    if abs(value) >= 1_000:
        return f"{value:,.0f}"
    if abs(value) >= 10:
        return f"{value:.2f}" if round(value, 2) == value else f"{value:.1f}"
    return f"{value:.2f}".rstrip("0").rstrip(".") if abs(value) >= 0.1 else f"{value:.2g}"


def number(value: object) -> float | None:
    """A value as a number; numbers may be written as texts, as decimals are."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        return float(str(value))
    except ValueError:
        return None


def shown(one: Expression, value: object) -> str:
    """A value of an expression: times by their grain, numbers of identifiers and years as they are."""
    if isinstance(one, Term):
        return _shown_term(one, value)
    as_number = number(value)
    return shown_value(value if isinstance(value, int) or as_number is None else as_number)


def _shown_term(one: Term, value: object) -> str:
    words = one.column.words
    is_month = one.grain == "month of year" or words == ("month",)
    if is_month and isinstance(value, int | float) and 1 <= value <= 12:
        return _month(int(value))
    day = _ISO_DAY.match(str(value))
    if day and one.grain in ("year", "quarter", "month"):
        month = int(day["month"])
        return {
            "year": day["year"],
            "quarter": f"{day['year']} Q{(month + 2) // 3}",
            "month": f"{_month(month)} {day['year']}",
        }[one.grain]
    if day:
        return str(value)[:10]
    return shown_value(value, plain=bool(one.grain) or one.column.is_identifier or "year" in words)


def _month(month: int) -> str:
    return next(word for word, value in MONTHS.items() if value == month).capitalize()


def listing(texts: Sequence[str]) -> str:
    """Texts with commas and a last "and"."""
    return ", ".join(texts[:-1]) + " and " + texts[-1] if len(texts) > 1 else "".join(texts)


def restricted(what: str, where: Sequence[Condition | AnyOf]) -> str:
    """What rows are called, with the conditions that they fulfil: cancelled flights where dest is 'LAX'."""
    adjectives = [one for one in where if isinstance(one, Condition) and one.is_explained]
    rest = [tested(one) for one in where if one not in adjectives]
    without = [one.words for one in adjectives if one.words.startswith("not ")]
    named = " ".join([*(one.words for one in adjectives if one.words not in without), what])
    named += f" that are {listing(without)}" if without else ""
    return f"{named} where {' and '.join(rest)}" if rest else named


def tested(one: Condition | AnyOf) -> str:
    """A condition in words."""
    if isinstance(one, AnyOf):
        return " or ".join(tested(part) for part in one.conditions)
    column = f"the {one.grain} of {one.column.name}" if one.grain else one.column.name
    values = " and ".join(_tested_value(one, value) for value in one.values)
    return f"{column} {_OPERATORS[one.operator]} {values}".rstrip()


def _tested_value(one: Condition, value: object) -> str:
    if isinstance(value, Nested):
        return "the rows that the question excludes" if one.operator in ("in", "not in") else "its average"
    if one.grain == "month of year" and isinstance(value, int):
        return _month(value)
    return repr(value)
