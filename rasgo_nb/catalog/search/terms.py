"""What a question asks for: its words that say something, and how pages may spell them."""

from __future__ import annotations

import math
import tomllib
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING

from rasgo_nb.catalog.search.words import plain_words, stem_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from rasgo_nb.catalog.stores.base import Store

_ANYWHERE = """
    a about all among an and any are as at be been between by can could did do does each every find for from
    get give had has have he her his how i if in into is it its least less list many me more most much my no
    not of on only or our over per please return she should show tell than that the their them then there
    these they this those to under us was we were what when where which who whom whose why will with would
    you your
"""
# Words that any question may hold, whatever it is about.
_STOP = frozenset(map(stem_of, _ANYWHERE.split()))
# What is to be done with a column, oftener than a part of its name.
_TO_DO = "average avg count different highest lowest max maximum min minimum number sum total"
_DONE = frozenset(map(stem_of, _TO_DO.split()))
_DONE_SHARE = 0.4
_MAX_TERMS = 60
_MAX_UNKNOWN = 8  # words of a question that no page holds, for which like ones are looked for
_MOST_LIKE = 4  # ways to spell an unknown word
# How far a page's word is trusted to mean the question's one.
_SHORT, _OTHER, _PART, _MISSPELT, _JOINED = 0.8, 0.5, 0.6, 0.8, 0.9
_LIKE_ENOUGH = 0.8


@dataclass(frozen=True, slots=True)
class Term:
    """A word of a question. ``forms`` has the stems by which pages may hold it, and how far each is trusted.

    ``weight`` grows with how few pages hold it, ``name_weight`` with how few names of tables do: where tables
    have many columns, most words are in most pages.
    """

    word: str
    forms: Mapping[str, float]
    weight: float
    name_weight: float
    spoken: str = ""  # as the question has it


class Lexicon:
    """The words of one generation of a store. May be used from any thread."""

    def __init__(self, store: Store, tables: int) -> None:
        self._store = store
        self._tables = tables
        self._frequencies: dict[str, int] = {}
        self._in_names: dict[str, int] = {}
        self._vocabulary: list[str] | None = None
        self._shelves: dict[tuple[str, int], list[str]] = {}

    def frequency(self, word: str) -> int:
        """In how many pages the word occurs."""
        return self._frequencies.get(word, 0)

    def weight(self, word: str) -> float:
        """BM25's weight of a word: 0 for what every page holds."""
        return self._rarity(self.frequency(word))

    def name_weight(self, word: str) -> float:
        """Likewise among names; never less than among pages."""
        return self._rarity(self._in_names.get(word, 0))

    def _rarity(self, held: int) -> float:
        return math.log(1 + (self._tables - held + 0.5) / (held + 0.5))

    def fact_weight(self, word: str) -> float:
        """Likewise among texts of facts; a word that no page holds weighs as one of middling rarity."""
        return self.weight(word) if self.frequency(word) else 0.5 * self.weight("")

    def learn(self, words: Sequence[str]) -> None:
        """Look up how often words occur, all at once."""
        fresh = [word for word in dict.fromkeys(words) if word not in self._frequencies]
        if fresh:
            self._frequencies |= dict.fromkeys(fresh, 0) | self._store.frequencies(fresh)
            self._in_names |= self._store.name_frequencies(fresh)

    def like(self, word: str) -> dict[str, float]:
        """The words of pages that an unknown one may be made of, short for, or a slip of."""
        if len(word) < 3 or word.isdigit() or not word.isascii():
            return {}
        split = self._split(word)
        if split:
            return dict.fromkeys(split, _PART)
        found = self._misspelt(word) | self._shortened(word)
        return dict(sorted(found.items(), key=lambda one: (-one[1], one[0]))[:_MOST_LIKE])

    def _words(self) -> list[str]:
        if self._vocabulary is None:
            words = (word for word in self._store.vocabulary() if not word.isdigit())
            vocabulary = sorted(words)
            shelves = defaultdict(list)
            for word in vocabulary:
                shelves[word[0], len(word)].append(word)
            self._shelves = dict(shelves)
            self._vocabulary = vocabulary
        return self._vocabulary

    def _has(self, word: str) -> bool:
        words = self._words()
        at = bisect_left(words, word)
        return at < len(words) and words[at] == word

    def _split(self, word: str) -> tuple[str, str] | None:
        """Two words of pages that make up this one, as ``basketballmatch`` is of two."""
        for at in range(3, len(word) - 2):
            parts = word[:at], stem_of(word[at:])
            if all(len(part) > 2 and self._has(part) for part in (stem_of(parts[0]), parts[1])):
                return stem_of(parts[0]), parts[1]
        return None

    def _misspelt(self, word: str) -> dict[str, float]:
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        if len(word) < 4:
            return {}
        self._words()
        near = [
            one
            for length in range(len(word) - 2, len(word) + 3)
            for one in self._shelves.get((word[0], length), ())
        ]
        found = process.extract(
            word, near, scorer=OSA.normalized_similarity, score_cutoff=_LIKE_ENOUGH, limit=_MOST_LIKE
        )
        return {one: _MISSPELT * score for one, score, _ in found}

    def _shortened(self, word: str) -> dict[str, float]:
        """Words of pages that this one begins with or that begin with it, and those of its consonants."""
        begun = [word[:length] for length in range(4, min(len(word), 6)) if self._has(word[:length])]
        consonants = word[0] + "".join(letter for letter in word[1:] if letter not in "aeiou")
        if 2 < len(consonants) < len(word) and self._has(consonants):
            begun.append(consonants)
        words = self._words()
        start = bisect_left(words, word)
        longer = list(takewhile(lambda one: one.startswith(word), words[start : start + _MOST_LIKE]))
        return dict.fromkeys(begun, _PART * 0.8) | dict.fromkeys(longer, _PART)


