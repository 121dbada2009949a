"""Vectors compared one by one, by numpy: exact, and fast enough up to some ten thousands."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from rasgo_nb.catalog.vectors.base import Near

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np


class ExactIndex:
    """A ``VectorIndex`` in memory."""

    def __init__(self, embedder_name: str) -> None:
        self.embedder_name = embedder_name
        self._lock = threading.Lock()
        self._places: dict[int, int] = {}  # of each number, its row
        self._numbers: np.ndarray | None = None
        self._rows: np.ndarray | None = None  # with room for more below the last

    def __len__(self) -> int:
        return len(self._places)

    def numbers(self) -> np.ndarray:
        """All numbers, in order."""
        import numpy as np

        with self._lock:
            return np.sort(np.fromiter(self._places, dtype=np.int64, count=len(self._places)))

    def held(self, numbers: Sequence[int]) -> set[int]:
        """As ``VectorIndex.held``."""
        with self._lock:
            return {int(number) for number in numbers if int(number) in self._places}

    def add(self, numbers: Sequence[int], vectors: np.ndarray) -> None:
        """As ``VectorIndex.add``."""
        with self._lock:
            latest = {int(number): row for row, number in enumerate(numbers)}
            new = [number for number in latest if number not in self._places]
            rows, held = self._with_room(len(new), vectors.shape[1])
            for place, number in enumerate(new, len(self._places)):
                self._places[number] = place
                held[place] = number
            rows[[self._places[number] for number in latest]] = vectors[list(latest.values())]

    def remove(self, numbers: Sequence[int]) -> None:
        """As ``VectorIndex.remove``."""
        with self._lock:
            for number in numbers:
                place = self._places.pop(int(number), None)
                if place is None or self._rows is None or self._numbers is None:
                    continue
                last = len(self._places)
                if place != last:  # the last row moves into the gap
                    self._rows[place], self._numbers[place] = self._rows[last], self._numbers[last]
                    self._places[int(self._numbers[last])] = place

    def search(self, vector: np.ndarray, limit: int) -> list[Near]:
        """As ``VectorIndex.search``."""
        with self._lock:
            count = len(self._places)
            if self._rows is None or self._numbers is None or not count or limit < 1:
                return []
            return nearest(self._rows[:count] @ vector.astype("float32"), self._numbers[:count], limit)

    def close(self) -> None:
        """Let go of the vectors."""
        with self._lock:
            self._places, self._numbers, self._rows = {}, None, None

    def _with_room(self, more: int, dimensions: int) -> tuple[np.ndarray, np.ndarray]:
        import numpy as np

        count = len(self._places)
        if self._rows is None or self._numbers is None:
            self._rows = np.empty((max(more, 16), dimensions), dtype=np.float32)
            self._numbers = np.empty(len(self._rows), dtype=np.int64)
        elif count + more > len(self._rows):
            size = max(count + more, 3 * count // 2)
            rows, numbers = np.empty((size, dimensions), dtype=np.float32), np.empty(size, dtype=np.int64)
            rows[:count], numbers[:count] = self._rows[:count], self._numbers[:count]
            self._rows, self._numbers = rows, numbers
        return self._rows, self._numbers


def nearest(similarities: np.ndarray, numbers: np.ndarray, limit: int) -> list[Near]:
    """The numbers of the highest similarities, best first; equals in order of number."""
    import numpy as np

    if limit < len(similarities):
        # All that equal the last one that fits come along, so that it is their numbers that decide.
        least = np.partition(similarities, len(similarities) - limit)[len(similarities) - limit]
        places = np.flatnonzero(similarities >= least)
        similarities, numbers = similarities[places], numbers[places]
    order = np.lexsort((numbers, -similarities))[:limit]
    return [Near(int(numbers[place]), float(similarities[place])) for place in order]
