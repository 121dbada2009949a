"""Past statements and the run's own answers as facts: which tables were used together, and how joined."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rasgo_nb.catalog.crawl.past_read import read_past
from rasgo_nb.catalog.facts import Fact, Origin

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rasgo_nb.catalog.crawl.past_read import DetailOf, PastRead, Resolve, SeenJoin
    from rasgo_nb.catalog.stores.base import Store
    from rasgo_nb.connectors.base import PastStatement, TableDetail, TableName

SOURCE = "history"
RUNS = "runs"
MOST_RUNS = 2_000
_LONGEST_QUESTION = 2_000


@dataclass(slots=True)
class _Seen:
    read: PastRead
    times: float = 0.0
    last_at: str = ""


@dataclass(slots=True)
class Gathering:
    """Statements as they come in; those that differ in literals alone are one."""

    dialect: str
    resolve: Resolve
    detail_of: DetailOf
    _seen: dict[str, _Seen] = field(default_factory=dict)
    _joins: dict[SeenJoin, float] = field(default_factory=lambda: defaultdict(float))

    def add(self, past: PastStatement) -> None:
        """Take in a statement, where it reads known tables."""

        def resolve(spelling: str) -> TableName | None:
            inside = (
                self.resolve(f"{past.schema}.{spelling}") if past.schema and "." not in spelling else None
            )
            return inside or self.resolve(spelling)

        read = read_past(past.sql, self.dialect, resolve, self.detail_of)
        if read is None:
            return
        seen = self._seen.setdefault(read.sql, _Seen(read))
        seen.times += past.times
        seen.last_at = max(seen.last_at, past.last_at)
        for join in read.joins:
            self._joins[join] += past.times

    def facts(self, source: str = SOURCE) -> list[Fact]:
        """The statements and joins, those seen most often first."""
        queries = [
            Fact(
                "query",
                seen.read.tables,
                Origin(source, at=seen.last_at),
                sql=seen.read.sql,
                columns=seen.read.columns.get(seen.read.tables[0], ()),
                weight=seen.times,
            )
            for seen in self._seen.values()
            if seen.read.tables
        ]
        now = _now()
        joins = [join_fact(join, source, times, at=now) for join, times in self._joins.items()]
        return sorted([*queries, *joins], key=lambda fact: -fact.weight)


def join_fact(join: SeenJoin, source: str, times: float, *, at: str = "") -> Fact:
    """A join that past statements made so often, as it was read at that time."""
    return Fact(
        "join",
        (join.table, join.other),
        Origin(source, at=at),
        columns=join.columns,
        referenced_columns=join.other_columns,
        weight=times,
    )


def facts_of_run(
    question: str, statements: Sequence[str], dialect: str, resolve: Resolve, detail_of: DetailOf
) -> list[Fact]:
    """What an accepted answer teaches: its question with the tables and statements that it rests on.

    Values in the statements are left out; the question is the person's own. Nothing where no statement reads
    a known table.
    """
    reads = [read for one in statements if (read := read_past(one, dialect, resolve, detail_of)) is not None]
    if not reads:
        return []
    at = _now()
    tables = tuple(dict.fromkeys(table for read in reads for table in read.tables))
    query = Fact(
        "query",
        tables,
        Origin(RUNS, at=at),
        text=question[:_LONGEST_QUESTION],
        sql=";\n".join(dict.fromkeys(read.sql for read in reads)),
        columns=tuple(dict.fromkeys(name for read in reads for name in read.columns.get(tables[0], ()))),
    )
    joins = dict.fromkeys(join for read in reads for join in read.joins)
    return [query, *(join_fact(join, RUNS, 1.0) for join in joins)]


def keep_run(store: Store, facts: Iterable[Fact]) -> None:
    """Put what a run teaches beside what earlier ones did; the newest questions are kept."""
    held = store.facts(source=RUNS)
    queries = [fact for fact in (*held, *facts) if fact.kind == "query"]
    queries.sort(key=lambda fact: fact.origin.at)
    joins: dict[Fact, float] = defaultdict(float)
    for fact in (*held, *facts):
        if fact.kind == "join":
            joins[replace(fact, weight=1.0)] += fact.weight
    summed = [replace(fact, weight=times) for fact, times in joins.items()]
    store.put_facts(RUNS, [*queries[-MOST_RUNS:], *summed])


class KnownTables:
    """Names and details of a store's tables, each read once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._names: dict[str, TableName | None] = {}
        self._details: dict[TableName, TableDetail | None] = {}

    def resolve(self, spelling: str) -> TableName | None:
        """The one table that is meant, or the family of one a day that it belongs to."""
        if spelling not in self._names:
            found = self._store.named(spelling) or self._store.named(_family_of(spelling))
            self._names[spelling] = found[0] if len(found) == 1 else None
        return self._names[spelling]

    def detail_of(self, name: TableName) -> TableDetail | None:
        """What is held of the table."""
        if name not in self._details:
            self._details[name] = next(iter(self._store.details([name])), None)
        return self._details[name]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _family_of(spelling: str) -> str:
    """``events_20240101`` is one of ``events_*``; the name itself where it ends in no day."""
    head, day = spelling[:-8], spelling[-8:]
    return f"{head}*" if head and day.isdigit() else spelling
