"""How often all tables that a question needs are among the first ten that are found.

python -m benchmarks.retrieval [--only SET ...] [--quick] [--minilm] [--misses]

Every ``NAME_catalog.jsonl`` with its ``NAME_questions.jsonl`` in the folder ``retrieval`` of the data is a
set, searched one database at a time and all together. Past queries are the other questions with the tables
that they used: in five folds, so that none is asked of a catalog that knows it or one of the same words.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from benchmarks.figures import Figure, Skipped, data_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from rasgo_nb.catalog.facts import Fact
    from rasgo_nb.catalog.search.catalog import Catalog, Hit
    from rasgo_nb.connectors.base import TableDetail, TableName

FIRST = 10
FOLDS = 5
MORE = 10.0  # points above plain BM25 that are promised, and again with past queries
HIGH = 85.0  # from which on plain BM25 need not be outdone, just reached
_K1, _B = 1.5, 0.75
_MOST_EMBEDDED = 1_000  # tables of a set that MiniLM is measured on unasked
_VALUE_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Question:
    id: str
    text: str
    evidence: str
    database: str
    needed: frozenset[str]  # full names, in lower case
    sql: str

    @property
    def fold(self) -> int:
        """Questions of the same words fall in the same one."""
        return int(hashlib.sha256(" ".join(_words(self.text)).encode()).hexdigest(), 16) % FOLDS


@dataclass(slots=True)
class Sample:
    """A set of questions and the tables that they are about."""

    name: str
    tables: dict[str, TableDetail]  # by full name, in lower case
    databases: dict[str, list[str]]
    values: list[Fact]
    questions: list[Question]

    def of_database(self, database: str) -> Sample:
        """Those of one database alone."""
        names = self.databases[database]
        own = {self.tables[name].name for name in names}
        return Sample(
            self.name,
            {name: self.tables[name] for name in names},
            {database: names},
            [fact for fact in self.values if fact.tables[0] in own],
            [question for question in self.questions if question.database == database],
        )


@dataclass(slots=True)
class Tally:
    """Of the questions asked, those whose tables were all found."""

    asked: int = 0
    right: int = 0
    seconds: list[float] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    @property
    def percent(self) -> float:
        return 100 * self.right / self.asked if self.asked else math.nan

    def ask(self, question: Question, text: str, found: Callable[[str], set[str]]) -> None:
        began = time.perf_counter()
        names = found(text)
        self.seconds.append(time.perf_counter() - began)
        self.asked += 1
        self.right += question.needed <= names
        if not question.needed <= names:
            self.missed.append(f"{question.id}: {question.text} | {sorted(question.needed - names)}")

    def add(self, other: Tally) -> None:
        self.asked += other.asked
        self.right += other.right
        self.seconds += other.seconds
        self.missed += other.missed


def samples(*, quick: bool, only: Sequence[str] = ()) -> list[Sample]:
    """All sets that the folder has; of the questions each tenth, where it has to be quick.

    Raises
    ------
    Skipped
        where there is none.
    """
    folder = data_folder() / "retrieval"
    names = sorted(path.name.removesuffix("_catalog.jsonl") for path in folder.glob("*_catalog.jsonl"))
    names = [name for name in names if (folder / f"{name}_questions.jsonl").exists()]
    if not names:
        raise Skipped(f"{folder} has no sets")
    return [_sample(name, quick=quick) for name in names if not only or name in only]


def measure(*, quick: bool) -> list[Figure]:
    """Each set in each way, with the bars that plain BM25 sets."""
    return [figure for sample in samples(quick=quick) for figure in figures_of(sample)]


def figures_of(sample: Sample, *, minilm: bool | None = None, misses: bool = False) -> list[Figure]:
    """The figures of one set; with MiniLM where it is installed and asked for, or the set is small."""
    found = []
    for where, parts in (
        ("together", [sample]),
        ("one database", [sample.of_database(name) for name in sorted(sample.databases)]),
    ):
        tallies = _tallies([part for part in parts if part.questions], _embedder(sample, minilm))
        plain = tallies["plain BM25"].percent
        found += [
            _figure(f"{sample.name}, {where}: {way}", tally, _bar(way, plain))
            for way, tally in tallies.items()
        ]
        for line in tallies["words and structure"].missed if misses else ():
            print(f"{sample.name}, {where}: {line}")
    return found


def _figure(what: str, tally: Tally, bar: float | None) -> Figure:
    slow = sorted(tally.seconds)[int(len(tally.seconds) * 0.95)]
    note = f"{tally.asked} questions, p95 {1000 * slow:.0f} ms"
    return Figure(what, tally.percent, "%", bar, bar_is_least=True, note=note)


def _bar(way: str, plain: float) -> float | None:
    if way == "plain BM25":
        return None
    more = 2 * MORE if "past queries" in way else MORE
    return round(max(plain, min(plain + more, 100.0 - MORE / 2)) if plain < HIGH else plain, 1)


def _tallies(parts: Sequence[Sample], embedder: Any) -> dict[str, Tally]:
    tallies: dict[str, Tally] = defaultdict(Tally)
    for part in parts:
        for way, tally in _ways(part, embedder):
            tallies[way].add(tally)
    return dict(tallies)


def _ways(sample: Sample, embedder: Any) -> Iterator[tuple[str, Tally]]:
    from rasgo_nb.catalog.search.catalog import Catalog

    yield "plain BM25", _asked(sample, PlainBM25(sample.tables).first)
    tables = list(sample.tables.values())
    bare = Catalog.of(tables)
    yield "words and structure, no values", _asked(sample, _finder(bare))
    catalog = Catalog.of(tables, sample.values)
    yield "words and structure", _asked(sample, _finder(catalog))
    if any(question.evidence for question in sample.questions):
        yield "words and structure, with evidence", _asked(sample, _finder(catalog), evidence=True)
    yield "and past queries", _with_history(sample, catalog)
    if embedder is not None:
        from rasgo_nb.catalog.vectors.catalog_vectors import CatalogVectors

        catalog.store.put_facts("history", [])
        vectors = CatalogVectors(catalog.store, embedder)
        vectors.catch_up()
        catalog.similar = vectors
        yield "and MiniLM", _asked(sample, _finder(catalog))
        yield "and past queries and MiniLM", _with_history(sample, catalog, vectors)
        vectors.close()


def _asked(sample: Sample, found: Callable[[str], set[str]], *, evidence: bool = False) -> Tally:
    tally = Tally()
    for one in sample.questions:
        tally.ask(one, f"{one.text} {one.evidence}" if evidence else one.text, found)
    return tally


def _with_history(sample: Sample, catalog: Catalog, vectors: Any = None) -> Tally:
    """Each fold is asked of a catalog that knows the questions of the others."""
    tally = Tally()
    for fold in range(FOLDS):
        asked = [one for one in sample.questions if one.fold == fold]
        if asked:
            others = (one for one in sample.questions if one.fold != fold)
            catalog.store.put_facts("history", [_past(sample, one) for one in others])
            if vectors is not None:
                vectors.catch_up()
            for one in asked:
                tally.ask(one, one.text, _finder(catalog))
    return tally


def _past(sample: Sample, question: Question) -> Fact:
    from rasgo_nb.catalog.facts import Fact, Origin

    tables = tuple(sample.tables[name].name for name in sorted(question.needed) if name in sample.tables)
    return Fact("query", tables, Origin("history"), text=question.text, sql=question.sql)


def _finder(catalog: Catalog) -> Callable[[str], set[str]]:
    return lambda text: {name for hit in catalog.search(text, limit=FIRST) for name in _names(hit)}


def _names(hit: Hit) -> Iterator[str]:
    for name in (hit.table.name, *hit.members):
        yield _full(name)


def _full(name: TableName) -> str:
    return "\n".join((name.database, name.schema, name.table)).lower()


class PlainBM25:
    """Okapi BM25 over the words of names and columns, as anyone would begin."""

    def __init__(self, tables: Mapping[str, TableDetail]) -> None:
        self._names = list(tables)
        pages = [
            Counter(_words(" ".join([table.name.table, *(column.name for column in table.columns)])))
            for table in tables.values()
        ]
        usual = sum(map(Counter.total, pages)) / max(1, len(pages))
        self._index: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for number, page in enumerate(pages):
            for word, count in page.items():
                length = 1 - _B + _B * page.total() / usual
                self._index[word].append((number, count * (_K1 + 1) / (count + _K1 * length)))

    def first(self, text: str) -> set[str]:
        """The best few."""
        scores: dict[int, float] = defaultdict(float)
        for word in _words(text):
            held = self._index.get(word, ())
            weight = math.log(1 + (len(self._names) - len(held) + 0.5) / (len(held) + 0.5))
            for number, score in held:
                scores[number] += weight * score
        best = sorted(scores, key=lambda number: (-scores[number], number))
        return {self._names[number] for number in best[:FIRST]}


def _words(text: str) -> list[str]:
    from rasgo_nb.catalog.search.words import split_words

    return split_words(text).lower().split()


def _sample(name: str, *, quick: bool) -> Sample:
    folder = data_folder() / "retrieval"
    rows = list(_lines(folder / f"{name}_catalog.jsonl"))
    by_full = {row["full_name"].lower(): _table_name(row) for row in rows}
    details = {_full(by_full[row["full_name"].lower()]): _detail(row, by_full) for row in rows}
    databases: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        databases[row["db"]].append(_full(by_full[row["full_name"].lower()]))
    asked = [
        Question(
            str(row["id"]),
            row["question"],
            row.get("evidence") or "",
            row["db"],
            frozenset(_needed(full, by_full) for full in row["gold_tables"]),
            row.get("gold_sql") or "",
        )
        for row in _lines(folder / f"{name}_questions.jsonl")
    ]
    values = [fact for row in rows for fact in _values(row, by_full[row["full_name"].lower()])]
    return Sample(name, details, dict(databases), values, asked[::10] if quick else asked)


def _needed(full: str, by_full: Mapping[str, TableName]) -> str:
    name = by_full.get(full.lower())
    return _full(name) if name else full.lower()


def _lines(path: Any) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def _table_name(row: Mapping[str, Any]) -> TableName:
    from rasgo_nb.connectors.base import TableName

    return TableName(row["db"], row.get("schema") or "", row["table"])


def _detail(row: Mapping[str, Any], by_full: Mapping[str, TableName]) -> TableDetail:
    from rasgo_nb.connectors.base import Column, ForeignKey, TableDetail

    own = _table_name(row)
    columns = row["columns"]
    keys = [(one["name"], other.rpartition(".")) for one in columns for other in one.get("fk") or ()]
    return TableDetail(
        own,
        tuple(
            Column(one["name"], one.get("type") or "", comment=one.get("description") or "")
            for one in columns
        ),
        primary_key=tuple(one["name"] for one in columns if one.get("pk")),
        foreign_keys=tuple(
            ForeignKey((name,), by_full[f"{row['db']}.{table}".lower()], (column,))
            for name, (table, _, column) in keys
            if f"{row['db']}.{table}".lower() in by_full
        ),
        comment=row.get("description") or "",
    )


def _values(row: Mapping[str, Any], name: TableName) -> Iterable[Fact]:
    from rasgo_nb.catalog.facts import Fact, Origin

    for one in row["columns"]:
        texts = tuple(str(value)[:_VALUE_LENGTH] for value in one.get("samples") or ())
        if any(any(map(str.isalpha, text)) for text in texts):
            yield Fact("values", (name,), Origin("statistics"), columns=(one["name"],), values=texts)


def _embedder(sample: Sample, wanted: bool | None) -> Any:
    from rasgo_nb.catalog.vectors.minilm import MiniLM, is_installed

    if wanted is False or not is_installed():
        return None
    return MiniLM() if wanted or len(sample.tables) <= _MOST_EMBEDDED else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--only", action="append", default=[], help="this set alone; may be repeated")
    parser.add_argument("--quick", action="store_true", help="each tenth question")
    parser.add_argument("--minilm", action=argparse.BooleanOptionalAction, help="whatever the set's size")
    parser.add_argument("--misses", action="store_true", help="print the questions that were missed")
    options = parser.parse_args()
    for sample in samples(quick=options.quick, only=options.only):
        print(f"{sample.name}: {len(sample.tables):,} tables, {len(sample.questions):,} questions")
        for one in figures_of(sample, minilm=options.minilm, misses=options.misses):
            bar = "" if one.bar is None else f"at least {one.bar:.1f} {one.verdict}"
            print(f"  {one.what:<60} {one.value:6.1f} %  {bar:<22} {one.note}", flush=True)


if __name__ == "__main__":
    main()
