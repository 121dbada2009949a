"""Finds tables by words: names, columns and comments, ranked by SQLite's BM25."""

from __future__ import annotations

import re
import sqlite3
import weakref
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rasgo_nb.catalog.facts import Fact, FactKind
    from rasgo_nb.catalog.store import FactMatch
    from rasgo_nb.connectors.base import TableDetail, TableName

# A word of the question in a table's name says more than one among its columns, and that more than one
# in a long comment: weights of the FTS5 columns name, columns, comment.
_WEIGHTS = (10.0, 4.0, 2.0)
_MARK = "\x02"
_MAX_TERMS = 200
_QUOTES = str.maketrans("", "", '"`[]')
_MAX_LETTERS = 60


@dataclass(frozen=True, slots=True)
class Hit:
    """A table that was found; ``why`` says in few words what speaks for it.

    ``columns`` are those whose names or comments hold words of the question. ``facts`` speak for the table:
    past queries that used it, descriptions, synonyms. ``joins`` tie it to other hits. ``family`` is empty, or
    says for how many tables of the same kind it stands: "366 tables, events_20240101 to events_20241231".
    """

    table: TableDetail
    score: float
    why: str
    columns: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    joins: tuple[Fact, ...] = ()
    family: str = ""
    past_queries: int = 0


class Catalog:
    """What tables exist and mean, searchable. Built from descriptions, never from rows."""

    def __init__(self, tables: Sequence[TableDetail]) -> None:
        self.tables: list[TableDetail] = []
        # Tool calls of one step search from several threads; FTS5 reads are serialised by sqlite3 itself.
        self._index = sqlite3.connect(":memory:", check_same_thread=False)
        weakref.finalize(self, self._index.close)
        self._index.execute("CREATE VIRTUAL TABLE page USING fts5(name, columns, comment, tokenize='porter')")
        self._numbered: dict[int, TableDetail] = {}
        self._by_name: dict[str, list[TableDetail]] = {}
        self._schemas: set[str] = set()
        self._words: list[str] = []
        self._add(tables)

    def _add(self, tables: Sequence[TableDetail]) -> None:
        start = max(self._numbered, default=-1) + 1
        pages = [_page(table) for table in tables]
        self._index.executemany(
            "INSERT INTO page (rowid, name, columns, comment) VALUES (?, ?, ?, ?)",
            [(number, *page) for number, page in enumerate(pages, start)],
        )
        self._numbered.update(enumerate(tables, start))
        self.tables += tables
        words = {word for page in pages for word in split_words(" ".join(page)).casefold().split()}
        # Without numbers: none is short for a word or a slip of it, and 50,000 tables may bear as many.
        self._words = sorted({word for word in words if not word.isdigit()}.union(self._words))
        for table in tables:
            self._schemas.update(_schema_spellings(table.name))
            for spelling in _spellings(table.name):
                self._by_name.setdefault(spelling, []).append(table)

    def learn(self, table: TableDetail) -> None:
        """Take in what the database says of a table now, in place of what was known."""
        self.forget(table.name)
        self._add([table])

    def forget(self, name: TableName) -> None:
        """Drop a table that is there no longer."""
        for number in [number for number, table in self._numbered.items() if table.name == name]:
            table = self._numbered.pop(number)
            self._index.execute("DELETE FROM page WHERE rowid = ?", (number,))
            self.tables = [one for one in self.tables if one is not table]
            for spelling in _spellings(name):
                left = [one for one in self._by_name[spelling] if one is not table]
                self._by_name[spelling] = left
                if not left:
                    del self._by_name[spelling]

    def search(self, words: str, *, limit: int) -> list[Hit]:
        """The best ``limit`` tables, best first; where few match, the others follow with score 0."""
        hits = self._matches(words, limit)
        found = {hit.table.name for hit in hits}
        rest = [Hit(table, 0.0, "") for table in self.tables if table.name not in found]
        return (hits + rest)[:limit] if len(self.tables) <= limit else hits

    def table(self, name: str) -> TableDetail | None:
        """The table of that name, with or without its schema, whatever the case; None unless just one."""
        found = self.named(name)
        return found[0] if len(found) == 1 else None

    def named(self, name: str) -> Sequence[TableDetail]:
        """All tables of that name, with or without their schema, whatever the case."""
        return self._by_name.get(_folded(name), ())

    def has_schema(self, name: str) -> bool:
        """Whether tables of that schema, with or without its database, are known."""
        return _folded(name) in self._schemas

    def has(self, name: str) -> bool:
        """Whether one table or several have that name."""
        return _folded(name) in self._by_name

    @classmethod
    def of(cls, tables: Sequence[TableDetail], facts: Sequence[Fact] = ()) -> Catalog:
        """A catalog of these tables, and of facts, in memory."""
        return cls(tables)

    def search_facts(self, words: str, *, limit: int, kinds: Sequence[FactKind] = ()) -> list[FactMatch]:
        """The facts of these kinds that bear on the words, best first; metrics, queries and notes if none."""
        return []

    def facts(self, tables: Sequence[TableName], *, kinds: Sequence[FactKind] = ()) -> list[Fact]:
        """What sources say of these tables and their columns; of these kinds, or all."""
        return []

    def joins(self, tables: Sequence[TableName]) -> list[Fact]:
        """How these tables are joined with each other, the surest first."""
        return []

    def neighbours(self, table: TableName) -> list[Fact]:
        """The joins of a table with others, the surest first."""
        return []

    def _known(self, term: str) -> list[str]:
        """The term, where it occurs in any form; else the words that it may be a misspelling or short for."""
        found = self._index.execute("SELECT 1 FROM page WHERE page MATCH ? LIMIT 1", (f'"{term}"',))
        if found.fetchone():
            return [term]
        near = get_close_matches(term, self._words, n=2, cutoff=0.8)
        short = [word for word in self._words if _is_short_for(word, term) or _is_short_for(term, word)]
        return [term, *near, *short[:3]]

    def _matches(self, words: str, limit: int) -> list[Hit]:
        terms = [word for word in dict.fromkeys(split_words(words).casefold().split()) if len(word) > 1]
        if not terms or not self.tables:
            return []
        known = [name for term in terms[:_MAX_TERMS] for name in self._known(term[:_MAX_LETTERS])]
        query = " OR ".join(f'"{term}"' for term in known)
        marks = ", ".join(f"highlight(page, {n}, '{_MARK}', '{_MARK}')" for n in range(3))
        rows = self._index.execute(
            f"SELECT rowid, -bm25(page, ?, ?, ?) AS score, {marks} FROM page WHERE page MATCH ? "
            "ORDER BY score DESC, rowid LIMIT ?",
            (*_WEIGHTS, query, limit),
        )
        return [Hit(self._numbered[row[0]], round(row[1], 2), _why(row[2:])) for row in rows]


