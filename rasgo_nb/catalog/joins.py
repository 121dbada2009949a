"""How tables are joined: by declared keys, tested relationships, past statements, or names alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.catalog.facts import Fact, Origin

if TYPE_CHECKING:
    from rasgo_nb.connectors.base import TableDetail

KEYS = "keys"  # the source of joins that the database itself declares


def declared_joins(table: TableDetail) -> list[Fact]:
    """A table's foreign keys as facts of source ``keys``."""
    return [
        Fact(
            kind="join",
            tables=(table.name, key.references),
            origin=Origin(KEYS),
            columns=key.columns,
            referenced_columns=key.referenced_columns,
        )
        for key in table.foreign_keys
    ]
