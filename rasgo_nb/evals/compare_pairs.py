"""Pairs things with their candidates, none twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def paired(candidates: Sequence[Sequence[int]]) -> tuple[int, ...] | None:
    """A candidate for each; None where there is no such way."""
    pairs = most_paired(candidates)
    return tuple(pairs[who] for who in range(len(candidates))) if len(pairs) == len(candidates) else None


def most_paired(candidates: Sequence[Sequence[int]]) -> dict[int, int]:
    """A candidate for as many as can have one, by Kuhn's augmenting paths."""
    held: dict[int, int] = {}  # who -> candidate
    for start in range(len(candidates)):
        _place(start, candidates, held)
    return held


def _place(start: int, candidates: Sequence[Sequence[int]], held: dict[int, int]) -> None:
    owner = {one: who for who, one in held.items()}
    came: dict[int, int] = {}  # candidate -> who reached it
    queue = [start]
    for who in queue:
        for one in candidates[who]:
            if one in came:
                continue
            came[one] = who
            if one not in owner:
                _hand_on(one, came, held)
                return
            queue.append(owner[one])


def _hand_on(free: int, came: Mapping[int, int], held: dict[int, int]) -> None:
    """Give everybody on the way back to the start the candidate that they reached."""
    one: int | None = free
    while one is not None:
        who = came[one]
        before = held.get(who)
        held[who] = one
        one = before
