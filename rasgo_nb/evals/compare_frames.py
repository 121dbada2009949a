"""Whether two frames hold the same rows, whatever their columns are called and however their rows lie."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from rasgo_nb.evals.compare_cells import USUAL_TOLERANCE, Cells, cells_of, close
from rasgo_nb.evals.compare_pairs import paired

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy as np
    import pandas as pd

_LEAST_TRIES = 40  # of ways to match columns that hold the same values
_MOST_CELLS = 2_000_000  # looked at in more tries
_MOST_PAIRED = 400  # rows that are left over and paired one by one
_MOST_LOOKED = 10_000  # rows, to say which column comes nearest
_NOISE = 1e-9


@dataclass(frozen=True, slots=True)
class FrameComparison:
    """``columns`` are positions: of the frame's columns by those of the wanted ones."""

    same: bool
    why: str
    columns: tuple[int, ...] = ()


def compare_frames(
    frame: pd.DataFrame,
    wanted: pd.DataFrame,
    *,
    ordered: bool = False,
    names_count: bool = False,
    types_count: bool = False,
    extra_columns: bool = True,
    tolerance: float = USUAL_TOLERANCE,
) -> FrameComparison:
    """Whether ``frame`` holds the rows of ``wanted``, each as often.

    Where names do not count, columns are matched by their values, those of the same name first. Types are
    number, text, time and bool. Takes seconds for a million rows.
    """
    if wanted.shape[1] == 0:
        return FrameComparison(False, "no columns are wanted, so nothing can be compared")
    if not extra_columns and frame.shape[1] != wanted.shape[1]:
        return FrameComparison(False, f"{frame.shape[1]} columns instead of {wanted.shape[1]}")
    if names_count and (lost := _lost(frame, wanted)):
        return FrameComparison(False, f"there is no column {', '.join(map(repr, lost))}")
    if len(frame) != len(wanted):
        return FrameComparison(False, f"{len(frame):,} rows instead of {len(wanted):,}")
    search = _Search(frame, wanted, ordered=ordered, types_count=types_count, tolerance=tolerance)
    candidates = search.candidates(_by_name(frame, wanted) if names_count else None)
    for position, few in enumerate(candidates):
        if not few:
            return FrameComparison(False, search.why_none(position))
    columns = search.matched(candidates)
    if columns is None:
        return FrameComparison(False, search.why_rows(candidates))
    count = f"{len(wanted):,} row{'' if len(wanted) == 1 else 's'}"
    return FrameComparison(True, f"{count} of {wanted.shape[1]} columns are the same", columns)


def _named(frame: pd.DataFrame, name: object) -> list[int]:
    exact = [at for at, column in enumerate(frame.columns) if column == name]
    folded = str(name).strip().casefold()
    return exact or [
        at for at, column in enumerate(frame.columns) if str(column).strip().casefold() == folded
    ]


def _lost(frame: pd.DataFrame, wanted: pd.DataFrame) -> list[str]:
    return [str(name) for name in wanted.columns if not _named(frame, name)]


def _by_name(frame: pd.DataFrame, wanted: pd.DataFrame) -> list[list[int]]:
    return [_named(frame, name) for name in wanted.columns]


