"""Keeps vectors of what a store holds, beside the person's work, and finds what is like a question."""

from __future__ import annotations

import json
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from rasgo_nb._optional import load_numpy
from rasgo_nb.catalog.stores.sqlite_store_rows import packed_fact, unpacked_fact
from rasgo_nb.catalog.vectors.base import CannotHold, Similar
from rasgo_nb.catalog.vectors.local_index import LocalIndex
from rasgo_nb.catalog.vectors.texts import DESCRIBING, FOUND, fact_text, mark_of, number_of, table_text
from rasgo_nb.catalog.vectors.vector_file import Document, VectorFile
from rasgo_nb.connectors.base import TableName
from rasgo_nb.errors import RasgoError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    import numpy as np

    from rasgo_nb.catalog.facts import Fact
    from rasgo_nb.catalog.stores.base import Store
    from rasgo_nb.catalog.vectors.base import Near, TextEmbedder, VectorIndex
    from rasgo_nb.catalog.vectors.vector_file import Part

TEXTS_VERSION = "1"  # of how texts are made: with another one all are embedded anew

_PARTS: tuple[Part, ...] = ("table", "fact", "memory")
_BATCH = 128  # texts that are embedded, and kept, at a time
_CHUNK = 1_000  # tables whose facts are read at a time
_QUESTIONS = 256  # of which the vectors are held
_LOOK_S = 1.0  # how often it is seen whether the store has changed
_REST_S = 60.0  # after an embedder has failed, before it is asked again


@dataclass(frozen=True, slots=True)
class VectorState:
    """How far it is: ``texts`` are embedded; of ``wanted`` that were new, ``done`` are by now.

    ``note`` says what is wrong. ``dimensions`` is 0 where nothing is embedded on this machine.
    """

    embedder: str
    texts: int = 0
    dimensions: int = 0
    done: int = 0
    wanted: int = 0
    note: str = ""


