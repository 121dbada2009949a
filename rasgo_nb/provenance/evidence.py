"""What the search for one number goes by: the text, the results, and the rows that its words name."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING, Any

from rasgo_nb.provenance.labels import Labels, Named
from rasgo_nb.provenance.provenance import How, Place
from rasgo_nb.provenance.words import GENERIC, stem, stems

if TYPE_CHECKING:
    import numpy as np

    from rasgo_nb.provenance.numbers import Claim
    from rasgo_nb.provenance.shown import Column, Results, Shown

EXTREME = re.compile(
    r"\b(?:\w{3,}est|most|least|worst|best|top|peak\w*|max\w*|min\w*|first|last|lead\w*|rang\w+|"
    r"between|from|up to|"
    r"latest|earliest|ahead|followed|extreme|record|tops?|bottom|head\w*|trail\w*|only|start\w*|"
    r"end\w*|final\w*)\b",
    re.I,
)
_A_DAY = re.compile(r"(?:[\s*_]+[^\W\d]+){0,2}[\s*_]+(?:(?:per|a|each|every) day|daily)\b", re.I)


@dataclass(frozen=True, slots=True)
class Match:
    """One explanation of a number; the one with the highest ``rank`` is told."""

    how: How
    said: str
    places: tuple[Place, ...] = ()
    rank: float = 0.0
    value: float = float("nan")


@dataclass(slots=True)
class Evidence:
    """All that numbers are searched in; ``until`` is when the search has to end."""

    text: str
    question: str
    claims: list[Claim]
    asked: list[Claim]
    results: Results
    until: float
    labels: dict[int, Labels] = field(default_factory=dict)
    matched: dict[int, Match] = field(default_factory=dict)  # by start of the claim
    misplaced: set[int] = field(default_factory=set)  # starts of numbers that stand in another row
    _named: dict[tuple[int, int], Named] = field(default_factory=dict)

    @property
    def is_late(self) -> bool:
        """Whether the time for the search is over."""
        return perf_counter() > self.until

    def labels_of(self, table: Shown) -> Labels:
        """Where the text names labels of a result."""
        if id(table) not in self.labels:
            self.labels[id(table)] = Labels(self.text, self.claims, table)
        return self.labels[id(table)]

    def named(self, claim: Claim, table: Shown) -> Named:
        """The rows of a result that the number speaks of."""
        key = (claim.start, id(table))
        if key not in self._named:
            self._named[key] = self.labels_of(table).named(claim)
        return self._named[key]

    def around(self, claim: Claim) -> str:
        """The sentence of a number; of a cell its head and the first cells of its row."""
        part = claim.part
        if part.is_cell:
            return f"{part.head} {self.text[part.line_start : part.end]}"
        return self.text[part.start : part.end]

    def words(self, claim: Claim) -> frozenset[str]:
        """The words of a number's sentence, of its column's head for a cell."""
        return stems(claim.part.head if claim.part.is_cell else self.around(claim))

    def words_before(self, claim: Claim) -> frozenset[str]:
        """The words of what stands before a number's sentence."""
        return stems(self.text[max(0, claim.part.start - 300) : claim.part.start])


def counts_labels(claim: Claim, table: Shown) -> bool:
    """Whether a whole number counts what the rows of a result are: "16 carriers"."""
    if not claim.is_whole or claim.unit or not claim.noun:
        return False
    noun = stem(claim.noun)
    measured = {word for one in table.measures for word in one.words}
    return noun not in measured and any(noun in one.words for one in table.labelled)


def place_of(table: Shown, column: Column, row: int) -> Place:
    """Where a value stands."""
    value = ""
    if column.numbers is not None and 0 <= row < len(column.numbers):
        number = float(column.numbers[row])
        is_whole = number.is_integer() and abs(number) < 1e15  # False for NaN and infinity
        value = f"{number:.0f}" if is_whole else repr(number)
    return Place(table.step, table.tool_call_id, column.name, -1 if table.is_text else row, value)


def is_other_noun(claim: Claim, evidence: Evidence, table: Shown, column: Column) -> bool:
    """Whether the word after a whole number says that it counts something else than the column does."""
    if claim.part.is_cell and claim.part.head and not table.is_text:
        head = stems(claim.part.head)
        if not head & column.words - GENERIC and any(head & one.words - GENERIC for one in table.measures):
            return True
    if not claim.is_whole or not claim.noun:
        return False
    noun = stem(claim.noun)
    is_daily = bool(_A_DAY.match(evidence.text[claim.end : claim.end + 40]))
    if is_daily and column.is_whole and table.rows > 1 and not any(one.dates for one in table.columns):
        return "day" not in column.words and "daily" not in column.words
    if is_label(noun, table) and column.words - GENERIC and not column.words & evidence.words(claim):
        return True
    if claim.unit:
        return noun not in column.words and any(noun in one.words for one in table.labelled)
    if noun in column.words or table.is_text:
        return False
    own = column.words - GENERIC
    named = {word for one in table.labelled for word in one.words} | table.words
    others = {word for one in table.measures if one is not column for word in one.words - GENERIC}
    if noun in others and noun not in table.words:
        return bool(own) or not column.is_whole
    if noun in named:
        return not column.is_whole or (bool(own) and not own & evidence.words(claim))
    return False


def is_label(noun: str, table: Shown) -> bool:
    """Whether rows are called so: "five beverages"."""
    return any(noun == stem(label) for one in table.labelled for label in one.labels[:200])


def is_rounded_by_chance(claim: Claim, evidence: Evidence, table: Shown, column: Column) -> bool:
    """Whether a bare whole number would be a fraction rounded, of a column that nothing names.

    Beside a column of counts it is one of these.
    """
    if not claim.is_whole or claim.unit or claim.hedge or column.is_whole or column.is_key:
        return False
    if not any(one.is_whole for one in table.measures):
        return False
    own, before = column.words - GENERIC, evidence.words_before(claim)
    beside = stems(evidence.text[max(claim.part.start, claim.start - 25) : claim.start])
    if beside and not own & beside and any(beside & one.words - GENERIC for one in table.measures):
        return True
    if own & evidence.words(claim):
        return False
    counts = {word for one in table.measures if one.is_whole for word in one.words - GENERIC}
    return not own & before or bool(counts & before)


def is_named_so(claim: Claim, evidence: Evidence, table: Shown, column: Column) -> bool:
    """Whether the words around a number are those of the column's name."""
    words = evidence.words(claim)
    own = column.words - GENERIC
    if own & words:
        return True
    return not own and column.is_whole and bool(table.words & words)


def ends_of(numbers: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Which rows are the first, the last, the highest or the lowest."""
    import numpy as np

    mask = np.zeros(len(numbers), dtype=bool)
    if not len(numbers) or not np.isfinite(numbers).any():
        return mask
    mask[[0, -1]] = True
    mask |= (numbers == np.nanmax(numbers)) | (numbers == np.nanmin(numbers))
    return mask
