"""Marks of what an answer says: its numbers and its words."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from rasgo_nb.evals.score import Score

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

USUAL_TOLERANCE = 0.005
_SCALES = {
    **dict.fromkeys(("k", "thousand", "tsd"), 1e3),
    **dict.fromkeys(("m", "mn", "mio", "million", "millions"), 1e6),
    **dict.fromkeys(("b", "bn", "mrd", "billion", "billions"), 1e9),
    **dict.fromkeys(("trillion", "trillions", "tn"), 1e12),
}
_PERCENT = ("%", "percent", "per cent", "pct", "percentage points")
_NUMBER = re.compile(
    r"(?<![\w.,])(?P<sign>[-+\u2212]?)[$€£¥]?(?P<digits>"
    r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?:[ '\u2019\u00a0\u2009\u202f_]\d{3})+(?:[.,]\d+)?"
    r"|\d{1,3}(?:\.\d{3})+,\d+|\d+,\d{1,2}(?!\d)|\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|\.\d+)"
    r"(?P<scale>[ \u00a0]?(?:percentage points|per cent|percent|pct|%|"
    r"(?:thousand|tsd|millions?|mio|mn|billions?|bn|mrd|trillions?|tn|[kKmMbB])(?![\w])))?(?!\w)",
)
_WORDS = (
    *("zero", "one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)
_NUMBER_WORD = re.compile(rf"(?<!\w)({'|'.join(_WORDS)})(?!\w)", re.I)
_SEPARATOR = re.compile(r"(?<=\d)[,'\u2019 \u00a0\u2009\u202f_](?=\d{3}(?!\d))")
_CANNOT = re.compile(
    r"(?i)\b(can('|no|)t|can not|could( not|n't)|unable|impossible|not possible|refuse|decline|won't|will not"
    r"|no (table|column|data|information|record|such|way)s?\b|(does|do|did|is|are)( not|n't) "
    r"(hold|have|contain|include|recorded|available|known|in the|part of|answerable|tell|say|store|track"
    r"|record|cover)"
    r"|not (recorded|available|known|stored|tracked|in the data|answerable)|beyond|only read|read-only"
    r"|do(n't| not) know|nothing (in|about|on)|not able to|(is|are)(n't| not) any|lacks? (a|an|any|the|such)"
    r"|not (allowed|permitted)|outside (of )?(the|this|these|what)|out of scope"
    r"|none of the (tables|columns|data)"
    r"|missing from (the|this|these)|insufficient (data|information)|not enough (data|information))"
)
_BUT = re.compile(r"(?i)\b(?:but|however|still|though|although)\b")
_MOST_CLAIMED = 4  # numbers in the sentence that answers
_MOST_ITEMS = 2  # lines of a list, of which each may still be an answer
_MOST_BOLD = 2
_ITEM = re.compile(r"\s*(?:[-*\u2022+]\s|\||\d{1,3}[.)]\s)")
_BOLD = re.compile(r"(?:\*\*|__)(.+?)(?:\*\*|__)")
_ONE = r"[-+]?[$€£¥]?\d[\d.,]*(?<![.,])(?: ?%)?"
_DENIED = re.compile(rf"(?i)(?:\bnot|n't|\brather than|\binstead of) (?:be )?(?:exactly |just )?{_ONE}")
_EITHER = re.compile(rf"(?i){_ONE} or {_ONE}")
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")


def numbers_in(text: str) -> list[tuple[float, ...]]:
    """The numbers of a text, each with all that it may mean: ``12 %`` is 12 and 0.12.

    Thousands may be separated by commas, blanks, apostrophes or, before a comma, dots. Numbers inside words,
    such as ``Q3``, are none.
    """
    text = re.sub(r"[*`]+", "", text)
    found = [(match.start(), _meant(match)) for match in _NUMBER.finditer(text)]
    found += [
        (match.start(), (float(_WORDS.index(match[1].casefold())),)) for match in _NUMBER_WORD.finditer(text)
    ]
    return [meant for _, meant in sorted(found)]


def _meant(match: re.Match[str]) -> tuple[float, ...]:
    digits, scale = match["digits"], (match["scale"] or "").strip().casefold()
    if re.fullmatch(r"\d{1,3}(\.\d{3})+,\d+", digits):
        digits = digits.replace(".", "").replace(",", ".")
    elif re.fullmatch(r"\d+,\d{1,2}", digits) or re.search(
        r"[ '\u2019\u00a0\u2009\u202f_]\d{3},\d+$", digits
    ):
        digits = digits.replace(",", ".")
    value = float(re.sub(r"[, '\u2019\u00a0\u2009\u202f_]", "", digits))
    value = -value if match["sign"] in ("-", "\u2212") and match["sign"] else value
    if scale in _PERCENT:
        return (value, value / 100)
    return (value * _SCALES[scale],) if scale in _SCALES else (value,)


def number_close(said: object, wanted: float, *, tolerance: float = USUAL_TOLERANCE, unit: str = "") -> Score:
    """1 where a number, or a text that is nothing but a number, is the wanted one.

    ``tolerance`` is relative; of a wanted 0 it is absolute. A percentage is its share too. Where a ``unit``
    stands in the text it must be this one.
    """
    if isinstance(said, str):
        found = numbers_in(said)
        if len(found) != 1:
            return Score(0.0, f"{len(found)} numbers in {said[:80]!r} instead of one")
        return number_in_text(said, wanted, tolerance=tolerance, unit=unit)
    try:
        value = float(said)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return Score(0.0, f"{type(said).__name__} is no number")
    if _near(value, float(wanted), tolerance):
        return Score(1.0, f"{_told(value)} is {_told(float(wanted))} within {tolerance:.2%}")
    return Score(0.0, f"{_told(value)} instead of {_told(float(wanted))}")


def number_in_text(
    text: str, wanted: float, *, tolerance: float = USUAL_TOLERANCE, unit: str = "", question: str = ""
) -> Score:
    """1 where the text claims the wanted number, and names the unit.

    What ``claimed`` leaves out is no claim: a number that is right by chance, as one of a long list.
    """
    found = numbers_in(text)
    near = [meant for meant in found if any(_near(value, float(wanted), tolerance) for value in meant)]
    if near:
        asked = {value for meant in numbers_in(question) for value in meant}
        asked = {value for value in asked if not _near(value, float(wanted), tolerance)}
        claims = [
            meant for meant in claimed(text, asked) if any(_near(v, float(wanted), tolerance) for v in meant)
        ]
        if not claims:
            return Score(0.0, f"{_told(float(wanted))} is said among others, and not as the answer")
    if near and unit and not _names(text, unit):
        return Score(0.0, f"{_told(float(wanted))} is said, its unit {unit!r} is not")
    if near:
        return Score(1.0, f"{_told(near[0][0])} is said")
    said = ", ".join(_told(meant[0]) for meant in found[:6])
    return Score(0.0, f"{_told(float(wanted))} is not among the numbers said: {said or 'there are none'}")


def claimed(text: str, asked: Collection[float] = ()) -> list[tuple[float, ...]]:
    """The numbers that a text gives as its answer; none of those ``asked``, which the question holds.

    They stand in the first or the last sentence that has numbers of its own, or in bold; lists and tables of
    more than two lines are left out, and so are sentences of many numbers, what is denied, and alternatives.
    """
    sentences = [one for one in _SENTENCE.split(text) if one.strip()]
    listed = [one for one in sentences if _ITEM.match(one) and _own(one, asked)]
    if len(listed) > _MOST_ITEMS:
        sentences = [one for one in sentences if one not in listed]
    bold = [one for sentence in sentences for one in _BOLD.findall(sentence) if _own(one, asked)]
    stating = [one for one in sentences if _own(one, asked)]
    said = [*stating[:1], *stating[-1:], *(bold if len(bold) <= _MOST_BOLD else ())]
    return [meant for one in dict.fromkeys(said) for meant in _claims_of(one, asked)]


def _claims_of(sentence: str, asked: Collection[float]) -> list[tuple[float, ...]]:
    plain = _DENIED.sub(" ", _EITHER.sub(" ", re.sub(r"[*`]+", "", sentence)))
    own = _own(plain, asked)
    return own if len({meant for meant in own if not _is_aside(meant[0])}) <= _MOST_CLAIMED else []


def _own(text: str, asked: Collection[float]) -> list[tuple[float, ...]]:
    return [meant for meant in numbers_in(text) if not any(value in asked for value in meant)]


def contains(text: str, words: str | Iterable[str]) -> Score:
    """1 where a text says all of the words; case, accents and separators of thousands count for nothing.

    Words are whole: ``art`` is not in ``party``, ``12`` neither in ``112`` nor in ``12.5``.
    """
    lost = [word for word in _listed(words) if not _holds(text, word)]
    return (
        Score(0.0, f"it does not say {_quoted(lost)}") if lost else Score(1.0, "it says all that is wanted")
    )


def lacks(text: str, words: str | Iterable[str]) -> Score:
    """1 where a text says none of the words, told as by ``contains``."""
    said = [word for word in _listed(words) if _holds(text, word)]
    return Score(0.0, f"it says {_quoted(said)}") if said else Score(1.0, "it says nothing that it must not")


def is_refusal(text: str, question: str = "") -> Score:
    """1 where a text says that there is no answer, and gives none.

    A text that goes on to a number which is neither in the question nor a year is an answer.
    """
    sentences = [sentence for sentence in _SENTENCE.split(text) if sentence.strip()]
    if not any(_CANNOT.search(sentence) for sentence in sentences[:3]):
        return Score(0.0, "it does not say that there is no answer")
    asked = {value for meant in numbers_in(question) for value in meant}
    for sentence in sentences:
        for said in numbers_in(_BUT.split(sentence)[-1] if _CANNOT.search(sentence) else sentence):
            if not (
                asked.intersection(said) or _is_aside(said[0]) or _CANNOT.search(_BUT.split(sentence)[-1])
            ):
                return Score(0.0, f"it gives {_told(said[0])} all the same")
    return Score(1.0, "it says why there is no answer")


def _is_aside(number: float) -> bool:
    """Whether a number is a year, or "one", as a refusal may say it."""
    return number.is_integer() and (1900 <= number <= 2100 or number in (0, 1))


def _near(said: float, wanted: float, tolerance: float) -> bool:
    if said != said or wanted != wanted:  # NaN
        return False
    return said == wanted or abs(said - wanted) <= tolerance * (abs(wanted) or 1.0) * (1 + 1e-9)


def _told(value: float) -> str:
    return f"{value:,.0f}" if value.is_integer() and abs(value) < 1e15 else f"{value:,.6g}"


def _names(text: str, unit: str) -> bool:
    folded = _folded(text)
    if _folded(unit) in _PERCENT:
        return any(name in folded for name in _PERCENT)
    return _folded(unit) in folded


def _listed(words: str | Iterable[str]) -> Sequence[str]:
    return [words] if isinstance(words, str) else list(words)


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.replace("\u2212", "-"))
    kept = "".join(one for one in plain if not unicodedata.combining(one)).casefold()
    return _SEPARATOR.sub("", " ".join(re.sub(r"[*`]+", "", kept).split()))


def _holds(text: str, word: str) -> bool:
    folded = _folded(word)
    before = r"(?<![\w])(?<!\d[.,])" if folded[:1].isalnum() else ""
    after = r"(?!\w)(?![.,]\d)" if folded[-1:].isalnum() else ""
    return bool(folded) and re.search(before + re.escape(folded) + after, _folded(text)) is not None


def _quoted(words: Sequence[str]) -> str:
    return ", ".join(repr(word[:60]) for word in words[:5])
