"""Where the columns of a statement's result come from, read off its tree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rasgo_nb.connectors.readonly import quiet_sqlglot

if TYPE_CHECKING:
    from sqlglot import exp

ColumnsOf = Callable[[str], Sequence[str] | None]
_MOST_DEPTH = 40  # of subqueries in each other
_TIME_UNITS = frozenset(("year", "quarter", "month", "week", "day", "dow", "isodow", "dayofweek", "isoyear"))


@dataclass(frozen=True, slots=True)
class OutputColumn:
    """One column of a result.

    ``sources`` are the (table, column) pairs that its values come from, as far as they are told: the table
    dotted as written, empty where it is not known. ``is_sure`` says that there are no others. ``is_figure``
    says that it is made of aggregates over many rows, or is a part of a date by which rows were grouped.
    """

    name: str
    sources: frozenset[tuple[str, str]] = frozenset()
    is_sure: bool = True
    is_figure: bool = False


def output_columns(statement: str, dialect: str, columns_of: ColumnsOf) -> tuple[OutputColumn, ...] | None:
    """The result's columns in order; None where the statement does not tell.

    ``columns_of`` gives the columns of a table by its name as written, None where it is not known.
    """
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError
    from sqlglot.optimizer.scope import build_scope

    try:
        with quiet_sqlglot():
            tree = sqlglot.parse_one(statement, dialect=dialect)
            scope = build_scope(tree) if isinstance(tree, exp.Query) else None
            return tuple(_Reader(columns_of).outputs(scope)) if scope is not None else None
    except (
        _Untold,
        SqlglotError,
        RecursionError,
        IndexError,
        ValueError,
        AttributeError,
        TypeError,
        KeyError,
    ):
        # sqlglot's parser trips over some statements that are not in its tests
        return None


def names_only(statement: str, dialect: str) -> bool:
    """Whether the statement is one that tells of names and types alone, such as SHOW or DESCRIBE."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        with quiet_sqlglot():
            tree = sqlglot.parse_one(statement, dialect=dialect)
    except (SqlglotError, RecursionError, IndexError, ValueError, AttributeError, TypeError, KeyError):
        return False
    if isinstance(tree, exp.Describe):
        return not isinstance(tree.this, exp.Query)
    return isinstance(tree, exp.Show) or (isinstance(tree, exp.Command) and tree.name.upper() == "SHOW")


