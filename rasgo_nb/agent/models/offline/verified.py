"""Queries that a person has confirmed, and memories: what these rules can use of them, and what not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rasgo_nb.agent.models.offline.pages import items
from rasgo_nb.agent.models.offline.words import lemma

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# Words that leave a question what it is: courtesy, articles, auxiliaries.
_FILLING = frozenset(
    (
        *("a", "an", "are", "be", "been", "can", "could", "did", "do", "does", "give", "had", "has", "have"),
        *("i", "is", "let", "may", "me", "of", "our", "please", "s", "see", "show", "tell", "that", "the"),
        *("there", "us", "was", "we", "were", "will", "would", "you"),
    )
)
_WORD = re.compile(r"[^\W_]+(?:[.,]\d+)*")
# A memory as it is told beside the question; one that has SQL is a verified query.
_RECALLED = re.compile(r'^- \[[^\]\n]*\] "(.+)"$(?!\n  verified SQL:)', re.M)
_MOST_TOLD = 3


@dataclass(frozen=True, slots=True)
class Verified:
    """A statement that a person has confirmed to answer a question; ``source`` says who and when."""

    question: str
    sql: str
    source: str


def verified_query(question: str, pages: Iterable[Mapping[str, object]], connection: str) -> Verified | None:
    """The verified query of a search whose question is this one, but for words that leave it what it is."""
    wanted = _essence(question)
    for page in pages:
        for one in items(page.get("verified_queries")):
            asked, sql = str(one.get("question", "")), str(one.get("sql", ""))
            if sql and _essence(asked) == wanted and str(one.get("connection", "")) == connection:
                return Verified(asked, sql, str(one.get("source", "")))
    return None


def unused_memories(notes: str) -> list[str]:
    """The memories that were told beside the question, a sentence each: no rule can apply them."""
    told = _RECALLED.findall(notes)
    return [f"Not used, since rules cannot apply it: {one[:200]}" for one in told[:_MOST_TOLD]]


def _essence(question: str) -> list[str]:
    words = [lemma(word) for word in _WORD.findall(question.casefold())]
    return [word for word in words if word not in _FILLING] or words
