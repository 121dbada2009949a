"""What JupyterLab's side panel browses: the catalog of a connection, and memories."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from rasgo_nb.errors import RasgoError
from rasgo_nb.widgets.body_state import row_count_text, table_state
from rasgo_nb.widgets.memory_state import memory_state, recalled_state
from rasgo_nb.widgets.safe import line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rasgo_nb.catalog.facts import Fact
    from rasgo_nb.catalog.search.catalog import Catalog, Hit
    from rasgo_nb.connectors.base import TableDetail, TableName
    from rasgo_nb.memory.memory import Recalled

PAGE = 50  # rows of one answer
_MAX_FACTS = 10  # that a search finds beside tables
_MAX_NAME = 300
_MAX_COMMENT = 160
_MAX_WHY = 200
_MAX_MEMORIES = 200
_MOST_COLUMNS = 2_000

State = dict[str, Any]


def found_page(catalog: Catalog, words: str) -> State:
    """A ``CatalogPage`` of the tables and facts that words find, best first."""
    facts = [one.fact for one in catalog.search_facts(words, limit=_MAX_FACTS)]
    hits = [hit for hit in catalog.search(words, limit=PAGE - len(facts)) if hit.why]
    rows = [*map(_hit_row, hits), *map(_fact_row, facts)]
    return {"rows": rows, "start": 0, "total": len(rows)}


def browsed_page(catalog: Catalog, path: Sequence[str], start: int) -> State:
    """A ``CatalogPage`` of what a schema has, or of the schemas; of one schema alone its tables."""
    names = catalog.names()
    counted = Counter((name.database, name.schema) for name in names)
    if not path and len(counted) > 1:
        rows = [_schema_row(schema, count) for schema, count in sorted(counted.items())]
        return {"rows": rows[start : start + PAGE], "start": start, "total": len(rows)}
    inside = [name for name in names if not path or [name.database, name.schema] == list(path)]
    shown = inside[start : start + PAGE]
    return {"rows": [_table_row(catalog, name) for name in shown], "start": start, "total": len(inside)}


def table_page(catalog: Catalog, name: str, kept: Sequence[Recalled]) -> State:
    """A ``CatalogTable``; ``kept`` are all memories in reach, those about the table are its notes.

    Raises
    ------
    RasgoError
        where there is no such table any more.
    """
    table = catalog.spelled(name)
    if table is None:
        raise RasgoError(f"The catalog has no table {line(name, _MAX_NAME)}. Search it again.")
    facts = [fact for fact in catalog.facts([table.name]) if fact.origin.source != "memory"]
    notes = [one.memory for one in kept if str(table.name) in one.memory.tables]
    return {
        "table": table_state(table, None, _MOST_COLUMNS, [*facts, *catalog.neighbours(table.name)]),
        "notes": [memory_state(memory) for memory in notes[:_MAX_MEMORIES]],
    }


def memory_page(listed: Sequence[Recalled]) -> State:
    """A ``MemoryPage``."""
    return {"memories": [recalled_state(one) for one in listed[:_MAX_MEMORIES]], "total": len(listed)}


def _schema_row(schema: tuple[str, str], count: int) -> State:
    name = ".".join(part for part in schema if part) or "(no schema)"
    return {"kind": "schema", "name": line(name, _MAX_NAME), "path": list(schema), "tables": count}


def _table_row(catalog: Catalog, name: TableName) -> State:
    table = catalog.spelled(str(name))
    return {
        "kind": "table",
        "name": str(name),
        "label": line(name.table, _MAX_NAME),
        "detail": _detail(table) if table else "",
        "why": "",
    }


def _hit_row(hit: Hit) -> State:
    return {
        "kind": "table",
        "name": str(hit.table.name),
        "label": line(hit.table.name, _MAX_NAME),
        "detail": line(hit.family, _MAX_NAME) or _detail(hit.table),
        "why": line(hit.why, _MAX_WHY),
    }


def _fact_row(fact: Fact) -> State:
    said = fact.text or fact.sql
    return {
        "kind": "fact",
        "name": "verified query" if fact.kind == "query" and fact.is_confirmed else fact.kind,
        "label": line(f"{fact.name}: {said}" if fact.name and said else fact.name or said, _MAX_NAME),
        "detail": line(" · ".join(filter(None, (fact.origin.source, fact.origin.author))), _MAX_NAME),
        "table": str(fact.tables[0]) if fact.tables else "",
    }


def _detail(table: TableDetail) -> str:
    return " · ".join(filter(None, (row_count_text(table), line(table.comment, _MAX_COMMENT))))
