"""Past queries vote for the tables that they used, the more the more they are like the question."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from rasgo_nb.catalog.search.terms import telling
from rasgo_nb.catalog.search.words import stems_of_fact

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rasgo_nb.catalog.facts import Fact
    from rasgo_nb.connectors.base import TableName

VOTERS = 20  # past queries that vote, at most
LOOKED_AT = 60  # that hold words of the question, from which these are chosen
_SURE = 0.95  # what one query says at most, and 1 is never reached
_UNVERIFIED = 0.8  # what a query that nobody confirmed says, of what one says that was


@dataclass(slots=True)
class Votes:
    """What past queries say of a table: ``share`` lies between 0 and 1; the queries, likest first."""

    share: float = 0.0
    queries: list[Fact] = field(default_factory=list)


def votes_of(alike: Mapping[Fact, float]) -> dict[TableName, Votes]:
    """The votes of past queries, each as far as it is like a question.

    A vote is the square of the likeness, less where nobody confirmed the query; several are put together as
    chances are, so that many weak ones do not outdo a sure one.
    """
    ranked = sorted(alike, key=lambda fact: (-round(alike[fact], 9), fact.text, fact.sql))
    votes: dict[TableName, Votes] = defaultdict(Votes)
    for fact in ranked[:VOTERS]:
        for name in dict.fromkeys(fact.tables):
            vote = votes[name]
            vote.share = 1 - (1 - vote.share) * (1 - _trust(fact) * min(alike[fact], _SURE) ** 2)
            vote.queries.append(fact)
    return {name: vote for name, vote in votes.items() if vote.share > 0}


def _trust(fact: Fact) -> float:
    return 1.0 if fact.is_verified else _UNVERIFIED * min(fact.weight, 1.0)


def likeness(fact: Fact, asked: Sequence[str], weight: Callable[[str], float]) -> float:
    """The cosine of two sets of words, the rare ones weighing more."""
    own = {word: weight(word) for word in _words_of(fact)}
    words = {word: weight(word) for word in asked}
    shared = sum(words[word] ** 2 for word in words.keys() & own.keys())
    lengths = math.sqrt(sum(one**2 for one in own.values()) * sum(one**2 for one in words.values()))
    return shared / lengths if lengths else 0.0


@lru_cache(maxsize=8192)
def _words_of(fact: Fact) -> tuple[str, ...]:
    return tuple(telling(stems_of_fact(fact)))
