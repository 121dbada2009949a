"""What profiles say otherwise in each dialect of SQL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from rasgo_nb.connectors.profile_kinds import SHARES

if TYPE_CHECKING:
    from sqlglot import exp

Quantile = Callable[[Any, float], Any]  # of a value, at a share between 0 and 1


@dataclass(frozen=True, slots=True)
class ProfileDialect:
    """What a dialect has for a profile; the defaults are plain SQL that every database knows.

    Attributes
    ----------
    approximates_distinct : whether it estimates how many values differ; where not, they are counted
    quantile, approximate_quantile : exact and estimated quantiles of numbers; None where there are none
    moment_quantile : quantiles of dates and timestamps, which are values of the column
    is_always_approximate : whether its quantiles are estimates at any number of rows
    quantile_list : all quantiles as one list, instead of one by one
    frequent : the values that are frequent by an estimate, as a list or the text of one in JSON
    not_nan : whether a number is one; None where the database has no NaN or leaves it out of MIN and MAX
    is_finite_moment : whether a date is one; None where all are
    moment_literals : how an edge between dates is written: a text, or cast to the column's own type
    casts_booleans : whether truth values have to be made numbers before MIN and MAX
    samples : whether quantiles of many rows are taken from a sample of the table
    text : the type of any text, in the words of sqlglot
    finds_texts : whether one text can be looked for in another
    """

    approximates_distinct: bool = False
    quantile: Quantile | None = None
    approximate_quantile: Quantile | None = None
    moment_quantile: Quantile | None = None
    is_always_approximate: bool = False
    quantile_list: Callable[..., Any] | None = None
    frequent: Callable[[Any, int], Any] | None = None
    not_nan: Callable[[Any], Any] | None = None
    is_finite_moment: Callable[[Any], Any] | None = None
    moment_literals: Literal["text", "cast"] = "cast"
    casts_booleans: bool = True
    samples: bool = False
    text: str = "TEXT"
    finds_texts: bool = True


def _within_group(name: str) -> Quantile:
    def quantile(value: exp.Expr, share: float) -> exp.Expr:
        from sqlglot import exp

        function = {"cont": exp.PercentileCont, "disc": exp.PercentileDisc}[name]
        ordered = exp.Order(expressions=[exp.Ordered(this=value)])
        return exp.WithinGroup(this=function(this=exp.Literal.number(share)), expression=ordered)

    return quantile


def _function(name: str, *, share_first: bool = False) -> Quantile:
    def quantile(value: exp.Expr, share: float) -> exp.Expr:
        from sqlglot import exp

        own = exp.Literal.number(share)
        return exp.Anonymous(this=name, expressions=[own, value] if share_first else [value, own])

    return quantile


def _twentieths(value: exp.Expr, share: float) -> exp.Expr:
    """BigQuery's 21 borders of twenty parts of equal size."""
    from sqlglot import exp

    borders = exp.Anonymous(this="APPROX_QUANTILES", expressions=[value, exp.Literal.number(20)])
    place = exp.Anonymous(this="OFFSET", expressions=[exp.Literal.number(round(share * 20))])
    return exp.Bracket(this=borders, expressions=[place])


def _clickhouse_quantile(value: exp.Expr, share: float) -> exp.Expr:
    from sqlglot import exp

    return exp.Anonymous(this=f"quantile({share})", expressions=[value])


def _is_not_nan(value: exp.Expr) -> exp.Expr:
    """For databases to which NaN is a value equal to itself."""
    from sqlglot import exp

    return exp.NEQ(this=value, expression=exp.cast(exp.Literal.string("NaN"), "DOUBLE"))


def _is_not_bigquery_nan(value: exp.Expr) -> exp.Expr:
    from sqlglot import exp

    return exp.Not(this=exp.Anonymous(this="IS_NAN", expressions=[value]))


def _is_finite(value: exp.Expr) -> exp.Expr:
    from sqlglot import exp

    return exp.Anonymous(this="isfinite", expressions=[value])


def _snowflake_frequent(value: exp.Expr, top: int) -> exp.Expr:
    from sqlglot import exp

    found = exp.Anonymous(this="APPROX_TOP_K", expressions=[exp.cast(value, "TEXT"), exp.Literal.number(top)])
    return exp.Anonymous(this="TO_JSON", expressions=[found])


