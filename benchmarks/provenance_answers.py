"""Answers over real results, worded in many ways, with the truth of each number, and wrong ones to plant.

What is measured has tables and questions of its own, and more wordings than what the matcher was tuned on.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    import pandas as pd


@dataclass(frozen=True, slots=True)
class Question:
    """A query with a row for each label: its first column is the label, ``words`` name its measures.

    Each measure is (column, words, unit after the number, decimals, what it is: mean, count, money, share).
    """

    words: str
    sql: str
    label: str
    things: str
    measures: tuple[tuple[str, str, str, int, str], ...]


@dataclass(frozen=True, slots=True)
class Said:
    """One number of an answer: where, its true value as it is shown, and what it was made of."""

    start: int
    text: str
    value: float
    show: Callable[[float], str]
    others: tuple[float, ...] = ()  # the values that other rows have there
    kind: str = "value"


@dataclass(slots=True)
class Draft:
    """An answer while it is written."""

    text: str = ""
    said: list[Said] = field(default_factory=list)

    def say(
        self, value: float, show: Callable[[float], str], others: tuple[float, ...] = (), kind: str = "value"
    ) -> str:
        """A number, marked so that ``write`` finds it."""
        self.said.append(Said(-1, show(value), value, show, others, kind))
        return f"\ue000{len(self.said) - 1}\ue001"

    def write(self, text: str) -> None:
        """Set the text, with the numbers in place."""
        pieces, found = [], []
        at = 0
        for piece in text.split("\ue000"):
            number, mark, rest = piece.partition("\ue001")
            if mark:
                one = self.said[int(number)]
                found.append(Said(at, one.text, one.value, one.show, one.others, one.kind))
                pieces.append(one.text)
                at += len(one.text)
            else:
                rest = piece
            pieces.append(rest)
            at += len(rest)
        self.text, self.said = "".join(pieces), found


def shown(decimals: int, sign: str = "") -> Callable[[float], str]:
    """Thousands with commas and so many decimals, half up."""
    from decimal import ROUND_HALF_UP, Decimal

    def show(value: float) -> str:
        rounded = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
        return f"{'-' if rounded < 0 else ''}{sign}{abs(rounded):,}"

    return show


def percent(decimals: int) -> Callable[[float], str]:
    """A percentage."""
    plain = shown(decimals)
    return lambda value: f"{plain(value)} %" if decimals else f"{plain(value)}%"


def thousands(value: float) -> str:
    """12.3k"""
    return f"{shown(1)(value / 1e3)}k"


def millions(value: float) -> str:
    """1.23 million"""
    return f"{shown(2)(value / 1e6)} million"


class Teller:
    """Words answers to one question from the rows of its result."""

    def __init__(self, question: Question, frame: pd.DataFrame, random: Random) -> None:
        self.question, self.frame, self.random = question, frame, random
        self.draft = Draft()
        self.labels = [str(one) for one in frame.iloc[:, 0]]
        self.column, self.words, self.unit, self.decimals, self.what = random.choice(question.measures)
        self.values = [float(one) for one in frame[self.column]]
        self.show = shown(self.decimals, "$" if self.what in ("money", "price") else "")

    def v(self, row: int, measure: tuple[str, str, str, int, str] | None = None) -> str:
        """The number of a row, with its unit."""
        column, _, unit, decimals, what = measure or (
            self.column,
            self.words,
            self.unit,
            self.decimals,
            self.what,
        )
        values = [float(one) for one in self.frame[column]]
        others = tuple(value for place, value in enumerate(values) if place != row)
        show = (
            shown(decimals, "$" if what in ("money", "price") else "")
            if what != "share"
            else percent(decimals)
        )
        return f"{self.draft.say(values[row], show, others)}{unit}"

    def rows(self, count: int) -> list[int]:
        return self.random.sample(range(len(self.values)), min(count, len(self.values)))

    def d(self, value: float, decimals: int | None = None, kind: str = "derived") -> str:
        """A number that was calculated."""
        return self.draft.say(value, self.show if decimals is None else shown(decimals), (), kind)

    def p(self, value: float, decimals: int = 1, kind: str = "percent") -> str:
        return self.draft.say(value, percent(decimals), (), kind)

    def count(self, number: int) -> str:
        return self.draft.say(float(number), shown(0), (), "count")


def leader(t: Teller) -> str:
    order = sorted(range(len(t.values)), key=lambda row: -t.values[row])
    a, b, c = order[:3]
    return (
        f"**{t.labels[a]}** has the highest {t.words}: **{t.v(a)}**, followed by {t.labels[b]} ({t.v(b)}) "
        f"and {t.labels[c]} ({t.v(c)})."
    )


def bullets(t: Teller) -> str:
    lines = [f"- **{t.labels[row]}**: {t.v(row)}" for row in t.rows(5)]
    return f"The {t.words} by {t.question.label}:\n\n" + "\n".join(lines)


def table(t: Teller) -> str:
    measures = t.question.measures[:3]
    head = f"| {t.question.label} | " + " | ".join(one[1] for one in measures) + " |"
    rule = "|---" * (len(measures) + 1) + "|"
    rows = [
        f"| {t.labels[row]} | " + " | ".join(t.v(row, (*one[:2], "", *one[3:])) for one in measures) + " |"
        for row in t.rows(6)
    ]
    return "\n".join([f"Here are the figures by {t.question.label}.", "", head, rule, *rows])


def compare(t: Teller) -> str:
    a, b = sorted(t.rows(2), key=lambda row: -t.values[row])
    first, second = t.labels[a], t.labels[b]
    gap = t.d(t.values[a] - t.values[b])
    return f"{first} reached {t.v(a)}, compared with {t.v(b)} for {second}: a difference of {gap}{t.unit}."


def share(t: Teller) -> str:
    if t.what not in ("count", "money"):
        return leader(t)
    (row,) = t.rows(1)
    total = sum(t.values)
    part = t.p(100 * t.values[row] / total)
    whole = t.d(total, kind="total")
    return f"{t.labels[row]} accounts for {part} of the total {t.words} ({t.v(row)} of {whole})."


def total(t: Teller) -> str:
    if t.what not in ("count", "money"):
        return ends(t)
    most = sorted(t.values, reverse=True)
    three = t.p(100 * sum(most[:3]) / sum(most), 0)
    return (
        f"In total the {t.words} came to {t.d(sum(most), kind='total')} across {t.count(len(most))} "
        f"{t.question.things}. The top three alone make up {three} of that."
    )


def ratio(t: Teller) -> str:
    a, b = sorted(t.rows(2), key=lambda row: -t.values[row])
    if t.values[b] <= 0:
        return compare(t)
    times = t.d(t.values[a] / t.values[b], 1)
    return f"With {t.v(a)}, {t.labels[a]} has {times} times the {t.words} of {t.labels[b]} ({t.v(b)})."


def higher(t: Teller) -> str:
    a, b = sorted(t.rows(2), key=lambda row: -t.values[row])
    if t.values[b] <= 0:
        return compare(t)
    change = t.p(100 * (t.values[a] / t.values[b] - 1), 0)
    return (
        f"The {t.words} of {t.labels[a]} ({t.v(a)}) is {change} higher than that of {t.labels[b]} ({t.v(b)})."
    )


def ends(t: Teller) -> str:
    low, high = t.values.index(min(t.values)), t.values.index(max(t.values))
    return (
        f"Across the {t.count(len(t.values))} {t.question.things}, the {t.words} ranges from {t.v(low)} "
        f"({t.labels[low]}) to {t.v(high)} ({t.labels[high]})."
    )


def averages(t: Teller) -> str:
    mean = t.d(sum(t.values) / len(t.values))
    (row,) = t.rows(1)
    return (
        f"The average {t.words} over all {t.count(len(t.values))} {t.question.things} is {mean}{t.unit}. "
        f"{t.labels[row]} stands at {t.v(row)}."
    )


def respectively(t: Teller) -> str:
    a, b, c = t.rows(3)
    labels = f"{t.labels[a]}, {t.labels[b]} and {t.labels[c]}"
    return f"{labels} recorded {t.v(a)}, {t.v(b)} and {t.v(c)}, respectively."


def tops(t: Teller) -> str:
    order = sorted(range(len(t.values)), key=lambda row: -t.values[row])
    a, b, last = order[0], order[1], order[-1]
    return (
        f"With {t.v(a)}, {t.labels[a]} tops the list; {t.labels[b]} trails at {t.v(b)}. "
        f"At the other end, {t.labels[last]} has just {t.v(last)}."
    )


def numbered(t: Teller) -> str:
    one, *rest = t.question.measures
    other = rest[0] if rest else one
    lines = [
        f"{place}. {t.labels[row]} – {t.v(row, one)} ({other[1]}: {t.v(row, other)})"
        for place, row in enumerate(t.rows(4), 1)
    ]
    return f"A few of the {t.question.things}:\n\n" + "\n".join(lines)


def versus(t: Teller) -> str:
    a, b = sorted(t.rows(2), key=lambda row: -t.values[row])
    gap = t.d(t.values[a] - t.values[b])
    return (
        f"It was {t.v(a)} for {t.labels[a]} versus {t.v(b)} for {t.labels[b]}, so the gap is {gap}{t.unit}."
    )


def scaled(t: Teller) -> str:
    (row,) = t.rows(1)
    value = t.values[row]
    others = tuple(one for place, one in enumerate(t.values) if place != row)
    if abs(value) >= 1e6:
        said = t.draft.say(value, millions, others, "scaled")
    elif abs(value) >= 1e4:
        said = t.draft.say(value, thousands, others, "scaled")
    else:
        said = t.v(row)
    return f"For {t.labels[row]}, the {t.words} comes to about {said}."


def spread(t: Teller) -> str:
    low, high = t.values.index(min(t.values)), t.values.index(max(t.values))
    gap = t.d(t.values[high] - t.values[low])
    return (
        f"The gap between the highest ({t.labels[high]}, {t.v(high)}) and the lowest ({t.labels[low]}, "
        f"{t.v(low)}) is {gap}{t.unit}."
    )


def went(t: Teller) -> str:
    a, b = sorted(t.rows(2))
    x, y = t.values[a], t.values[b]
    verb, way = ("rose", "increase") if y > x else ("fell", "drop")
    change = t.p(100 * abs(y - x) / abs(x), 1) if x else t.d(abs(y - x))
    course = f"from {t.v(a)} in {t.labels[a]} to {t.v(b)} in {t.labels[b]}"
    return f"The {t.words} {verb} {course}, a {way} of {change}."


def paragraph(t: Teller) -> str:
    """Several rows told over several sentences."""
    a, b, c = t.rows(3)
    return (
        f"## {t.question.words}\n\nI grouped by {t.question.label} and compared the {t.words} (see step 1). "
        f"{t.labels[a]} comes out at {t.v(a)}. For {t.labels[b]} the figure is {t.v(b)}, while {t.labels[c]} "
        f"shows {t.v(c)}."
    )


def rest(t: Teller) -> str:
    if t.what not in ("count", "money"):
        return spread(t)
    (row,) = t.rows(1)
    part = 100 * t.values[row] / sum(t.values)
    return (
        f"{t.labels[row]} holds {t.p(part)} of all {t.words}; the remaining {t.p(100 - part)} is "
        f"spread over the "
        f"other {t.question.things}."
    )


def grouped(t: Teller) -> str:
    """A small paragraph with two measures of one row."""
    (row,) = t.rows(1)
    facts = [f"{one[1]} of {t.v(row, one)}" for one in t.question.measures[:2]]
    return f"{t.labels[row]} shows a {' and a '.join(facts)}."


def combined(t: Teller) -> str:
    if t.what not in ("count", "money"):
        return averages(t)
    a, b = t.rows(2)
    both = t.d(t.values[a] + t.values[b], kind="total")
    return f"{t.labels[a]} and {t.labels[b]} together account for {both}{t.unit} ({t.v(a)} and {t.v(b)})."


COMMON = (leader, bullets, table, compare, share, total, ratio, higher, ends, averages)
FURTHER = (respectively, tops, numbered, versus, scaled, spread, went, paragraph, rest, grouped, combined)


def answers(
    question: Question, frame: pd.DataFrame, random: Random, wordings: tuple[Callable[[Teller], str], ...]
) -> list[Draft]:
    """An answer in each wording."""
    drafts = []
    for wording in wordings:
        teller = Teller(question, frame, random)
        teller.draft.write(wording(teller))
        drafts.append(teller.draft)
    return drafts


def planted(draft: Draft, random: Random, kind: str) -> tuple[str, int, str] | None:
    """The answer with one wrong number of the kind, where it begins, and its text; None where none fits."""
    order = random.sample(draft.said, len(draft.said))
    for one in order:
        wrong = _wrong(one, random, kind)
        if wrong and _number(wrong) != _number(one.text) and not _is_tie(one, wrong):
            text = draft.text[: one.start] + wrong + draft.text[one.start + len(one.text) :]
            return text, one.start, wrong
    return None


def _number(text: str) -> float:
    return float("".join(letter for letter in text if letter.isdigit() or letter in ".-"))


def _is_tie(one: Said, wrong: str) -> bool:
    """Whether the value lies in the middle of both, so that either is a right rounding of it."""
    return abs(abs(_number(wrong) - one.value) - abs(_number(one.text) - one.value)) < 1e-9 * max(
        abs(one.value), 1
    )


def _wrong(one: Said, random: Random, kind: str) -> str:
    digits = [place for place, letter in enumerate(one.text) if letter.isdigit()]
    if kind == "digit":
        place = random.choice(digits)
        least = 1 if place == digits[0] else 0
        return _with(
            one.text, place, str(random.choice([d for d in range(least, 10) if str(d) != one.text[place]]))
        )
    if kind == "swapped":
        pairs = [(a, b) for a, b in itertools.pairwise(digits) if one.text[a] != one.text[b]]
        pairs = [(a, b) for a, b in pairs if not (a == digits[0] and one.text[b] == "0")]
        if not pairs:
            return ""
        a, b = random.choice(pairs)
        return _with(_with(one.text, a, one.text[b]), b, one.text[a])
    if kind == "factor":
        return one.show(one.value * random.choice([10, 0.1, 100, 1000])) if one.kind != "count" else ""
    if kind == "row":
        others = [value for value in one.others if one.show(value) != one.text]
        return one.show(random.choice(others)) if others else ""
    if kind == "sign":
        return one.show(-one.value) if one.kind == "value" and one.value and len(digits) > 1 else ""
    if kind == "percent":
        return one.show(one.value / 100) if one.text.endswith("%") else ""
    if kind == "last digit":
        step = random.choice([-1, 1])
        last = int(one.text[digits[-1]]) + step
        return _with(one.text, digits[-1], str(last)) if 0 <= last <= 9 and len(digits) > 1 else ""
    if kind == "stale":
        return (
            one.show(one.value * (1 + random.choice([-1, 1]) * random.uniform(0.02, 0.09)))
            if len(digits) > 1
            else ""
        )
    if kind == "total":
        return one.show(one.value * random.choice([0.83, 0.91, 1.07, 1.16])) if one.kind == "total" else ""
    return ""


def _with(text: str, place: int, letter: str) -> str:
    return text[:place] + letter + text[place + 1 :]


KINDS = ("digit", "swapped", "factor", "row", "sign", "percent", "last digit", "stale", "total")
