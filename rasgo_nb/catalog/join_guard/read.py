"""The joins of a statement, with the keys and filters of each."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rasgo_nb.connectors.readonly import quiet_sqlglot

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlglot import exp

    from rasgo_nb.catalog.search.catalog import Catalog

    _Pair = tuple[exp.Expr, exp.Expr]  # the key on either side

_LONGEST = 20_000  # characters of a statement that is looked at


@dataclass(frozen=True, slots=True)
class Side:
    """One input of a join: its alias, what it reads, the key it is joined by, the filters on it alone."""

    alias: str
    title: str
    source: exp.Expr
    keys: tuple[exp.Expr, ...]
    filters: tuple[exp.Expr, ...] = ()
    table: str = ""  # its name as written, where it is one
    summed: tuple[str, ...] = ()  # aggregates of its columns that repeated rows would falsify

    @property
    def key_names(self) -> tuple[str, ...]:
        """The names of the key's columns; empty where the key is made by an expression."""
        from sqlglot import exp

        names = tuple(key.name for key in self.keys if isinstance(key, exp.Column))
        return names if len(names) == len(self.keys) else ()

    @property
    def key_title(self) -> str:
        """The key in a sentence."""
        return " and ".join(key.name or "its key" for key in self.keys)


@dataclass(frozen=True, slots=True)
class Join:
    """Two sides that are joined by equal keys; ``kind`` is inner, left, right or full."""

    left: Side
    right: Side
    kind: str


@dataclass(slots=True)
class _Read:
    """What is read of one SELECT while its joins are found."""

    select: exp.Select
    sources: dict[str, exp.Expr] = field(default_factory=dict)
    columns: dict[str, frozenset[str]] = field(default_factory=dict)  # by alias, where they are known

    def owner(self, node: exp.Expr) -> str:
        """The one alias that all columns of an expression belong to; empty where there is none."""
        from sqlglot import exp

        owners = {self._owner(column) for column in node.find_all(exp.Column)}
        return owners.pop() if len(owners) == 1 and not node.find(exp.Query, exp.AggFunc, exp.Window) else ""

    def _owner(self, column: exp.Column) -> str:
        if column.table:
            return column.table.casefold() if column.table.casefold() in self.sources else ""
        # the statement has run: a name without a table belongs to one source alone
        name = column.name.casefold()
        owners = [alias for alias, names in self.columns.items() if name in names]
        unknown = [alias for alias in self.sources if alias not in self.columns]
        found = owners or unknown
        return found[0] if len(found) == 1 else ""


