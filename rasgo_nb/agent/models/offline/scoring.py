"""How likely words of the question name a column or a table, from 0 to 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rasgo_nb.agent.models.offline.lexicon import STOP, words_of
from rasgo_nb.agent.models.offline.words import best_match, likeness

if TYPE_CHECKING:
    from collections.abc import Sequence

_UNITS = words_of(
    "of in the usd dollar million billion for and to by value total amount us eur kg cm mm hour minute"
)
_FILLERS = words_of("score number value amount level")
_QUALIFIERS = words_of("start starting end ending begin first last top best order time")
LIKE = 0.6  # of two words, below which they have nothing in common
_LIGHT = words_of("ref all type list")
_LAYERS = words_of("raw stg src base dim fact fct tbl mart vw tmp")  # of a warehouse; nobody says them
_HEADS = words_of("id name date year") | _UNITS
# What it costs that a word of the column's name was not said; other words cost more.
_UNSAID = {
    "id": 0.25,
    "code": 0.2,
    "name": 0.1,
    "description": 0.15,
    "key": 0.25,
    "number": 0.12,
    "date": 0.14,
    "year": 0.14,
    "type": 0.18,
}


@dataclass(frozen=True, slots=True)
class _Match:
    """``own`` words matched the column's name, the rest its table's; ``left`` words were not said."""

    likenesses: tuple[float, ...]
    own: int
    left: tuple[str, ...]


def column_score(said: Sequence[str], words: Sequence[str], table: Sequence[str]) -> float:
    """How likely the words said mean the column of these words, in a table of those."""
    if tuple(said) == tuple(words) and (
        len(said) > 1 or said[0] not in STOP or said[0] in ("time", "record")
    ):
        return 1.0
    if (len(said) == 1 and said[0] in STOP) or any(
        end in STOP and end not in words for end in (said[0], said[-1])
    ):
        return 0.0
    match = _match(said, words, table)
    if match is None or not _is_enough(match, said):
        return 0.0
    penalty = sum(_penalty(word, table) for word in match.left)
    if len(match.left) > 1 and words[-1] in match.left and words[-1] not in _HEADS:
        penalty += 0.15
    return sum(match.likenesses) / len(match.likenesses) - min(penalty, 0.45)


def _match(said: Sequence[str], words: Sequence[str], table: Sequence[str]) -> _Match | None:
    left, likenesses, own = list(words), [], 0
    for word in said:
        if word in ("of", "the") and word not in words:
            continue
        score, match = best_match(word, left)
        if score >= LIKE:
            likenesses.append(score)
            left.remove(match)
            own += 1
            continue
        score, _ = best_match(word, table)
        if score < 0.85 and not (own and word in _FILLERS):
            return None
        likenesses.append((score if score >= 0.85 else 0.6) * 0.97)
    return _Match(tuple(likenesses), own, tuple(left))


def _is_enough(match: _Match, said: Sequence[str]) -> bool:
    """A number of something is a column only if the whole name is said."""
    if not match.own:
        return False
    if "of" in said and match.own < len(match.likenesses):
        return False
    asks = any(end in STOP and end not in _QUALIFIERS for end in (said[0], said[-1]))
    return not (asks and match.left) and not (
        asks and match.own < len(match.likenesses) and said[0] != "number"
    )


def _penalty(word: str, table: Sequence[str]) -> float:
    if any(likeness(word, part) >= 0.85 or (len(word) < 5 and part.startswith(word)) for part in table):
        return 0.03
    return 0.05 if word in _UNITS else _UNSAID.get(word, 0.2)


def table_score(said: Sequence[str], words: Sequence[str]) -> float:
    """How likely the words said mean the table of these words."""
    left, likenesses = list(words), []
    for word in said:
        score, match = best_match(word, left)
        if score < 0.7:
            return 0.0
        likenesses.append(score)
        left.remove(match)
    light = sum(0.03 if word in _LAYERS else 0.08 if word in _LIGHT else 0.16 for word in left)
    return sum(likenesses) / len(likenesses) - min(light, 0.4)
