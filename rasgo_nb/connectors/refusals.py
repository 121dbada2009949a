"""What a connection refuses, in the same words for all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.connectors.nearest import nearest_names
from rasgo_nb.connectors.statement import read_statement
from rasgo_nb.errors import QueryError, UnknownName

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from rasgo_nb.connectors.base import Connection, TableName


def check_open(connection: Connection, statement: str) -> None:
    """Return when the connection is open.

    Raises
    ------
    QueryError
        when it was closed; with what to type.
    """
    if connection.is_closed:
        hint = "Connect again with `%rasgo connect`."
        raise QueryError(f"The connection {connection.name} is closed.", statement=statement, hint=hint)


def refuse_frames(
    database: str, statement: str, dialect: str, frames: Mapping[str, pd.DataFrame] | None
) -> None:
    """Return when the statement names none of the frames; for a database that could see them only if written.

    Raises
    ------
    QueryError
        of the kind ``missing_object``, with the way to join them.
    """
    if not frames:
        return
    tables = {table.casefold() for table in read_statement(statement, dialect).tables}
    named = [name for name in frames if name.casefold() in tables]
    if named:
        message = f"{database} cannot see the DataFrame {named[0]}, which is in this kernel."
        hint = "Query the tables alone, and join the result to it in Python or in DuckDB."
        raise QueryError(message, statement=statement, hint=hint, kind="missing_object")


def unknown_table(wanted: TableName, known: Iterable[TableName], *, none: str) -> UnknownName:
    """The error for a table that does not exist: the nearest, or ``none`` where there is no table."""
    every = sorted(map(str, known))
    names = nearest_names(str(wanted), every) or every[:10]
    offer = f" here. Nearest: {', '.join(names)}" if names else f": {none}"
    return UnknownName(f"No table {wanted}{offer}.")
