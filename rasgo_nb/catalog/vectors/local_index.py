"""The vectors of one part of a catalog on this machine: kept in a file, searched in memory."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from rasgo_nb.catalog.vectors.exact_index import ExactIndex
from rasgo_nb.catalog.vectors.faiss_index import FLAT_LIMIT, FaissIndex, has_faiss
from rasgo_nb.catalog.vectors.vector_file import Version

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np

    from rasgo_nb.catalog.vectors.base import Near
    from rasgo_nb.catalog.vectors.vector_file import Part, VectorFile

EXACT_LIMIT = 4_000  # vectors; more are searched by FAISS, where it is installed
_GROWTH = 1.5  # when it has so many times the vectors that it was trained on, FAISS learns anew


class LocalIndex:
    """A ``VectorIndex`` over a ``VectorFile``; what another kernel adds to the file is found too.

    An index of FAISS that takes long to make is kept beside the file, with what it was made of: one that is
    damaged, or of other vectors, is made anew.
    """

    def __init__(
        self,
        file: VectorFile,
        part: Part,
        embedder_name: str,
        *,
        exact_limit: int = EXACT_LIMIT,
        flat_limit: int = FLAT_LIMIT,
    ) -> None:
        self.embedder_name = embedder_name
        self._file = file
        self._part: Part = part
        self._exact_limit = exact_limit
        self._flat_limit = flat_limit
        self._lock = threading.Lock()
        self._index: ExactIndex | FaissIndex | None = None
        self._read = Version()  # what of the file the index holds

    def __len__(self) -> int:
        return self._file.count(self.embedder_name, self._part)

    def held(self, numbers: Sequence[int]) -> set[int]:
        """As ``VectorIndex.held``."""
        return self._file.held(self.embedder_name, self._part, numbers)

    def add(self, numbers: Sequence[int], vectors: np.ndarray) -> None:
        """As ``VectorIndex.add``; when it returns, they are kept."""
        self._file.put_vectors(self.embedder_name, self._part, numbers, vectors)

    def remove(self, numbers: Sequence[int]) -> None:
        """As ``VectorIndex.remove``."""
        self._file.drop_vectors(self.embedder_name, self._part, numbers)

    def search(self, vector: np.ndarray, limit: int) -> list[Near]:
        """As ``VectorIndex.search``; the first search reads the vectors."""
        return self._up_to_date().search(vector, limit)

    def keep(self) -> None:
        """Write what took long to make, so that the next kernel need not."""
        index = self._up_to_date()
        path = self._beside()
        if isinstance(index, FaissIndex) and index.is_slow_to_make and path is not None:
            with suppress(OSError):  # no room: it is made anew next time
                index.save(path, of=(self._read.last, self._read.removals))

    def close(self) -> None:
        """Let go of the vectors in memory; the file stays open."""
        with self._lock:
            if self._index is not None:
                self._index.close()
            self._index, self._read = None, Version()

    def _up_to_date(self) -> ExactIndex | FaissIndex:
        with self._lock:
            version = self._file.version()
            if self._index is None:
                self._index = self._opened(version)
            elif version != self._read:
                self._index = self._followed(self._index, version)
            self._read = version
            return self._index

    def _opened(self, version: Version) -> ExactIndex | FaissIndex:
        """The index as it was kept, if it holds just what the file does; else one of all in the file."""
        path = self._beside()
        if path is not None and has_faiss():
            kept = FaissIndex.read(path, self.embedder_name, of=(version.last, version.removals))
            if kept is not None:
                return kept
        return self._made(version)

    def _followed(self, index: ExactIndex | FaissIndex, version: Version) -> ExactIndex | FaissIndex:
        """The index after what has come to the file and gone from it."""
        rows = self._file.rows(self.embedder_name, self._part, after=self._read.last, upto=version.last)
        if len(rows.numbers):
            index.add(rows.numbers.tolist(), rows.vectors)
        if version.removals != self._read.removals:
            import numpy as np

            kept = self._file.numbers(self.embedder_name, self._part)
            index.remove(np.setdiff1d(index.numbers(), kept).tolist())
        if self._is_outgrown(index):
            index.close()
            return self._made(version)
        return index

    def _made(self, version: Version) -> ExactIndex | FaissIndex:
        rows = self._file.rows(self.embedder_name, self._part, upto=version.last)
        index: ExactIndex | FaissIndex
        if len(rows.numbers) > self._exact_limit and has_faiss():
            return FaissIndex.made(
                self.embedder_name, rows.numbers, rows.vectors, flat_limit=self._flat_limit
            )
        index = ExactIndex(self.embedder_name)
        if len(rows.numbers):
            index.add(rows.numbers.tolist(), rows.vectors)
        return index

    def _is_outgrown(self, index: ExactIndex | FaissIndex) -> bool:
        if isinstance(index, FaissIndex):
            return len(index) > _GROWTH * index.trained_on
        return len(index) > self._exact_limit and has_faiss()

    def _beside(self) -> Path | None:
        path = self._file.path
        return path and path.with_name(f"{path.name}.{self._part}.faiss")