def plain_tables(statement: str, dialect: str) -> tuple[str, ...] | None:
    """The tables that the statement reads, dotted as written; None where it may read anything else."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        with quiet_sqlglot():
            tree = sqlglot.parse_one(statement, dialect=dialect)
    except (SqlglotError, RecursionError, IndexError, ValueError, AttributeError, TypeError, KeyError):
        return None
    tables = list(tree.find_all(exp.Table))
    if not isinstance(tree, exp.Query) or not all(isinstance(one.this, exp.Identifier) for one in tables):
        return None
    made = {cte.alias_or_name.casefold() for cte in tree.find_all(exp.CTE)}
    names = (
        ".".join(part for part in (one.catalog, one.db, one.name) if part)
        for one in tables
        if one.db or one.name.casefold() not in made
    )
    return tuple(dict.fromkeys(names))


class _Untold(Exception):
    """The statement does not tell where its columns come from."""


@dataclass(slots=True)
class _Reader:
    columns_of: ColumnsOf
    depth: int = 0
    _known: dict[int, list[OutputColumn]] = field(default_factory=dict)

    def outputs(self, scope: Any) -> list[OutputColumn]:
        if id(scope) not in self._known:
            self.depth += 1
            if self.depth > _MOST_DEPTH:
                raise _Untold
            self._known[id(scope)] = self._outputs(scope)
            self.depth -= 1
        return self._known[id(scope)]

    def _outputs(self, scope: Any) -> list[OutputColumn]:
        from sqlglot import exp

        if isinstance(scope.expression, exp.SetOperation):
            left, right = (self.outputs(one) for one in scope.set_operation_scopes)
            if len(left) != len(right) or scope.expression.args.get("by_name"):
                raise _Untold
            return _renamed([_both(*pair) for pair in zip(left, right, strict=True)], scope)
        if not isinstance(scope.expression, exp.Select) or _has_turned(scope.expression):
            raise _Untold
        made: list[OutputColumn] = []
        for projection in scope.expression.selects:
            made += self._of_projection(projection, scope, made)
        return _renamed(made, scope)

    def _of_projection(
        self, projection: exp.Expr, scope: Any, made: Sequence[OutputColumn]
    ) -> list[OutputColumn]:
        from sqlglot import exp

        star = projection if isinstance(projection, exp.Star) else projection.this
        if isinstance(star, exp.Star) and isinstance(projection, exp.Star | exp.Column):
            return self._of_star(star, projection, scope)
        bare = projection.unalias()
        leaves = [self._leaf(column, scope, made) for column in bare.find_all(exp.Column)]
        leaves += [leaf for chain in _chains(bare) for leaf in self._of_chain(chain, scope, made)]
        has_query = any(True for _ in bare.find_all(exp.Query))
        is_sure = not has_query and all(leaf.is_sure for leaf in leaves) and not _is_odd(bare)
        sources = frozenset(source for leaf in leaves for source in leaf.sources)
        is_figure = not has_query and self._is_figure(bare, scope, made)
        return [OutputColumn(projection.alias_or_name, sources, is_sure, is_figure)]

    def _of_star(self, star: exp.Star, projection: exp.Expr, scope: Any) -> list[OutputColumn]:
        from sqlglot import exp

        if star.args.get("replace") or star.args.get("rename"):
            raise _Untold
        left_out = {one.name.casefold() for one in star.args.get("except_") or star.args.get("except") or ()}
        qualifier = projection.table.casefold() if isinstance(projection, exp.Column) else ""
        names = [name for name in scope.sources if not qualifier or name.casefold() == qualifier]
        used = scope.selected_sources
        if not names or _merges_columns(scope.expression):
            raise _Untold
        found = [one for name in names if name in used for one in self._of_source(scope.sources[name])]
        return [one for one in found if one.name.casefold() not in left_out]

    def _of_source(self, source: Any) -> list[OutputColumn]:
        from sqlglot import exp

        if not isinstance(source, exp.Table):
            return self.outputs(source)
        if source.alias_column_names or source.args.get("pivots") or not source.name:
            raise _Untold
        name = ".".join(part for part in (source.catalog, source.db, source.name) if part)
        columns = self.columns_of(name)
        if columns is None:
            raise _Untold
        return [OutputColumn(column, frozenset(((name, column),))) for column in columns]

    def _leaf(self, column: exp.Column, scope: Any, made: Sequence[OutputColumn]) -> OutputColumn:
        """What one column name of an expression stands for; unsure where no source has it."""
        unsure = OutputColumn(column.name, frozenset((("", column.name),)), is_sure=False)
        name = column.name.casefold()
        for source_name in scope.selected_sources:
            if column.table and source_name.casefold() != column.table.casefold():
                continue
            try:
                held = self._of_source(scope.sources[source_name])
            except _Untold:
                return unsure
            for one in held:
                if one.name.casefold() == name:
                    return one
        return next((one for one in made if not column.table and one.name.casefold() == name), unsure)

    def _of_chain(self, names: Sequence[str], scope: Any, made: Sequence[OutputColumn]) -> list[OutputColumn]:
        """What ``a.b.upper()`` may be of: a column of that name, or a whole row; else a schema's function."""
        from sqlglot import exp

        leaves = [self._leaf(exp.column(name), scope, made) for name in names]
        found = [leaf for leaf in leaves if leaf.is_sure]
        rows = {source.casefold() for source in scope.selected_sources}
        if found or not (rows.intersection(map(str.casefold, names)) or self._has_untold(scope)):
            return found
        return leaves

    def _has_untold(self, scope: Any) -> bool:
        """Whether a source does not tell which columns it has."""
        try:
            for name in scope.selected_sources:
                self._of_source(scope.sources[name])
        except _Untold:
            return True
        return False

    def _is_figure(self, node: exp.Expr, scope: Any, made: Sequence[OutputColumn]) -> bool:
        from sqlglot import exp

        if isinstance(node, exp.Filter):
            return self._is_figure(node.this, scope, made)
        if isinstance(node, exp.Min | exp.Max) and node.expressions:  # of several columns, row by row
            return False
        if isinstance(node, _aggregates()):
            return not any(True for _ in node.find_all(exp.Window))
        if isinstance(node, exp.Column):
            return self._leaf(node, scope, made).is_figure
        if isinstance(node, exp.Literal):
            return not node.is_string
        if isinstance(node, exp.Window):  # over what is aggregated already: a share, a running total
            inner = node.this.this
            return isinstance(node.this, _aggregates()) and self._is_figure(inner, scope, made)
        if isinstance(node, exp.Cast):
            return self._is_figure(node.this, scope, made)
        if isinstance(node, _plain_functions()):
            return all(self._is_figure(one, scope, made) for one in node.iter_expressions())
        return bool(scope.expression.args.get("group")) and _is_part_of_date(node)


