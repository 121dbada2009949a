"""What of a catalog is put before an embedder: words of names and comments; no values of rows."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from rasgo_nb.catalog.search.words import split_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rasgo_nb.catalog.facts import Fact, FactKind
    from rasgo_nb.connectors.base import TableDetail

# Kinds that say in words what a table is, and go into its text; and those that are found by themselves.
DESCRIBING: tuple[FactKind, ...] = ("description", "synonym")
FOUND: tuple[FactKind, ...] = ("metric", "query", "note")

# Schemas that say nothing of what is in them. Others help to find the right one among many databases.
_USUAL = {"", "main", "public", "dbo", "memory", "default", "information_schema"}

_MAX_COMMENT = 300  # characters: what a long description says further on is of many things, and near none
_MAX_COLUMNS = 40  # more make a text longer to embed, and none better found
_MAX_TABLE = 900
_MAX_FACT = 600


def table_text(table: TableDetail, facts: Iterable[Fact] = ()) -> str:
    """A table in words; ``facts`` are those of ``DESCRIBING`` kinds that speak of it as a whole."""
    said = [table.comment, *(fact.text or fact.name for fact in facts if not fact.columns)]
    columns = ", ".join(split_words(column.name) for column in table.columns[:_MAX_COLUMNS])
    comment = " ".join(" ".join(said).split())[:_MAX_COMMENT]
    around = [part for part in (table.name.database, table.name.schema) if part.casefold() not in _USUAL]
    parts = [split_words(" ".join([*around, table.name.table])), comment, columns]
    return ". ".join(part for part in parts if part)[:_MAX_TABLE]


def fact_text(fact: Fact) -> str:
    """A fact in words; empty where it has none, as a statement without a question."""
    parts = [split_words(fact.name), " ".join(fact.text.split())]
    return ": ".join(part for part in parts if part)[:_MAX_FACT]


def number_of(text: str) -> int:
    """The number of a text's vector: the same for the same text, on every machine."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") >> 1


def mark_of(*parts: str) -> str:
    """A short text that differs when one of the parts does."""
    return hashlib.blake2b("\x00".join(parts).encode(), digest_size=12).hexdigest()
