"""Which memories bear on a question: those whose words it shares, and those about tables that it is about."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rasgo_nb.catalog.search.words import plain_words, stem_of
from rasgo_nb.memory.as_facts import SOURCE
from rasgo_nb.memory.memory import Recalled
from rasgo_nb.memory.stale import flags_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rasgo_nb.catalog.search.catalog import Catalog
    from rasgo_nb.memory.memory import Memory
    from rasgo_nb.memory.stale import Figures

MOST_RECALLED = 8
_TOP_HITS = 3  # tables of the question whose memories come along
_K1, _B = 1.2, 0.75  # of BM25 (Robertson and Zaragoza, 2009)
_ALIKE = 1.0  # what it counts that the catalog's search found it
_OF_TABLE = 1.5  # what it counts that it is about a table of the question
_LEAST = 0.35  # of the question's weight that words alone must share
_SAID_ANYWHERE = """
    a about all an and any are as at be by can did do does each every find for from get give had has have how
    i in into is it its list many me more most much my no not of on only or our per show than that the their
    there these this those to us was we were what when where which who whose why will with you your average
    avg column count data number please query result sum table total value
"""
_EVERYWHERE = frozenset(map(stem_of, _SAID_ANYWHERE.split()))


@dataclass(frozen=True, slots=True)
class _Scored:
    memory: Memory
    score: float
    why: str


def recall(
    question: str,
    memories: Sequence[Memory],
    catalogs: Mapping[str, Catalog],
    *,
    figures: Mapping[str, Figures] | None = None,
    most: int = MOST_RECALLED,
) -> list[Recalled]:
    """The memories that bear on a question, best first, each with why and with its flags.

    ``catalogs`` are those of the run's connections, by name: a memory of another connection stays out.
    ``figures`` are what columns are known to hold now, by full name.
    """
    near = [one for one in memories if not one.connection or one.connection in catalogs]
    if not near:
        return []
    tables = _tables_asked(question, catalogs)
    alike = _found_by_catalogs(question, catalogs)
    words = _word_scores(question, near)
    scored = [_scored(one, *words[place], tables, alike) for place, one in enumerate(near)]
    best = sorted((one for one in scored if one.score > 0), key=lambda one: (-one.score, one.memory.id))[
        :most
    ]
    return [
        Recalled(one.memory, one.why, flags_of(one.memory, catalog_for(one.memory, catalogs), figures or {}))
        for one in best
    ]


def search(words: str, memories: Sequence[Memory]) -> list[Memory]:
    """The memories that share words with what was typed, best first."""
    scores = _word_scores(words, memories)
    order = sorted(range(len(memories)), key=lambda place: (-scores[place][0], memories[place].id))
    return [memories[place] for place in order if scores[place][1]]


def catalog_for(memory: Memory, catalogs: Mapping[str, Catalog]) -> Catalog | None:
    """The catalog that a memory speaks of; None where it names no connection and several are open."""
    if memory.connection:
        return catalogs.get(memory.connection)
    return next(iter(catalogs.values())) if len(catalogs) == 1 else None


def _scored(
    memory: Memory, score: float, shared: list[str], share: float, tables: set[str], alike: set[str]
) -> _Scored:
    reasons = []
    total = 0.0
    if shared and share >= _LEAST:
        reasons.append(f"words: {', '.join(shared[:5])}")
        total += score
    about = [name for name in memory.tables if name.casefold() in tables]
    if about:
        reasons.append(f"about {about[0].rpartition('.')[2]}")
        total += _OF_TABLE + score / 2
    if memory.id in alike and not reasons:
        reasons.append("alike in meaning")
    total += _ALIKE * (memory.id in alike)
    return _Scored(memory, total if reasons else 0.0, "; ".join(reasons))


def _word_scores(question: str, memories: Sequence[Memory]) -> list[tuple[float, list[str], float]]:
    """For each memory BM25 of the question, the words that it shares, and their share of its weight."""
    asked = {stem: word for word in plain_words(question) if (stem := stem_of(word)) not in _EVERYWHERE}
    pages = [Counter(map(stem_of, plain_words(_page(one)))) for one in memories]
    mean = sum(map(Counter.total, pages)) / max(1, len(pages)) or 1.0
    weight = {
        stem: math.log(1 + (len(pages) - held + 0.5) / (held + 0.5))
        for stem in asked
        for held in [sum(stem in page for page in pages)]
    }
    # A word that no memory has says little: the question is about more than what is remembered.
    whole = (
        sum(one if any(stem in page for page in pages) else one / 4 for stem, one in weight.items()) or 1.0
    )
    scored = []
    for page in pages:
        shared = [stem for stem in asked if stem in page]
        long = _K1 * (1 - _B + _B * page.total() / mean)
        score = sum(weight[stem] * page[stem] * (_K1 + 1) / (page[stem] + long) for stem in shared)
        share = sum(weight[stem] for stem in shared) / whole
        scored.append((score, [asked[stem] for stem in shared], share))
    return scored


def _page(memory: Memory) -> str:
    names = " ".join(name.rpartition(".")[2] for name in (*memory.tables, *memory.columns))
    return f"{memory.text} {names}"


def _tables_asked(question: str, catalogs: Mapping[str, Catalog]) -> set[str]:
    hits = [hit for one in catalogs.values() for hit in one.search(question, limit=_TOP_HITS)]
    return {str(hit.table.name).casefold() for hit in hits if hit.score > 0 and not hit.is_beside}


def _found_by_catalogs(question: str, catalogs: Mapping[str, Catalog]) -> set[str]:
    """Those that the catalog's search finds: by vectors, too, where there is an embedder."""
    found = (
        match.fact.origin
        for catalog in catalogs.values()
        for match in catalog.search_facts(question, limit=MOST_RECALLED, kinds=("note", "query"))
    )
    return {origin.place for origin in found if origin.source == SOURCE}
