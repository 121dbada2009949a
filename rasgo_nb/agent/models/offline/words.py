"""How two words are alike: plural, spelling, abbreviation, synonym."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from rasgo_nb.agent.models.offline.lexicon import ABBREVIATIONS, IRREGULAR, SYNONYMS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SUFFIXES = (
    "ities",
    "ments",
    "ment",
    "ation",
    "ance",
    "ence",
    "ity",
    "ing",
    "ion",
    "ers",
    "ors",
    "ed",
    "er",
    "or",
)
_VOWELS = re.compile(r"[aeiouy]")


@lru_cache(maxsize=20_000)
def lemma(word: str) -> str:
    """The singular of a lower-case word, by English spelling."""
    if word in IRREGULAR:
        return IRREGULAR[word]
    if len(word) < 4 or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y" if len(word) > 4 else word[:-1]
    if word.endswith(("sses", "xes", "zes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") else word


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """What is left of a word without the endings of its verb and noun forms."""
    root = lemma(word)
    for suffix in _SUFFIXES:
        left = root.removesuffix(suffix)
        if left != root and len(left) >= 4 and _VOWELS.search(left):
            root = left
            break
    if len(root) > 4 and root[-1] == root[-2]:
        root = root[:-1]
    return root[:-1] if len(root) > 4 and root.endswith("e") else root


@lru_cache(maxsize=20_000)
def identifier_words(name: str) -> tuple[str, ...]:
    """The words of an identifier: snake case, camel case and digits taken apart."""
    parts = tuple(lemma(part.casefold()) for part in _PARTS.findall(name))
    return parts or (name.casefold(),)


def split_compound(word: str, vocabulary: frozenset[str]) -> tuple[str, ...]:
    """A word written together, taken apart into known words; the word alone where that fails."""
    if word in vocabulary or len(word) < 5:
        return (word,)
    for cut in range(3, len(word) - 1):
        head, tail = word[:cut], word[cut:]
        if head in vocabulary and (tail in vocabulary or lemma(tail) in vocabulary):
            return (head, lemma(tail))
    return (word,)


@lru_cache(maxsize=200_000)
def likeness(said: str, named: str) -> float:
    """How likely a word of the question means a word of an identifier, from 0 to 1."""
    if said == named:
        return 1.0
    if named in ABBREVIATIONS and said in ABBREVIATIONS[named]:
        return 0.95
    if said in ABBREVIATIONS and named in ABBREVIATIONS[said]:
        return 0.95
    if len(said) > 3 and len(named) > 3 and stem(said) == stem(named):
        return 0.78 if said.endswith(("ed", "ing")) else 0.88
    if named in SYNONYMS.get(said, ()):
        return 0.8
    if len(named) >= 3 and len(said) > len(named) + 1 and said.startswith(named):
        return 0.7 if len(named) < 4 else 0.75
    if len(said) >= 4 and len(named) > len(said) and named.endswith(said):
        return 0.72
    if len(said) >= 4 and len(named) > len(said) and named.startswith(said):
        return 0.7
    if min(len(said), len(named)) >= 5 and edit_distance(said, named) <= (1 if len(said) < 8 else 2):
        return 0.78 if said[0] == named[0] else 0.6
    return 0.0


def edit_distance(one: str, other: str) -> int:
    """How many letters to insert, delete, replace or swap with the next one."""
    if abs(len(one) - len(other)) > 2:
        return 3
    earlier: list[int] = []
    last = list(range(len(other) + 1))
    for i, left in enumerate(one, 1):
        row = [i]
        for j, right in enumerate(other, 1):
            row.append(min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (left != right)))
            if i > 1 and j > 1 and left == other[j - 2] and one[i - 2] == right:
                row[j] = min(row[j], earlier[j - 2] + 1)
        earlier, last = last, row
    return last[-1]


def best_match(said: str, named: Iterable[str]) -> tuple[float, str]:
    """The likeliest of several words, and how likely."""
    return max(((likeness(said, name), name) for name in named), default=(0.0, ""))


def joined(words: Sequence[str]) -> str:
    """Words written together, as some identifiers are."""
    return "".join(words)
