"""The SQL of a profile, built as trees: figures of all columns, how often values occur, where texts occur."""

from __future__ import annotations

import datetime
import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlglot import exp

    from rasgo_nb.connectors.base import TableName

SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)
BINS = 10
LONGEST_VALUE = 200  # characters of a value that come back


class Kind(enum.Enum):
    """What can be asked of a column."""

    INTEGER = "integer"
    DECIMAL = "decimal"
    FLOAT = "float"
    DATE = "date"
    TIMESTAMP = "timestamp"
    TEXT = "text"
    BOOLEAN = "boolean"
    ORDERED = "ordered"  # values that can be compared, and no more: times, intervals, identifiers
    OPAQUE = "opaque"  # lists, structs, maps, bytes


NUMBERS = (Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT)
MOMENTS = (Kind.DATE, Kind.TIMESTAMP)


@dataclass(frozen=True, slots=True)
class ProfiledColumn:
    """A column with its kind."""

    name: str
    type: str
    kind: Kind

    @property
    def has_bins(self) -> bool:
        """Whether its values can be divided into bins."""
        return self.kind in (*NUMBERS, *MOMENTS)


def kind_of(type_: str, dialect: str) -> Kind:
    """The kind of a column, from its type as the database spells it."""
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    if type_.startswith("ENUM("):
        return Kind.TEXT
    try:
        data_type = exp.DataType.build(type_, dialect=dialect)
    except SqlglotError:
        return Kind.OPAQUE
    name = data_type.this
    if data_type.expressions and data_type.args.get("nested"):
        return Kind.OPAQUE
    own = exp.DataType.Type
    for types, kind in (
        ({own.TIME, own.TIMETZ, own.INTERVAL, own.UUID, own.BIT}, Kind.ORDERED),
        (exp.DataType.INTEGER_TYPES, Kind.INTEGER),
        (exp.DataType.FLOAT_TYPES, Kind.FLOAT),
        (exp.DataType.NUMERIC_TYPES, Kind.DECIMAL),
        ({own.DATE, own.DATE32}, Kind.DATE),
        (exp.DataType.TEMPORAL_TYPES, Kind.TIMESTAMP),
        (exp.DataType.TEXT_TYPES, Kind.TEXT),
        ({own.BOOLEAN}, Kind.BOOLEAN),
    ):
        if name in types:
            return kind
    return Kind.OPAQUE


