"""Many vectors, searched by FAISS: a byte for each number of a vector; very many in lists around centres."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import threading
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rasgo_nb._optional import load
from rasgo_nb.catalog.vectors.base import Near

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np

_FORMAT = "rasgo_nb vectors 1"
# All are compared up to so many: 5 ms for 100,000 of 384 numbers, and 99 % of the ten nearest are found.
FLAT_LIMIT = 250_000
_WORTH_A_FILE = 50_000
_LISTS = 4.0  # times the root of how many vectors there are
_LOOKED_INTO = 0.25  # of the lists in each search: it takes a quarter of the time, and finds 95 %
_TRAINED_ON = 40  # vectors for each list; more take longer and find no better
_SEED = 7
_MAX_HEADER = 4_096


def has_faiss() -> bool:
    """Whether the library is installed."""
    return find_spec("faiss") is not None


class FaissIndex:
    """A ``VectorIndex`` in memory, that finds nearly all that an exact one does.

    ``trained_on`` is how many vectors there were when its lists were laid out.
    """

    def __init__(self, embedder_name: str, index: Any, numbers: np.ndarray, *, trained_on: int) -> None:
        self.embedder_name = embedder_name
        self.trained_on = trained_on
        self._lock = threading.Lock()
        self._index = index
        self._held = {int(number) for number in numbers}

    @classmethod
    def made(
        cls, embedder_name: str, numbers: np.ndarray, vectors: np.ndarray, *, flat_limit: int = FLAT_LIMIT
    ) -> FaissIndex:
        """An index of these vectors, one or more, of shape (n, d).

        Raises
        ------
        MissingDependency
            without the library.
        """
        import numpy as np

        count = len(vectors)
        made, sample = (_flat if count <= flat_limit else _lists)(count, vectors.shape[1])
        places = np.random.default_rng(_SEED).permutation(count)[:sample]
        made.train(np.ascontiguousarray(vectors[np.sort(places)], dtype=np.float32))
        index = cls(embedder_name, made, np.zeros(0, dtype=np.int64), trained_on=count)
        index.add(numbers.tolist(), vectors)
        return index

    @classmethod
    def read(cls, path: Path, embedder_name: str, *, of: Sequence[int]) -> FaissIndex | None:
        """The index that was saved there, if it is whole, and of just this."""
        try:
            content = path.read_bytes()
        except OSError:
            return None
        header, _, body = content.partition(b"\n")
        if len(header) > _MAX_HEADER or not body:
            return None
        with suppress(ValueError, KeyError, TypeError):
            said = json.loads(header)
            digest = hashlib.sha256(body).hexdigest()
            wanted = {"format": _FORMAT, "embedder": embedder_name, "of": list(of), "sha256": digest}
            if wanted.items() <= said.items():
                return cls._unpacked(body, embedder_name, trained_on=int(said["trained_on"]))
        return None

    @classmethod
    def _unpacked(cls, body: bytes, embedder_name: str, *, trained_on: int) -> FaissIndex:
        import numpy as np

        index = _faiss().deserialize_index(np.frombuffer(body, dtype=np.uint8))
        return cls(embedder_name, index, _numbers_in(index), trained_on=trained_on)

    @property
    def is_slow_to_make(self) -> bool:
        """Whether it is worth a file: reading that is quicker than making it anew."""
        return self._has_lists or len(self._held) > _WORTH_A_FILE

    @property
    def _has_lists(self) -> bool:
        return hasattr(self._index, "nprobe")

    def __len__(self) -> int:
        return len(self._held)

    def numbers(self) -> np.ndarray:
        """All numbers, in order."""
        import numpy as np

        with self._lock:
            return np.sort(np.fromiter(self._held, dtype=np.int64, count=len(self._held)))

    def held(self, numbers: Sequence[int]) -> set[int]:
        """As ``VectorIndex.held``."""
        with self._lock:
            return {int(number) for number in numbers} & self._held

    def add(self, numbers: Sequence[int], vectors: np.ndarray) -> None:
        """As ``VectorIndex.add``."""
        import numpy as np

        latest = {int(number): row for row, number in enumerate(numbers)}
        with self._lock:
            self._drop(latest.keys() & self._held)
            self._held.update(latest)
            self._index.add_with_ids(
                np.ascontiguousarray(vectors[list(latest.values())], dtype=np.float32),
                np.fromiter(latest, dtype=np.int64, count=len(latest)),
            )

    def remove(self, numbers: Sequence[int]) -> None:
        """As ``VectorIndex.remove``."""
        with self._lock:
            self._drop({int(number) for number in numbers} & self._held)

    def search(self, vector: np.ndarray, limit: int) -> list[Near]:
        """As ``VectorIndex.search``."""
        import numpy as np

        with self._lock:
            most = min(limit, len(self._held))
            if most < 1:
                return []
            rows = np.ascontiguousarray(vector, dtype=np.float32)[None, :]
            with _one_thread():
                similarities, numbers = self._index.search(rows, most, params=self._looking_for(most))
        found = zip(numbers[0].tolist(), similarities[0].tolist(), strict=True)
        near = [Near(number, similarity) for number, similarity in found if number >= 0]
        return sorted(near, key=lambda one: (-one.similarity, one.number))

    def save(self, path: Path, *, of: Sequence[int]) -> None:
        """Write it in one move; ``of`` says what it was made of.

        Raises
        ------
        OSError
            where it cannot be written.
        """
        with self._lock:
            body = _faiss().serialize_index(self._index).tobytes()
        digest = hashlib.sha256(body).hexdigest()
        said = {"format": _FORMAT, "embedder": self.embedder_name, "of": list(of), "sha256": digest}
        header = json.dumps({**said, "trained_on": self.trained_on}).encode()
        handle, made = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(header + b"\n" + body)
            Path(made).replace(path)
        except BaseException:
            Path(made).unlink(missing_ok=True)
            raise

    def close(self) -> None:
        """Let go of the vectors."""
        with self._lock:
            self._index.reset()
            self._held = set()

    def _looking_for(self, most: int) -> Any:
        """Which lists are looked into: all where most of what there is is asked for, else the usual."""
        if not self._has_lists or most < _LOOKED_INTO * len(self._held) / 2:
            return None
        return _faiss().SearchParametersIVF(nprobe=self._index.nlist)

    def _drop(self, numbers: set[int]) -> None:
        import numpy as np

        if numbers:
            self._index.remove_ids(np.fromiter(numbers, dtype=np.int64, count=len(numbers)))
            self._held -= numbers


def _flat(_count: int, dimensions: int) -> tuple[Any, int]:
    """An index that compares all, and on how many vectors it is trained."""
    faiss = _faiss()
    kind = faiss.ScalarQuantizer.QT_8bit
    rows = faiss.IndexScalarQuantizer(dimensions, kind, faiss.METRIC_INNER_PRODUCT)
    index = faiss.IndexIDMap2(rows)
    rows.this.disown()  # the map frees it
    index.own_fields = True
    return index, 20_000


def _lists(count: int, dimensions: int) -> tuple[Any, int]:
    """An index that compares those of some lists, and on how many vectors it is trained."""
    faiss = _faiss()
    lists = max(1, min(int(_LISTS * count**0.5), count // _TRAINED_ON))
    kind = faiss.ScalarQuantizer.QT_8bit
    centres = faiss.IndexFlatIP(dimensions)
    index = faiss.IndexIVFScalarQuantizer(centres, dimensions, lists, kind, faiss.METRIC_INNER_PRODUCT, False)
    index.nprobe = max(1, round(lists * _LOOKED_INTO))
    return index, lists * _TRAINED_ON


def _numbers_in(index: Any) -> np.ndarray:
    import numpy as np

    faiss = _faiss()
    if not hasattr(index, "nprobe"):
        return np.asarray(faiss.vector_to_array(index.id_map), dtype=np.int64)
    lists = index.invlists
    sizes = [lists.list_size(one) for one in range(lists.nlist)]
    found = [faiss.rev_swig_ptr(lists.get_ids(one), size) for one, size in enumerate(sizes) if size]
    return np.concatenate(found) if found else np.zeros(0, dtype=np.int64)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Search by this thread alone: one question is no work for several, which would wait for each other."""
    faiss = _faiss()
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


def _faiss() -> Any:
    return load("faiss", extra="embeddings", purpose="Searching many vectors")
