"""The numbers that a Markdown text claims: where each stands, what it is, how exactly it is said."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, replace
from typing import Literal

from rasgo_nb.provenance.number_words import (
    BYTES,
    FRACTIONS,
    MONTHS,
    PERCENT,
    SCALES,
    UNITS,
    WORDS,
)
from rasgo_nb.provenance.text_parts import Part, hidden, parts_of

Kind = Literal["number", "date", "time", "year", "ordinal", "word", "fraction"]
Hedge = Literal["", "about", "over", "under"]


@dataclass(frozen=True, slots=True)
class Claim:
    """One number of a text, from ``start`` to ``end``.

    ``value`` is in the unit of its own words: 12 for "12 %", 1_200_000 for "1.2 M". ``step`` is what one more
    in its last digit would add, ``round_step`` in its last digit that is not 0. ``date`` is (year, month,
    day), 0 for what is not said. ``noun`` is the word that follows, ``part`` the sentence or table cell.
    """

    start: int
    end: int
    text: str
    value: float
    kind: Kind = "number"
    step: float = 1.0
    round_step: float = 1.0
    digits: int = 1  # significant ones
    is_negative: bool = False
    is_percent: bool = False
    unit: str = ""
    hedge: Hedge = ""
    noun: str = ""
    date: tuple[int, int, int] = (0, 0, 0)
    part: Part = Part(0, 0)  # noqa: RUF009 - frozen

    @property
    def is_whole(self) -> bool:
        """Whether it is said as a whole number, without a unit that could be measured."""
        return self.kind in ("number", "word") and self.step == 1 and not self.is_percent


_SPACE = "[ \u00a0\u202f]"
_GROUPED = r"\d{{1,3}}(?:{sep}\d{{3}})+(?!\d)"
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]*"
_DATES = re.compile(
    rf"(?<![\w.])(?:(?P<iso>\d{{4}}-\d\d(?:-\d\d)?)(?:[T ]\d\d:\d\d(?::\d\d)?)?"
    rf"|(?P<m1>{_MONTH})\.?\s+(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?(?![\w%]|[.,:]\d)(?:,?\s+(?P<y1>\d{{4}}))?"
    rf"|(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<m2>{_MONTH})\b\.?(?:\s+(?P<y2>\d{{4}}))?"
    rf"|(?P<m3>{_MONTH})\.?,?\s+(?P<y3>(?:19|20)\d\d))(?![\w])",
    re.I,
)
_TIMES = re.compile(
    r"(?<![\w:.])(?:(?P<h>\d{1,2}):(?P<m>[0-5]\d)(?::(?P<s>[0-5]\d))?(?!\d)(?P<half>\s?[ap]\.?m\b\.?)?"
    r"|(?P<h2>\d{1,2})(?P<half2>\s?[ap]m\b))",
    re.I,
)
_SPANS = re.compile(
    r"(?<![\w.,])(?P<h>\d+)\s?(?:h|hrs?|hours?)(?:\s|,|\sand\s)\s*(?P<m>\d{1,2})\s?(?:m|min|mins|minutes?)\b"
    r"|(?<![\w.,])(?P<m3>\d+)\s?(?:m|min|mins|minutes?)(?:\s|,|\sand\s)\s*(?P<s3>\d{1,2})\s?"
    r"(?:s|sec|secs|seconds?)\b"
    r"|(?<![\w.,])(?P<h2>\d+)h\s?(?P<m2>\d{1,2})(?:m|min)?\b",
    re.I,
)
_WORDS = re.compile(
    rf"\b(?:{'|'.join(sorted((*WORDS, *FRACTIONS), key=len, reverse=True))})\b(?![-/]\w)", re.I
)
_RANKS = ("second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_RANK = "|".join(_RANKS)
_ORDINALS = re.compile(
    r"(?<![\w.,])(\d+)(?:st|nd|rd|th)\b"
    rf"|\b(?:rank\w*|com(?:es|ing)|came|plac(?:es|ed)|finish\w*)[\s*_]+(?:in[\s*_]+)?(?:the[\s*_]+)?(?P<rank>{_RANK})\b"
    rf"|\b(?P<place>{_RANK})(?=[\s*_]+(?:place|rank)\b|[\s-](?:most|least|(?:larg|bigg|busi|high|low|small|old|long|fast|slow)\w*est)\b)",
    re.I,
)
_HAVE_BEYOND = re.compile(
    r"\s+(?:of (?:them|these|those)|have|had|exceed\w*|are|were)\b[^.;,\n]*?\b"
    r"(?:above|over|below|under|exceed\w*|"
    r"(?:more|less|fewer|later|longer) than|at least|at most)\b",
    re.I,
)
_UNIT = re.compile(
    rf"{_SPACE}?(?P<word>%-points|%|per\s?cent(?:age points?)?|percentage points?|pct\b|pp\b"
    rf"|(?:thousand|millions?|billions?|trillions?|mn|bn|mio)\b)|(?P<close>k|K|M|MM|B|T|m)(?![\w])"
    r"|[ \u00a0\u202f](?P<apart>M|MM|B|T)(?![\w])"
)
_BYTES = re.compile(rf"{_SPACE}?({'|'.join(sorted(BYTES, key=len, reverse=True))})\b", re.I)
_NOUN = re.compile(r"(?:[\s*_~)-]|\u00a0|\u202f)*(?:×|([°]?[^\W\d_][\w'\u2019]*|°))")
_OVER = re.compile(
    r"(?:more than|over|above|exceed(?:s|ed|ing)?|at least|upwards of|just over|well over|greater than)"
    r"[\s*_$€£~]*$",
    re.I,
)
_UNDER = re.compile(
    r"(?:less than|fewer than|under|below|nearly|almost|just under|not quite|up to|at most)[\s*_$€£]*$", re.I
)
_ABOUT = re.compile(
    r"(?:\babout|roughly|around|approximately|approx\.?|some|circa|ca\.|close to|nearly|or so|~|≈|"
    r"\u223c)[\s*_$€£]*$",
    re.I,
)
_YEAR_AFTER = re.compile(
    r"(?:\b(?:in|of|since|from|during|to|until|till|by|year|and|for|between|before|after|through|"
    r"early|late|mid|"
    r"[–—-])|[–—(-])[\s*_]*$",
    re.I,
)
_MONEY = "$€£¥"


def claims_in(text: str) -> list[Claim]:
    """Every number that the text claims, in order; none of them overlap.

    Left out are list markers, headings, code, addresses, versions, names of steps and names that hold digits.
    """
    open_text = hidden(text)
    found: list[Claim] = []
    taken = bytearray(len(text))
    for pattern, read in ((_DATES, _date), (_SPANS, _span), (_TIMES, _time), (_ORDINALS, _ordinal)):
        for match in pattern.finditer(open_text):
            claim = None if any(taken[match.start() : match.end()]) else read(match)
            if claim is not None:
                found.append(claim)
                taken[claim.start : claim.end] = b"\1" * (claim.end - claim.start)
    comma = _is_decimal_comma(open_text)
    for match in _plain(comma=comma).finditer(open_text):
        if not any(taken[match.start() : match.end()]) and _stands_alone(open_text, match):
            claim = _number(open_text, match, comma=comma)
            found.append(claim)
            taken[claim.start : claim.end] = b"\1" * (claim.end - claim.start)
    for match in _WORDS.finditer(open_text):
        claim = None if any(taken[match.start() : match.end()]) else _word(open_text, match)
        if claim is not None:
            found.append(claim)
    return _placed(text, open_text, sorted(found, key=lambda one: one.start))


def _placed(text: str, open_text: str, found: list[Claim]) -> list[Claim]:
    """The claims with the part of the text that each stands in, and the words beside it."""
    parts = parts_of(text)
    starts = [part.start for part in parts]
    placed = []
    for claim in found:
        part = parts[max(bisect_right(starts, claim.start) - 1, 0)] if parts else Part(0, len(text))
        claim = replace(claim, part=part, text=text[claim.start : claim.end])
        before = open_text[max(part.start, claim.start - 30) : claim.start]
        placed.append(_with_words(claim, before, open_text[claim.end : part.end]))
    return [_in_cell(claim, text) for claim in placed]


def _with_words(claim: Claim, before: str, after: str) -> Claim:
    match = _NOUN.match(after)
    word = (match[1] or "times") if match else ""
    if match and after[: match.start(1)].strip(" *_\u00a0\u202f-") == ")":
        word = ""
    unit = claim.unit or UNITS.get(word.casefold(), "")
    if claim.kind in ("date", "year", "time"):
        unit = claim.unit
    hedge: Hedge = "over" if _OVER.search(before) else "under" if _UNDER.search(before) else ""
    hedge = "about" if not hedge and _ABOUT.search(before) else hedge
    return replace(claim, noun=word.casefold().removesuffix("'s"), unit=unit, hedge=hedge)


def _in_cell(claim: Claim, text: str) -> Claim:
    """What the head of a Markdown table says of its cells, and (5) for -5 there."""
    part = claim.part
    if not part.is_cell or claim.kind != "number":
        return claim
    if "%" in part.head and not claim.is_percent:
        claim = replace(claim, is_percent=True)
    if re.search(r"percent|\bpct\b", part.head, re.I):
        claim = replace(claim, is_percent=True)
    if not claim.unit:
        words = re.findall(r"[a-z°]+", part.head.casefold())
        claim = replace(claim, unit=next((UNITS[word] for word in words if word in UNITS), ""))
    if re.fullmatch(rf"\|\s*\([{_MONEY}]?[\d.,]+\s?%?\)\s*", text[part.start : part.end]):
        return replace(claim, value=-claim.value, is_negative=True)
    return claim


def _is_decimal_comma(text: str) -> bool:
    """Whether the text writes 1.234,5, by what its own numbers look like."""
    comma = len(re.findall(r"(?<![\d.,])\d{1,3}(?:\.\d{3})*,(?:\d{1,2}|\d{4,})(?![\d,])", text))
    comma += len(re.findall(r"(?<![\d.,])\d{1,3}(?:\.\d{3}){2,}(?![\d.])", text))
    point = len(re.findall(r"(?<![\d.,])\d{1,3}(?:,\d{3})*\.(?:\d{1,2}|\d{4,})(?![\d.])", text))
    point += len(re.findall(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])", text))
    return comma > point


def _plain(*, comma: bool) -> re.Pattern[str]:
    sep, sign = (r"[.\u00a0\u202f'\u2019]", ",") if comma else (r"[,\u00a0\u202f'\u2019]", r"\.")
    whole = f"(?:{_GROUPED.format(sep=sep)}|{_GROUPED.format(sep=' ')}|\\d+)"
    return re.compile(
        rf"(?P<sign>(?<![\w\d)\]])(?:[-–+]|[\u2212±]{_SPACE}?))?(?P<money>[{_MONEY}]{_SPACE}?(?P<sign2>[-\u2212])?)?"
        rf"(?P<number>(?:{whole}(?:{sign}\d+)?|(?<![\d]){sign}\d+)(?:[eE][+-]?\d{{1,3}}(?![\w]))?)"
    )


def _stands_alone(text: str, match: re.Match[str]) -> bool:
    """Whether it is a number by itself: not of a name, version or id such as N14228, 1.2.3 or B-52."""
    end = match.end("number")
    before, after = text[max(match.start() - 1, 0) : match.start()], text[end : end + 1]
    if before.isalnum() or before in {"_", "#", "\\", "@", "&"} or (before == "." and match.start() > 1):
        return False
    if before in {".", "/", ",", ":"} and text[max(match.start() - 2, 0) : match.start() - 1].isdigit():
        return False
    if match["sign"] and text[max(match.start() - 1, 0) : match.start()].isalnum():
        return False
    tail = text[end : end + 12]
    if re.match(r"[.,:]\d", tail):
        return False
    if re.match(r"-?(?:minute|hour|mile|percent|point|second|kilomet|dollar|cent|degree)", tail):
        return True
    if re.match(r"-[^\W\d]", tail) or (re.match(r"/\d", tail) and "e" in match["number"]):
        return False
    if (after.isalpha() or after == "_") and not re.match(
        r"(?:[kKMBTmxsh]|bn|mn|ms|min|km|[kKMGT]i?B|pp|pct)(?![\w])", tail
    ):
        return False
    return not _is_of_name(text, match.start(), tail)


def _is_of_name(text: str, start: int, tail: str) -> bool:
    """Boeing 737-800, the second half of it too; T-100."""
    before = text[max(start - 24, 0) : start]
    if re.match(r"-\d+\b", tail) and re.search(r"[A-Z]\w+\s*$", before):
        return True
    return bool(re.search(r"[A-Za-z]-$|[A-Z]\w+\s+\d+-$", before))


def _number(text: str, match: re.Match[str], *, comma: bool) -> Claim:
    raw = match["number"]
    value, step = _read(raw, comma=comma)
    start, end = match.start(), match.end()
    sign = (match["sign"] or "").strip() or (match["sign2"] or "")
    is_negative = sign in ("-", "\u2212") or (sign == "–" and text[start - 1 : start] in ("", " ", "(", "|"))
    if sign and not is_negative:
        start = match.start("money") if match["money"] else match.start("number")
    claim = Claim(start, end, "", value, unit="money" if match["money"] else "")
    if re.fullmatch(r"(?:19|20)\d\d", raw) and _is_year(text, start, end):
        return replace(claim, kind="year", date=(int(raw), 0, 0), digits=4)
    scale, is_percent, unit, end = _scale(text, end)
    value, step = value * scale, step * scale
    return replace(
        claim,
        end=end,
        value=-value if is_negative else value,
        step=step,
        round_step=_round_step(raw, step),
        digits=len(re.sub(r"\D", "", re.split("[eE]", raw)[0]).lstrip("0")) or 1,
        is_negative=is_negative,
        is_percent=is_percent,
        unit=unit or claim.unit,
    )


def _read(raw: str, *, comma: bool) -> tuple[float, float]:
    """The value, and what one more in its last digit adds."""
    mantissa, _, exponent = raw.replace("E", "e").partition("e")
    plain = re.sub(r"[\s'\u2019.]" if comma else r"[\s'\u2019,]", "", mantissa)
    plain = plain.replace(",", ".")
    decimals = len(plain.partition(".")[2])
    power = max(-300, min(300, int(exponent or 0)))
    value = min(float(plain), 1e300)
    return min(value * 10.0**power, 1e300), 10.0 ** (power - min(decimals, 300))


def _round_step(raw: str, step: float) -> float:
    digits = re.sub(r"\D", "", re.split("[eE]", raw)[0])
    if "." in raw and not re.fullmatch(r"[\d.]*\.\d{3}", raw):
        return step
    zeros = len(digits) - len(digits.rstrip("0")) if digits.strip("0") else 0
    return step * 10.0 ** min(zeros, 200)


def _scale(text: str, end: int) -> tuple[float, bool, str, int]:
    """What a number is multiplied by, whether it is a percentage, its unit, and where it ends then."""
    if size := _BYTES.match(text, end):
        return BYTES[size[1].casefold()], False, "bytes", size.end()
    match = _UNIT.match(text, end)
    if match is None:
        return 1.0, False, "", end
    word = " ".join((match["word"] or match["close"] or match["apart"]).casefold().split())
    if word in PERCENT:
        return 1.0, True, "points" if "point" in word or word == "pp" else "", match.end()
    if match["close"] == "m":  # metres, minutes
        return (1e6 if re.match(r"m\b", text[end:]) and text[end - 1].isdigit() else 1.0), False, "", end + 1
    return SCALES.get(word, 1.0), False, "", match.end()


def _is_year(text: str, start: int, end: int) -> bool:
    tail = text[end : end + 14].lstrip("*_ ").casefold()
    if re.match(
        r"%|percent|thousand|million|billion|(?:flights|orders|rows|customers|minutes|miles)\b", tail
    ):
        return False
    cell = text[text.rfind("\n", 0, start) + 1 : start]
    return bool(_YEAR_AFTER.search(text[max(start - 12, 0) : start])) or (
        (cell.lstrip().startswith("|") or not cell.strip(" >*_-+")) and text[end : end + 1] not in {".", ","}
    )


def _date(match: re.Match[str]) -> Claim | None:
    if match["iso"]:
        year, month, *day = (int(one) for one in match["iso"].split("-"))
        date = (year, month, day[0] if day else 0)
        end = match.end("iso")
    else:
        name = (match["m1"] or match["m2"] or match["m3"]).casefold().rstrip(".")
        month = MONTHS.get(name, 0)
        if not month:
            return None
        date = (
            int(match["y1"] or match["y2"] or match["y3"] or 0),
            month,
            int(match["d1"] or match["d2"] or 0),
        )
        end = match.end()
    if not 1 <= date[1] <= 12 or date[2] > 31:
        return None
    return Claim(match.start(), end, "", float(date[0] * 10_000 + date[1] * 100 + date[2]), "date", date=date)


def _time(match: re.Match[str]) -> Claim | None:
    hours, minutes = int(match["h"] or match["h2"]), int(match["m"] or 0)
    half = (match["half"] or match["half2"] or "").strip().casefold()
    if half and hours <= 12:
        hours = hours % 12 + (12 if half[0] == "p" else 0)
    return Claim(match.start(), match.end(), "", hours * 60.0 + minutes, "time", digits=4)


def _span(match: re.Match[str]) -> Claim | None:
    if match["m3"]:
        value = int(match["m3"]) + int(match["s3"]) / 60
        return Claim(*match.span(), "", value, unit="minutes", step=1 / 60, round_step=1 / 60, digits=3)
    hours, minutes = int(match["h"] or match["h2"]), int(match["m"] or match["m2"])
    if minutes > 59 or hours > 100_000:
        return None
    return Claim(match.start(), match.end(), "", hours * 60.0 + minutes, unit="minutes", digits=3)


def _ordinal(match: re.Match[str]) -> Claim | None:
    if match[1] is None:
        start, end = match.span("rank") if match["rank"] else match.span("place")
        return Claim(
            start, end, "", float(_RANKS.index((match["rank"] or match["place"]).casefold()) + 2), "ordinal"
        )
    return Claim(match.start(), match.end(), "", min(float(match[1]), 1e300), "ordinal")


def _word(text: str, match: re.Match[str]) -> Claim | None:
    """A word that counts something, or a share of something: "half of", not "half an hour"."""
    word = " ".join(match[0].casefold().split())
    tail = text[match.end() : match.end() + 20]
    if word in FRACTIONS:
        if not re.match(r"\s+(?:of|the|all)\b", tail):
            return None
        return Claim(
            match.start(), match.end(), "", 100 * FRACTIONS[word], "fraction", step=2.0, is_percent=True
        )
    if _HAVE_BEYOND.match(tail_of := text[match.end() : match.end() + 90]) and "\n" not in tail_of[:12]:
        return Claim(match.start(), match.end(), "", float(WORDS[word]), "word", digits=len(str(WORDS[word])))
    if not re.match(r"\s+(?:of\b|[a-z]+(?:-[a-z]+)?s\b|[a-z]+ [a-z]+s\b)", tail):
        return None
    if re.match(r"\s+(?:of them|is|was|has|as|others?|ways|sides)\b", tail):
        return None
    return Claim(match.start(), match.end(), "", float(WORDS[word]), "word", digits=len(str(WORDS[word])))
