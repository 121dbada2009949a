"""DataFrames that a statement names as tables: temporary tables in SQLite, part of the query elsewhere."""

from __future__ import annotations

import datetime
from contextlib import closing
from typing import TYPE_CHECKING, Any

from rasgo_nb.connectors.sqlalchemy_columns import text_of
from rasgo_nb.connectors.sqlalchemy_drivers import driver_of
from rasgo_nb.connectors.sqlalchemy_schemes import sqlglot_dialect
from rasgo_nb.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd
    from sqlalchemy import Connection
    from sqlglot import exp

MOST_ROWS = 1_000  # that are written into a query
_ROWS_AT_ONCE = 10_000


def with_frames(connection: Connection, statement: str, frames: Mapping[str, pd.DataFrame]) -> str:
    """The statement to send so that it finds the frames.

    Raises
    ------
    QueryError
        for a frame too large to be sent along; says where it can be queried.
    """
    if not frames:
        return statement
    if connection.dialect.name == "sqlite":
        for name, frame in frames.items():
            _make_temporary_table(connection, name, frame)
        return statement
    return _written_in(statement, frames, sqlglot_dialect(connection.dialect.name))


def _make_temporary_table(connection: Connection, name: str, frame: pd.DataFrame) -> None:
    from sqlglot import exp

    columns = [
        exp.ColumnDef(
            this=exp.to_identifier(str(column), quoted=True), kind=exp.DataType.build(kind, "sqlite")
        )
        for column, kind in zip(frame.columns, map(_sqlite_type, frame.dtypes), strict=True)
    ]
    table = exp.to_identifier(name, quoted=True)
    schema = exp.Schema(this=exp.Table(this=table), expressions=columns)
    made = exp.Create(
        this=schema, kind="TABLE", properties=exp.Properties(expressions=[exp.TemporaryProperty()])
    )
    values = exp.Tuple(expressions=[exp.Placeholder() for _ in columns])
    insert = exp.Insert(this=exp.Table(this=table.copy()), expression=exp.Values(expressions=[values]))
    with closing(driver_of(connection).cursor()) as cursor:
        cursor.execute(made.sql("sqlite"))
        cursor.executemany(insert.sql("sqlite"), _rows(frame))


def _sqlite_type(dtype: Any) -> str:
    import pandas as pd
    from pandas.api import types

    if types.is_bool_dtype(dtype):
        return "BOOLEAN"
    if types.is_integer_dtype(dtype):
        return "INTEGER"
    if types.is_float_dtype(dtype):
        return "REAL"
    if isinstance(dtype, pd.DatetimeTZDtype):
        return "TEXT"
    return "TIMESTAMP" if types.is_datetime64_any_dtype(dtype) else "TEXT"


def _rows(frame: pd.DataFrame) -> Iterator[tuple[object, ...]]:
    for start in range(0, len(frame), _ROWS_AT_ONCE):
        part = frame.iloc[start : start + _ROWS_AT_ONCE]
        yield from zip(
            *([_value(value) for value in part.iloc[:, n]] for n in range(frame.shape[1])), strict=True
        )


def _value(value: Any) -> object:
    """A plain value of SQL: None, a truth value, a number or a text."""
    import numpy as np
    import pandas as pd

    if value is None or value is pd.NA or value is pd.NaT:
        return None
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, float) and value != value:
        return None
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ")
    return value if isinstance(value, bool | int | float | str) else text_of(value)


def _written_in(statement: str, frames: Mapping[str, pd.DataFrame], dialect: str) -> str:
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        tree = sqlglot.parse_one(statement, dialect=dialect or None)
    except SqlglotError:
        tree = None
    if not isinstance(tree, exp.Query):
        hint = "Write a SELECT that names them."
        raise QueryError("Only a SELECT can name DataFrames.", statement=statement, hint=hint)
    for name, frame in frames.items():
        if len(frame) > MOST_ROWS:
            raise QueryError(
                f"DataFrame {name} has {len(frame):,} rows; at most {MOST_ROWS:,} go along with a query.",
                statement=statement,
                hint="Aggregate it first, or bring the table's rows here and join the two in DuckDB.",
            )
        tree = _with_cte(tree, name, frame)
    return tree.sql(dialect=dialect or None)


def _with_cte(tree: exp.Query, name: str, frame: pd.DataFrame) -> exp.Query:
    """The query with the frame's rows in front, so that its own CTEs find them too."""
    from sqlglot import exp

    rows = list(_rows(frame)) or [(None,) * frame.shape[1]]
    selects = [_select(row, frame) for row in rows]
    if frame.empty:
        selects[0] = selects[0].where(exp.EQ(this=exp.Literal.number(1), expression=exp.Literal.number(0)))
    whole: exp.Query = selects[0]
    for select in selects[1:]:
        whole = exp.Union(this=whole, expression=select, distinct=False)
    table = exp.TableAlias(this=exp.to_identifier(name))
    cte = exp.CTE(this=whole, alias=table)
    own = tree.args.get("with_")
    if own is None:
        tree.set("with_", exp.With(expressions=[cte]))
    else:
        own.set("expressions", [cte, *own.expressions])
    return tree


def _select(row: tuple[object, ...], frame: pd.DataFrame) -> exp.Select:
    from sqlglot import exp

    return exp.select(
        *(
            exp.alias_(_literal(value, dtype), str(column))
            for value, column, dtype in zip(row, frame.columns, frame.dtypes, strict=True)
        )
    )


def _literal(value: object, dtype: Any) -> exp.Expr:
    from sqlglot import exp

    kind = {"BOOLEAN": "BOOLEAN", "INTEGER": "BIGINT", "REAL": "DOUBLE", "TIMESTAMP": "TIMESTAMP"}.get(
        _sqlite_type(dtype), "VARCHAR"
    )
    is_odd = isinstance(value, float) and value in (float("inf"), float("-inf"))
    return exp.cast(exp.convert(None if is_odd else value), kind)