def _bigquery_frequent(value: exp.Expr, top: int) -> exp.Expr:
    from sqlglot import exp

    found = exp.Anonymous(
        this="APPROX_TOP_COUNT", expressions=[exp.cast(value, "TEXT"), exp.Literal.number(top)]
    )
    return exp.Anonymous(this="TO_JSON_STRING", expressions=[found])


def _duckdb_quantiles(value: exp.Expr, *, is_moment: bool, is_approximate: bool) -> exp.Expr:
    from sqlglot import exp

    exact = "quantile_disc" if is_moment else "quantile_cont"
    shares = exp.Array(expressions=[exp.Literal.number(share) for share in SHARES])
    listed = exp.func("approx_quantile" if is_approximate else exact, value, shares)
    return exp.cast(listed, "TEXT[]") if is_moment else listed


def _duckdb_frequent(value: exp.Expr, top: int) -> exp.Expr:
    from sqlglot import exp

    # not exp.ApproxTopK: sqlglot holds that DuckDB's has another meaning
    likely = exp.Anonymous(this="approx_top_k", expressions=[value, exp.Literal.number(top)])
    return exp.cast(likely, "TEXT[]")


def _duckdb_not_nan(value: exp.Expr) -> exp.Expr:
    from sqlglot import exp

    return exp.Not(this=exp.IsNan(this=value))


_CONT, _DISC = _within_group("cont"), _within_group("disc")
_TRINO = ProfileDialect(
    approximates_distinct=True,
    quantile=_function("APPROX_PERCENTILE"),
    approximate_quantile=_function("APPROX_PERCENTILE"),
    is_always_approximate=True,
    not_nan=_is_not_bigquery_nan,
    text="VARCHAR",
)
_SPARK = ProfileDialect(
    approximates_distinct=True,
    quantile=_function("PERCENTILE"),
    approximate_quantile=_function("PERCENTILE_APPROX"),
    not_nan=_is_not_nan,
)

DIALECTS = {
    "duckdb": ProfileDialect(
        approximates_distinct=True,
        quantile_list=_duckdb_quantiles,
        frequent=_duckdb_frequent,
        not_nan=_duckdb_not_nan,
        is_finite_moment=_is_finite,
        casts_booleans=False,
    ),
    "postgres": ProfileDialect(
        quantile=_CONT,
        approximate_quantile=_CONT,
        moment_quantile=_DISC,
        not_nan=_is_not_nan,
        is_finite_moment=_is_finite,
        samples=True,
    ),
    "redshift": ProfileDialect(approximates_distinct=True, not_nan=_is_not_nan, text="VARCHAR"),
    "snowflake": ProfileDialect(
        approximates_distinct=True,
        quantile=_CONT,
        approximate_quantile=_function("APPROX_PERCENTILE"),
        moment_quantile=_DISC,
        frequent=_snowflake_frequent,
        not_nan=_is_not_nan,
        text="VARCHAR",
    ),
    "bigquery": ProfileDialect(
        approximates_distinct=True,
        quantile=_twentieths,
        approximate_quantile=_twentieths,
        moment_quantile=_twentieths,
        is_always_approximate=True,
        frequent=_bigquery_frequent,
        not_nan=_is_not_bigquery_nan,
    ),
    "databricks": _SPARK,
    "spark": _SPARK,
    "trino": _TRINO,
    "presto": _TRINO,
    "athena": _TRINO,
    "clickhouse": ProfileDialect(
        approximates_distinct=True,
        quantile=_clickhouse_quantile,
        approximate_quantile=_clickhouse_quantile,
        is_always_approximate=True,
    ),
    "oracle": ProfileDialect(
        approximates_distinct=False,
        quantile=_CONT,
        approximate_quantile=_CONT,
        moment_quantile=_DISC,
        text="VARCHAR(4000)",
    ),
    "sqlite": ProfileDialect(moment_literals="text"),
    "mysql": ProfileDialect(moment_literals="text"),
    "tsql": ProfileDialect(moment_literals="text", text="VARCHAR(4000)"),
}
PLAIN = ProfileDialect(finds_texts=False)


def profile_dialect(dialect: str) -> ProfileDialect:
    """What the dialect has for a profile; plain SQL where nothing is known of it."""
    return DIALECTS.get(dialect, PLAIN)
