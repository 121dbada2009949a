"""The figures of a column that a memory holds, to be compared with later ones."""

from __future__ import annotations

import json
import numbers
from typing import TYPE_CHECKING

from rasgo_nb.connection_settings import is_masked
from rasgo_nb.connectors.profile import profile_columns
from rasgo_nb.errors import QueryError, UnknownName

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rasgo_nb.catalog.search.catalog import Catalog
    from rasgo_nb.connection_settings import Privacy
    from rasgo_nb.connectors.base import Connection, TableName
    from rasgo_nb.connectors.profile import ColumnProfile

FEW_VALUES = 12  # a column that holds no more is kept with all its values
_MOST_COLUMNS = 6
_MOST_ROWS = 1_000_000
_MOST_LETTERS = 60  # of one value
_FREE = ("duckdb",)  # dialects of databases on this machine, where looking costs the person nothing


def figures_of(profile: ColumnProfile, *, with_values: bool) -> dict[str, str]:
    """The figures of a profile; values of rows only where the model may read rows."""
    figures = {"type": profile.type, "rows": str(profile.rows)}
    if profile.rows:
        figures["null_share"] = f"{profile.nulls / profile.rows:.4f}"
    if profile.distinct is not None and not profile.is_approximate:
        figures["distinct"] = str(profile.distinct)
    if not with_values:
        return figures
    for name in ("min", "max"):
        value = getattr(profile, name)
        if isinstance(value, numbers.Number) and not isinstance(value, bool | complex):
            figures[name] = str(value)
    values = [str(value) for value, _ in profile.top_values]
    if profile.distinct == len(values) <= FEW_VALUES and all(len(one) <= _MOST_LETTERS for one in values):
        figures["values"] = json.dumps(sorted(values), ensure_ascii=False)
    return figures


def figures_at_hand(
    connection: Connection,
    catalog: Catalog,
    columns: Sequence[str],
    *,
    privacy: Privacy = "rows",
    masked: Sequence[str] = (),
) -> dict[str, dict[str, str]]:
    """What columns hold now, by full name, as far as a model may be told how it shifted.

    Empty at ``schema``, and where looking could cost money or would take long; no values below ``rows``, nor
    of columns that are masked.
    """
    if connection.dialect not in _FREE or connection.is_closed or privacy == "schema":
        return {}
    wanted: dict[str, list[str]] = {}
    for column in columns[:_MOST_COLUMNS]:
        wanted.setdefault(column.rpartition(".")[0], []).append(column.rpartition(".")[2])
    found = {}
    for table, names in wanted.items():
        detail = catalog.table(table)
        if detail is None or detail.row_count is None or detail.row_count > _MOST_ROWS:
            continue
        try:
            profiles = profile_columns(connection, detail.name, names, top=FEW_VALUES)
        except (QueryError, UnknownName):  # gone or changed meanwhile: the flags say so
            continue
        for name, profile in zip(names, profiles, strict=False):
            with_values = privacy == "rows" and not is_masked(masked, [*_parts(detail.name), name])
            found[f"{table}.{name}"] = figures_of(profile, with_values=with_values)
    return found


def _parts(name: TableName) -> list[str]:
    return [part for part in (name.database, name.schema, name.table) if part]
