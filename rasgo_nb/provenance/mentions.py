"""Where a text names the labels of one column: whole, by a part that no other label has, as a date or key."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rasgo_nb.provenance.number_words import MONTHS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rasgo_nb.provenance.numbers import Claim
    from rasgo_nb.provenance.shown import Column

TOKEN = re.compile(r"[^\W_]+")
_LONGEST = 8  # words of a label
_COMMON = frozenset(
    ["the", "and", "new", "total", "all", "other", "flights", "orders", "average", "none", "true", "false"]
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A label of a column, where the text names it; ``codes`` are its values there."""

    start: int
    end: int
    codes: tuple[int, ...]


def mentions_of(
    text: str, tokens: list[tuple[str, int, int]], claims: Sequence[Claim], column: Column
) -> Iterator[Mention]:
    """Each place where the text names a label of the column."""
    if column.dates:
        yield from _dates(claims, text, column)
    elif column.codes is not None:
        yield from _texts(text, tokens, column)
    elif column.numbers is not None:
        yield from _keys(text, claims, column)


def _texts(text: str, tokens: list[tuple[str, int, int]], column: Column) -> Iterator[Mention]:
    """Labels in the text; first or last words that no other label begins or ends with stand for one."""
    whole: dict[tuple[str, ...], list[int]] = defaultdict(list)
    begun: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for code, label in enumerate(column.labels):
        words = tuple(one.casefold() for one in TOKEN.findall(label))[:_LONGEST]
        if words:
            whole[words].append(code)
            for count in range(1, len(words)):
                begun[words[:count]].append(code)
                begun[words[count:]].append(code)
    done = 0
    for place, (_, start, _end) in enumerate(tokens):
        if start < done:
            continue
        found = _whole_at(text, tokens, place, whole, column) or _begun_at(text, tokens, place, whole, begun)
        if found is not None:
            yield found
            done = found.end


def _runs(tokens: list[tuple[str, int, int]], place: int) -> Iterator[tuple[tuple[str, ...], int]]:
    """The words from there on, the most of them first, and where they end."""
    for count in range(min(_LONGEST, len(tokens) - place), 0, -1):
        yield tuple(one[0].casefold() for one in tokens[place : place + count]), tokens[place + count - 1][2]


def _whole_at(
    text: str,
    tokens: list[tuple[str, int, int]],
    place: int,
    whole: dict[tuple[str, ...], list[int]],
    column: Column,
) -> Mention | None:
    start = tokens[place][1]
    for words, end in _runs(tokens, place):
        codes = whole.get(words) or whole.get(_one_of(words))
        if codes and _is_meant(text, start, end, column.labels[codes[0]]):
            return Mention(start, end + _tail(text[end : end + 4], column.labels[codes[0]]), tuple(codes))
    return None


def _one_of(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words without their plural: "beverages" of the label "beverage"."""
    last = words[-1]
    return (*words[:-1], last[:-1]) if len(last) > 4 and last.endswith("s") else words


def _begun_at(
    text: str,
    tokens: list[tuple[str, int, int]],
    place: int,
    whole: dict[tuple[str, ...], list[int]],
    begun: dict[tuple[str, ...], list[int]],
) -> Mention | None:
    start = tokens[place][1]
    for words, end in _runs(tokens, place):
        codes = begun.get(words, []) if words not in whole else []
        if len(set(codes)) == 1 and _is_short_form(text[start:end]):
            return Mention(start, end, tuple(codes))
    return None


def _tail(after: str, label: str) -> int:
    """How many signs that end the label also stand in the text: the stop of "Inc."."""
    ends = label[len(label.rstrip(".!?)\"'*")) :]
    return len(ends) if ends and after.startswith(ends) else 0


def _is_meant(text: str, start: int, end: int, label: str) -> bool:
    """Whether a word is the label: codes as they are spelt, so that "as" is not AS."""
    said = text[start:end]
    if label.replace(".", "").replace("-", "").isdigit():
        return False
    if len(label) <= 3:
        is_plain = label in ("A", "I") and text[max(start - 1, 0) : start] not in ("*", "|", "`", "(")
        return said == label and not is_plain
    return said.casefold() not in _COMMON or said == label


def _is_short_form(said: str) -> bool:
    return len(said) >= 4 and said[0].isupper() and said.casefold() not in _COMMON


def _dates(claims: Sequence[Claim], text: str, column: Column) -> Iterator[Mention]:
    """Days, months and years that the text names; a month alone where the column has but one of each."""
    for claim in claims:
        if claim.kind in ("date", "year"):
            codes = [code for code, date in enumerate(column.dates) if _agree(claim.date, date)]
            if codes:
                yield Mention(claim.start, claim.end, tuple(codes))
    for start, end, month in _months(text, claims):
        codes = [code for code, date in enumerate(column.dates) if date[1] == month]
        if codes:
            yield Mention(start, end, tuple(codes))


def _agree(said: tuple[int, int, int], date: tuple[int, int, int]) -> bool:
    return all(one in (0, other) for one, other in zip(said, date, strict=True))


def _months(text: str, claims: Sequence[Claim]) -> Iterator[tuple[int, int, int]]:
    taken = [(one.start, one.end) for one in claims if one.kind == "date"]
    for match in re.finditer(r"\b(?:[A-Z][a-z]{2,8})\b", text):
        month = MONTHS.get(match[0].casefold())
        if month and not any(start <= match.start() < end for start, end in taken):
            yield match.start(), match.end(), month


def _keys(text: str, claims: Sequence[Claim], column: Column) -> Iterator[Mention]:
    """Numbers that name a row: "hour 21", "July" of a month, "Q3", the first cell of a row of a table."""
    assert column.numbers is not None
    values = set(column.numbers[column.numbers == column.numbers].tolist())
    name = column.name.casefold().rsplit("_", 1)[-1]
    if name == "month":
        yield from (
            Mention(start, end, (month,)) for start, end, month in _months(text, claims) if month in values
        )
    for claim in claims:
        place = {"year": 0, "month": 1, "day": 2}.get(name)
        if claim.kind in ("date", "year") and place is not None and claim.date[place] in values:
            yield Mention(claim.start, claim.end, (claim.date[place],))
        elif claim.kind == "time" and name == "hour" and claim.value % 60 == 0 and claim.value / 60 in values:
            yield Mention(claim.start, claim.end, (int(claim.value // 60),))
        elif claim.is_whole and claim.value in values and is_key_said(text, claim, column):
            yield Mention(claim.start, claim.end, (int(claim.value),))
    if name == "quarter":
        for match in re.finditer(r"\bQ([1-4])\b", text):
            yield Mention(match.start(), match.end(), (int(match[1]),))


def is_key_said(text: str, claim: Claim, column: Column) -> bool:
    """Whether a number is said as one of a column of keys: "hour 21", or first in a row of a table."""
    if claim.part.is_cell:
        first = text[claim.part.line_start : claim.start].strip().strip("|*` ")
        head = claim.part.head.casefold()
        return not first or column.name.casefold().rsplit("_", 1)[-1] in head
    name = column.name.casefold().removesuffix("_id").rsplit("_", 1)[-1]
    before = text[max(claim.part.start, claim.start - 24) : claim.start].casefold()
    if re.search(rf"\b{re.escape(name)}s?\s*(?:no\.?|number|id|#|is|was|=|:)*[\s*_`#]*$", before):
        return True
    return bool(re.search(rf"\b{re.escape(name)}s?\b[^.\d]*(?:\d+,?\s*(?:and|to|or|–)\s*)$", before))
