"""The words of names, comments and questions, as a table's page holds them and a search looks for them."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rasgo_nb.catalog.facts import Fact
    from rasgo_nb.connectors.base import TableDetail

_BREAK = re.compile(
    r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2})|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])"
)
# Vowel signs of Indic scripts are no letters to Python, yet parts of words.
_SIGNS = re.compile("(?:(?![\u0900-\u0963\u0966-\u0dff])[\\W_])+")
# Written without spaces between words: each two neighbouring signs stand for a word.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")
_VOWEL = re.compile("[aeiouy]")
_MAX_WORD = 60  # letters of one word that count
_MAX_STATEMENT = 4_000  # characters of a statement whose words count
_MAX_TEXT = 200_000  # characters of one text that are read
_MAX_TIMES = 4  # more of the same word in one field say no more of a table
_MAX_WORDS = 20_000  # of one field


@dataclass(frozen=True, slots=True)
class Page:
    """What a search reads of a table: stems with spaces between them, field by field."""

    name: str = ""
    place: str = ""  # its database and schema
    columns: str = ""
    comment: str = ""  # of the table
    column_comments: str = ""
    facts: str = ""  # what else is known to be said of it: descriptions, synonyms, tags, metrics
    values: str = ""  # usual values of its columns


FIELDS = ("name", "place", "columns", "comment", "column_comments", "facts", "values")


def page_of(table: TableDetail, facts: Iterable[Fact] = ()) -> Page:
    """The page of a table and the facts that speak of it first."""
    said = [*table.tags, table.owner]
    values: list[str] = []
    for fact in facts:
        if fact.kind == "values":
            values += fact.values
        elif fact.kind in _SAID:
            said += [fact.name, fact.text]
    columns = table.columns
    return Page(
        name=_field([table.name.table]),
        place=_field([table.name.database, table.name.schema]),
        columns=_field(column.name for column in columns),
        comment=_field([table.comment]),
        column_comments=_field(text for column in columns for text in (column.comment, *column.tags)),
        facts=_field(said),
        values=_field(values),
    )


# Of facts, those whose words describe their table; past queries vote instead, each for all its tables.
_SAID = frozenset(("description", "synonym", "tag", "owner", "metric", "exposure", "note"))


def stems_of_fact(fact: Fact) -> list[str]:
    """The words by which a metric, a query or a note is found.

    Of a query those of its question; without one the names, texts and comments in its statement.
    """
    if fact.kind == "query":
        return stems(f"{fact.name} {fact.text}" if fact.text else fact.sql[:_MAX_STATEMENT])
    return stems(
        " ".join((fact.name, fact.text, " ".join(fact.columns), *(one.table for one in fact.tables)))
    )


def _field(texts: Iterable[str]) -> str:
    counts: Counter[str] = Counter()
    kept: list[str] = []
    for text in texts:
        for stem in stems(text) if text else ():
            counts[stem] += 1
            if counts[stem] <= _MAX_TIMES:
                kept.append(stem)
        if len(kept) > _MAX_WORDS:
            break
    return " ".join(kept[:_MAX_WORDS])


def split_words(text: str) -> str:
    """Identifiers taken apart: ``orderItems_qty2`` becomes ``order Items qty 2``."""
    return _SIGNS.sub(" ", _BREAK.sub(" ", text)).strip()


def plain_words(text: str) -> Iterator[str]:
    """The words of a text in lower case, identifiers taken apart, accents left out."""
    for word in _SIGNS.split(_BREAK.sub(" ", _plain(text[:_MAX_TEXT]))):
        if not word:
            continue
        if word.isascii() or not _UNSPACED.search(word):
            yield word.casefold()[:_MAX_WORD]
        else:
            yield from _unspaced(word)


def stems(text: str) -> list[str]:
    """The words of a text in the one form that all their forms share."""
    return [stem_of(word) for word in plain_words(text)]


@lru_cache(maxsize=65536)
def stem_of(word: str) -> str:
    """One form for all forms of an English word; other words as they are."""
    if not word.isascii() or len(word) < 3 or not word.isalpha():
        return word
    return _without_ending(word)


def _without_ending(word: str) -> str:
    """Number and tense left out: ``categories`` is ``category``, ``shipped`` or ``shipping`` is ``ship``."""
    word = _singular(word)
    for ending in ("ing", "ed"):
        rest = word.removesuffix(ending)
        if rest != word and len(rest) > 2 and _VOWEL.search(rest):
            word = rest[:-1] if rest[-1] == rest[-2] and rest[-1] not in "lsz" else rest
            break
    # Without it ``purchase`` and ``purchasing`` are one.
    return word[:-1] if word.endswith("e") and len(word) > 3 else word


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if word.endswith(("sses", "xes", "zes", "ches", "shes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _plain(text: str) -> str:
    if text.isascii():
        return text
    apart = unicodedata.normalize("NFKD", text)
    return unicodedata.normalize("NFC", "".join(one for one in apart if not unicodedata.combining(one)))


def _unspaced(word: str) -> Iterator[str]:
    place = 0
    for found in _UNSPACED.finditer(word):
        if word[place : found.start()]:
            yield word[place : found.start()].casefold()
        run = found[0]
        yield from (run[at : at + 2] for at in range(len(run) - 1)) if len(run) > 1 else (run,)
        place = found.end()
    if word[place:]:
        yield word[place:].casefold()