def _aggregates() -> tuple[type, ...]:
    """Those that make a number or a date of many rows, and cannot hand on a text."""
    from sqlglot import exp

    return (
        *(exp.Count, exp.CountIf, exp.Sum, exp.Avg, exp.Min, exp.Max, exp.Median, exp.Stddev, exp.StddevPop),
        *(
            exp.StddevSamp,
            exp.Variance,
            exp.VariancePop,
            exp.Quantile,
            exp.ApproxQuantile,
            exp.ApproxDistinct,
        ),
        *(exp.PercentileCont, exp.PercentileDisc, exp.WithinGroup, exp.Corr, exp.CovarPop, exp.CovarSamp),
    )


def _plain_functions() -> tuple[type, ...]:
    from sqlglot import exp

    return (exp.Binary, exp.Paren, exp.Neg, exp.Round, exp.Abs, exp.Coalesce, exp.Nullif, exp.Ceil, exp.Floor)


def _is_part_of_date(node: exp.Expr) -> bool:
    """Whether the expression is a year, a month and the like of one column."""
    from sqlglot import exp

    if isinstance(node, exp.Year | exp.Quarter | exp.Month | exp.Week | exp.DayOfWeek):
        return _is_column(node.this)
    if isinstance(node, exp.Extract):
        return node.name.casefold() in _TIME_UNITS and _is_column(node.expression)
    if isinstance(node, exp.DateTrunc | exp.TimestampTrunc):
        return node.text("unit").casefold() in _TIME_UNITS and _is_column(node.this)
    return False


def _is_column(node: exp.Expr | None) -> bool:
    from sqlglot import exp

    if isinstance(node, exp.Cast | exp.Paren | exp.TsOrDsToDate):
        return _is_column(node.this)
    return isinstance(node, exp.Column)


def _chains(node: exp.Expr) -> list[list[str]]:
    """The names before the dot of each ``email.upper()``, which DuckDB takes for ``upper(email)``."""
    from sqlglot import exp

    return [
        [
            name.name
            for name in dot.this.find_all(exp.Identifier)
            if isinstance(name.parent, exp.Dot | exp.Paren)
        ]
        for dot in node.find_all(exp.Dot)
        if isinstance(dot.expression, exp.Func)
    ]


def _is_odd(node: exp.Expr) -> bool:
    """Whether the expression may read columns that it does not name: by position, pattern, text, row."""
    from sqlglot import exp

    kinds = tuple(
        kind
        for name in ("PositionalColumn", "Columns", "Star", "Parameter", "DynamicIdentifier")
        if (kind := getattr(exp, name, None)) is not None
    )
    return any(not isinstance(one.parent, exp.Count) for one in node.find_all(*kinds))


def _has_turned(select: exp.Select) -> bool:
    """Whether rows become columns or the other way round, or rows come from no table."""
    from sqlglot import exp

    kinds = (exp.Pivot, exp.Lateral, exp.Unnest, exp.Values, exp.TableAlias)
    for node in (*[select.args.get("from_") or select.args.get("from")], *(select.args.get("joins") or ())):
        for one in node.find_all(*kinds) if node is not None else ():
            if one.parent_select is select and (not isinstance(one, exp.TableAlias) or one.columns):
                return True
    return bool(select.args.get("laterals") or select.args.get("pivots"))


def _merges_columns(select: exp.Select) -> bool:
    """Whether a star gives fewer columns than its sources have."""
    return any(join.args.get("using") or join.method == "NATURAL" for join in select.args.get("joins") or ())


def _both(one: OutputColumn, other: OutputColumn) -> OutputColumn:
    """A column of a union."""
    return OutputColumn(
        one.name,
        one.sources | other.sources,
        one.is_sure and other.is_sure,
        one.is_figure and other.is_figure,
    )


def _renamed(columns: list[OutputColumn], scope: Any) -> list[OutputColumn]:
    """With the names that a CTE or a derived table gives to its columns."""
    names: list[str] = scope.outer_columns
    if not names:
        return columns
    if len(names) != len(columns):
        raise _Untold
    return [
        OutputColumn(name, one.sources, one.is_sure, one.is_figure)
        for name, one in zip(names, columns, strict=True)
    ]
