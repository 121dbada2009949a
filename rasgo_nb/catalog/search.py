"""Finds tables by words: names, columns and comments, ranked by SQLite's BM25."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rasgo_nb.connectors.base import TableDetail, TableName

# A word of the question in a table's name says more than one among its columns, and that more than one
# in a long comment: weights of the FTS5 columns name, columns, comment.
_WEIGHTS = (10.0, 4.0, 2.0)
_MARK = "\x02"


@dataclass(frozen=True, slots=True)
class Hit:
    """A table that was found; ``why`` names the words that matched and where."""

    table: TableDetail
    score: float
    why: str


class Catalog:
    """What tables exist and mean, searchable. Built from descriptions, never from rows."""

    def __init__(self, tables: Sequence[TableDetail]) -> None:
        self.tables = list(tables)
        # Tool calls of one step search from several threads; FTS5 reads are serialised by sqlite3 itself.
        self._index = sqlite3.connect(":memory:", check_same_thread=False)
        self._index.execute("CREATE VIRTUAL TABLE page USING fts5(name, columns, comment, tokenize='porter')")
        self._index.executemany(
            "INSERT INTO page (rowid, name, columns, comment) VALUES (?, ?, ?, ?)",
            [(number, *_page(table)) for number, table in enumerate(self.tables)],
        )

    def search(self, words: str, *, limit: int) -> list[Hit]:
        """The best ``limit`` tables, best first; where few match, the others follow with score 0."""
        hits = self._matches(words, limit)
        found = {hit.table.name for hit in hits}
        rest = [Hit(table, 0.0, "") for table in self.tables if table.name not in found]
        return (hits + rest)[:limit] if len(self.tables) <= limit else hits

    def table(self, name: str) -> TableDetail | None:
        """The table of that name, with or without its schema, whatever the case; None unless just one."""
        return self._by_name.get(name.casefold().replace('"', ""))

    @property
    def _by_name(self) -> dict[str, TableDetail | None]:
        names: dict[str, TableDetail | None] = {}
        for detail in self.tables:
            for spelling in _spellings(detail.name):
                names[spelling] = None if spelling in names else detail
        return names

    def _matches(self, words: str, limit: int) -> list[Hit]:
        terms = [word for word in dict.fromkeys(split_words(words).split()) if len(word) > 1]
        if not terms:
            return []
        query = " OR ".join(f'"{term}"' for term in terms[:200])
        marks = ", ".join(f"highlight(page, {n}, '{_MARK}', '{_MARK}')" for n in range(3))
        rows = self._index.execute(
            f"SELECT rowid, -bm25(page, ?, ?, ?) AS score, {marks} FROM page WHERE page MATCH ? "
            "ORDER BY score DESC, rowid LIMIT ?",
            (*_WEIGHTS, query, limit),
        )
        return [Hit(self.tables[row[0]], round(row[1], 2), _why(row[2:])) for row in rows]


def split_words(text: str) -> str:
    """Identifiers taken apart: ``orderItems_qty2`` becomes ``order Items qty 2``."""
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])", " ", text)
    return re.sub(r"[\W_]+", " ", text).strip()


def _page(table: TableDetail) -> tuple[str, str, str]:
    return (
        split_words(str(table.name)),
        split_words(" ".join(column.name for column in table.columns)),
        " ".join([table.comment, *(column.comment for column in table.columns)]),
    )


def _spellings(name: TableName) -> list[str]:
    parts = [part for part in (name.database, name.schema, name.table) if part]
    return [".".join(parts[start:]).casefold().replace('"', "") for start in range(len(parts))]


def _why(marked: Sequence[str]) -> str:
    reasons = []
    for field, text in zip(("name", "columns", "comments"), marked, strict=True):
        words = list(dict.fromkeys(text.split(_MARK)[1::2]))
        if words:
            reasons.append(f"{field}: {', '.join(words[:6])}")
    return "; ".join(reasons)
