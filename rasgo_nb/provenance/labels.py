"""Which rows of a result the words around a number name."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from rasgo_nb.provenance.mentions import TOKEN, mentions_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from rasgo_nb.provenance.mentions import Mention
    from rasgo_nb.provenance.numbers import Claim
    from rasgo_nb.provenance.shown import Column, Shown

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
_AHEAD = re.compile(
    r"[\s*_]*(?:[^\W\d]+[\s*_]+){0,3}(?:(?:ahead|short|clear|shy|in front)\s+of|than)\b", re.I
)
_VERSUS = re.compile(
    r"(?<![\w-])(?:vs\.?|versus|against|compared\s+(?:to|with)|than|as against)[\s*_$(~]*"
    r"(?:(?:the|only|just|its)\s+)?"
    r"[\s*_$(~]*$",
    re.I,
)
_SPAN = re.compile(r"[\s*_]*(?:to|through|until|till|–|-)[\s*_]*", re.I)

Hold = Literal["none", "near", "firm"]


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
        tokens = [(one[0], one.start(), one.end()) for one in TOKEN.finditer(self.text)]
        for column in self.table.labelled:
            found = sorted(mentions_of(self.text, tokens, self.claims, column), key=lambda one: one.start)
            if found and not self.table.is_text:
                self.mentions.append((column, found))

    def named(self, claim: Claim) -> Named:
        """The rows that a number speaks of."""
        firm, near, group, is_direct = None, None, [], False
        for column, mentions in self.mentions:
            chosen, hold = self._chosen(claim, mentions)
            if not chosen:
                continue
            masks = self._spanned(column, chosen)
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
        if firm is not None and not group and self._is_of_another(claim) and not firm.all():
            return Named("firm", ~firm)
        if firm is not None:
            if near is not None and (firm & near).any() and int(firm.sum()) > 1:
                firm = firm & near
            split = max(group, key=len, default=[])
            parts = tuple(one & firm for one in split if (one & firm).any())
            return Named("firm", firm, parts, is_direct and len(parts) < 2)
        return Named("near", near) if near is not None else Named()

    def _spanned(self, column: Column, chosen: list[Mention]) -> list[np.ndarray[Any, Any]]:
        """The rows of each label; of "June to August" all rows from the first to the last as one."""
        masks = [_rows(column, one) for one in chosen]
        is_span = len(chosen) == 2 and _SPAN.fullmatch(self.text[chosen[0].end : chosen[1].start])
        if not is_span or not (column.dates or column.is_key):
            return masks
        rows = (masks[0] | masks[1]).nonzero()[0]
        span = masks[0].copy()
        if len(rows) == 2:
            span[rows[0] : rows[-1] + 1] = True
            return [span]
        return masks

    def _is_of_another(self, claim: Claim) -> bool:
        """Whether a number is what the named row is compared with: "EV had 20.0 minutes versus 12.1"."""
        part = claim.part
        versus = _VERSUS.search(self.text, max(part.start, claim.start - 24), claim.start)
        if part.is_cell or versus is None:
            return False
        for _, mentions in self.mentions:
            inside = [
                one for one in mentions if part.start <= one.start < part.end and not _is_of(one, claim)
            ]
            is_after = any(one.end > versus.start() for one in inside)
            if is_after or self._linked(claim, inside) or self._paired(claim, inside):
                return False
        return True

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
        shared: list[np.ndarray[Any, Any]] = []  # of columns of which the sentence names but one label
        for column, mentions in self.mentions:
            inside = [one for one in mentions if start <= one.start < claim.part.end]
            masks = [_rows(column, one) for one in inside]
            distinct: list[np.ndarray[Any, Any]] = []
            for mask in masks:
                if not any((mask == other).all() for other in distinct):
                    distinct.append(mask)
            shared += distinct if len(distinct) == 1 else []
            found = distinct if len(distinct) > len(found) else found
        for mask in shared if len(found) > 1 else ():
            found = [one & mask for one in found] if all((one & mask).any() for one in found) else found
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
        head = [one for one in mentions if one.end <= part.line_start and self._is_head(one, part.head)]
        if head:
            return head[-1:], "firm"
        return self._before(claim, mentions) if not part.head else ([], "none")

    def _is_head(self, mention: Mention, head: str) -> bool:
        return self.text[mention.start : mention.end].casefold() == head.strip(" *_`").casefold()

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
        if _AHEAD.match(self.text[claim.end : after.start]):  # a difference, not the label's own
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
