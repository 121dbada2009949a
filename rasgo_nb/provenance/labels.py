"""Which rows of a result the words around a number name."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from rasgo_nb.provenance.number_words import MONTHS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np

    from rasgo_nb.provenance.numbers import Claim
    from rasgo_nb.provenance.shown import Column, Shown

_TOKEN = re.compile(r"[^\W_]+")
_LONGEST = 8  # words of a label
_LINK = re.compile(
    r"[\s*_`]*(?:(?:%|°[CF]?|[^\W\d]+)[\s*_`]+){0,5}?(?:(?:for|in|at|by|from|of|on|to|per|with|during|"
    r"under)\s+"
    r"(?:(?:the|carrier|airline|month|airport|store|hour|category|product)\s+){0,2}|"
    r"\()[\s*_`\"']*(?:hour |month |day )?$",
    re.I,
)
_JOINT = re.compile(
    r"[\s*_`\"')(]*(?:,|and|&|/|or|to|through|versus|vs\.?|then|,\s*and|–|-)?[\s*_`\"'(]*$", re.I
)
_PREPOSITION = re.compile(r"(?:\bin|\bfor|\bat|\bfrom|\bon|\bby|\bof)\s+(?:the\s+)?[\s*_`\"']*$", re.I)
_DIRECT = re.compile(
    r"[\s*_`\"')]*(?:\(|:|–|-|=|,)?[\s*_]*(?:reach\w+|st(?:and|ood)s? at|averag\w+|has|had|have|"
    r"record\w+|shows?|"
    r"comes? out at|came out at|with|at|is|was|were|of|of just|has just|trails at|sees|saw)?"
    r"[\s*_]*(?:about|just|only|a|an|the)?[\s*_$(]*",
    re.I,
)
_COMPARED = re.compile(
    r"[\s*_]*(?:[^\W\d]+[\s*_]+){0,2}(?:more|less|longer|higher|fewer|lower|shorter|above|below|ahead|"
    r"behind|better|"
    r"worse|larger|smaller|greater|than)\b",
    re.I,
)
_COMMON = frozenset(
    ["the", "and", "new", "total", "all", "other", "flights", "orders", "average", "none", "true", "false"]
)

Hold = Literal["none", "near", "firm"]


@dataclass(frozen=True, slots=True)
class Mention:
    """A label of a column, where the text names it; ``codes`` are its values there."""

    start: int
    end: int
    codes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """The rows that a number's words name.

    ``hold``: firm where its own sentence or row names them, near where one before does. ``group`` has the
    rows of each label where several share the number. ``is_direct`` where the number stands right beside the
    label: "EV (20.0)", "EV had 20.0", "20.0 for EV".
    """

    hold: Hold = "none"
    rows: np.ndarray[Any, Any] | None = None
    group: tuple[np.ndarray[Any, Any], ...] = ()
    is_direct: bool = False


@dataclass(slots=True)
class Labels:
    """Where a text names the labels of a result."""

    text: str
    claims: Sequence[Claim]
    table: Shown
    mentions: list[tuple[Column, list[Mention]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        tokens = [(one[0], one.start(), one.end()) for one in _TOKEN.finditer(self.text)]
        for column in self.table.labelled:
            found = sorted(_mentions(self.text, tokens, self.claims, column), key=lambda one: one.start)
            if found and not self.table.is_text:
                self.mentions.append((column, found))

    def named(self, claim: Claim) -> Named:
        """The rows that a number speaks of."""
        firm, near, group, is_direct = None, None, [], False
        for column, mentions in self.mentions:
            chosen, hold = self._chosen(claim, mentions)
            if not chosen:
                continue
            masks = [_rows(column, one) for one in chosen]
            mask = masks[0]
            for other in masks[1:]:
                mask = mask | other
            if hold == "firm":
                together = mask if firm is None else firm & mask
                firm = together if together.any() else (mask if firm is None else firm)
                if len(masks) > 1:
                    group.append(masks)
                is_direct = (
                    is_direct or self._is_direct(claim, chosen[-1]) or self._is_paired(claim, mentions)
                )
            else:
                near = mask if near is None or not (near & mask).any() else near & mask
        if firm is not None:
            if near is not None and (firm & near).any() and int(firm.sum()) > 1:
                firm = firm & near
            split = max(group, key=len, default=[])
            parts = tuple(one & firm for one in split if (one & firm).any())
            return Named("firm", firm, parts, is_direct and len(parts) < 2)
        return Named("near", near) if near is not None else Named()

    def follow(self, claim: Claim) -> bool:
        """Whether labels are listed right after a number: "the three airports EWR, JFK and LGA"."""
        starts = [one.start for _, mentions in self.mentions for one in mentions if one.start >= claim.end]
        between = self.text[claim.end : min(starts)] if starts else " " * 99
        return len(between) <= 30 and not any(letter.isdigit() for letter in between)

    def _is_paired(self, claim: Claim, mentions: list[Mention]) -> bool:
        part = claim.part
        inside = [one for one in mentions if part.start <= one.start < part.end and not _is_of(one, claim)]
        return not part.is_cell and bool(self._paired(claim, inside))

    def _is_direct(self, claim: Claim, mention: Mention) -> bool:
        if claim.unit == "times":
            return False
        if mention.start >= claim.end:
            return bool(_LINK.fullmatch(self.text[claim.end : mention.start]))
        if _COMPARED.match(self.text[claim.end : claim.end + 40]):
            return False
        return bool(_DIRECT.fullmatch(self.text[mention.end : claim.start]))

    def groups(self, claim: Claim, *, back: int = 0) -> list[np.ndarray[Any, Any]]:
        """The rows of each label that the sentence names, or the paragraph where ``back`` says from where."""
        start = back or claim.part.start
        found: list[np.ndarray[Any, Any]] = []
        for column, mentions in self.mentions:
            inside = [one for one in mentions if start <= one.start < claim.part.end]
            masks = [_rows(column, one) for one in inside]
            distinct: list[np.ndarray[Any, Any]] = []
            for mask in masks:
                if not any((mask == other).all() for other in distinct):
                    distinct.append(mask)
            found = distinct if len(distinct) > len(found) else found
        return found

    def _chosen(self, claim: Claim, mentions: list[Mention]) -> tuple[list[Mention], Hold]:
        part = claim.part
        if part.is_cell:
            return self._of_row(claim, mentions)
        inside = [one for one in mentions if part.start <= one.start < part.end and not _is_of(one, claim)]
        if not inside:
            return self._before(claim, mentions)
        linked = self._linked(claim, inside)
        if linked is not None:
            return [linked], "firm"
        paired = self._paired(claim, inside)
        if paired:
            return paired, "firm"
        before = [one for one in inside if one.end <= claim.start]
        if before:
            return self._run_ending(before, len(before) - 1), "firm"
        return [inside[0]], "firm"

    def _of_row(self, claim: Claim, mentions: list[Mention]) -> tuple[list[Mention], Hold]:
        """In a table: the labels of its row, else of the head of its column."""
        part = claim.part
        row = [one for one in mentions if part.line_start <= one.start < part.line_end]
        row = [one for one in row if not _is_of(one, claim)]
        if row:
            return row[:1], "firm"
        return self._before(claim, mentions) if not part.head else ([], "none")

    def _before(self, claim: Claim, mentions: list[Mention]) -> tuple[list[Mention], Hold]:
        """The last one named before, in the same paragraph or list, or in a heading above it."""
        place = bisect_left([one.start for one in mentions], claim.part.start) - 1
        if place < 0:
            return [], "none"
        last = mentions[place]
        between = self.text[last.end : claim.start]
        if between.count("\n\n") > 1 or len(between) > 400:
            return [], "none"
        return self._run_ending(mentions[: place + 1], place), "near"

    def _linked(self, claim: Claim, inside: list[Mention]) -> Mention | None:
        """The label that follows and that the number is of: "20.0 minutes for EV", "20.0 (EV)"."""
        after = next((one for one in inside if one.start >= claim.end), None)
        if after is None or not _LINK.fullmatch(self.text[claim.end : after.start]):
            return None
        tail = self.text[after.end :]
        is_bracket = self.text[claim.end : after.start].rstrip("*_`\"' ").endswith("(")
        if is_bracket and not re.match(r"[^)\d]*\)", tail):
            return None
        # "In July 20.7, in June 18.1": what follows is of the next number.
        leads = any(one.end <= claim.start for one in inside) and re.match(
            r"[\s*_`:]*(?:\(|it\b|was\b)?\s*\**\d", tail
        )
        return None if leads and not is_bracket else after

    def _paired(self, claim: Claim, inside: list[Mention]) -> list[Mention]:
        """The label of the same place: "EWR, JFK and LGA had 120, 111 and 104 flights"."""
        before = [one for one in inside if one.end <= claim.start]
        if len(before) < 2:
            return []
        run = self._run_ending(before, len(before) - 1)
        if len(run) < 2:
            return []
        numbers = self._numbers_run(claim, run[-1].end)
        return [run[numbers.index(claim)]] if len(numbers) == len(run) else []

    def _numbers_run(self, claim: Claim, start: int) -> list[Claim]:
        """The numbers after there that are listed one after the other, this one among them."""
        listed: list[Claim] = []
        for one in self.claims:
            if one.start < start or one.start >= claim.part.end:
                continue
            if listed and not re.fullmatch(
                r"[\s*_%]*(?:[^\W\d]+[\s*_]*|°[CF]?[\s*_]*){0,2}(?:,|and|&|/|,\s*and|versus|vs\.?|to|against)[\s*_$~]*",
                self.text[listed[-1].end : one.start],
            ):
                if claim in listed:
                    break
                listed = []
            listed.append(one)
        return listed if claim in listed else []

    def _run_ending(self, mentions: Sequence[Mention], last: int) -> list[Mention]:
        """The labels listed together up to that one: "EV and B6", "JFK, LGA and EWR"."""
        run = [mentions[last]]
        for place in range(last - 1, -1, -1):
            between = self.text[mentions[place].end : run[0].start]
            if not between.strip(" *_`\"'()") or not _JOINT.fullmatch(between):
                break
            run.insert(0, mentions[place])
        return run


def _is_of(mention: Mention, claim: Claim) -> bool:
    """Whether the label is the number itself."""
    return mention.start < claim.end and claim.start < mention.end


def _rows(column: Column, mention: Mention) -> np.ndarray[Any, Any]:
    import numpy as np

    if column.codes is not None:
        return np.isin(column.codes, mention.codes)
    assert column.numbers is not None
    return np.isin(column.numbers, mention.codes)


def _mentions(
    text: str, tokens: list[tuple[str, int, int]], claims: Sequence[Claim], column: Column
) -> Iterator[Mention]:
    if column.dates:
        yield from _dates(claims, text, column)
    elif column.codes is not None:
        yield from _texts(text, tokens, column)
    elif column.numbers is not None:
        yield from _keys(text, claims, column)


def _texts(text: str, tokens: list[tuple[str, int, int]], column: Column) -> Iterator[Mention]:
    """Labels in the text; a first word or two that no other label begins with stand for one."""
    whole: dict[tuple[str, ...], list[int]] = defaultdict(list)
    begun: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for code, label in enumerate(column.labels):
        words = tuple(one.casefold() for one in _TOKEN.findall(label))[:_LONGEST]
        if words:
            whole[words].append(code)
            for count in range(1, len(words)):
                begun[words[:count]].append(code)
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
        codes = whole.get(words)
        if codes and _is_meant(text, start, end, column.labels[codes[0]]):
            return Mention(start, end + _tail(text[end : end + 4], column.labels[codes[0]]), tuple(codes))
    return None


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


def is_placed(text: str, mention: Mention) -> bool:
    """Whether a preposition stands before a label."""
    return bool(_PREPOSITION.search(text[max(mention.start - 16, 0) : mention.start]))
