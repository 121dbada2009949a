"""dbt's ``catalog.json``: comments and owners as the warehouse held them when dbt last looked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rasgo_nb.catalog.facts import Fact, Origin
from rasgo_nb.catalog.sources.source import DoesNotRead, clean, mapping, rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rasgo_nb.catalog.sources.resolve import Resolver


def read_catalog(catalog: Any, names: Resolver, *, source: str, place: str) -> Iterator[Fact]:
    """Descriptions and owners of the tables that are in this connection.

    Raises
    ------
    DoesNotRead
        when it is no catalog.
    """
    if not isinstance(catalog, dict) or not isinstance(catalog.get("nodes"), dict):
        raise DoesNotRead(f"{place} is no catalog of dbt. Run `dbt docs generate` and sync again.")
    at = clean(mapping(catalog.get("metadata")).get("generated_at"))
    for node in (*rows(catalog["nodes"]), *rows(catalog.get("sources"))):
        about = mapping(node.get("metadata"))
        parts = [clean(about.get(key)) for key in ("database", "schema", "name")]
        table = names.surely(*parts) if parts[-1] else None
        if table is None:
            continue
        origin = Origin(source, f"{place}:{parts[-1]}", at=at)
        if comment := clean(about.get("comment")):
            yield Fact("description", (table,), origin, text=comment)
        if owner := clean(about.get("owner")):
            yield Fact("owner", (table,), origin, text=owner)
        for column in rows(node.get("columns")):
            comment, name = clean(column.get("comment")), clean(column.get("name"))
            if comment and name:
                yield Fact("description", (table,), origin, text=comment, columns=(name,))
