"""Which tables hold the words of a question: FTS5 tells where a word is, and what it told is kept a while."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    import numpy as np

    Numbers = np.ndarray[Any, Any]

_MOST_HELD = 16_000_000  # numbers of tables, of four bytes each
_NAME_SAYS = 2.0  # times as much as the word alone says, where it is part of the table's name


@dataclass(frozen=True, slots=True)
class Scored:
    """A table by its number, its place in order of name, and how well it holds the words."""

    number: int
    place: int
    score: float


@dataclass(slots=True)
class _Held:
    """What was read of one generation. ``places`` is by table number: where it stands in order of name."""

    generation: int
    places: Numbers
    frequencies: dict[str, int] = field(default_factory=dict)
    tables: dict[str, tuple[Numbers, Numbers]] = field(default_factory=dict)  # any field, name
    size: int = 0


class Words:
    """The words of a store's pages.

    Scoring every table that holds a common word by FTS5's own ``bm25`` takes 0.3 s among 100,000 tables. The
    numbers of the tables that hold a word are brought over once instead, and summed up by numpy: a
    millisecond for words that were asked before. May be used from any thread.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: _Held | None = None

    def best(
        self, link: sqlite3.Connection, generation: int, terms: Sequence[str], limit: int
    ) -> list[Scored]:
        """The tables that hold any of the terms, best first.

        Words that are in more than half of the tables count only where the others find too few.
        """
        import numpy as np

        with self._lock:
            held = self._of(link, generation)
            counts = _frequencies(held, link, terms)
            total = int(np.count_nonzero(held.places >= 0))
            scores = np.zeros(len(held.places))
            known = sorted(counts, key=lambda term: (counts[term], term))
            for term in known:
                if 2 * counts[term] > total and np.count_nonzero(scores) >= limit:
                    break
                rarity = math.log(1 + (total - counts[term] + 0.5) / (counts[term] + 0.5))
                anywhere, in_name = _tables(held, link, term)
                scores[anywhere] += rarity
                scores[in_name] += _NAME_SAYS * rarity
        return _highest(scores, held.places, limit)

    def frequencies(self, link: sqlite3.Connection, generation: int, terms: Sequence[str]) -> dict[str, int]:
        """In how many pages each of the terms occurs; without those that occur in none."""
        with self._lock:
            return _frequencies(self._of(link, generation), link, terms)

    def name_frequencies(
        self, link: sqlite3.Connection, generation: int, terms: Sequence[str]
    ) -> dict[str, int]:
        """In how many names of tables each of the terms occurs; without those that occur in none."""
        with self._lock:
            held = self._of(link, generation)
            known = _frequencies(held, link, terms)
            counts = {term: len(_tables(held, link, term)[1]) for term in known}
            return {term: count for term, count in counts.items() if count}

    def _of(self, link: sqlite3.Connection, generation: int) -> _Held:
        if self._held is None or self._held.generation != generation or self._held.size > _MOST_HELD:
            self._held = _Held(generation, _places(link))
        return self._held


def _places(link: sqlite3.Connection) -> Numbers:
    import numpy as np

    in_order = _numbers(
        link.execute(
            "SELECT group_concat(number) FROM (SELECT number FROM tables ORDER BY database, schema, name)"
        )
    )
    places = np.full(in_order.max(initial=0) + 1, -1, dtype=np.int32)
    places[in_order] = np.arange(len(in_order), dtype=np.int32)
    return places


def _frequencies(held: _Held, link: sqlite3.Connection, terms: Sequence[str]) -> dict[str, int]:
    select = "SELECT doc FROM page_words WHERE term = ?"
    for term in terms:
        if term not in held.frequencies:
            row = link.execute(select, (term,)).fetchone()
            held.frequencies[term] = int(row[0]) if row else 0
    return {term: held.frequencies[term] for term in terms if held.frequencies[term]}


def _tables(held: _Held, link: sqlite3.Connection, term: str) -> tuple[Numbers, Numbers]:
    if term not in held.tables:
        select = "SELECT group_concat(rowid) FROM page WHERE page MATCH ?"
        phrase = '"' + term.replace('"', "") + '"'
        both = (_numbers(link.execute(select, (query,))) for query in (phrase, f"name : {phrase}"))
        anywhere, in_name = (_held_now(numbers, held.places) for numbers in both)
        held.tables[term] = anywhere, in_name
        held.size += len(anywhere) + len(in_name)
    return held.tables[term]


def _held_now(numbers: Numbers, places: Numbers) -> Numbers:
    """Without the tables that came after the generation that is held."""
    numbers = numbers[numbers < len(places)]
    return numbers[places[numbers] >= 0]


def _numbers(rows: sqlite3.Cursor) -> Numbers:
    """One text of numbers with commas: half the time of as many rows."""
    import numpy as np

    text = rows.fetchone()[0]
    return np.fromstring(text, dtype=np.int32, sep=",") if text else np.zeros(0, dtype=np.int32)


def _highest(scores: Numbers, places: Numbers, limit: int) -> list[Scored]:
    import numpy as np

    found = np.flatnonzero(scores)
    if len(found) > limit > 0:
        least = np.partition(scores[found], len(found) - limit)[len(found) - limit]
        found = found[scores[found] >= least]
    best = found[np.lexsort((places[found], -scores[found]))][: max(limit, 0)]
    return [Scored(int(one), int(places[one]), float(scores[one])) for one in best]