def histogram_edges(column: ProfiledColumn, low: object, high: object) -> tuple[object, ...]:
    """Up to 11 rising edges from the lowest to the highest value; empty where there is nothing to divide."""
    if not column.has_bins:
        return ()
    if column.kind is Kind.INTEGER and isinstance(low, int) and isinstance(high, int):
        width = max(1, -(-(high - low) // BINS))
        return _rising(low, [low + width * number for number in range(1, BINS)], high)
    if isinstance(low, int | float) and isinstance(high, int | float):
        shares = [number / BINS for number in range(1, BINS)]
        return _rising(low, [_round(low * (1 - share) + high * share) for share in shares], high)
    if isinstance(low, datetime.datetime) and isinstance(high, datetime.datetime):
        moments = [low + (high - low) * (number / BINS) for number in range(1, BINS)]
        if column.kind is Kind.TIMESTAMP:
            return _rising(low, moments, high)
        return _rising(low.date(), [moment.date() for moment in moments], high.date())
    return ()


def _rising(low: Any, inner: Sequence[Any], high: Any) -> tuple[object, ...]:
    return (low, *(edge for edge in dict.fromkeys(inner) if low < edge < high), high)


def _round(edge: float) -> float:
    return float(f"{edge:.12g}")


class TableStatements:
    """The statements of a profile of one table, as SQL in its dialect."""

    def __init__(self, table: TableName, dialect: str) -> None:
        self._name = table
        self._dialect = dialect

    def count_rows(self) -> str:
        """One number."""
        from sqlglot import exp

        return self._sql(exp.select(exp.Count(this=exp.Star())).from_(self._table()))

    def figures(self, columns: Sequence[ProfiledColumn], *, is_approximate: bool, top: int) -> str:
        """One row; each result column is named for the position of its column and the figure."""
        from sqlglot import exp

        selected: list[exp.Expr] = []
        for position, column in enumerate(columns):
            figures = _figures(column, is_approximate=is_approximate, top=top)
            selected += [
                exp.alias_(tree, f"{position}_{name}", quoted=True) for name, tree in figures.items()
            ]
        return self._sql(exp.select(*selected).from_(self._table()))

    def frequencies(
        self,
        columns: Sequence[ProfiledColumn],
        edges: Sequence[Sequence[object]],
        likely: Sequence[Sequence[str] | None],
        top: int,
    ) -> str | None:
        """Rows of position, 'bin' or 'top', the bin's number or the value as text, count."""
        selects = []
        for position, column in enumerate(columns):
            if edges[position]:
                selects.append(self._bins(position, column, edges[position]))
            if column.kind is not Kind.OPAQUE and top > 0:
                selects.append(self._top_values(position, column, likely[position], top))
        return self._union(selects)

    def find(self, columns: Sequence[ProfiledColumn], look_for: Sequence[str], limit: int) -> str | None:
        """Rows of position, number of the text, the value as spelt, 1 if not equal to it, its size."""
        selects = []
        for position, column in enumerate(columns):
            possible = [
                (number, text.strip()) for number, text in enumerate(look_for) if _could_hold(column, text)
            ]
            if possible:
                selects.append(self._found(position, column, possible, limit))
        return self._union(selects)

    def _bins(self, position: int, column: ProfiledColumn, edges: Sequence[object]) -> exp.Select:
        from sqlglot import exp

        value = finite(column)
        number = exp.Case(default=exp.Literal.string(str(len(edges) - 2)))
        for bin_, edge in enumerate(edges[1:-1]):
            number = number.when(exp.LT(this=value.copy(), expression=_literal(edge, column)), f"'{bin_}'")
        selected = self._labelled(
            position, "bin", number if number.args.get("ifs") else exp.Literal.string("0")
        )
        is_value = exp.Not(this=exp.Is(this=value.copy(), expression=exp.null()))
        return selected.from_(self._table()).where(is_value).group_by("3")

    def _top_values(
        self, position: int, column: ProfiledColumn, likely: Sequence[str] | None, top: int
    ) -> exp.Select:
        from sqlglot import exp

        own = _column(column)
        condition: exp.Expr = exp.Not(this=exp.Is(this=own.copy(), expression=exp.null()))
        if likely is not None:
            texts = [exp.Literal.string(text) for text in likely]
            condition = exp.In(this=_text(own), expressions=texts) if texts else exp.false()
        shown = exp.func("SUBSTRING", _text(own), exp.Literal.number(1), exp.Literal.number(LONGEST_VALUE))
        selected = self._labelled(position, "top", shown)
        selected = selected.from_(self._table()).where(condition).group_by(own.copy())
        ordered = selected.order_by(exp.Ordered(this=exp.Count(this=exp.Star()), desc=True), own.copy())
        return exp.select("*").from_(ordered.limit(top).subquery(f"top_{position}"))

    def _labelled(self, position: int, figure: str, value: exp.Expr) -> exp.Select:
        from sqlglot import exp

        return exp.select(
            exp.alias_(exp.Literal.number(position), "position"),
            exp.alias_(exp.Literal.string(figure), "figure"),
            exp.alias_(value, "value"),
            exp.alias_(exp.Count(this=exp.Star()), "count"),
        )

    def _found(
        self, position: int, column: ProfiledColumn, possible: Sequence[tuple[int, str]], limit: int
    ) -> exp.Select:
        """Each value is met once, however many texts are looked for."""
        from sqlglot import exp

        own = _column(column)
        distinct = exp.select(exp.alias_(own, "found")).distinct().from_(self._table())
        if column.kind in NUMBERS:
            distinct = distinct.where(
                exp.In(this=own.copy(), expressions=[exp.Literal.number(text) for _, text in possible])
            )
        value, text = exp.Lower(this=_text(exp.column("found"))), exp.column("text")
        is_other = exp.Case().when(exp.EQ(this=value, expression=text), "0").else_("1")
        size = exp.Length(this=_text(exp.column("found")))
        order = exp.Order(expressions=[is_other.copy(), size.copy(), exp.column("found")])
        place = exp.Window(this=exp.RowNumber(), partition_by=[exp.column("wanted")], order=order)
        ranked = (
            exp.select(
                exp.alias_(exp.Literal.number(position), "position"),
                "wanted",
                exp.alias_(_text(exp.column("found")), "value"),
                exp.alias_(is_other, "is_other"),
                exp.alias_(size, "size"),
                exp.alias_(place, "place"),
            )
            .from_(distinct.subquery("different"))
            .join(_wanted(column, possible), on=_match(column))
        )
        return exp.select("*").from_(ranked.subquery(f"found_{position}")).where(exp.column("place") <= limit)

    def _union(self, selects: Sequence[exp.Select]) -> str | None:
        from sqlglot import exp

        if not selects:
            return None
        whole: exp.Query = selects[0]
        for select in selects[1:]:
            whole = exp.Union(this=whole, expression=select, distinct=False)
        return self._sql(whole)

    def _table(self) -> exp.Table:
        from sqlglot import exp

        parts = self._name.table, self._name.schema or None, self._name.database or None
        return exp.table_(parts[0], db=parts[1], catalog=parts[2], quoted=True)

    def _sql(self, tree: exp.Expr) -> str:
        return tree.sql(dialect=self._dialect, comments=False)


def _figures(column: ProfiledColumn, *, is_approximate: bool, top: int) -> dict[str, exp.Expr]:
    from sqlglot import exp

    own = _column(column)
    figures: dict[str, exp.Expr] = {"rows": exp.Count(this=exp.Star()), "values": exp.Count(this=own)}
    if column.kind is Kind.OPAQUE:
        return figures
    figures["distinct"] = (
        exp.ApproxDistinct(this=own.copy())
        if is_approximate
        else exp.Count(this=exp.Distinct(expressions=[own.copy()]))
    )
    if is_approximate and top > 0:
        # not exp.ApproxTopK: sqlglot holds that DuckDB's has another meaning
        likely = exp.Anonymous(this="approx_top_k", expressions=[own.copy(), exp.Literal.number(top)])
        figures["likely"] = exp.cast(likely, "TEXT[]")
    shown = _text(own) if column.kind in (Kind.ORDERED, Kind.TEXT) else _without_nan(column)
    figures |= {"min": exp.Min(this=shown), "max": exp.Max(this=shown.copy())}
    return figures | (_finite_figures(column, is_approximate=is_approximate) if column.has_bins else {})


def _finite_figures(column: ProfiledColumn, *, is_approximate: bool) -> dict[str, exp.Expr]:
    from sqlglot import exp

    value = finite(column)
    shares = exp.Array(expressions=[exp.Literal.number(share) for share in SHARES])
    between = "quantile_disc" if column.kind in MOMENTS else "quantile_cont"
    measured = exp.cast(value.copy(), "DOUBLE") if column.kind in NUMBERS else value.copy()
    quantiles: exp.Expr = exp.func("approx_quantile" if is_approximate else between, measured, shares)
    if column.kind in MOMENTS:
        quantiles = exp.cast(quantiles, "TEXT[]")  # as text, for Python has no date for some of them
    figures: dict[str, exp.Expr] = {
        "low": exp.Min(this=value.copy()),
        "high": exp.Max(this=value.copy()),
        "quantiles": quantiles,
        "unbounded": exp.Sub(this=exp.Count(this=_column(column)), expression=exp.Count(this=value.copy())),
    }
    if column.kind in NUMBERS:
        figures["mean"] = exp.Avg(this=measured.copy())
    if column.kind in MOMENTS:
        figures |= {"min": _text(figures["low"]), "max": _text(figures["high"])}
    return figures


def finite(column: ProfiledColumn) -> exp.Expr:
    """The column's value, null where it is NaN or infinite."""
    from sqlglot import exp

    own = _column(column)
    if column.kind not in (Kind.FLOAT, *MOMENTS):
        return own
    return exp.Case().when(exp.func("isfinite", own), own.copy())


def _without_nan(column: ProfiledColumn) -> exp.Expr:
    from sqlglot import exp

    own = _column(column)
    if column.kind is not Kind.FLOAT:
        return own
    return exp.Case().when(exp.Not(this=exp.IsNan(this=own)), own.copy())


def _could_hold(column: ProfiledColumn, text: str) -> bool:
    return column.kind is Kind.TEXT or (column.kind in NUMBERS and _is_number(text))


def _wanted(column: ProfiledColumn, possible: Sequence[tuple[int, str]]) -> exp.Expr:
    """A table of the looked-for texts in lower case, or of the numbers that they spell."""
    from sqlglot import exp

    literal = exp.Literal.number if column.kind in NUMBERS else exp.Literal.string
    rows = [
        exp.Tuple(
            expressions=[exp.Literal.number(number), exp.Literal.string(text.lower()), literal(text.lower())]
        )
        for number, text in possible
    ]
    names = [exp.to_identifier(name) for name in ("wanted", "text", "spelt")]
    alias = exp.TableAlias(this=exp.to_identifier("looked_for"), columns=names)
    return exp.Values(expressions=rows, alias=alias)


def _match(column: ProfiledColumn) -> exp.Expr:
    """That a value is the number, or has the text in it."""
    from sqlglot import exp

    found, spelt = exp.column("found"), exp.column("spelt")
    if column.kind in NUMBERS:
        return exp.EQ(this=found, expression=spelt)
    place = exp.StrPosition(this=exp.Lower(this=_text(found)), substr=spelt)
    return exp.GT(this=place, expression=exp.Literal.number(0))


def _is_number(text: str) -> bool:
    digits = text.strip().removeprefix("-").replace(".", "", 1)
    return digits.isascii() and digits.isdigit() and len(digits) <= 30


def _column(column: ProfiledColumn) -> exp.Column:
    from sqlglot import exp

    return exp.column(column.name, quoted=True)


def _text(value: exp.Expr) -> exp.Cast:
    from sqlglot import exp

    return exp.cast(value.copy(), "TEXT")


def _literal(value: object, column: ProfiledColumn) -> exp.Expr:
    from sqlglot import exp

    if column.kind in MOMENTS:
        return exp.cast(exp.Literal.string(str(value)), "DATE" if column.kind is Kind.DATE else "TIMESTAMP")
    return (
        exp.cast(exp.Literal.string(repr(value)), "DOUBLE")
        if isinstance(value, float)
        else exp.convert(value)
    )