def read_terms(words: str, lexicon: Lexicon) -> list[Term]:
    """The words of a question that say something, each once, as the pages may spell them."""
    asked = _asked(words)
    spelt = {word: {word: 1.0, **_others_of(word)} for word in asked}
    for (one, after), joined in _joined(list(asked)):
        spelt[one].setdefault(joined, _JOINED)
        spelt[after].setdefault(joined, _JOINED)
    lexicon.learn([form for forms in spelt.values() for form in forms])
    unknown = [word for word, forms in spelt.items() if not any(map(lexicon.frequency, forms))]
    for word in unknown[:_MAX_UNKNOWN]:
        spelt[word] |= lexicon.like(word)
        lexicon.learn(list(spelt[word]))
    return [_term(word, asked[word], forms, lexicon) for word, forms in spelt.items()]


def _term(word: str, spoken: str, forms: Mapping[str, float], lexicon: Lexicon) -> Term:
    held = {form: trust for form, trust in forms.items() if lexicon.frequency(form)}
    trusted = {word: 1.0} if lexicon.frequency(word) else held
    share = _DONE_SHARE if word in _DONE else 1.0
    weight = max((lexicon.weight(form) * trust for form, trust in trusted.items()), default=0.0)
    in_name = max((lexicon.name_weight(form) * trust for form, trust in trusted.items()), default=0.0)
    return Term(word, held, weight * share, in_name * share, spoken)


def _asked(words: str) -> dict[str, str]:
    """The stems that a question asks for, and how it spells them."""
    once = " ".join(dict.fromkeys(words.split()))
    spoken: dict[str, str] = {}
    for word in plain_words(once):
        if len(word) > 1 or not word.isascii():
            spoken.setdefault(stem_of(word), word)
    kept = telling(spoken) or list(spoken)
    return {stem: spoken[stem] for stem in kept[:_MAX_TERMS]}


def telling(stems: Iterable[str]) -> list[str]:
    """The stems that say what a text is about, each once."""
    return [stem for stem in dict.fromkeys(stems) if stem not in _STOP]


def _joined(asked: Sequence[str]) -> Iterator[tuple[tuple[str, str], str]]:
    """Neighbouring words as one: a page may hold ``laptime`` for ``lap time``."""
    for one, after in pairwise(asked):
        if one.isalpha() and after.isalpha() and one.isascii() and after.isascii():
            yield (one, after), one + after


@lru_cache(maxsize=8192)
def _others_of(word: str) -> Mapping[str, float]:
    """What the word is short for or may be shortened to, and other words that mean about the same."""
    short, other = _same_words()
    return dict.fromkeys(other.get(word, ()), _OTHER) | dict.fromkeys(short.get(word, ()), _SHORT)


@lru_cache(maxsize=1)
def _same_words() -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    text = resources.files("rasgo_nb.catalog.search").joinpath("same_words.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    short = [(long, *shorts.split()) for long, shorts in table["abbreviations"].items()]
    return _groups(short), _groups([tuple(line.split()) for line in table["synonyms"]["groups"]])


def _groups(lines: Sequence[tuple[str, ...]]) -> dict[str, list[str]]:
    others: dict[str, list[str]] = defaultdict(list)
    for line in lines:
        stems = list(dict.fromkeys(map(stem_of, line)))
        for stem in stems:
            others[stem] += [one for one in stems if one != stem and one not in others[stem]]
    return dict(others)
