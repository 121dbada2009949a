"""Arithmetic of two values, each kind where words ask for it, and the columns that words name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rasgo_nb.provenance.number_words import WORDS
from rasgo_nb.provenance.words import GENERIC

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rasgo_nb.provenance.evidence import Evidence
    from rasgo_nb.provenance.numbers import Claim
    from rasgo_nb.provenance.provenance import Place
    from rasgo_nb.provenance.shown import Column, Shown

SUM = re.compile(
    r"\b(?:total\w*|sum\w*|altogether|all|together|combined|overall|across|in all|account\w*|jointly|"
    r"both|cumulat\w+|alone|whole|entire)\b",
    re.I,
)
_TOGETHER = re.compile(r"\b(?:together|total\w*|combined|sum\w*|both|altogether|jointly|in all)\b", re.I)
MEAN = re.compile(r"\b(?:average\w*|mean|overall|typical\w*|all|across|per)\b", re.I)
MEDIAN = re.compile(r"\bmedian\b", re.I)
GAP = re.compile(
    r"\b(?:differ\w*|gap|(?:the|a) spread|range|more|less|fewer|higher|lower|longer|shorter|greater|"
    r"larger|smaller|rose|risen|fell|"
    r"fallen|grew|grown|growth|declin\w*|drop\w*|increas\w*|decreas\w*|ahead|behind|above|below|up|"
    r"down|chang\w*|gain\w*|los\w*|"
    r"faster|slower|dip\w*|slid\w*|margin|better|worse|later|earlier|points?|swing|climb\w*|jump\w*|shrank|exceed\w*|"
    r"beat\w*|cheaper|hotter|warmer|colder|outnumber\w*|outsell\w*|outsold|lead\w*|trail\w*)\b",
    re.I,
)
_DOWN = re.compile(
    r"\b(?:fell|fallen|drop\w*|declin\w*|decreas\w*|lower|less|fewer|shorter|down|smaller|shrank|"
    r"below|behind|dip\w*|slid\w*)\b",
    re.I,
)
_UP = re.compile(
    r"\b(?:rose|risen|grew|grown|growth|increas\w*|higher|more|longer|up|larger|greater|climb\w*|"
    r"jump\w*|above|ahead|gain\w*)\b",
    re.I,
)
RATIO = re.compile(r"\b(?:ratio|factor|per|for every|fold)\b", re.I)
SHARE = re.compile(
    r"\b(?:of|share|account\w*|represent\w*|make[s]? up|made up|portion|proportion|fraction|"
    r"responsible|contribut\w*|percent\w*|constitut\w*|compris\w*|rate|from|behind|held|hold\w*|took|"
    r"generat\w*|brought)\b|%",
    re.I,
)
REST = re.compile(
    r"\b(?:rest|remain\w*|others?|not|without|on time|remainder|instead|un\w+|none|never)\b", re.I
)
_ANY_COUNT = "|".join(WORDS)
TOP = re.compile(
    r"\b(?:top|first|best|leading|largest|biggest|busiest|highest|most \w+|last|bottom|worst|lowest|smallest)"
    rf"[\s*_]+(?P<n>\d{{1,3}}|{_ANY_COUNT})\b|\b(?P<n2>\d{{1,2}}|{_ANY_COUNT})[\s*_]+"
    r"(?:top|best|leading|largest|biggest|busiest|highest|most|worst|lowest|smallest|\w{3,}est)\b",
    re.I,
)
ABOVE_MEAN = re.compile(
    r"\b(?:above|below|over|under|than|beyond)\s+(?:the\s+)?(?:\w+\s+)?(?:average|mean)\b", re.I
)
ABOVE_END = re.compile(
    r"\b(?:than|behind|ahead of|below|above|over)\s+(?:the\s+)?(?:\w{3,}est|next|best|worst|second|runner)",
    re.I,
)
OF_BOTH = re.compile(
    r"\b(?:average|mean)\s+of\s+(?:the|these|those|both|all)\s+(?:two|three|four|both)\b|\bboth "
    r"average\b|\bbetween them\b",
    re.I,
)
OVER_ALL = re.compile(
    r"\b(?:overall|all|across|altogether|in total|total|whole|entire|combined|every|average (?:of|is|"
    r"was|over))\b",
    re.I,
)
PART_BEFORE = re.compile(
    r"\b(?:share|account\w*|represent\w*|mak(?:es?|ing)[\s*_]+up|portion|hold\w*|held|contribut\w+|"
    r"constitut\w+|"
    r"compris\w+|generat\w+|took|tak(?:es?|ing)|remain\w*|rest|responsible|behind|brings?|brought|"
    r"captur\w+)\b"
    r"|\d\s*(?:[^\W\d]+\s*){0,3}[(,–-][\s*_]*(?:or|about|roughly|i\.e\.)?[\s*_]*$",
    re.I,
)
PART_AFTER = re.compile(r"[\s*_)]*(?:of|share|from)\b", re.I)


@dataclass(frozen=True, slots=True)
class Try:
    """One result of arithmetic. ``chance`` is 0 where the sentence gives all of its parts."""

    value: float
    said: str
    places: tuple[Place, ...]
    chance: int = 1


def of_pair(
    claim: Claim,
    a: float,
    b: float,
    around: str,
    said: str,
    places: tuple[Place, ...],
    *,
    chance: int,
    is_part: bool = True,
) -> Iterator[Try]:
    """Difference, ratio, change and sum of two values, each where the words ask for it."""
    if GAP.search(around) and (not claim.is_percent or claim.unit == "points"):
        scale = 100.0 if claim.unit == "cents" else 1.0
        gaps = _signed(claim, scale * (a - b), scale * (b - a))
        yield from (Try(one, f"difference of {said}", places, chance) for one in gaps)
        for factor in (100.0,) if claim.is_percent else ():
            yield Try(abs(a - b) * factor, f"difference of {said}, in points", places, chance)
    if claim.is_percent and claim.unit != "points":
        if GAP.search(around):
            changes = [100 * (x - y) / abs(y) for x, y in ((b, a), (a, b)) if y]
            yield from (
                Try(one, f"change between {said}", places, chance) for one in _way(claim, changes, around)
            )
        if is_part and SHARE.search(around) and claim.value:
            yield from (
                Try(100 * x / y, f"share, from {said}", places, chance)
                for x, y in ((a, b), (b, a))
                if y and abs(x) <= abs(y)
            )
    if not claim.is_percent and (claim.unit == "times" or RATIO.search(around)):
        yield from (Try(x / y, f"ratio of {said}", places, chance) for x, y in ((a, b), (b, a)) if y)
    if is_part and not claim.is_percent and _TOGETHER.search(around):
        yield Try(a + b, f"sum of {said}", places, chance)
    if OF_BOTH.search(around):
        yield Try((a + b) / 2, f"average of {said}", places, chance)


def _signed(claim: Claim, *values: float) -> list[float]:
    return list(values) if claim.is_negative else [max(values)]


def _way(claim: Claim, changes: list[float], around: str) -> list[float]:
    """Of the changes either way those that fit the words: a rise told as such, a fall without its minus."""
    if claim.is_negative:
        return changes
    falls, rises = [-one for one in changes if one <= 0], [one for one in changes if one >= 0]
    if _DOWN.search(around) and not _UP.search(around):
        return falls
    if _UP.search(around) and not _DOWN.search(around):
        return rises
    return [*rises, *falls]


def columns_wanted(claim: Claim, evidence: Evidence, table: Shown) -> list[Column]:
    """The columns of numbers that the sentence names, or what stands before it; all where none is named."""
    for words in (evidence.words(claim), evidence.words_before(claim)):
        named = [one for one in table.measures if _is_named(one, table, words)]
        if named:
            return [one for one in named if not _counts_things(claim) or one.is_whole][:8]
    shortened = [one for one in table.measures if _is_short_for(one, evidence.words(claim))]
    return [one for one in shortened or table.measures if not _counts_things(claim) or one.is_whole][:8]


def _is_short_for(column: Column, words: frozenset[str]) -> bool:
    """Whether the column's name shortens a word: ``avg_alt`` and "altitude"."""
    own = [one for one in column.words - GENERIC if len(one) >= 3]
    return any(word.startswith(one) for one in own for word in words)


def _is_named(column: Column, table: Shown, words: frozenset[str]) -> bool:
    """Whether words name the column, or what the rows are that it counts."""
    own = column.words - GENERIC
    things = table.words - {word for one in table.labelled for word in one.words}
    return bool(own & words) or (not own and column.is_whole and bool(things & words))


def _counts_things(claim: Claim) -> bool:
    """Whether a whole number stands before a plural, which no fraction can be rounded to."""
    return claim.is_whole and not claim.unit and claim.noun.endswith("s") and len(claim.noun) > 3


def is_mean(column: Column) -> bool:
    """Whether sums of the column say nothing: means, shares, extremes."""
    return bool(
        column.words
        & {"mean", "median", "percent", "share", "rate", "ratio", "minimum", "maximum", "deviation"}
    )