def _is_short_for(short: str, long: str) -> bool:
    """Whether the letters of one stand in the other in their order, as in ``qty`` and ``quantity``."""
    letters = iter(long)
    return len(short) > 2 and short[0] == long[0] and all(letter in letters for letter in short)


def split_words(text: str) -> str:
    """Identifiers taken apart: ``orderItems_qty2`` becomes ``order Items qty 2``."""
    text = re.sub(
        r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2})|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])",
        " ",
        text,
    )
    return re.sub(r"[\W_]+", " ", text).strip()


def _page(table: TableDetail) -> tuple[str, str, str]:
    return (
        split_words(str(table.name)),
        split_words(" ".join(column.name for column in table.columns)),
        " ".join([table.comment, *(column.comment for column in table.columns)]),
    )


def _spellings(name: TableName) -> list[str]:
    parts = [part for part in (name.database, name.schema, name.table) if part]
    return [_folded(".".join(parts[start:])) for start in range(len(parts))]


def _schema_spellings(name: TableName) -> list[str]:
    around = [_folded(part) for part in (name.database, name.schema) if part]
    return [".".join(around), around[-1]] if name.schema else []


def _folded(name: str) -> str:
    return name.casefold().translate(_QUOTES)


def _why(marked: Sequence[str]) -> str:
    reasons = []
    for field, text in zip(("name", "columns", "comments"), marked, strict=True):
        words: dict[str, str] = {}
        for word in text.split(_MARK)[1::2]:
            words.setdefault(word.casefold(), word)
        if words:
            reasons.append(f"{field}: {', '.join(list(words.values())[:6])}")
    return "; ".join(reasons)
