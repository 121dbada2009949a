"""The one ranking of names: which of those that exist was meant by one that does not.

A name is compared as its words (``dimCustomer_IDs`` is ``customer id`` with a prefix) and as its letters.
Words are the same when they differ in number or spelling, or when one is short for the other; letters are
compared by the slips of a pen: one left out, added or mistaken, or two swapped.
"""

from __future__ import annotations

import re
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from rasgo_nb.connectors.word_forms import MEANING, PADDING, PREFIXES, meaning_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_MAX_NAME = 200  # characters of a name that are compared
_LIKE_ENOUGH = 0.5  # below it two names have nothing to do with each other
_COMPARED = 60  # of many names, those whose words and letters are looked at closely
_MANY = 400  # names, above which the letters alone choose those that are looked at closely
_SIGNS = dict.fromkeys(map(ord, " _-.$#/()[]%\"'"))
_BREAK = re.compile(
    r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2})|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])|[\W_]+"
)


def spelled_name(name: str, names: Iterable[str]) -> str | None:
    """The one of these names that is spelled so, or else the first that differs by case alone."""
    known = [one for one in names if one.casefold() == name.casefold()]
    return name if name in known else next(iter(known), None)


def nearest_names(
    name: str, names: Iterable[str], *, most: int = 3, likely: Mapping[str, float] | None = None
) -> list[str]:
    """The names most like ``name``, the likest first; none where all are far off.

    Of a dotted name the last part is compared, and what is before it decides between equals. ``likely`` has
    what else speaks for a name, from 0 to 1.
    """
    known = tuple(dict.fromkeys(names))
    wanted = name[:_MAX_NAME]
    if len(known) > _MANY:
        known = tuple(_close_ones(wanted, known, likely or {}))
    scored = [(likeness(wanted, one) + 0.12 * (likely or {}).get(one, 0.0), one) for one in known]
    scored.sort(key=lambda pair: (-pair[0], len(pair[1]), pair[1]))
    return [one for score, one in scored[:most] if score >= _LIKE_ENOUGH]


def likeness(wanted: str, candidate: str) -> float:
    """How alike two names are: 1 for the same but for case and signs between words, 0 for nothing alike."""
    own, other = _last(wanted), _last(candidate)
    score = _alike(own, other)
    if "." in wanted and "." in candidate and own is not wanted:
        score += 0.05 * _alike(_last(wanted.rpartition(".")[0]), _last(candidate.rpartition(".")[0]))
    return score


@lru_cache(maxsize=4096)
def _alike(wanted: str, candidate: str) -> float:
    if wanted == candidate:
        return 1.05
    letters, other_letters = _letters(wanted), _letters(candidate)
    if letters == other_letters:
        return 1.02 if wanted.casefold() == candidate.casefold() else 1.0
    if _bare(wanted) == _bare(candidate):
        return 0.965
    score = max(_by_letters(letters, other_letters), _by_words(wanted, candidate))
    return score + (0.02 if letters.startswith(other_letters) or other_letters.startswith(letters) else 0.0)


@lru_cache(maxsize=65536)
def _bare(name: str) -> tuple[str, ...]:
    """The words of a name without those that are put before any name."""
    words = split_words(name)
    return words[1:] if len(words) > 1 and words[0] in PREFIXES else words


def _by_letters(letters: str, other: str) -> float:
    from rapidfuzz.distance import OSA, Indel

    longest = max(len(letters), len(other), 1)
    slips = OSA.distance(letters, other)
    if slips == 1:
        return 0.97 - 0.3 / longest
    if slips == 2 and longest >= 5:
        return 0.93 - 0.8 / longest
    return max(0.95 - 1.5 * slips / longest, 0.82 * Indel.normalized_similarity(letters, other))


def _by_words(wanted: str, candidate: str) -> float:
    """The share of the words of both that have a counterpart; those that say little weigh little."""
    words, others = list(split_words(wanted)), list(split_words(candidate))
    if not words or not others:
        return 0.0
    total = sum(map(_weight, words)) + sum(map(_weight, others))
    matched, in_order, last = 0.0, True, -1
    for word in words:
        best, at = max(((_same_word(word, other), -at) for at, other in enumerate(others)), default=(0.0, 0))
        if best < 0.6:
            continue
        other = others[-at]
        others[-at] = ""
        in_order = in_order and -at > last
        last = -at
        matched += best * (_weight(word) + _weight(other))
    score = matched / total if total else 0.0
    return min(0.98, 0.97 * score - (0.0 if in_order else 0.03))


def _weight(word: str) -> float:
    return 0.3 if word in PADDING else 1.0


@lru_cache(maxsize=65536)
def _same_word(word: str, other: str) -> float:
    if not other:
        return 0.0
    if word == other:
        return 1.0
    meaning, other_meaning = meaning_of(word), meaning_of(other)
    if meaning == other_meaning:
        return 0.96
    if _is_short_for(word, other) or _is_short_for(other, word):
        return 0.86
    score = max(_by_letters(word, other), _by_letters(meaning, other_meaning) - 0.02)
    return score if len(word) > 2 and len(other) > 2 else 0.0


def _is_short_for(short: str, long: str) -> bool:
    """Whether one is the beginning of the other, or its consonants: ``cust``, ``qty``, ``amt``."""
    if not 2 < len(short) < len(long) or short[0] != long[0]:
        return len(short) == 2 and len(long) > 3 and long.startswith(short)
    if long.startswith(short):
        return True
    letters = iter(long)
    is_within = all(letter in letters for letter in short)
    return is_within and not set(short[1:]) & set("aeiou")


@lru_cache(maxsize=65536)
def split_words(name: str) -> tuple[str, ...]:
    """The words of a name in lower case: ``orderItems_qty2`` is ``order items qty 2``."""
    return tuple(word.casefold() for word in _BREAK.split(name) if word)


def _letters(name: str) -> str:
    folded = name.casefold().translate(_SIGNS)
    return folded or name.casefold()


def _last(name: str) -> str:
    return name.rpartition(".")[2] or name


def _close_ones(wanted: str, names: tuple[str, ...], likely: Mapping[str, float]) -> list[str]:
    """Some names that share many letters or words with the wanted one, in a time that many names allow."""
    from rapidfuzz import process
    from rapidfuzz.distance import OSA, Indel

    letters, words = _keys_of(names)
    close = partial(process.extract, limit=_COMPARED, score_cutoff=0.4)
    by_letters = close(_letters(_last(wanted)), letters, scorer=OSA.normalized_similarity)
    by_words = close(_sorted_words(_last(wanted)), words, scorer=Indel.normalized_similarity)
    places = dict.fromkeys(at for _, _, at in [*by_letters, *by_words])
    return list(dict.fromkeys([*(names[at] for at in places), *likely]))


@lru_cache(maxsize=4)  # the names of a catalog, asked again and again
def _keys_of(names: tuple[str, ...]) -> tuple[list[str], list[str]]:
    short = [_last(name) for name in names]
    return [_letters(name) for name in short], [_sorted_words(name) for name in short]


def _sorted_words(name: str) -> str:
    words = name.casefold().replace("_", " ").split()
    return " ".join(sorted(MEANING.get(word, word) for word in words))
