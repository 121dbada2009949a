"""What an SQLite store writes, and reads to know what to write; each function within a transaction."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rasgo_nb.catalog.search.joins import KEYS, declared_joins
from rasgo_nb.catalog.search.words import FIELDS, Page, page_of, stems_of_fact
from rasgo_nb.catalog.stores.sqlite_store_file import Damaged
from rasgo_nb.catalog.stores.sqlite_store_rows import folded, packed_fact, unpacked_fact, unpacked_table
from rasgo_nb.connectors.base import TableName

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from rasgo_nb.catalog.facts import Fact
    from rasgo_nb.connectors.base import TableDetail

VERSION = 2  # of the tables and of what is in them; files of another are made anew
PAGE_FIELDS = ", ".join(f'"{name}"' for name in FIELDS)
SCRIPT = f"""
CREATE TABLE state (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE tables (
    number INTEGER PRIMARY KEY AUTOINCREMENT, database TEXT NOT NULL, schema TEXT NOT NULL,
    name TEXT NOT NULL, folded TEXT NOT NULL, mark TEXT NOT NULL, detail BLOB NOT NULL,
    UNIQUE (database, schema, name)
);
CREATE INDEX tables_folded ON tables (folded);
CREATE TABLE schemas (
    database TEXT NOT NULL, schema TEXT NOT NULL, tables INTEGER NOT NULL, PRIMARY KEY (database, schema)
) WITHOUT ROWID;
CREATE TABLE facts (
    number INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, kind TEXT NOT NULL, fact TEXT NOT NULL
);
CREATE INDEX facts_source ON facts (source);
CREATE INDEX facts_kind ON facts (kind);
CREATE TABLE fact_tables (
    name TEXT NOT NULL, schema TEXT NOT NULL, database TEXT NOT NULL, fact INTEGER NOT NULL,
    PRIMARY KEY (name, schema, database, fact)
) WITHOUT ROWID;
CREATE INDEX fact_tables_fact ON fact_tables (fact);
CREATE VIRTUAL TABLE page USING fts5({PAGE_FIELDS}, tokenize = 'ascii');
CREATE VIRTUAL TABLE page_words USING fts5vocab(page, row);
CREATE VIRTUAL TABLE fact_page USING fts5(words, tokenize = 'ascii');
INSERT INTO state VALUES ('generation', 0)"""
_FOUND = ("metric", "query", "note", "exposure")  # kinds of facts that are found by their words
_SILENT = frozenset(("query", "join", "lineage"))  # kinds that are no part of a table's page


def generation_of(link: sqlite3.Connection) -> int:
    """Counts up with every change."""
    row = link.execute("SELECT value FROM state WHERE name = 'generation'").fetchone()
    if row is None or not isinstance(row[0], int):
        raise Damaged("its count of changes is gone")
    return row[0]


def _count_up(link: sqlite3.Connection) -> None:
    link.execute("UPDATE state SET value = value + 1 WHERE name = 'generation'")


def names_in(link: sqlite3.Connection) -> tuple[int, tuple[TableName, ...]]:
    """The generation, and all tables of it in order of name."""
    held = generation_of(link)
    rows = link.execute("SELECT database, schema, name FROM tables ORDER BY database, schema, name")
    return held, tuple(TableName(*row) for row in rows)


def put_tables(link: sqlite3.Connection, rows: Sequence[tuple[TableDetail, str, bytes, Page]]) -> None:
    """Take in tables with their marks, details and the pages that they have without facts."""
    fresh: Counter[tuple[str, str]] = Counter()
    for table, mark, detail, page in rows:
        parts, old = parts_of(table.name), number_of(link, table.name)
        facts = _facts_of_page(link, table.name)
        page = page_of(table, facts) if facts else page
        if old is None:
            number = link.execute(_INSERT, (*parts, folded(table.name.table), mark, detail)).lastrowid
            fresh[parts[:2]] += 1
            link.execute(
                f"INSERT INTO page (rowid, {PAGE_FIELDS}) VALUES (?{', ?' * 7})", (number, *_row(page))
            )
        else:
            link.execute("UPDATE tables SET mark = ?, detail = ? WHERE number = ?", (mark, detail, old))
            _replace_page(link, old, page)
            _drop_keys(link, table.name)
        for fact in declared_joins(table):
            _add_fact(link, KEYS, packed_fact(fact), fact)
    _count_schemas(link, fresh)
    _count_up(link)


def drop_tables(link: sqlite3.Connection, names: Sequence[TableName]) -> None:
    """Let go of tables, where they are held."""
    gone: Counter[tuple[str, str]] = Counter()
    for name in names:
        number = number_of(link, name)
        if number is not None:
            link.execute("DELETE FROM tables WHERE number = ?", (number,))
            link.execute("DELETE FROM page WHERE rowid = ?", (number,))
            _drop_keys(link, name)
            gone[parts_of(name)[:2]] -= 1
    if gone:
        _count_schemas(link, gone)
        _count_up(link)


def _drop_keys(link: sqlite3.Connection, name: TableName) -> None:
    """Let go of the joins that the table itself declares."""
    for number, text in link.execute(_KEYS_WITH, (name.table, name.schema, name.database, KEYS)).fetchall():
        if unpacked_fact(text).tables[0] == name:
            link.execute("DELETE FROM facts WHERE number = ?", (number,))
            link.execute("DELETE FROM fact_tables WHERE fact = ?", (number,))


def _count_schemas(link: sqlite3.Connection, more: Counter[tuple[str, str]]) -> None:
    for (database, schema), count in more.items():
        link.execute(
            "INSERT INTO schemas VALUES (?, ?, ?) "
            "ON CONFLICT DO UPDATE SET tables = tables + excluded.tables",
            (database, schema, count),
        )
    link.execute("DELETE FROM schemas WHERE tables <= 0")


def put_facts(link: sqlite3.Connection, source: str, given: dict[str, Fact]) -> None:
    """Change what differs alone, so that a sync that brings the same again costs little."""
    old = {text: number for number, text in link.execute(_OF_SOURCE, (source,))}
    gone = {text: number for text, number in old.items() if text not in given}
    fresh = {text: fact for text, fact in given.items() if text not in old}
    if not gone and not fresh:
        return
    touched: dict[TableName, None] = {}
    for text, number in gone.items():
        fact = unpacked_fact(text)
        touched.update(_told_of(fact))
        link.execute("DELETE FROM facts WHERE number = ?", (number,))
        link.execute("DELETE FROM fact_tables WHERE fact = ?", (number,))
        if fact.kind in _FOUND:
            link.execute("DELETE FROM fact_page WHERE rowid = ?", (number,))
    for text, fact in fresh.items():
        _add_fact(link, source, text, fact)
        touched.update(_told_of(fact))
    for name in touched:
        _write_page_anew(link, name)
    _count_up(link)


_INSERT = "INSERT INTO tables (database, schema, name, folded, mark, detail) VALUES (?, ?, ?, ?, ?, ?)"
_KEYS_WITH = (
    "SELECT number, facts.fact FROM fact_tables JOIN facts ON number = fact_tables.fact "
    "WHERE (name, schema, database) = (?, ?, ?) AND source = ?"
)
_OF_SOURCE = "SELECT number, fact FROM facts WHERE source = ?"


def _told_of(fact: Fact) -> dict[TableName, None]:
    """The tables whose pages hold the fact."""
    return {} if fact.kind in _SILENT else dict.fromkeys(fact.tables)


def _add_fact(link: sqlite3.Connection, source: str, text: str, fact: Fact) -> None:
    insert = "INSERT INTO facts (source, kind, fact) VALUES (?, ?, ?)"
    number = link.execute(insert, (source, fact.kind, text)).lastrowid
    link.executemany(
        "INSERT INTO fact_tables VALUES (?, ?, ?, ?)",
        [(name.table, name.schema, name.database, number) for name in dict.fromkeys(fact.tables)],
    )
    if fact.kind in _FOUND:
        words = " ".join(stems_of_fact(fact))
        link.execute("INSERT INTO fact_page (rowid, words) VALUES (?, ?)", (number, words))


def facts_in(
    link: sqlite3.Connection, tables: Sequence[TableName] | None, kinds: Sequence[str], source: str
) -> list[str]:
    """The facts, packed, that speak of any of the tables, of these kinds and this source."""
    where: list[str] = ["1"]
    wanted: list[str] = []
    if kinds:
        where.append(f"kind IN ({holes(kinds)})")
        wanted += kinds
    if source:
        where.append("source = ?")
        wanted.append(source)
    if tables is None:
        select = f"SELECT fact FROM facts WHERE {' AND '.join(where)} ORDER BY source, number"
        return [row[0] for row in link.execute(select, wanted)]
    of_table = "SELECT fact FROM fact_tables WHERE (name, schema, database) = (?, ?, ?)"
    select = f"SELECT source, number, fact FROM facts WHERE number IN ({of_table}) AND {' AND '.join(where)}"
    rows = {
        row
        for name in tables
        for row in link.execute(select, (name.table, name.schema, name.database, *wanted))
    }
    return [text for _, _, text in sorted(rows)]


def _facts_of_page(link: sqlite3.Connection, name: TableName) -> list[Fact]:
    facts = (unpacked_fact(text) for text in facts_in(link, [name], (), ""))
    return [fact for fact in facts if fact.kind not in _SILENT]


def _write_page_anew(link: sqlite3.Connection, name: TableName) -> None:
    select = "SELECT number, detail FROM tables WHERE (database, schema, name) = (?, ?, ?)"
    row = link.execute(select, parts_of(name)).fetchone()
    if row:
        table = unpacked_table(name, row[1])
        _replace_page(link, row[0], page_of(table, _facts_of_page(link, name)))


def _replace_page(link: sqlite3.Connection, number: int, page: Page) -> None:
    held = link.execute(f"SELECT {PAGE_FIELDS} FROM page WHERE rowid = ?", (number,)).fetchone()
    if held != _row(page):
        link.execute("DELETE FROM page WHERE rowid = ?", (number,))
        link.execute(f"INSERT INTO page (rowid, {PAGE_FIELDS}) VALUES (?{', ?' * 7})", (number, *_row(page)))


def _row(page: Page) -> tuple[str, ...]:
    return tuple(getattr(page, name) for name in FIELDS)


def number_of(link: sqlite3.Connection, name: TableName) -> int | None:
    """The number of a table, the same as long as it is held."""
    select = "SELECT number FROM tables WHERE (database, schema, name) = (?, ?, ?)"
    row = link.execute(select, parts_of(name)).fetchone()
    return int(row[0]) if row else None


def name_of(link: sqlite3.Connection, number: int) -> TableName | None:
    """The table of that number; None where it is gone."""
    row = link.execute("SELECT database, schema, name FROM tables WHERE number = ?", (number,)).fetchone()
    return TableName(*row) if row else None


def parts_of(name: TableName) -> tuple[str, str, str]:
    """A table's name as it lies in a row."""
    return name.database, name.schema, name.table


def holes(values: Sequence[object]) -> str:
    """A place for each value in a statement."""
    return ", ".join("?" * len(values))
