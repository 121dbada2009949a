"""The store of one connection in an SQLite file: its tables, its facts, and the words of both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.catalog.search.words import Page, page_of
from rasgo_nb.catalog.stores.base import FactMatch, Match
from rasgo_nb.catalog.stores.sqlite_store_changes import (
    PAGE_FIELDS,
    SCRIPT,
    VERSION,
    drop_tables,
    facts_in,
    generation_of,
    holes,
    name_of,
    names_in,
    number_of,
    parts_of,
    put_facts,
    put_tables,
)
from rasgo_nb.catalog.stores.sqlite_store_file import SqliteFile
from rasgo_nb.catalog.stores.sqlite_store_rows import (
    endings,
    folded,
    packed_fact,
    packed_table,
    schema_spellings,
    spellings,
    unpacked_fact,
    unpacked_table,
)
from rasgo_nb.catalog.stores.sqlite_store_words import Words
from rasgo_nb.connectors.base import TableName

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from rasgo_nb.catalog.facts import Fact, FactKind
    from rasgo_nb.connectors.base import TableDetail

_MOST_TERMS = 200


class SqliteStore:
    """A ``Store`` in a file, or in memory where ``path`` is None.

    ``note`` is empty, or says why what was kept is gone, or why nothing is kept.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.file = SqliteFile(path, SCRIPT, version=VERSION)  # neighbours may keep tables of their own in it
        self._words = Words()
        self._names: tuple[int, tuple[TableName, ...]] = (-1, ())

    @property
    def path(self) -> Path | None:
        """The file; None where all is held in memory."""
        return self.file.path

    @property
    def note(self) -> str:
        """What the person should know of the file."""
        return self.file.note

    @property
    def is_empty(self) -> bool:
        """Whether no table is held."""
        return self.file.read(lambda link: link.execute("SELECT 1 FROM tables LIMIT 1").fetchone()) is None

    @property
    def generation(self) -> int:
        """As in ``Store``."""
        return self.file.read(generation_of)

    def names(self) -> Sequence[TableName]:
        """As in ``Store``."""
        held, names = self._names
        if held != self.generation:
            held, names = self.file.read(names_in)
            self._names = held, names
        return names

    def marks(self) -> dict[TableName, str]:
        """As in ``Store``."""
        rows = self.file.read(
            lambda link: link.execute("SELECT database, schema, name, mark FROM tables").fetchall()
        )
        return {TableName(*row[:3]): row[3] for row in rows}

    def put_tables(self, tables: Iterable[tuple[TableDetail, str]]) -> None:
        """As in ``Store``."""
        rows = [(table, mark, packed_table(table), page_of(table)) for table, mark in tables]
        if rows:
            self.file.write(lambda link: put_tables(link, rows))

    def drop_tables(self, names: Iterable[TableName]) -> None:
        """As in ``Store``."""
        gone = list(names)
        if gone:
            self.file.write(lambda link: drop_tables(link, gone))

    def details(self, names: Sequence[TableName]) -> list[TableDetail]:
        """As in ``Store``."""
        select = "SELECT detail FROM tables WHERE (database, schema, name) = (?, ?, ?)"

        def found(link: sqlite3.Connection) -> list[TableDetail]:
            rows = ((name, link.execute(select, parts_of(name)).fetchone()) for name in names)
            return [unpacked_table(name, row[0]) for name, row in rows if row]

        return self.file.read(found)

    def put_facts(self, source: str, facts: Iterable[Fact]) -> None:
        """As in ``Store``."""
        given = {packed_fact(fact): fact for fact in facts}
        self.file.write(lambda link: put_facts(link, source, given))

    def facts(
        self, *, tables: Sequence[TableName] | None = None, kinds: Sequence[FactKind] = (), source: str = ""
    ) -> list[Fact]:
        """As in ``Store``."""
        return self.file.read(
            lambda link: [unpacked_fact(text) for text in facts_in(link, tables, kinds, source)]
        )

    def named(self, spelling: str) -> list[TableName]:
        """As in ``Store``."""
        wanted = folded(spelling)
        ends = endings(wanted)
        select = f"SELECT database, schema, name FROM tables WHERE folded IN ({holes(ends)})"
        found = self.file.read(lambda link: link.execute(select, ends).fetchall())
        names = (TableName(*row) for row in found)
        return sorted(name for name in names if wanted in spellings(name))

    def has_schema(self, spelling: str) -> bool:
        """As in ``Store``."""
        wanted = folded(spelling)
        rows = self.file.read(lambda link: link.execute("SELECT database, schema FROM schemas").fetchall())
        return any(wanted in schema_spellings(TableName(row[0], row[1], "")) for row in rows)

    def match(self, terms: Sequence[str], limit: int) -> list[Match]:
        """As in ``Store``."""

        def found(link: sqlite3.Connection) -> list[Match]:
            held = generation_of(link)
            best = self._words.best(link, held, _kept(terms), limit)
            known, names = self._names
            if known == held:
                return [Match(one.number, names[one.place], one.score) for one in best]
            rows = ((one, name_of(link, one.number)) for one in best)
            return [Match(one.number, name, one.score) for one, name in rows if name is not None]

        return self.file.read(found)

    def frequencies(self, terms: Sequence[str]) -> dict[str, int]:
        """As in ``Store``."""
        kept = _kept(terms)
        return self.file.read(lambda link: self._words.frequencies(link, generation_of(link), kept))

    def name_frequencies(self, terms: Sequence[str]) -> dict[str, int]:
        """As in ``Store``."""
        kept = _kept(terms)
        return self.file.read(lambda link: self._words.name_frequencies(link, generation_of(link), kept))

    def vocabulary(self) -> list[str]:
        """As in ``Store``."""
        rows = self.file.read(lambda link: link.execute("SELECT term FROM page_words").fetchall())
        return [row[0] for row in rows]

    def pages(self, numbers: Sequence[int]) -> dict[int, Page]:
        """As in ``Store``."""
        select = f"SELECT {PAGE_FIELDS} FROM page WHERE rowid = ?"
        rows = self.file.read(
            lambda link: [(number, link.execute(select, (number,)).fetchone()) for number in numbers]
        )
        return {number: Page(*row) for number, row in rows if row}

    def numbers(self, names: Sequence[TableName]) -> dict[TableName, int]:
        """As in ``Store``."""
        rows = self.file.read(lambda link: [(name, number_of(link, name)) for name in names])
        return {name: number for name, number in rows if number is not None}

    def match_facts(
        self, terms: Sequence[str], limit: int, kinds: Sequence[FactKind] = ()
    ) -> list[FactMatch]:
        """As in ``Store``."""
        query, wanted = _any_of(terms), list(kinds) or ["metric", "query", "note"]
        if not query:
            return []
        select = (
            "SELECT fact, -bm25(fact_page) AS score FROM fact_page JOIN facts ON number = fact_page.rowid "
            f"WHERE fact_page MATCH ? AND kind IN ({holes(wanted)}) ORDER BY score DESC, fact LIMIT ?"
        )

        def found(link: sqlite3.Connection) -> list[FactMatch]:
            rows = link.execute(select, (query, *wanted, limit))
            return [FactMatch(unpacked_fact(text), score) for text, score in rows]

        return self.file.read(found)

    def close(self) -> None:
        """As in ``Store``."""
        self.file.close()


def _kept(terms: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(term for term in terms if term))[:_MOST_TERMS]


def _any_of(terms: Sequence[str]) -> str:
    words = (term.replace('"', "") for term in _kept(terms))
    return " OR ".join(f'"{word}"' for word in words if word)
