"""What GROUP BY asks of the rest of a SELECT."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.catalog.check.scope import parts_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlglot import exp

    from rasgo_nb.catalog.check.query import QueryCheck
    from rasgo_nb.catalog.check.scope import Scope, Source

# Functions that are surely no aggregates: what is inside them is as if it stood alone.
_SCALAR = frozenset(
    {"Abs", "And", "Case", "Cast", "Ceil", "Coalesce", "Concat", "DateTrunc", "Day", "Extract", "Floor", "If"}
    | {"Left", "Length", "Lower", "Month", "Neg", "Not", "Nullif", "Or", "Paren", "Replace", "Right", "Round"}
    | {"Substring", "TimestampTrunc", "Trim", "TryCast", "Upper", "Year"}
)


def check(node: exp.Select, scope: Scope, query: QueryCheck) -> None:
    """Note the first column that is neither grouped by nor aggregated."""
    from sqlglot import exp

    group = node.args.get("group")
    if group is not None and (group.args.get("all") or group.args.get("totals")):
        return
    order, having = node.args.get("order"), node.args.get("having")
    clauses = [one for one in (*node.selects, having, order) if one is not None]
    if group is None and not any(_has_aggregate(one) for one in clauses):
        return
    grouped = _Grouped(node, scope, query)
    for part in [
        *node.expressions,
        *([having.this] if having else []),
        *(order.expressions if order else []),
    ]:
        inner = part.this if isinstance(part, exp.Ordered) else part
        is_output = part not in node.expressions
        for column in grouped.loose_columns(inner, is_after=is_output):
            name = parts_of(column)[-1]
            message = (
                f"Column {column.sql(query.dialect)} has to be in GROUP BY, or inside an aggregate function."
            )
            query.note("grouping", message, name)
            return


def check_where(where: exp.Where, scope: Scope, query: QueryCheck) -> None:
    """Note an aggregate in WHERE; one of a subquery may belong to the query around it."""
    if scope.parent is None or not any(one.sources for one in scope.parent.chain()):
        for node in _own_nodes(where):
            if _is_aggregate(node) and not _is_windowed(node):
                text = f"WHERE cannot hold the aggregate {node.sql(query.dialect)}: filter by it in HAVING."
                query.note("grouping", text)
                return


def check_outer(node: exp.Select, scope: Scope, query: QueryCheck) -> None:
    """Note an aggregate in a subquery of WHERE whose columns are all of the query around it."""
    from sqlglot import exp

    around = node.find_ancestor(exp.Select, exp.Where)
    if not isinstance(around, exp.Where) or query.dialect not in ("duckdb", "postgres"):
        return
    for aggregate in (one for selected in node.selects for one in _own_nodes(selected) if _is_aggregate(one)):
        columns = list(aggregate.find_all(exp.Column))
        sources = [
            scope.with_column(query.names.written(parts_of(one)[-1])) for one in columns if not one.table
        ]
        if (
            columns
            and len(sources) == len(columns)
            and not any(
                one.may_have(query.names.written(parts_of(column)[-1]))
                for one in scope.sources
                for column in columns
            )
            and all(sources)
        ):
            text = f"{aggregate.sql(query.dialect)} takes columns of the query around it, in its WHERE."
            query.note("grouping", text, parts_of(columns[0])[-1])
            return


class _Grouped:
    """What a SELECT groups by."""

    def __init__(self, node: exp.Select, scope: Scope, query: QueryCheck) -> None:
        self._scope = scope
        self._query = query
        self._outputs = {one.alias_or_name.casefold() for one in node.selects if one.alias_or_name}
        self.is_sure = True
        self._keys = {self._key(one) for one in self._expressions(node)}

    def loose_columns(self, node: exp.Expr, *, is_after: bool) -> Iterator[exp.Column]:
        """The columns of an expression that have no single value in a group.

        ``is_after`` says that the names which the SELECT gives can be used too.
        """
        from sqlglot import exp

        if not self.is_sure or self._key(node) in self._keys or isinstance(node, exp.AggFunc):
            return
        if isinstance(node, exp.Column):
            if not isinstance(node.this, exp.Star) and self._query.names.written(node.this) in self._keys:
                return  # grouped by under its bare name
            is_output = is_after and not node.table and node.name.casefold() in self._outputs
            if not is_output and self._is_own(node):
                yield node
            return
        if isinstance(node, exp.Alias):
            yield from self.loose_columns(node.this, is_after=is_after)
        elif isinstance(node, (exp.Binary, exp.Unary)) or type(node).__name__ in _SCALAR:
            for child in node.iter_expressions():
                yield from self.loose_columns(child, is_after=is_after)

    def _expressions(self, node: exp.Select) -> Iterator[exp.Expr]:
        from sqlglot import exp

        group = node.args.get("group")
        if group is None:
            return
        listed = list(group.expressions)
        for part in ("grouping_sets", "cube", "rollup"):
            for one in group.args.get(part) or ():
                listed += one.expressions if isinstance(one, exp.Expr) else []
        for one in listed:
            for inner in one.expressions if isinstance(one, exp.Tuple) else [one]:
                yield from self._meant(inner, node)

    def _meant(self, one: exp.Expr, node: exp.Select) -> Iterator[exp.Expr]:
        from sqlglot import exp

        one = one.unnest() if isinstance(one, exp.Paren) else one
        if isinstance(one, (exp.Tuple, exp.GroupingSets, exp.Cube, exp.Rollup)):
            self.is_sure = False
            return
        yield one
        if isinstance(one, exp.Literal) and not one.is_string:
            at = int(one.this) if one.this.isdigit() else 0
            if any(selected.is_star for selected in node.selects) or not 0 < at <= len(node.selects):
                self.is_sure = False
            else:
                yield node.selects[at - 1].unalias()
        if isinstance(one, exp.Column) and not one.table:
            for selected in node.selects:
                if selected.alias_or_name.casefold() == one.name.casefold():
                    yield selected.unalias()

    def _key(self, node: exp.Expr) -> str:
        from sqlglot import exp

        if isinstance(node, exp.Column):
            return self._column_key(node)
        if not node.find(exp.Column):
            return node.sql()
        copy = node.copy()
        for column in list(copy.find_all(exp.Column)):
            column.replace(exp.to_identifier(self._column_key(column), quoted=True))
        return copy.sql()

    def _column_key(self, column: exp.Column) -> str:
        parts = parts_of(column)
        if not parts:
            return column.sql()
        key = self._query.names.written(parts[-1])
        sources = self._sources(column)
        if len(sources) == 1 and key not in self._scope.merged and not self._scope.is_natural:
            return f"{sources[0].key}.{key}"
        return key

    def _sources(self, column: exp.Column) -> list[Source]:
        parts = parts_of(column)
        if len(parts) == 1:
            return self._scope.with_column(self._query.names.written(parts[0]))
        return self._scope.called(self._query.names.written(parts[0])) if len(parts) == 2 else []

    def _is_own(self, column: exp.Column) -> bool:
        """Whether it surely is a column of a table of this SELECT, whose groups do not settle it."""
        parts = parts_of(column)
        sources = self._sources(column)
        if len(sources) != 1 or sources[0] not in self._scope.sources or self._scope.is_natural:
            return False
        source, key = sources[0], self._query.names.written(parts[-1])
        if not source.has(key) or key in self._scope.merged:
            return False
        return not (self._query.dialect == "postgres" and self._is_settled_by_key(source))

    def _is_settled_by_key(self, source: Source) -> bool:
        """Postgres lets a table's other columns through once its primary key is grouped by."""
        if source.table is None:
            return False
        keys = source.table.primary_key
        return bool(keys) and all(f"{source.key}.{key}" in self._keys for key in keys)


def _own_nodes(node: exp.Expr) -> Iterator[exp.Expr]:
    from sqlglot import exp

    def is_query(one: exp.Expr) -> bool:
        return isinstance(one, exp.Query) and one is not node

    return (one for one in node.walk(prune=is_query) if not is_query(one))


def _has_aggregate(node: exp.Expr) -> bool:
    return any(_is_aggregate(one) and not _is_windowed(one) for one in _own_nodes(node))


def _is_aggregate(node: exp.Expr) -> bool:
    from sqlglot import exp

    if isinstance(node, (exp.Max, exp.Min)) and node.expressions:
        return False
    return isinstance(node, (exp.Count, exp.Sum, exp.Avg, exp.Min, exp.Max))


def _is_windowed(node: exp.Expr) -> bool:
    from sqlglot import exp

    around = node.parent
    while isinstance(around, (exp.Filter, exp.IgnoreNulls, exp.RespectNulls, exp.WithinGroup)):
        around = around.parent
    return isinstance(around, exp.Window)
