"""What a past statement used: tables, columns and joins, and its text without the values in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rasgo_nb.connectors.readonly import quiet_sqlglot
from rasgo_nb.connectors.statement import tree_without_values

if TYPE_CHECKING:
    from sqlglot import exp

    from rasgo_nb.connectors.base import TableDetail, TableName

Resolve = Callable[[str], "TableName | None"]  # a table by its name as written, dotted
DetailOf = Callable[["TableName"], "TableDetail | None"]

_LONGEST = 20_000  # characters of a statement that is looked at


@dataclass(frozen=True, slots=True, order=True)
class SeenJoin:
    """Columns of ``table`` that were set equal to columns of ``other``."""

    table: TableName
    columns: tuple[str, ...]
    other: TableName
    other_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PastRead:
    """A statement's tables in the order in which it names them, and the columns that it used of each.

    ``sql`` has ``'***'`` for each text and 0 for each number, and no comments.
    """

    sql: str
    tables: tuple[TableName, ...]
    columns: Mapping[TableName, tuple[str, ...]]
    joins: tuple[SeenJoin, ...]


def read_past(statement: str, dialect: str, resolve: Resolve, detail_of: DetailOf) -> PastRead | None:
    """What is read off the statement; None where it reads no known table, or is not one query."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError
    from sqlglot.optimizer.scope import traverse_scope

    if len(statement) > _LONGEST:
        return None
    try:
        with quiet_sqlglot():
            trees = sqlglot.parse(statement, dialect=dialect or None)
            if len(trees) != 1 or not isinstance(trees[0], exp.Query):
                return None
            uses = _Uses(resolve, detail_of)
            for scope in traverse_scope(trees[0]):
                uses.add(scope)
            sql = without_values(trees[0]).sql(dialect=dialect or None, comments=False)
            return uses.told(sql, trees[0]) if uses.columns else None
    except (SqlglotError, RecursionError, IndexError, ValueError, AttributeError, TypeError, KeyError):
        # sqlglot's parser trips over some statements that are not in its tests
        return None


def without_values(tree: exp.Expr) -> exp.Expr:
    """The tree with other words for its texts and numbers; lists of them have one item."""
    from sqlglot import exp

    bare = tree_without_values(tree)
    for node in bare.find_all(exp.In):
        node.set("expressions", list(dict.fromkeys(node.expressions)))
    for values in bare.find_all(exp.Values):
        values.set("expressions", list(dict.fromkeys(values.expressions)))
    return bare


class _Uses:
    """What the scopes of one statement use."""

    def __init__(self, resolve: Resolve, detail_of: DetailOf) -> None:
        self._resolve = resolve
        self._detail_of = detail_of
        self.columns: dict[TableName, dict[str, None]] = {}
        self._joins: dict[SeenJoin, None] = {}

    def add(self, scope: Any) -> None:
        """Take in one SELECT."""
        from sqlglot import exp

        sources = {
            alias.casefold(): name
            for alias, source in scope.sources.items()
            if isinstance(source, exp.Table) and (name := self._resolve(dotted(source))) is not None
        }
        for name in sources.values():
            self.columns.setdefault(name, {})
        for column in scope.columns:
            owner = self._owner(column, sources)
            if owner is not None:
                self.columns[owner[1]][owner[2]] = None
        self._add_joins(scope, sources)

    def told(self, sql: str, tree: exp.Expr) -> PastRead:
        """All that was taken in; the tables in the order of the text."""
        from sqlglot import exp

        named = (self._resolve(dotted(table)) for table in tree.find_all(exp.Table))
        ordered = [name for name in dict.fromkeys(named) if name is not None and name in self.columns]
        columns = {name: tuple(own) for name, own in self.columns.items()}
        return PastRead(sql, tuple(ordered), columns, tuple(self._joins))

    def _owner(
        self, column: exp.Column, sources: Mapping[str, TableName]
    ) -> tuple[str, TableName, str] | None:
        """The alias and table of a column, and its name as the table spells it."""
        wanted = column.name.casefold()
        aliases: Iterable[str] = [column.table.casefold()] if column.table else sources
        found = [
            (alias, sources[alias], own.name)
            for alias in aliases
            if alias in sources and (detail := self._detail_of(sources[alias])) is not None
            for own in detail.columns
            if own.name.casefold() == wanted
        ]
        return found[0] if len({alias for alias, *_ in found}) == 1 else None

    def _add_joins(self, scope: Any, sources: Mapping[str, TableName]) -> None:
        """Columns of two sources that are set equal, one pair or several, make one join."""
        pairs: dict[tuple[str, str], dict[tuple[str, str], None]] = defaultdict(dict)
        tables: dict[str, TableName] = {}
        for left, right in [*_equal_columns(scope), *self._using(scope, sources)]:
            one, other = self._owner(left, sources), self._owner(right, sources)
            if one is None or other is None or one[0] == other[0]:
                continue
            (alias, table, name), (alias_2, table_2, name_2) = sorted((one, other))
            tables |= {alias: table, alias_2: table_2}
            pairs[alias, alias_2][name, name_2] = None
        for (alias, alias_2), names in pairs.items():
            columns, columns_2 = zip(*sorted(names), strict=True)
            join = SeenJoin(tables[alias], columns, tables[alias_2], columns_2)
            self._joins[self._towards_key(join)] = None

    def _using(self, scope: Any, sources: Mapping[str, TableName]) -> list[tuple[exp.Column, exp.Column]]:
        from sqlglot import exp

        pairs = []
        for join in scope.expression.args.get("joins") or []:
            own = join.this.alias_or_name.casefold()
            for name in join.args.get("using") or []:
                others = [
                    alias
                    for alias in sources
                    if alias != own and self._owner(exp.column(name.name, alias), sources) is not None
                ]
                pairs += [(exp.column(name.name, own), exp.column(name.name, others[0]))] if others else []
        return pairs

    def _towards_key(self, join: SeenJoin) -> SeenJoin:
        """The side whose columns are its table's key comes second; where neither or both are, by name."""
        turned = SeenJoin(join.other, join.other_columns, join.table, join.columns)
        is_key, is_turned_key = self._ends_in_key(join), self._ends_in_key(turned)
        if is_key != is_turned_key:
            return join if is_key else turned
        return min(join, turned)

    def _ends_in_key(self, join: SeenJoin) -> bool:
        detail = self._detail_of(join.other)
        return detail is not None and set(detail.primary_key) == set(join.other_columns)


def _equal_columns(scope: Any) -> list[tuple[exp.Column, exp.Column]]:
    from sqlglot import exp

    return [
        (node.this, node.expression)
        for node in scope.find_all(exp.EQ)
        if isinstance(node.this, exp.Column) and isinstance(node.expression, exp.Column)
    ]


def dotted(table: exp.Table) -> str:
    """A table's name as written."""
    return ".".join(part for part in (table.catalog, table.db, table.name) if part)
