"""The one statement that counts what a join did to its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp

    from rasgo_nb.catalog.join_guard.read import Join, Side

_APPROXIMATE = frozenset({"duckdb", "snowflake", "bigquery", "trino", "databricks", "redshift", "spark"})


def counting(join: Join, statement: str, dialect: str) -> str:
    """The statement that counts what a join does.

    It gives nine figures: rows left, right and joined; rows without a match, left and right; the most rows
    of one key, left and right; rows without a key, left and right.
    """
    from sqlglot import exp

    number = len(join.left.keys)
    on = exp.and_(*(exp.column(f"k{at}", "l").eq(exp.column(f"k{at}", "r")) for at in range(number)))
    left, right = exp.column("n", "l"), exp.column("n", "r")
    figures = [
        left,
        right,
        exp.Mul(this=left, expression=right),
        _where(right.copy().is_(exp.null()), left),
        _where(left.copy().is_(exp.null()), right),
        left,
        right,
        _where(_any_null("l", number), left),
        _where(_any_null("r", number), right),
    ]
    made = [exp.Max if at in (5, 6) else exp.Sum for at in range(len(figures))]
    named = [
        exp.alias_(exp.Coalesce(this=kind(this=figure.copy()), expressions=[exp.Literal.number(0)]), f"f{at}")
        for at, (kind, figure) in enumerate(zip(made, figures, strict=True))
    ]
    query = (
        exp.select(*named)
        .from_(_grouped(join.left, "l"))
        .join(_grouped(join.right, "r"), on=on, join_type="full outer")
    )
    return _with_its_tables(query, join, statement, dialect).sql(dialect=dialect)


def uniqueness(side: Side, dialect: str) -> str:
    """The statement that gives the rows and the about how many keys of a side; for big tables."""
    from sqlglot import exp

    kind = exp.ApproxDistinct if dialect in _APPROXIMATE else None
    key = side.keys[0].copy()
    distinct = kind(this=key) if kind else exp.Count(this=exp.Distinct(expressions=[key]))
    query = exp.select(exp.Count(this=key.copy()), distinct).from_(side.source.copy())
    return query.where(*(one.copy() for one in side.filters)).sql(dialect=dialect)


def _grouped(side: Side, alias: str) -> exp.Subquery:
    from sqlglot import exp

    keys = [exp.alias_(key.copy(), f"k{at}") for at, key in enumerate(side.keys)]
    source = side.source.copy()
    source.set("joins", None)
    query = exp.select(*keys, exp.alias_(exp.Count(this=exp.Star()), "n")).from_(source)
    query = query.where(*(one.copy() for one in side.filters))
    return query.group_by(*(key.copy() for key in side.keys)).subquery(alias)


def _where(condition: exp.Expr, value: exp.Expr) -> exp.Expr:
    from sqlglot import exp

    return exp.Case().when(condition, value.copy())


def _any_null(alias: str, number: int) -> exp.Expr:
    from sqlglot import exp

    keys = [exp.column(f"k{at}", alias).is_(exp.null()) for at in range(number)]
    return exp.and_(exp.column("n", alias).is_(exp.null()).not_(), exp.or_(*keys))


def _with_its_tables(query: exp.Select, join: Join, statement: str, dialect: str) -> exp.Select:
    """The query with the statement's common table expressions, where a side is one of them."""
    import sqlglot
    from sqlglot import exp

    tree = sqlglot.parse_one(statement, dialect=dialect)
    with_ = tree.args.get("with_")
    names = {cte.alias.casefold() for cte in with_.expressions} if with_ else set()
    read = {
        table.name.casefold() for side in (join.left, join.right) for table in side.source.find_all(exp.Table)
    }
    if with_ is not None and names & read:
        query.set("with_", with_.copy())
    return query
