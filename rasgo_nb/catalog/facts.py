"""What is known of tables beyond what the database says: facts, each with its source, author and date."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from rasgo_nb.connectors.base import TableName

MEMORY = "memory"  # the source of what a person has confirmed

FactKind = Literal[
    "description",  # of a table, or of one column
    "synonym",  # another word for a table or column
    "tag",  # ``name: value``, or a word
    "owner",
    "test",  # what was tested of columns: unique, not_null, accepted_values, ...
    "join",  # columns of the first table whose values are keys of the second
    "values",  # usual values of a column
    "lineage",  # the first table is made of the others
    "exposure",  # a dashboard or report that rests on the tables
    "metric",  # a measure: ``name``, ``text`` and the expression in ``sql``
    "query",  # a question in ``text`` and its statement in ``sql``, or a statement alone
    "note",  # what a person wrote
]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a fact comes from, who said it, and when (ISO 8601, UTC); empty where that is not told."""

    source: str  # dbt, osi, snowflake, bigquery, folder, history, memory, ...; what one sync replaces
    place: str = ""  # within the source, as a person finds it: ``models/orders.yml``
    author: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is known of tables.

    ``tables`` is what it speaks of, the main one first; ``columns`` are of the first table. Of a join,
    ``columns`` point at ``referenced_columns`` of the second table. ``is_verified`` says that its
    source calls it verified, ``is_confirmed`` that a person did so here. ``weight`` is how often it was seen:
    runs of a query, uses of a join.
    """

    kind: FactKind
    tables: tuple[TableName, ...]
    origin: Origin
    text: str = ""
    name: str = ""
    sql: str = ""
    columns: tuple[str, ...] = ()
    referenced_columns: tuple[str, ...] = ()
    values: tuple[str, ...] = field(default=())
    weight: float = 1.0
    is_verified: bool = False

    @property
    def is_confirmed(self) -> bool:
        """Whether it was confirmed here, which nothing is that a sync brings."""
        return self.is_verified and self.origin.source == MEMORY
