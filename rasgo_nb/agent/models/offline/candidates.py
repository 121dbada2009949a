"""Which words of the question may be values of the data."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from rasgo_nb.agent.models.offline.lexicon import STOP, is_known_word, words_of
from rasgo_nb.agent.models.offline.meanings import meanings
from rasgo_nb.agent.models.offline.reading import Reading
from rasgo_nb.agent.models.offline.values import Values

if TYPE_CHECKING:
    from rasgo_nb.agent.models.offline.question import Token
    from rasgo_nb.agent.models.offline.schema import Schema

_MOST = 40
_SURE = 0.85
_ASKING = words_of("show list find give return what which who how tell count display get please for in")


def texts_to_find(question: str, schema: Schema) -> tuple[str, ...]:
    """The texts to look for, at most 40: quoted ones, runs of capitalised words, words that no name has."""
    reading = Reading.of(question, schema, Values())
    tokens = reading.tokens
    meant = _meant(reading) | {one.word for one in meanings(reading.schema, ())}
    named = {word for table in schema.tables for word in table.words} | {
        word for column in schema.columns for word in column.words
    }
    quoted = [token.text for token in tokens if token.kind == "quoted"]
    runs = _capitalised(tokens)
    words = [
        token.text
        for token in tokens
        if token.kind == "word"
        and not is_known_word(token.lower)
        and token.lemma not in named
        and token.lower not in meant
    ]
    pairs = _pairs(tokens, frozenset(words))
    return tuple(
        dict.fromkeys(text for text in (*quoted, *runs, *words, *pairs) if len(text) > 1 or text.isupper())
    )[:_MOST]


def _meant(reading: Reading) -> set[str]:
    """The words in small letters that surely name a column or a table."""
    sure = [
        mention
        for mention in reading.mentions
        if max((score for score, _ in (*mention.columns, *mention.tables)), default=0.0) >= _SURE
    ]
    tokens = [token for mention in sure for token in reading.tokens[mention.start : mention.end]]
    return {token.lower for token in tokens if token.text.islower()}


def _capitalised(tokens: tuple[Token, ...]) -> list[str]:
    """Runs of words that begin with a capital, whole and in parts; a run may hold small connecting words."""
    found: list[str] = []
    for start, token in enumerate(tokens):
        if not token.text[:1].isupper() or token.kind != "word" or (start == 0 and token.lower in _ASKING):
            continue
        for end in range(min(len(tokens), start + 6), start, -1):
            run = tokens[start:end]
            if run[-1].kind == "mark" and run[-1].text != ".":
                continue
            if all(
                one.kind != "quoted" and (one.kind != "mark" or one.text in ".'\u2019") for one in run
            ) and (run[-1].text[:1].isupper() or run[-1].kind in ("number", "mark")):
                found.append(" ".join(one.text for one in run).replace(" .", ".").replace(" '", "'"))
    return found


def _pairs(tokens: tuple[Token, ...], words: frozenset[str]) -> list[str]:
    """Two words together, of which one is among those that nothing is named for."""
    return [
        f"{one.text} {other.text}"
        for one, other in itertools.pairwise(tokens)
        if {one.kind, other.kind} <= {"word", "number"}
        and not words.isdisjoint((one.text, other.text))
        and one.lower not in STOP
        and other.lower not in STOP
    ]