def joins_of(
    statement: str, dialect: str, catalog: Catalog, frames: Mapping[str, object] | None = None
) -> list[Join]:
    """The joins by equal keys whose sides are tables, DataFrames or the statement's own subqueries."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    if len(statement) > _LONGEST:
        return []
    try:
        with quiet_sqlglot():
            trees = sqlglot.parse(statement, dialect=dialect)
        if len(trees) != 1 or not isinstance(trees[0], exp.Query):
            return []
        return [
            join for select in trees[0].find_all(exp.Select) for join in _joins(select, catalog, frames or {})
        ]
    except (SqlglotError, RecursionError, IndexError, ValueError, AttributeError, TypeError, KeyError):
        # sqlglot's parser trips over some statements that are not in its tests
        return []


def _joins(select: exp.Select, catalog: Catalog, frames: Mapping[str, object]) -> Iterator[Join]:
    from sqlglot import exp

    listed = select.args.get("joins") or []
    from_ = select.args.get("from_")
    if not listed or from_ is None or select.args.get("laterals"):
        return
    read = _Read(select)
    for node in [from_.this, *(join.this for join in listed)]:
        if (
            not isinstance(node, (exp.Table, exp.Subquery))
            or not node.alias_or_name
            or node.args.get("pivots")
        ):
            return
        _add(read, node, catalog, frames)
    if len(read.sources) != len(listed) + 1:
        return  # two of the same name
    where = select.args.get("where")
    conditions = _conjuncts(where.this) if where else []
    before = [from_.this.alias_or_name.casefold()]
    for join in listed:
        own = join.this.alias_or_name.casefold()
        found = _join(read, join, own, before, conditions)
        if found is not None:
            yield found
        before.append(own)


def _add(read: _Read, node: exp.Expr, catalog: Catalog, frames: Mapping[str, object]) -> None:
    from sqlglot import exp

    alias = node.alias_or_name.casefold()
    read.sources[alias] = node
    detail = catalog.table(_dotted(node)) if isinstance(node, exp.Table) else None
    if detail is not None:
        read.columns[alias] = frozenset(column.name.casefold() for column in detail.columns)
    elif node.name in frames and isinstance(node, exp.Table):
        columns = getattr(frames[node.name], "columns", ())
        read.columns[alias] = frozenset(str(name).casefold() for name in columns)


def _join(
    read: _Read, join: exp.Join, own: str, before: list[str], conditions: list[exp.Expr]
) -> Join | None:
    from sqlglot import exp

    kind = (join.side or join.kind or "inner").lower()
    if join.method or kind not in ("inner", "left", "right", "full", "cross", "outer"):
        return None
    using = [name.this if isinstance(name, exp.Column) else name for name in join.args.get("using") or ()]
    if using:
        if len(before) != 1:
            return None
        keys: list[_Pair] = [(exp.column(name.copy()), exp.column(name.copy())) for name in using]
        return _made(read, before[0], own, keys, kind, [], conditions)
    on = join.args.get("on")
    inner = [] if on is not None else conditions
    linked = _conjuncts(on) if on is not None else conditions
    pairs: list[_Pair] = []
    extra: list[exp.Expr] = []
    others = Counter[str]()
    for condition in linked:
        pair = _pair(read, condition, own)
        if pair is not None and pair[0] in before:
            others[pair[0]] += 1
            pairs.append((pair[1], pair[2]))
        elif on is not None:
            extra.append(condition)
    if len(others) != 1 or (on is None and kind not in ("inner", "cross")):
        return None
    other = next(iter(others))
    if any(read.owner(condition) not in (own, other) for condition in extra):
        return None
    rest = [
        condition for condition in conditions if condition not in inner or _pair(read, condition, own) is None
    ]
    return _made(read, other, own, pairs, "inner" if kind == "cross" else kind, extra, rest)


def _pair(read: _Read, condition: exp.Expr, own: str) -> tuple[str, exp.Expr, exp.Expr] | None:
    """The other side's alias, its key and our key, where the condition says that they are equal."""
    from sqlglot import exp

    if not isinstance(condition, exp.EQ):
        return None
    left, right = read.owner(condition.left), read.owner(condition.right)
    if right == own and left and left != own:
        return left, condition.left, condition.right
    if left == own and right and right != own:
        return right, condition.right, condition.left
    return None


def _made(
    read: _Read,
    other: str,
    own: str,
    pairs: list[_Pair],
    kind: str,
    extra: list[exp.Expr],
    conditions: list[exp.Expr],
) -> Join:
    filters = {alias: [one for one in conditions if read.owner(one) == alias] for alias in (other, own)}
    for condition in extra:
        filters[read.owner(condition)].append(condition)
    sides = []
    for alias, at in ((other, 0), (own, 1)):
        node = read.sources[alias]
        title = _title(node, read)
        sides.append(
            Side(
                alias,
                title,
                node,
                tuple(pair[at] for pair in pairs),
                tuple(filters[alias]),
                _dotted(node),
                tuple(_summed(read, alias)),
            )
        )
    return Join(sides[0], sides[1], kind)


def _title(node: exp.Expr, read: _Read) -> str:
    """The table's name, and its alias where the statement reads the table twice."""
    from sqlglot import exp

    if not isinstance(node, exp.Table):
        return node.alias_or_name
    same = [one for one in read.sources.values() if isinstance(one, exp.Table) and one.name == node.name]
    return node.name if len(same) == 1 else node.alias_or_name


def _summed(read: _Read, alias: str) -> Iterator[str]:
    """The aggregates of a side's columns that change when its rows are repeated."""
    from sqlglot import exp

    for node in read.select.find_all(exp.Sum, exp.Avg, exp.Count):
        if node.find_ancestor(exp.Select) is not read.select or isinstance(
            node.this, (exp.Distinct, exp.Star)
        ):
            continue
        if node.find(exp.Column) and read.owner(node.this) == alias:
            yield node.sql()


def _conjuncts(node: exp.Expr) -> list[exp.Expr]:
    from sqlglot import exp

    return list(node.flatten()) if isinstance(node, exp.And) else [node]


def _dotted(node: exp.Expr) -> str:
    from sqlglot import exp

    if not isinstance(node, exp.Table):
        return ""
    return ".".join(part for part in (node.catalog, node.db, node.name) if part)


def tables_in(node: exp.Expr) -> list[str]:
    """The names of the tables that a part of a statement reads."""
    from sqlglot import exp

    return [name for table in node.find_all(exp.Table) if (name := _dotted(table))]