class CatalogVectors:
    """A ``SimilarSearch`` over one store. May be used from any thread.

    Parameters
    ----------
    path : of the file that vectors are kept in; None holds them in memory
    shared : indexes of a team, by part, in place of those in the file
    """

    def __init__(
        self,
        store: Store,
        embedder: TextEmbedder,
        *,
        path: Path | None = None,
        shared: Mapping[Part, VectorIndex] | None = None,
    ) -> None:
        self._store = store
        self._embedder = embedder
        self._file = VectorFile(path)
        self._own: dict[Part, LocalIndex] = {
            part: LocalIndex(self._file, part, embedder.name) for part in _PARTS if part not in (shared or {})
        }
        self._indexes: dict[Part, VectorIndex] = {**self._own, **(shared or {})}
        self._questions: OrderedDict[str, np.ndarray] = OrderedDict()
        self._lock = threading.Lock()
        self._catching_up = threading.Lock()
        self._stopped = threading.Event()
        self._is_over: Callable[[], bool] = lambda: False
        self._thread: threading.Thread | None = None
        self._note, self._asked_again_s = "", 0.0
        self._lasting_note = ""  # why what a team should hold is kept here
        self._done, self._wanted = 0, 0
        self._seen = -1  # the generation of the store that has been caught up with

    def start(self, *, is_over: Callable[[], bool] = lambda: False) -> None:
        """Follow the store on a thread of its own, until it is closed, or ``is_over`` says so."""
        with self._lock:
            self._is_over = is_over
            if self._thread is None and not self._stopped.is_set():
                load_numpy()
                # A daemon: a provider that does not answer must not keep the kernel from ending.
                self._thread = threading.Thread(target=self._follow, name="rasgo_nb vectors", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Stop and let go of the file; what has been embedded is kept. A second call does nothing."""
        self._stopped.set()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout=5.0)
        self._let_go()

    def state(self) -> VectorState:
        """How far it is."""
        name = self._embedder.name
        try:
            texts, dimensions = sum(map(len, self._indexes.values())), self._file.dimensions(name)
        except RasgoError as error:
            return VectorState(name, done=self._done, wanted=self._wanted, note=self._note or str(error))
        return VectorState(name, texts, dimensions, self._done, self._wanted, self._note)

    def similar(self, words: str, limit: int) -> Similar:
        """As ``SimilarSearch.similar``."""
        if not words.strip():
            return Similar()
        if time.monotonic() < self._asked_again_s:
            return Similar(note=self._note)
        try:
            vector = self._question(words)
            found = {part: index.search(vector, limit) for part, index in self._indexes.items()}
            facts = [*self._facts("fact", found["fact"]), *self._facts("memory", found["memory"])]
            facts.sort(key=lambda one: -one[1])
            # Tables of the same text have one vector.
            tables = islice(self._tables(found["table"]), limit)
            return Similar(tuple(tables), tuple(facts[:limit]))
        except RasgoError as error:
            # Each search would wait for it again.
            self._note, self._asked_again_s = str(error), time.monotonic() + _REST_S
            return Similar(note=self._note)

    def catch_up(self) -> None:
        """Embed what is new in the store, and let go of what is gone; returns early when it is closed.

        What was done stays done, whatever ends it.

        Raises
        ------
        RasgoError
            when the embedder fails.
        """
        with self._catching_up:
            self._settle()
            self._done = self._wanted = 0
            facts = self._changed_facts("fact") + self._changed_facts("memory")
            tables = self._changed_tables()
            self._wanted = len(facts) + len(tables)
            for part, batch in _batches(facts):
                self._embed(part, [(document, text) for _, document, text in batch])
            for start in range(0, len(tables), _BATCH):
                self._embed("table", self._table_documents(tables[start : start + _BATCH]))
            if not self._is_stopped():
                for part, index in self._own.items():
                    self._file.drop_unused(self._embedder.name, part)
                    index.keep()
            self._note = self._lasting_note

    def _settle(self) -> None:
        """Keep on this machine what a team's server cannot hold."""
        for part, index in [*self._indexes.items()]:
            if part in self._own:
                continue
            try:
                index.held([])
            except CannotHold as error:
                index.close()
                self._own[part] = LocalIndex(self._file, part, self._embedder.name)
                self._indexes[part] = self._own[part]
                self._note = self._lasting_note = str(error)

    def _follow(self) -> None:
        while not self._is_stopped():
            wait_s = _LOOK_S
            try:
                generation = self._store.generation
                if generation != self._seen:
                    self._seen = generation
                    self.catch_up()
            except RasgoError as error:
                self._seen, self._note, wait_s = -1, str(error), _REST_S
            self._stopped.wait(wait_s)
        self._let_go()

    def _let_go(self) -> None:
        for index in self._indexes.values():
            index.close()
        self._file.close()

    def _is_stopped(self) -> bool:
        return self._stopped.is_set() or self._is_over()

    def _question(self, words: str) -> np.ndarray:
        with self._lock:
            held = self._questions.get(words)
            if held is not None:
                self._questions.move_to_end(words)
                return held
        vectors = self._embedder.embed([words], kind="query")
        self._check(vectors)
        vector: np.ndarray = vectors[0]
        with self._lock:
            self._questions[words] = vector
            while len(self._questions) > _QUESTIONS:
                self._questions.popitem(last=False)
        return vector

    def _tables(self, found: Sequence[Near]) -> Iterator[tuple[TableName, float]]:
        meant = self._file.meant("table", [near.number for near in found])
        for near in found:
            for name in meant.get(near.number, ()):
                yield TableName(*json.loads(name)), near.similarity

    def _facts(self, part: Part, found: Sequence[Near]) -> Iterator[tuple[Fact, float]]:
        if not found:
            return
        meant = self._file.meant(part, [near.number for near in found])
        # What a person has just forgotten must not be found until the next catching up.
        kept = set(self._store.facts(kinds=FOUND, source="memory")) if part == "memory" else None
        for near in found:
            for fact in map(unpacked_fact, meant.get(near.number, ())):
                if kept is None or fact in kept:
                    yield fact, near.similarity

    def _changed_facts(self, part: Part) -> list[tuple[Part, Document, str]]:
        """The documents and texts of facts that are not held; those that are gone are let go."""
        source = "memory" if part == "memory" else ""
        wanted: dict[str, tuple[Document, str]] = {}
        for fact in self._store.facts(kinds=FOUND, source=source):
            text = fact_text(fact)
            if text and (part == "memory") == (fact.origin.source == "memory"):
                meant = packed_fact(fact)
                key = mark_of(meant)
                wanted[key] = Document(key, self._mark(), number_of(text), meant), text
        held = self._file.marks(part)
        self._file.drop_documents(part, [key for key in held if key not in wanted])
        return [(part, *one) for key, one in wanted.items() if held.get(key) != one[0].mark]

    def _changed_tables(self) -> list[tuple[TableName, str]]:
        """The tables whose text may have changed, with their marks; those that are gone are let go."""
        held = self._file.marks("table")
        marks = self._store.marks()
        keys = {name: _key(name) for name in marks}
        self._file.drop_documents("table", list(held.keys() - set(keys.values())))
        changed = []
        names = sorted(marks, key=str)
        for start in range(0, len(names), _CHUNK):
            chunk = names[start : start + _CHUNK]
            described = self._described(chunk)
            for name in chunk:
                said = [fact.text or fact.name for fact in described.get(name, ())]
                mark = self._mark(marks[name], *said)
                if held.get(keys[name]) != mark or not marks[name]:
                    changed.append((name, mark))
        return changed

    def _described(self, names: Sequence[TableName]) -> dict[TableName, list[Fact]]:
        found: dict[TableName, list[Fact]] = {}
        for fact in self._store.facts(tables=names, kinds=DESCRIBING):
            if fact.tables and not fact.columns:
                found.setdefault(fact.tables[0], []).append(fact)
        return found

    def _table_documents(self, tables: Sequence[tuple[TableName, str]]) -> list[tuple[Document, str]]:
        names = [name for name, _ in tables]
        marks = dict(tables)
        described = self._described(names)
        found = []
        for detail in self._store.details(names):
            text = table_text(detail, described.get(detail.name, ()))
            key = _key(detail.name)
            found.append((Document(key, marks[detail.name], number_of(text), key), text))
        return found

    def _embed(self, part: Part, documents: Sequence[tuple[Document, str]]) -> None:
        if self._is_stopped():
            return
        texts = {document.number: text for document, text in documents}
        index = self._indexes[part]
        held = index.held(list(texts))
        missing = {number: text for number, text in texts.items() if number not in held}
        if missing:
            vectors = self._embedder.embed(list(missing.values()), kind="document")
            self._check(vectors)
            index.add(list(missing), vectors)
        self._file.put_documents(part, [document for document, _ in documents])
        self._done += len(documents)

    def _check(self, vectors: np.ndarray) -> None:
        """Have vectors that were kept let go where the embedder makes those of another length now."""
        if self._file.dimensions(self._embedder.name) not in (0, vectors.shape[1]):
            self._file.forget(self._embedder.name)
            for index in self._own.values():
                index.close()
            self._seen = -1

    def _mark(self, *parts: str) -> str:
        return mark_of(TEXTS_VERSION, self._embedder.name, *parts)


def _key(name: TableName) -> str:
    return json.dumps([name.database, name.schema, name.table], ensure_ascii=False)


def _batches(
    found: Sequence[tuple[Part, Document, str]],
) -> Iterator[tuple[Part, list[tuple[Part, Document, str]]]]:
    for part in _PARTS:
        of_part = [one for one in found if one[0] == part]
        for start in range(0, len(of_part), _BATCH):
            yield part, of_part[start : start + _BATCH]
