"""The figures of one column as expressions of SQL, in the words of a dialect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.connectors.profile_kinds import MOMENTS, NUMBERS, SHARES, Kind, ProfiledColumn

if TYPE_CHECKING:
    from sqlglot import exp

    from rasgo_nb.connectors.profile_dialects import ProfileDialect

LARGEST = "1.7976931348623157e308"  # NaN and infinity are above it, or not comparable, in every database


def counted(
    column: ProfiledColumn, own: ProfileDialect, *, is_approximate: bool, is_sampled: bool
) -> dict[str, exp.Expr]:
    """Figures that come of one pass over the rows."""
    from sqlglot import exp

    value = column_of(column)
    figures: dict[str, exp.Expr] = {"rows": exp.Count(this=exp.Star()), "values": exp.Count(this=value)}
    if column.kind is Kind.OPAQUE:
        return figures
    if is_approximate and own.approximates_distinct:
        figures["distinct"] = exp.ApproxDistinct(this=value.copy())
    elif not is_sampled:
        figures["distinct"] = exp.Count(this=exp.Distinct(expressions=[value.copy()]))
    shown = _ordered(column, own)
    figures |= {"min": exp.Min(this=shown), "max": exp.Max(this=shown.copy())}
    return figures | (_of_finite(column, own) if column.has_bins else {})


def _ordered(column: ProfiledColumn, own: ProfileDialect) -> exp.Expr:
    """What MIN and MAX are taken of."""
    from sqlglot import exp

    value = column_of(column)
    if column.kind in (Kind.ORDERED, Kind.TEXT):
        return text(value, own)
    if column.kind is Kind.BOOLEAN and own.casts_booleans:
        return exp.cast(value, "INT")
    if column.kind is Kind.FLOAT and own.not_nan is not None:
        return exp.Case().when(own.not_nan(value), value.copy())
    return value


def _of_finite(column: ProfiledColumn, own: ProfileDialect) -> dict[str, exp.Expr]:
    from sqlglot import exp

    value = finite(column, own)
    figures: dict[str, exp.Expr] = {
        "low": exp.Min(this=value.copy()),
        "high": exp.Max(this=value.copy()),
        "unbounded": exp.Sub(this=exp.Count(this=column_of(column)), expression=exp.Count(this=value.copy())),
    }
    if column.kind in NUMBERS:
        figures["mean"] = exp.Avg(this=exp.cast(value.copy(), "DOUBLE"))
    if column.kind in MOMENTS:  # as text, for Python has no date for some of them
        figures |= {"min": text(figures["low"], own), "max": text(figures["high"], own)}
    return figures


def quantiles(column: ProfiledColumn, own: ProfileDialect, *, is_approximate: bool) -> dict[str, exp.Expr]:
    """The quantiles, each by its number or all in a list, where the dialect has them."""
    from sqlglot import exp

    if not column.has_bins:
        return {}
    value = finite(column, own)
    is_moment = column.kind in MOMENTS
    measured = value if is_moment else exp.cast(value, "DOUBLE")
    if own.quantile_list is not None:
        listed = own.quantile_list(measured, is_moment=is_moment, is_approximate=is_approximate)
        return {"quantiles": listed}
    numbers = own.approximate_quantile if is_approximate else own.quantile
    at = own.moment_quantile if is_moment else numbers
    if at is None:
        return {}
    found = {f"q{number}": at(measured.copy(), share) for number, share in enumerate(SHARES)}
    return {name: text(value, own) for name, value in found.items()} if is_moment else found


def finite(column: ProfiledColumn, own: ProfileDialect) -> exp.Expr:
    """The column's value, null where it is NaN or infinite."""
    from sqlglot import exp

    value = column_of(column)
    if column.kind is Kind.FLOAT:
        size = exp.Abs(this=exp.cast(value, "DOUBLE"))
        bounded = exp.LTE(this=size, expression=exp.cast(exp.Literal.string(LARGEST), "DOUBLE"))
        return exp.Case().when(bounded, value.copy())
    if column.kind in MOMENTS and own.is_finite_moment is not None:
        return exp.Case().when(own.is_finite_moment(value), value.copy())
    return value


def column_of(column: ProfiledColumn) -> exp.Column:
    """The column by its name, quoted."""
    from sqlglot import exp

    return exp.column(column.name, quoted=True)


def text(value: exp.Expr, own: ProfileDialect) -> exp.Cast:
    """The value as text."""
    from sqlglot import exp

    return exp.cast(value.copy(), own.text)
