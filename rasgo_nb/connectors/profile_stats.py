"""What Postgres keeps of a table since its last ANALYZE, for tables too large to count all that differs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp

    from rasgo_nb.connectors.base import TableName
    from rasgo_nb.connectors.profile_kinds import ProfiledColumn

SAMPLED_ROWS = 100_000


def kept(table: TableName, column: ProfiledColumn, rows: int) -> dict[str, exp.Expr]:
    """How many values differ, and the frequent ones as the text of a JSON list; null where none is kept."""
    from sqlglot import exp

    share = exp.column("n_distinct")
    of_rows = exp.Mul(this=exp.Neg(this=share.copy()), expression=exp.Literal.number(rows))
    distinct = (
        exp.Case().when(exp.LT(this=share, expression=exp.Literal.number(0)), of_rows).else_(share.copy())
    )
    whole = exp.cast(exp.Anonymous(this="round", expressions=[exp.Max(this=distinct)]), "BIGINT")
    values = exp.cast(exp.cast(exp.column("most_common_vals"), "TEXT"), "TEXT[]")
    listed = exp.Max(this=exp.cast(exp.Anonymous(this="array_to_json", expressions=[values]), "TEXT"))
    return {"distinct": _of_stats(table, column, whole), "likely": _of_stats(table, column, listed)}


def _of_stats(table: TableName, column: ProfiledColumn, value: exp.Expr) -> exp.Subquery:
    from sqlglot import exp

    names = {"tablename": table.table, "attname": column.name}
    if table.schema:
        names["schemaname"] = table.schema
    conditions = [exp.column(name).eq(exp.Literal.string(text)) for name, text in names.items()]
    return exp.select(value).from_("pg_catalog.pg_stats").where(*conditions).subquery()


def sampled(table: exp.Table, rows: int) -> exp.Table:
    """The table, of which some hundred thousand rows are read; the same ones each time."""
    from sqlglot import exp

    percent = max(0.001, min(100.0, 100.0 * SAMPLED_ROWS / max(1, rows)))
    own = table.copy()
    own.set(
        "sample",
        exp.TableSample(
            method=exp.var("SYSTEM"), percent=exp.Literal.number(f"{percent:.4g}"), seed=exp.Literal.number(1)
        ),
    )
    return own
