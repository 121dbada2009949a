"""The SQL of a profile, built as trees: figures of all columns, how often values occur, where texts occur."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.connectors import profile_figures, profile_stats
from rasgo_nb.connectors.profile_dialects import profile_dialect
from rasgo_nb.connectors.profile_figures import column_of, finite, text
from rasgo_nb.connectors.profile_kinds import MOMENTS, NUMBERS, Kind, ProfiledColumn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlglot import exp

    from rasgo_nb.connectors.base import TableName
    from rasgo_nb.connectors.profile_dialects import ProfileDialect

LONGEST_VALUE = 200  # characters of a value that come back


class TableStatements:
    """The statements of a profile of one table, as SQL in its dialect."""

    def __init__(self, table: TableName, dialect: str) -> None:
        self._name = table
        self._dialect = dialect
        self._own = profile_dialect(dialect)

    def count_rows(self) -> str:
        """One number."""
        from sqlglot import exp

        return self._sql(exp.select(exp.Count(this=exp.Star())).from_(self._table()))

    def figures(
        self,
        columns: Sequence[ProfiledColumn],
        *,
        is_approximate: bool,
        is_sampled: bool,
        rows: int,
        top: int,
    ) -> str:
        """One row; each result column is named ``c``, the position of its column, ``_`` and the figure.

        ``is_sampled`` takes what is dear from a sample, and from what the database keeps of the table.
        """
        counted, measured, kept = _Named(), _Named(), _Named()
        for position, column in enumerate(columns):
            own = profile_figures.counted(
                column, self._own, is_approximate=is_approximate, is_sampled=is_sampled
            )
            counted.add(position, own)
            quantiles = profile_figures.quantiles(column, self._own, is_approximate=is_approximate)
            (measured if is_sampled else counted).add(position, quantiles)
            if column.kind is Kind.OPAQUE:
                continue
            if is_sampled:
                kept.add(position, profile_stats.kept(self._name, column, rows))
            elif is_approximate and top > 0 and self._own.frequent is not None:
                counted.add(position, {"likely": self._own.frequent(column_of(column), top)})
        whole = counted.select(self._table())
        return self._sql(self._with_sample(whole, measured, kept, rows) if is_sampled else whole)

    def _with_sample(self, counted: exp.Select, measured: _Named, kept: _Named, rows: int) -> exp.Select:
        from sqlglot import exp

        whole = exp.select("counted.*", *kept.trees).from_(counted.subquery("counted"))
        if not measured.trees:
            return whole
        of_sample = measured.select(profile_stats.sampled(self._table(), rows)).subquery("sampled")
        return whole.select("sampled.*").join(of_sample, join_type="cross")

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
            if column.kind is not Kind.OPAQUE and top > 0 and likely[position] != []:
                selects.append(self._top_values(position, column, likely[position], top))
        return self._union(selects)

    def find(self, columns: Sequence[ProfiledColumn], look_for: Sequence[str], limit: int) -> str | None:
        """Rows of position, number of the text, the value as spelt, 1 if not equal to it, its size."""
        selects = []
        for position, column in enumerate(columns):
            possible = [
                (number, wanted.strip())
                for number, wanted in enumerate(look_for)
                if _could_hold(column, wanted, self._own)
            ]
            if possible:
                selects.append(self._found(position, column, possible, limit))
        return self._union(selects)

    def _bins(self, position: int, column: ProfiledColumn, edges: Sequence[object]) -> exp.Select:
        from sqlglot import exp

        value = finite(column, self._own)
        last = exp.Literal.string(str(len(edges) - 2))
        case = exp.Case(default=last)
        for bin_, edge in enumerate(edges[1:-1]):
            below = exp.LT(this=value.copy(), expression=self._literal(edge, column))
            case = case.when(below, exp.Literal.string(str(bin_)))
        number = case if len(edges) > 2 else last.copy()
        is_value = exp.Not(this=exp.Is(this=value.copy(), expression=exp.null()))
        binned = exp.select(_as(number, "value")).from_(self._table()).where(is_value)
        selected = _labelled(position, "bin", _ref("value"))
        return selected.from_(binned.subquery(f"binned_{position}")).group_by(_ref("value"))

    def _top_values(
        self, position: int, column: ProfiledColumn, likely: Sequence[str] | None, top: int
    ) -> exp.Select:
        from sqlglot import exp

        own = column_of(column)
        condition: exp.Expr = exp.Not(this=exp.Is(this=own.copy(), expression=exp.null()))
        if likely is not None:
            condition = exp.In(
                this=text(own, self._own), expressions=[exp.Literal.string(value) for value in likely]
            )
        counted = exp.select(_as(own, "own"), _as(exp.Count(this=exp.Star()), "count"))
        counted = counted.from_(self._table()).where(condition).group_by(own.copy())
        counted = counted.order_by(exp.Ordered(this=exp.Count(this=exp.Star()), desc=True), own.copy())
        shown = exp.func(
            "SUBSTRING",
            text(_ref("own"), self._own),
            exp.Literal.number(1),
            exp.Literal.number(LONGEST_VALUE),
        )
        return _labelled(position, "top", shown, _ref("count")).from_(
            counted.limit(top).subquery(f"top_{position}")
        )

    def _found(
        self, position: int, column: ProfiledColumn, possible: Sequence[tuple[int, str]], limit: int
    ) -> exp.Select:
        """Each value is met once, however many texts are looked for."""
        from sqlglot import exp

        own = column_of(column)
        distinct = exp.select(_as(own, "found")).distinct().from_(self._table())
        if column.kind in NUMBERS:
            distinct = distinct.where(
                exp.In(this=own.copy(), expressions=[exp.Literal.number(value) for _, value in possible])
            )
        found = text(_ref("found"), self._own)
        same = exp.EQ(this=exp.Lower(this=found.copy()), expression=_ref("text"))
        is_other = exp.Case().when(same, exp.Literal.string("0")).else_(exp.Literal.string("1"))
        size = exp.Length(this=found.copy())
        order = exp.Order(expressions=[is_other.copy(), size.copy(), _ref("found")])
        place = exp.Window(this=exp.RowNumber(), partition_by=[_ref("wanted")], order=order)
        ranked = exp.select(
            _as(exp.Literal.number(position), "position"),
            _ref("wanted"),
            _as(found, "value"),
            _as(is_other, "is_other"),
            _as(size, "size"),
            _as(place, "place"),
        ).from_(distinct.subquery("different"))
        ranked = ranked.join(_wanted(column, possible), on=self._match(column), join_type="inner")
        within = exp.LTE(this=_ref("place"), expression=exp.Literal.number(limit))
        return exp.select("*").from_(ranked.subquery(f"found_{position}")).where(within)

    def _match(self, column: ProfiledColumn) -> exp.Expr:
        """That a value is the number, or has the text in it."""
        from sqlglot import exp

        if column.kind in NUMBERS:
            return exp.EQ(this=_ref("found"), expression=_ref("spelt"))
        place = exp.StrPosition(this=exp.Lower(this=text(_ref("found"), self._own)), substr=_ref("spelt"))
        return exp.GT(this=place, expression=exp.Literal.number(0))

    def _literal(self, value: object, column: ProfiledColumn) -> exp.Expr:
        from sqlglot import exp

        if column.kind in MOMENTS:
            written = exp.Literal.string(str(value))
            if self._own.moment_literals == "text":
                return written
            return exp.cast(written, exp.DataType.build(column.type, dialect=self._dialect))
        if isinstance(value, float):
            return exp.cast(exp.Literal.string(repr(value)), "DOUBLE")
        return exp.convert(value)

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


class _Named:
    """Figures of columns, named so that they can be told apart in one row."""

    def __init__(self) -> None:
        self.trees: list[exp.Expr] = []

    def add(self, position: int, figures: Mapping[str, exp.Expr]) -> None:
        self.trees += [_as(tree, f"c{position}_{name}") for name, tree in figures.items()]

    def select(self, table: exp.Table) -> exp.Select:
        from sqlglot import exp

        return exp.select(*self.trees).from_(table)


def _as(tree: exp.Expr, name: str) -> exp.Expr:
    """Named, and quoted: what is a word of the language differs by dialect."""
    from sqlglot import exp

    return exp.alias_(tree, name, quoted=True)


def _ref(name: str) -> exp.Column:
    from sqlglot import exp

    return exp.column(name, quoted=True)


def _labelled(position: int, figure: str, value: exp.Expr, count: exp.Expr | None = None) -> exp.Select:
    from sqlglot import exp

    return exp.select(
        _as(exp.Literal.number(position), "position"),
        _as(exp.Literal.string(figure), "figure"),
        _as(value, "value"),
        _as(count or exp.Count(this=exp.Star()), "count"),
    )


def _could_hold(column: ProfiledColumn, wanted: str, own: ProfileDialect) -> bool:
    if column.kind is Kind.TEXT:
        return own.finds_texts
    return column.kind in NUMBERS and _is_number(wanted)


def _wanted(column: ProfiledColumn, possible: Sequence[tuple[int, str]]) -> exp.Subquery:
    """A table of the looked-for texts in lower case, or of the numbers that they spell."""
    from sqlglot import exp

    literal = exp.Literal.number if column.kind in NUMBERS else exp.Literal.string
    whole: exp.Query | None = None
    for number, wanted in possible:
        folded = wanted.lower()
        row = exp.select(
            _as(exp.Literal.number(number), "wanted"),
            _as(exp.Literal.string(folded), "text"),
            _as(literal(folded), "spelt"),
        )
        whole = row if whole is None else exp.Union(this=whole, expression=row, distinct=False)
    return exp.Subquery(this=whole, alias=exp.TableAlias(this=exp.to_identifier("looked_for")))


def _is_number(text: str) -> bool:
    digits = text.strip().removeprefix("-").replace(".", "", 1)
    return digits.isascii() and digits.isdigit() and len(digits) <= 30
