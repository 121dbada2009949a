"""Tables that are one but for a date or year in their names: a search tells them as one."""

from __future__ import annotations

import datetime
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rasgo_nb.connectors.base import TableName

_RUN = re.compile(r"\d+")
# A year and what may follow it: month and day, quarter, or week.
_DATE = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d\d)"
    r"(?:(?P<sign>[_-]?)[mM]?(?P<month>0[1-9]|1[0-2])(?:(?P=sign)[dD]?(?P<day>0[1-9]|[12]\d|3[01])(?P<hour>[01]\d|2[0-3])?)?"
    r"|[_-]?[qQ](?P<quarter>[1-4])|[_-]?[wW](?P<week>[0-5]\d))?(?!\d)"
)
_SHARD = re.compile(r"(?<=[_-])\d{2,}$")  # model_2 and B01001 are tables of their own
_NUMBERED = 4  # tables that differ in such a number alone, from which on they are a family
_LEAST_FILLED = 0.5  # of the numbers from the first to the last: forms 1040 and 1099 are of two kinds
_MARK = "#"


@dataclass(frozen=True, slots=True)
class Family:
    """Tables of the same kind, oldest first."""

    members: tuple[TableName, ...]

    @property
    def newest(self) -> TableName:
        """The one that stands for all."""
        return self.members[-1]

    def __str__(self) -> str:
        first, last = self.members[0].table, self.members[-1].table
        return f"{len(self.members):,} tables, {first} to {last}"

    def meant_by(self, words: Iterable[str]) -> TableName:
        """The newest whose date or number has one of the words; else the newest of all."""
        numbers = [word for word in words if word.isdigit() and len(word) > 1]
        for name in reversed(self.members):
            runs = _RUN.findall(name.table)
            if any(run == number or run.startswith(number) for number in numbers for run in runs):
                return name
        return self.newest


def families_of(names: Iterable[TableName]) -> dict[TableName, Family]:
    """By table the family that it is of; tables of none are left out.

    Two tables of one schema whose names differ in a date alone are a family, or four that end in numbers of
    the same length, one after the other.
    """
    groups: dict[tuple[str, ...], list[tuple[str, TableName]]] = defaultdict(list)
    for name in names:
        kind = kind_of(name.table)
        if kind is not None:
            groups[name.database, name.schema, *kind[:2]].append((kind[2], name))
    found: dict[TableName, Family] = {}
    for (_, _, _, what), members in groups.items():
        if len(members) > 1 and (what == "date" or _are_shards([int(number) for number, _ in members])):
            family = Family(tuple(name for _, name in sorted(members)))
            found.update(dict.fromkeys(family.members, family))
    return found


def kind_of(table: str) -> tuple[str, str, str] | None:
    """The name without its date or number, which of both it was, and that; None for a name with neither.

    The last date counts, and without one the number at the end, where letters are left beside it.
    """
    if not any(map(str.isdigit, table)):
        return None
    dates = [found for found in _DATE.finditer(table) if _is_date(found)]
    if dates:
        return _taken_out(table, dates[-1], "date")
    number = _SHARD.search(table)
    return _taken_out(table, number, "number") if number else None


def _are_shards(numbers: list[int]) -> bool:
    return len(numbers) >= max(_NUMBERED, _LEAST_FILLED * (max(numbers) - min(numbers) + 1))


def _taken_out(table: str, found: re.Match[str], what: str) -> tuple[str, str, str] | None:
    rest = table[: found.start()] + _MARK + table[found.end() :]
    if not any(map(str.isalpha, rest)):
        return None
    # Numbers of the same length alone are of one kind, as are dates that are written alike.
    shape = _RUN.sub(lambda digits: "0" * len(digits[0]), found[0])
    return rest.replace(_MARK, f"{_MARK}{shape}{_MARK}"), what, found[0]


def _is_date(found: re.Match[str]) -> bool:
    if found["day"] is None:
        return True
    try:
        datetime.date(int(found["year"]), int(found["month"]), int(found["day"]))
    except ValueError:
        return False
    return True


def folded(names: Iterable[TableName], families: Mapping[TableName, Family]) -> list[TableName]:
    """Each table once, and the newest for all of a family, in the order in which they come first."""
    return list(dict.fromkeys(families[name].newest if name in families else name for name in names))