class _Search:
    """Columns of both frames, made comparable once each."""

    def __init__(
        self,
        frame: pd.DataFrame,
        wanted: pd.DataFrame,
        *,
        ordered: bool,
        types_count: bool,
        tolerance: float,
    ) -> None:
        self.frame, self.wanted = frame, wanted
        self.ordered, self.types_count, self.tolerance = ordered, types_count, tolerance
        self.have = [cells_of(frame.iloc[:, at], types_count=types_count) for at in range(frame.shape[1])]
        self.want = [cells_of(wanted.iloc[:, at], types_count=types_count) for at in range(wanted.shape[1])]
        self._sorted: dict[int, Cells] = {}

    def candidates(self, allowed: Sequence[Sequence[int]] | None) -> list[list[int]]:
        """By wanted column, the columns whose values could be its own; those of the same name first."""
        found = []
        for at, name in enumerate(self.wanted.columns):
            usual = allowed[at] if allowed is not None else range(len(self.have))
            named = set(_named(self.frame, name))
            few = [one for one in usual if self.could_be(at, one)]
            found.append(sorted(few, key=lambda one: one not in named))
        return found

    def could_be(self, wanted: int, have: int) -> bool:
        """Whether two columns hold the same values: in this order, or in some order."""
        left, right = self.want[wanted], self.have[have]
        if self.types_count and left.kind != right.kind and "empty" not in (left.kind, right.kind):
            return False
        if self.ordered:
            return bool(close(left, right, self.tolerance).all())
        return bool(close(self._in_order(left), self._in_order(right), self.tolerance).all())

    def _in_order(self, cells: Cells) -> Cells:
        if id(cells) not in self._sorted:
            self._sorted[id(cells)] = cells.at(_order([cells]))
        return self._sorted[id(cells)]

    def matched(self, candidates: list[list[int]]) -> tuple[int, ...] | None:
        """One column for each wanted one, so that the rows are the same."""
        if self.ordered:  # each column by itself decides
            return paired(candidates)
        tries = max(_LEAST_TRIES, _MOST_CELLS // max(1, len(self.wanted)))
        fits = islice(self._assignments(candidates, self._alike(), [tries]), 1)
        return next(fits, None)

    def _assignments(
        self, candidates: list[list[int]], alike: Mapping[int, int], tries: list[int]
    ) -> Iterator[tuple[int, ...]]:
        """Ways to give each wanted column one of its own, those with the fewest candidates first.

        Each is tried with those before it, and given up where their rows are not the same. Of columns that
        are just the same only one is tried. ``tries`` holds how many are left.
        """
        turn = sorted(range(len(candidates)), key=lambda at: len(candidates[at]))
        chosen: dict[int, int] = {}

        def go(depth: int) -> Iterator[tuple[int, ...]]:
            if depth == len(turn):
                yield tuple(chosen[at] for at in range(len(candidates)))
                return
            at, last = turn[depth], depth == len(turn) - 1
            free = [one for one in candidates[at] if one not in chosen.values()]
            for one in {alike[one]: one for one in reversed(free)}.values():
                chosen[at] = one
                if self._still_same(chosen, last=last, open_to=len(free), tries=tries):
                    yield from go(depth + 1)
                del chosen[at]

        yield from go(0)

    def _still_same(self, chosen: Mapping[int, int], *, last: bool, open_to: int, tries: list[int]) -> bool:
        """Whether the rows of the columns chosen so far are the same; not looked at where it is no choice."""
        if not last and (open_to == 1 or len(chosen) == 1):
            return True
        tries[0] -= 1
        return tries[0] >= 0 and self.rows_same(chosen)

    def _alike(self) -> dict[int, int]:
        """By column, the first that is just the same row by row: to try one is to try all."""
        firsts: dict[tuple[bytes, bytes], int] = {}
        return {
            at: firsts.setdefault((_digest(cells.exact), _digest(cells.number)), at)
            for at, cells in enumerate(self.have)
        }

    def rows_same(self, columns: Mapping[int, int]) -> bool:
        """Whether the rows are the same multiset, with these columns for the wanted ones."""
        left, right = [self.want[at] for at in columns], [self.have[at] for at in columns.values()]
        for threshold in sorted({_NOISE, self.tolerance}):
            wanted_key, have_key = self._keys(left, right, threshold)
            same = self._same_rows([one.at(wanted_key) for one in left], [one.at(have_key) for one in right])
            if same.all():
                return True
            if (~same).sum() <= _MOST_PAIRED and self._left_over(
                [one.at(wanted_key[~same]) for one in left], [one.at(have_key[~same]) for one in right]
            ):
                return True
        return False

    def _same_rows(
        self, left: Sequence[Cells], right: Sequence[Cells]
    ) -> np.ndarray[Any, np.dtype[np.bool_]]:
        import numpy as np

        each = [close(one, other, self.tolerance) for one, other in zip(left, right, strict=True)]
        same: np.ndarray[Any, np.dtype[np.bool_]] = np.logical_and.reduce(each)
        return same

    def _keys(self, left: Sequence[Cells], right: Sequence[Cells], threshold: float) -> tuple[Any, Any]:
        """Orders of rows of both sides in which the same rows lie at the same place.

        Numbers are ordered by groups that are farther apart than the threshold, so that noise in one column
        does not decide the order of the next.
        """
        grouped = [_groups(one, other, threshold) for one, other in zip(left, right, strict=True)]
        return _order(left, [own for own, _ in grouped]), _order(right, [other for _, other in grouped])

    def _left_over(self, left: Sequence[Cells], right: Sequence[Cells]) -> bool:
        """Whether few rows can be paired, one by one."""
        import numpy as np

        count = len(left[0])
        pairs = np.ones((count, count), bool)
        for one, other in zip(left, right, strict=True):
            rows, others = np.repeat(np.arange(count), count), np.tile(np.arange(count), count)
            pairs &= close(one.at(rows), other.at(others), self.tolerance).reshape(count, count)
        return paired([np.flatnonzero(row).tolist() for row in pairs]) is not None

    def why_none(self, at: int) -> str:
        """Why no column is the wanted one."""
        name = self.wanted.columns[at]
        named = _named(self.frame, name) or self._nearest(at)
        if not named:
            return f"no column holds the values of {str(name)!r}"
        if self.types_count and self.have[named[0]].kind != self.want[at].kind:
            return f"{str(name)!r} is {self.have[named[0]].kind} instead of {self.want[at].kind}"
        wanted, have = self.want[at], self.have[named[0]]
        rows, others = (_order([wanted]), _order([have])) if not self.ordered else (slice(None), slice(None))
        differs = ~close(wanted.at(rows), have.at(others), self.tolerance)
        first = int(differs.argmax())
        left, right = self.wanted.iloc[rows, at].iloc[first], self.frame.iloc[others, named[0]].iloc[first]
        reordered = self.ordered and _is_reordered(wanted, have, self.tolerance)
        said = f"{str(name)!r} differs in {int(differs.sum()):,} of {len(wanted):,} rows"
        return f"{said}: {_shown(right)} instead of {_shown(left)}" + (", in another order" * reordered)

    def _nearest(self, at: int) -> list[int]:
        """The column that shares the most values with the wanted one; none where that takes long."""
        wanted = self.want[at]
        if len(wanted) > _MOST_LOOKED:
            return []
        alike = [one for one, cells in enumerate(self.have) if cells.kind == wanted.kind]
        left = self._in_order(wanted)
        shared = {
            one: int(close(left, self._in_order(self.have[one]), self.tolerance).sum()) for one in alike
        }
        return sorted(alike, key=lambda one: -shared[one])[:1]

    def why_rows(self, candidates: list[list[int]]) -> str:
        """Why rows differ though each column has its values."""
        if paired(candidates) is None:
            return "fewer columns than wanted hold the wanted values"
        return "each column holds the wanted values, but they do not stand together in the same rows"


def _is_reordered(left: Cells, right: Cells, tolerance: float) -> bool:
    return bool(close(left.at(_order([left])), right.at(_order([right])), tolerance).all())


def _order(columns: Sequence[Cells], groups: Sequence[Any] = ()) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Positions in order: by what is exact first, then by groups of numbers, then by the numbers."""
    import numpy as np

    exact, grouped, last = [], [], []
    for at, one in enumerate(columns):
        gone = np.isnan(one.number)
        if groups and groups[at] is None:
            exact.append(one.whole)
            continue
        if gone.any():
            exact.append(np.where(gone, one.exact, np.uint64(0)))
        if not gone.all():
            grouped += [groups[at]] if groups else []
            last.append(one.whole if one.whole is not None else one.number)
    keys = [*last[::-1], *grouped[::-1], *exact[::-1]]  # the last one decides first
    if not keys:
        return np.arange(len(columns[0]))
    order: np.ndarray[Any, np.dtype[np.int64]] = np.lexsort(keys)
    return order


def _groups(left: Cells, right: Cells, threshold: float) -> tuple[Any, Any]:
    """For both columns, numbers of groups of values that lie within the threshold of their neighbour.

    None where both hold whole numbers, which are compared exactly.
    """
    import numpy as np

    if left.whole is not None and right.whole is not None and threshold <= USUAL_TOLERANCE:
        return None, None
    both = np.concatenate([left.number, right.number])
    order = np.argsort(both, kind="stable")
    values = both[order]
    with np.errstate(invalid="ignore"):
        far = np.diff(values) > np.maximum(np.abs(values[1:]), np.abs(values[:-1])) * threshold + 1e-300
    groups = np.empty(len(both), np.int64)
    groups[order] = np.concatenate([[0], np.cumsum(far)]) if len(both) else []
    groups[np.isnan(both)] = -1
    return groups[: len(left)], groups[len(left) :]


def _digest(array: np.ndarray[Any, Any]) -> bytes:
    import hashlib

    return hashlib.blake2b(array.tobytes(), digest_size=16).digest()


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else str(value)
    return repr(text[:60]) if isinstance(value, str) else text[:60]
