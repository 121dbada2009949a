"""The question as tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from rasgo_nb.agent.models.offline.lexicon import NUMBER_WORDS
from rasgo_nb.agent.models.offline.words import lemma

TokenKind = Literal["word", "number", "quoted", "mark"]

_TOKEN = re.compile(
    r"""
      (?P<quoted> "[^"]*" | “[^”]*” | ``[^']*'' | (?<!\w)'[^']+(?:'[st]\ [^']*)?'(?!\w) | (?<!\w)‘[^’]+’(?!\w) )
    | (?P<number> [$€£]?\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}(?::\d{2})?)? | (?:(?<=\s)|^)-?[$€£]?\d[\d,]*(?:\.\d+)?(?:st|nd|rd|th|k|m|%)?\b%?
        | [$€£]?\d[\d,]*(?:\.\d+)?%? )
    | (?P<word> @?[^\W\d_][\w&]*(?:[-.][^\W_]\w*)*(?:@[\w.]+)? | \w+ )
    | (?P<mark> [,;:?!.()'’/%] )
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
        return self.text.casefold()

    @property
    def lemma(self) -> str:
        return lemma(self.lower)


def tokenize(question: str) -> tuple[Token, ...]:
    """The tokens of a question; number words count as numbers."""
    text = re.sub(r"\b(ca|wo|do|does|did|is|are|was|were|has|have|had)n['’]t\b", r"\1 not", question.strip())
    return tuple(_token(match) for match in _TOKEN.finditer(text))


def _token(match: re.Match[str]) -> Token:
    text = match.group()
    if match.lastgroup == "quoted":
        return Token(text.strip("\"“”'‘’`").strip(), "quoted")
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
