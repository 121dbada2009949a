"""A look at one table, for the person who clicks on its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.catalog.kept import catalog_of
from rasgo_nb.catalog.near_miss import nearest_names
from rasgo_nb.connectors.base import Caps
from rasgo_nb.connectors.statement import first_rows
from rasgo_nb.errors import UnknownName

if TYPE_CHECKING:
    import pandas as pd

    from rasgo_nb.connectors.base import Connection, TableDetail

_ROWS, _COLUMNS = 10, 60
_MAX_BYTES = 10_000_000


def look_at(connection: Connection, name: str) -> tuple[TableDetail, pd.DataFrame]:
    """What the database says of a table, and its first rows.

    Raises
    ------
    UnknownName
        when there is none of that name; offers the nearest.
    QueryError
        as ``run_query``.
    """
    catalog = catalog_of(connection)
    detail = catalog.spelled(name)
    if detail is None:
        near = nearest_names(name, [str(one) for one in catalog.names()], most=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise UnknownName(f"There is no table {name!r} in {connection.name}.{hint}")
    names = [column.name for column in detail.columns[:_COLUMNS]]
    statement = first_rows(detail.name, names, dialect=connection.dialect, rows=_ROWS)
    return detail, connection.run_query(statement, caps=Caps(_ROWS, _MAX_BYTES)).frame
