"""What would have been right: the nearest names for a wrong one, the real spellings of a text value."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from rasgo_nb.catalog.search import Catalog, split_words
from rasgo_nb.connectors.profile import profile_columns
from rasgo_nb.connectors.statement import TextFilter, any_row_with, read_statement

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rasgo_nb.connectors.base import Connection, TableDetail

_MAX_FILTERS = 8  # literals checked against real values, for one statement
_TEXT_TYPES = ("CHAR", "TEXT", "STRING", "ENUM")


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A name in a statement that exists nowhere, and the nearest that do."""

    name: str
    nearest: tuple[str, ...]


def nearest_names(name: str, names: Iterable[str], *, most: int = 3) -> list[str]:
    """The names most like ``name``, the likest first; none where all are far off."""
    wanted = _folded(name)
    scored = [(_likeness(wanted, _folded(candidate)), candidate) for candidate in dict.fromkeys(names)]
    scored.sort(key=lambda pair: (-pair[0], pair[1]))
    return [candidate for score, candidate in scored[:most] if score >= 0.5]


def near_misses(
    statement: str, connection: Connection, catalog: Catalog, frames: Sequence[str]
) -> list[NearMiss]:
    """The wrong table and column names of a statement that failed, each with the nearest real ones."""
    read = read_statement(statement, connection.dialect)
    known = {frame.casefold() for frame in frames}
    misses = []
    for table in read.tables:
        if table.casefold() not in known and catalog.table(table) is None:
            names = [*(_short(detail) for detail in catalog.tables), *frames]
            misses.append(NearMiss(table, tuple(nearest_names(table, names))))
    used = used_tables(statement, connection, catalog)
    columns = {column.name for detail in used for column in detail.columns}
    folded = {column.casefold() for column in columns}
    if used:
        misses += [
            NearMiss(column, tuple(nearest_names(column, columns)))
            for column in read.columns
            if column.casefold() not in folded
        ]
    return misses


def used_tables(statement: str, connection: Connection, catalog: Catalog) -> list[TableDetail]:
    """The tables of the catalog that a statement names."""
    found = [catalog.table(table) for table in read_statement(statement, connection.dialect).tables]
    return [detail for detail in found if detail is not None]


def literal_hints(statement: str, connection: Connection, catalog: Catalog) -> list[str]:
    """A sentence for each text that a statement filters by and that no row of the column holds."""
    read = read_statement(statement, connection.dialect)
    hints = []
    for text_filter in read.filters[:_MAX_FILTERS]:
        detail = _owner(text_filter, [catalog.table(table) for table in read.tables])
        if detail is not None and not text_filter.is_pattern:
            hints += _hint(text_filter, detail, connection)
    return hints


def _owner(text_filter: TextFilter, tables: Sequence[TableDetail | None]) -> TableDetail | None:
    """The one used table whose text column the filter means."""
    owners = [
        detail
        for detail in tables
        if detail is not None
        and (not text_filter.table or text_filter.table.casefold().endswith(detail.name.table.casefold()))
        and any(
            column.name.casefold() == text_filter.column.casefold()
            and any(word in column.type.upper() for word in _TEXT_TYPES)
            for column in detail.columns
        )
    ]
    return owners[0] if len(owners) == 1 else None


def _hint(text_filter: TextFilter, detail: TableDetail, connection: Connection) -> list[str]:
    text = text_filter.text
    column = next(c.name for c in detail.columns if c.name.casefold() == text_filter.column.casefold())
    if len(connection.run_query(any_row_with(detail.name, column, text, dialect=connection.dialect)).frame):
        return []
    [profile] = profile_columns(connection, detail.name, [column], look_for=[text], top=50)
    spellings = list(profile.found.get(text, ()))
    values = [str(value) for value, _ in profile.top_values]
    near = list(dict.fromkeys([*spellings, *nearest_names(text, values, most=5)]))[:5]
    offer = (
        f"Nearest values: {', '.join(map(repr, near))}." if near else f"It holds for example: {values[:5]}."
    )
    return [f"No row of {detail.name} has {column} = {text!r}. {offer}"]


def _likeness(wanted: str, candidate: str) -> float:
    likeness = SequenceMatcher(None, wanted, candidate).ratio()
    shares_start = wanted.startswith(candidate) or candidate.startswith(wanted)
    same_words = sorted(wanted.split()) == sorted(candidate.split())
    return likeness + (0.2 if shares_start else 0.0) + (0.5 if same_words else 0.0)


def _folded(name: str) -> str:
    return split_words(name.rpartition(".")[2]).casefold()


def _short(detail: TableDetail) -> str:
    return f"{detail.name.schema}.{detail.name.table}" if detail.name.schema else detail.name.table
