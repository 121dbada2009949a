"""The catalog of one connection: its tables by name, and found by words of a question."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, overload

from rasgo_nb.catalog.search.finding import Finding, Snapshot
from rasgo_nb.catalog.search.hits import Hit as Hit
from rasgo_nb.catalog.search.hits import matching_columns, telling_facts, why_found
from rasgo_nb.catalog.search.joins import joins_between, joins_of
from rasgo_nb.catalog.search.terms import read_terms
from rasgo_nb.catalog.search.words import split_words as split_words
from rasgo_nb.catalog.stores.sqlite_store import SqliteStore
from rasgo_nb.connectors.base import TableDetail

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rasgo_nb.catalog.facts import Fact, FactKind
    from rasgo_nb.catalog.search.families import Family
    from rasgo_nb.catalog.search.rank import Candidate
    from rasgo_nb.catalog.stores.base import FactMatch, Store
    from rasgo_nb.catalog.vectors.base import SimilarSearch
    from rasgo_nb.connectors.base import TableName

_BATCH = 200  # tables that are read at once where all are gone through
_LOOKED_AT_OF_FAMILY = 4  # tables of a family, whose columns are put together
_SPEAKING: tuple[FactKind, ...] = ("description", "synonym", "metric")


class Catalog:
    """What tables exist and mean, searchable. May be used from any thread.

    ``similar`` finds tables by vectors, where there is an embedder. ``note`` is empty, or says why the last
    search went without.
    """

    def __init__(self, held: Store | Iterable[TableDetail], *, similar: SimilarSearch | None = None) -> None:
        self.store: Store = _in_memory(held) if isinstance(held, Iterable) else held
        self.similar = similar
        self.note = ""
        self._lock = threading.Lock()
        self._snapshot: Snapshot | None = None

    @classmethod
    def of(cls, tables: Iterable[TableDetail], facts: Iterable[Fact] = ()) -> Catalog:
        """A catalog of these tables, and of facts, in memory."""
        catalog = cls(_in_memory(tables))
        by_source: dict[str, list[Fact]] = {}
        for fact in facts:
            by_source.setdefault(fact.origin.source, []).append(fact)
        for source, own in by_source.items():
            catalog.store.put_facts(source, own)
        return catalog

    @property
    def tables(self) -> Sequence[TableDetail]:
        """All tables in order of name, each read when it is asked for."""
        return _Tables(self.store)

    def names(self) -> Sequence[TableName]:
        """The names of all tables, in order."""
        return self.store.names()

    def learn(self, table: TableDetail) -> None:
        """Take in what the database says of a table now, in place of what was known."""
        self.store.put_tables([(table, "")])

    def forget(self, name: TableName) -> None:
        """Drop a table that is there no longer."""
        self.store.drop_tables([name])

    def table(self, name: str) -> TableDetail | None:
        """The table of that name, with or without its schema, whatever the case; None unless just one."""
        found = self.named(name)
        return found[0] if len(found) == 1 else None

    def spelled(self, name: str) -> TableDetail | None:
        """As ``table``; of several whose names differ by case alone, the one that is spelled so."""
        found = self.named(name)
        exact = [one for one in found if f".{one.name}".endswith(f".{name}")]
        return next((those[0] for those in (found, exact) if len(those) == 1), None)

    def named(self, name: str) -> Sequence[TableDetail]:
        """All tables of that name, with or without their schema, whatever the case."""
        return self.store.details(self.store.named(name))

    def has(self, name: str) -> bool:
        """Whether one table or several have that name."""
        return bool(self.store.named(name))

    def has_schema(self, name: str) -> bool:
        """Whether tables of that schema, with or without its database, are known."""
        return self.store.has_schema(name)

    def facts(self, tables: Sequence[TableName], *, kinds: Sequence[FactKind] = ()) -> list[Fact]:
        """What sources say of these tables and their columns; of these kinds, or all."""
        return self.store.facts(tables=tables, kinds=kinds)

    def joins(self, tables: Sequence[TableName]) -> list[Fact]:
        """How these tables are joined with each other, the surest first."""
        return joins_between(self.store, self.store.details(list(dict.fromkeys(tables))))

    def neighbours(self, table: TableName) -> list[Fact]:
        """The joins of a table with others, the surest first."""
        return joins_of(self.store, table)

    def search(self, words: str, *, limit: int) -> list[Hit]:
        """The best ``limit`` tables, best first; where few match, the others follow with score 0."""
        finding = Finding(self._now(), words, self.similar)
        best = finding.find()[:limit]
        self.note = finding.note
        hits = self._hits(finding, best)
        if len(hits) < limit:
            hits += self._rest(finding, hits, limit - len(hits))
        return hits

    def search_facts(self, words: str, *, limit: int, kinds: Sequence[FactKind] = ()) -> list[FactMatch]:
        """The facts of these kinds that bear on the words, best first; metrics, queries and notes if none."""
        terms = read_terms(words, self._now().lexicon)
        asked = [form for term in terms for form in dict.fromkeys([term.word, *term.forms])]
        return self.store.match_facts(asked, limit, kinds) if asked else []

    def _now(self) -> Snapshot:
        generation = self.store.generation
        with self._lock:
            if self._snapshot is None or self._snapshot.generation != generation:
                self._snapshot = Snapshot(self.store, generation, self.store.names())
            return self._snapshot

    def _hits(self, finding: Finding, best: Sequence[Candidate]) -> list[Hit]:
        details = {one.name: one for one in self.store.details([one.name for one in best])}
        joins = joins_between(self.store, list(details.values()))
        forms = {form for term in finding.terms for form in term.forms}
        said: dict[TableName, list[Fact]] = {}
        for fact in self.store.facts(tables=list(details), kinds=_SPEAKING) if details else ():
            said.setdefault(fact.tables[0], []).append(fact)
        return [
            self._hit(finding, one, details[one.name], joins, forms, said.get(one.name, []))
            for one in best
            if one.name in details
        ]

    def _hit(
        self,
        finding: Finding,
        candidate: Candidate,
        table: TableDetail,
        joins: Sequence[Fact],
        forms: set[str],
        said: Sequence[Fact],
    ) -> Hit:
        name = candidate.name
        family = finding.family(name)
        table = self._united(table, family) if family else table
        votes = finding.votes.get(name)
        queries = tuple(votes.queries) if votes else ()
        columns = matching_columns(table, forms) if candidate.spots else ()
        own = tuple(join for join in joins if name in join.tables[:2])
        return Hit(
            table,
            round(candidate.score, 3),
            why_found(candidate, columns, len(queries), own),
            columns,
            (*queries[:3], *telling_facts(said, forms)),
            own,
            str(family) if family else "",
            len(queries),
            family.members if family else (),
            not candidate.shares,
        )

    def _united(self, table: TableDetail, family: Family) -> TableDetail:
        """The table with the columns that others of its family have besides."""
        step = max(1, len(family.members) // _LOOKED_AT_OF_FAMILY)
        others = self.store.details([family.newest, *family.members[::step]])
        columns = {column.name: column for one in (table, *others) for column in one.columns}
        return replace(table, columns=tuple(columns.values()))

    def _rest(self, finding: Finding, hits: Sequence[Hit], most: int) -> list[Hit]:
        """Tables that nothing speaks for, where all there are find room."""
        found = {name for hit in hits for name in (hit.table.name, *hit.members)}
        families = finding.snapshot.families
        if len(finding.snapshot.names) > len(found) + most + len(families):
            return []
        left = [name for name in finding.snapshot.names if name not in found]
        kinds = list(dict.fromkeys(families[one].newest if one in families else one for one in left))
        details = self.store.details(kinds) if len(kinds) <= most else []
        return [Hit(table, 0.0, "", is_beside=True) for table in details]


class _Tables(Sequence[TableDetail]):
    """The tables of a store, in order of name."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._names = store.names()

    def __len__(self) -> int:
        return len(self._names)

    @overload
    def __getitem__(self, place: int) -> TableDetail: ...
    @overload
    def __getitem__(self, place: slice) -> list[TableDetail]: ...
    def __getitem__(self, place: int | slice) -> TableDetail | list[TableDetail]:
        if isinstance(place, slice):
            return self._store.details(self._names[place])
        return self._store.details([self._names[place]])[0]

    def __iter__(self) -> Iterator[TableDetail]:
        for start in range(0, len(self._names), _BATCH):
            yield from self._store.details(self._names[start : start + _BATCH])


def _in_memory(tables: Iterable[TableDetail]) -> SqliteStore:
    store = SqliteStore()
    store.put_tables([(table, "") for table in tables])
    return store
