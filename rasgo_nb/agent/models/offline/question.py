"""The question as tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from rasgo_nb.agent.models.offline.lexicon import AMOUNTS, NUMBER_WORDS
from rasgo_nb.agent.models.offline.words import edit_distance, lemma

TokenKind = Literal["word", "number", "quoted", "mark"]

_TOKEN = re.compile(
    r"""
      (?P<quoted> "[^"]*" | \u201c[^\u201d]*\u201d | ``[^']*'' | (?<!\w)'[^']+(?:'[st]\ [^']*)?'(?!\w)
        | (?<!\w)\u2018[^\u2019]+\u2019(?!\w) )
    | (?P<number> [$€£]?\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}(?::\d{2})?)?
        | (?:(?<=\s)|^)-?[$€£]?\d[\d,]*(?:\.\d+)?(?:st|nd|rd|th|k|m|%)?\b%?
        | [$€£]?\d[\d,]*(?:\.\d+)?%? )
    | (?P<word> @?[^\W\d_][\w&]*(?:[-.][^\W_]\w*)*(?:@[\w.]+)? | \w+ )
    | (?P<mark> [<>!=]=|<>|[<>=]|[,;:?!.()'\u2019/%] )
    """,
    re.VERBOSE,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Token:
    """A word, number, quoted text or mark; ``value`` of a number is a number, or an ISO date text."""

    text: str
    kind: TokenKind
    value: object = None

    @property
    def lower(self) -> str:
        """The text in lower case."""
        return self.text.casefold()

    @property
    def lemma(self) -> str:
        """The singular in lower case."""
        return lemma(self.lower)


def tokenize(question: str) -> tuple[Token, ...]:
    """The tokens of a question; number words count as numbers."""
    text = re.sub(
        r"\b(ca|wo|do|does|did|is|are|was|were|has|have|had)n['\u2019]t\b", r"\1 not", question.strip()
    )
    return tuple(_token(match) for match in _TOKEN.finditer(_spelt_out(text)))


_PAIRED = re.compile(
    r"\b(first|start|starting|opening|open|arrival|departure|begin|minimum)"
    r",?(?: (middle),?)? (and|or) "
    r"(last|middle|end|ending|closing|close|departure|arrival|family|maximum) "
    r"(names?|dates?|times?|years?|hours?)\b",
    re.IGNORECASE,
)


_LATE = re.compile(r"\b(arriv|depart)\w* (?:on time|late|early|punctually)\b", re.IGNORECASE)
_SUMMED = re.compile(
    rf"(?<!total )(?<!average )(?<!mean )\b({'|'.join(sorted(AMOUNTS))}) "
    r"(per|by|for each|in each|over time|trend)\b",
    re.IGNORECASE,
)
_PERIODS = re.compile(
    (
        r"\b(yearly|annual|quarterly|monthly|weekly|daily) (?!total|average|"
        r"number|mean|sum|min|max)(\w+)(?: trends?)?\b"
    ),
    re.IGNORECASE,
)
# Sayings, and the words that the rules know for them.
_PLAINER = tuple(
    (re.compile(rf"\b{pattern}\b", re.IGNORECASE), plainer)
    for pattern, plainer in (
        (r"busiest", "most common"),
        (r"quietest", "least common"),
    )
)
_PERIOD_OF = {
    "yearly": "year", "annual": "year", "quarterly": "quarter",
    "monthly": "month", "weekly": "week", "daily": "day",
}  # fmt: skip


def _per_period(match: re.Match[str]) -> str:
    """Monthly orders: the number of orders per month; of what is money, the total."""
    what = match[2].casefold()
    if not what.endswith("s") and what not in AMOUNTS:
        return match[0]
    asked = "total" if what in AMOUNTS else "number of"
    return f"{asked} {match[2]} per {_PERIOD_OF[match[1].casefold()]}"


def _spelt_out(text: str) -> str:
    """The question in the words that the rules know: first and last names, what is late, what is monthly."""

    def each(match: re.Match[str]) -> str:
        one, middle, joint, other, noun = match.groups()
        return f"{one} {noun}, {f'{middle} {noun}, ' if middle else ''}{joint} {other} {noun}"

    text = re.sub(r"[A-Za-z]{6,9}", _well_spelt, text)
    text = _LATE.sub(
        lambda match: "arrival delay" if match[1].casefold() == "arriv" else "departure delay", text
    )
    text = _PERIODS.sub(_per_period, text)
    text = _SUMMED.sub(r"total \1 \2", text)
    text = _PAIRED.sub(each, text)
    for pattern, plainer in _PLAINER:
        text = pattern.sub(plainer, text)
    return re.sub(r"\bfull names?\b", "first name and last name", text, flags=re.IGNORECASE)


def _well_spelt(match: re.Match[str]) -> str:
    """The three words that ask for a figure, also where they are misspelt."""
    word = match[0].casefold()
    distance, near = min((edit_distance(word, one), one) for one in ("average", "minimum", "maximum"))
    is_typo = 0 < distance <= 2 and word[0] == near[0] and word not in ("averages", "minimal", "maximal")
    return near if is_typo else match[0]


def _token(match: re.Match[str]) -> Token:
    text = match.group()
    if match.lastgroup == "quoted":
        return Token(text.strip("\"\u201c\u201d'\u2018\u2019`").strip(), "quoted")
    if match.lastgroup == "number":
        return Token(text, "number", _number(text))
    if match.lastgroup == "word":
        word = text.casefold()
        if word in NUMBER_WORDS and word != "one":
            return Token(text, "number", NUMBER_WORDS[word])
        return Token(text, "word")
    return Token(text, "mark")


def _number(text: str) -> object:
    if re.match(r"\d{4}-\d{2}-\d{2}", text):
        return text
    bare = re.sub(r"[$€£,%]|(?:st|nd|rd|th)$", "", text)
    factor = {"k": 1_000, "m": 1_000_000}.get(bare[-1:], 1)
    bare = bare.rstrip("km")
    value = float(bare) if "." in bare else int(bare)
    return value * factor
