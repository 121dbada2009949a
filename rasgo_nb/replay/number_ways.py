"""How a number of a text was made of values: rounded, in another unit, a sum, a difference, a share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import product
from statistics import fmean, median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Way = tuple[str, Callable[["Parts"], float]]  # named as it is told to a person

_WRITTEN = re.compile(
    r"(?P<sign>[-\u2212\u2013]?)(?P<number>\d[\d,\u202f\u00a0 ' ]*(?:\.\d+)?|\.\d+)(?P<rest>.*)", re.S
)
_UNITS = (1.0, 100.0, 1e-3, 1e-6, 1e-9, 1e-12, 1 / 60, 60.0, 1 / 3600, 3600.0, 1 / 24, 24.0, 0.01, 1e3)
_SCALES = (*_UNITS, *(-unit for unit in _UNITS))  # "fell by 5" says it of -5


@dataclass(frozen=True, slots=True)
class Written:
    """A number as a text has it: what it is, how many decimals, and what stands around its digits."""

    value: float
    decimals: int
    has_groups: bool
    before: str
    after: str

    def with_value(self, value: float) -> str:
        """The text with another number, written alike."""
        groups = "," if self.has_groups or abs(value) >= 10_000 else ""
        digits = f"{abs(value):{groups}.{self.decimals}f}"
        sign = "-" if value < 0 and float(digits.replace(",", "")) else ""
        return f"{self.before}{sign}{digits}{self.after}"

    def fits(self, value: float) -> bool:
        """Whether the value, rounded as the text is, is the text's number."""
        return abs(value - self.value) <= 0.5000001 * 10.0**-self.decimals


@dataclass(frozen=True, slots=True)
class Parts:
    """What a number may be made of: values, the whole column that the first stands in, and how many
    different values each column of its frame has."""

    values: tuple[float, ...]
    column: tuple[float, ...] = ()
    counts: tuple[float, ...] = ()


def written_number(text: str) -> Written | None:
    """The first number of a text; None where it has none."""
    found = _WRITTEN.search(text)
    if found is None:
        return None
    digits = re.sub(r"[^\d.]", "", found["number"])
    try:
        value = float(digits)
    except ValueError:
        return None
    decimals = len(digits.partition(".")[2])
    has_groups = bool(re.search(r"\d\D\d{3}", found["number"].partition(".")[0]))
    trailing = found["number"][len(found["number"].rstrip()) :]
    before = text[: found.start()]
    return Written(-value if found["sign"] else value, decimals, has_groups, before, trailing + found["rest"])


def way_of(written: Written, old: Parts, said: str = "") -> Callable[[Parts], float] | None:
    """How the number was made then, to make today's alike; None where no way gives it.

    Ways that a word of ``said`` names come first, then the simplest.
    """
    ways = list(_ways(old))
    named = [make for name, make in ways if name in said.casefold()]
    tries = [*product(_SCALES, named), *product(_SCALES, (make for _, make in ways))]
    for scale, make in tries:
        try:
            if written.fits(make(old) * scale):
                return lambda new, make=make, scale=scale: make(new) * scale  # type: ignore[misc]
        except (ArithmeticError, IndexError):
            continue
    return None


def _ways(old: Parts) -> Iterator[Way]:
    yield from _of_values(len(old.values))
    if old.column:
        yield from _of_column(bool(old.values))
    for place in range(len(old.counts)):
        yield "different", lambda one, place=place: one.counts[place]  # type: ignore[misc]


def _of_values(count: int) -> Iterator[Way]:
    if count:
        yield "value", lambda one: one.values[0]
    if count > 1:
        yield "sum", lambda one: sum(one.values)
        yield "difference", lambda one: one.values[0] - one.values[1]
        yield "ratio", lambda one: one.values[0] / one.values[1]
        yield "change", lambda one: (one.values[0] - one.values[1]) / one.values[1]
        yield "ratio", lambda one: one.values[1] / one.values[0]
        yield "change", lambda one: (one.values[1] - one.values[0]) / one.values[0]
        yield "share", lambda one: one.values[0] / sum(one.values)
        yield "mean", lambda one: fmean(one.values)


def _of_column(has_values: bool) -> Iterator[Way]:
    yield "sum", lambda one: sum(one.column)
    yield "mean", lambda one: fmean(one.column)
    yield "median", lambda one: median(one.column)
    yield "range", lambda one: max(one.column) - min(one.column)
    yield "max", lambda one: max(one.column)
    yield "min", lambda one: min(one.column)
    if has_values:
        yield "share", lambda one: sum(one.values) / sum(one.column)
        yield "share", lambda one: 1 - sum(one.values) / sum(one.column)
        yield "mean", lambda one: one.values[0] - fmean(one.column)
        yield "mean", lambda one: one.values[0] / fmean(one.column)
