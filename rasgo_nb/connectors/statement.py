"""Small statements, read and built with sqlglot: what one refers to, and how to ask a table for little."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from rasgo_nb.connectors.readonly import quiet_sqlglot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlglot import exp

    from rasgo_nb.connectors.base import TableName


_WITHOUT_ILIKE = ("tsql", "")  # the other dialects that have none are known to sqlglot


@dataclass(frozen=True, slots=True)
class TextFilter:
    """A condition ``column = 'text'``, ``column IN ('text', ...)`` or ``column LIKE 'text'``.

    ``tables`` are those that the column may belong to: one where it is qualified.
    """

    tables: tuple[str, ...]
    column: str
    text: str
    operator: str = "="  # or LIKE, ILIKE


@dataclass(frozen=True, slots=True)
class Statement:
    """``tables`` and ``columns`` as written, without what the statement itself defines.

    A column is a pair: the table that it is qualified with, or an empty text, and its name. ``made`` are
    the names that the statement gives to columns.
    """

    tables: tuple[str, ...] = ()
    columns: tuple[tuple[str, str], ...] = ()
    made: tuple[str, ...] = ()
    filters: tuple[TextFilter, ...] = ()


@lru_cache(maxsize=16)  # one tool call asks several times about the same statement
def read_statement(statement: str, dialect: str) -> Statement:
    """The references of a statement; an empty ``Statement`` where it does not parse."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError
    from sqlglot.optimizer.scope import traverse_scope

    try:
        tree = sqlglot.parse_one(statement, dialect=dialect)
        scopes = traverse_scope(tree)
    except (SqlglotError, RecursionError, IndexError, ValueError, AttributeError, TypeError, KeyError):
        # sqlglot's parser trips over some statements that are not in its tests
        return Statement()
    defined = {cte.alias_or_name.casefold() for cte in tree.find_all(exp.CTE)}
    tables = [table for table in tree.find_all(exp.Table) if table.name.casefold() not in defined or table.db]
    aliases = {table.alias_or_name.casefold(): _dotted(table) for table in tables}
    made = dict.fromkeys(alias.alias for alias in tree.find_all(exp.Alias, exp.TableAlias) if alias.alias)
    made |= dict.fromkeys(name.name for alias in tree.find_all(exp.TableAlias) for name in alias.columns)
    folded = {name.casefold() for name in made}
    columns = [column for column in tree.find_all(exp.Column) if column.name.casefold() not in folded]
    return Statement(
        tables=tuple(dict.fromkeys(_dotted(table) for table in tables if table.name)),
        columns=tuple(
            dict.fromkeys(
                (aliases.get(column.table.casefold(), ""), column.name) for column in columns if column.name
            )
        ),
        made=tuple(made),
        filters=tuple(dict.fromkeys(one for scope in scopes for one in _text_filters(scope))),
    )


@lru_cache(maxsize=64)
def laid_out(statement: str, dialect: str) -> str:
    """The statement with a line for each clause, its comments kept; as it is where it does not parse."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        with quiet_sqlglot():
            trees = sqlglot.parse(statement, dialect=dialect or None)
            if not trees or any(tree is None or isinstance(tree, exp.Command) for tree in trees):
                return statement
            return ";\n".join(tree.sql(dialect=dialect or None, pretty=True) for tree in trees if tree)
    except (SqlglotError, RecursionError, IndexError, ValueError, AttributeError, TypeError, KeyError):
        return statement  # as above


def without_values(statement: str, dialect: str) -> str:
    """The statement with ``'***'`` for each text, 0 for each number, no comments; empty where unreadable."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        with quiet_sqlglot():
            tree = sqlglot.parse_one(statement, dialect=dialect or None)
            if isinstance(tree, exp.Command):
                return ""
            return tree_without_values(tree).sql(dialect=dialect or None, comments=False)
    except (SqlglotError, RecursionError, IndexError, ValueError, AttributeError, TypeError, KeyError):
        return ""  # as above


def tree_without_values(tree: exp.Expr) -> exp.Expr:
    """A copy of the tree with ``'***'`` for each text, however it is written, and 0 for each number.

    Raises
    ------
    ValueError
        where a path into JSON holds a condition: what it compares with is no node of its own.
    """
    from sqlglot import exp

    texts = (exp.HexString, exp.BitString, exp.RawString, exp.ByteString, exp.UnicodeString, exp.National)

    def emptied(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Literal) and not node.is_string:
            return exp.Literal.number(0)
        return exp.Literal.string("***") if isinstance(node, (exp.Literal, *texts)) else node

    if tree.find(exp.JSONPathFilter, exp.JSONPathScript):
        raise ValueError("a path into JSON holds a condition")
    return tree.transform(emptied)


def _dotted(table: exp.Table) -> str:
    return ".".join(part for part in (table.catalog, table.db, table.name) if part)


def _text_filters(scope: Any) -> list[TextFilter]:
    """The filters of one SELECT on columns that come straight from a table."""
    from sqlglot import exp

    made = {one.alias.casefold() for one in scope.expression.selects if isinstance(one, exp.Alias)}
    found = []
    for node in scope.find_all(exp.EQ, exp.NEQ, exp.In, exp.Like, exp.ILike):
        column = _bare_column(node.this) or _bare_column(node.args.get("expression"))
        if column is None or (column.name.casefold() in made and not column.table):
            continue
        tables = _sources(scope, column)
        operator = {exp.Like: "LIKE", exp.ILike: "ILIKE"}.get(type(node), "=")
        for value in node.args.get("expressions") or [node.args.get("expression"), node.this]:
            if tables and isinstance(value, exp.Literal) and value.is_string:
                found.append(TextFilter(tables, column.name, value.this, operator))
    return found


def _sources(scope: Any, column: exp.Column) -> tuple[str, ...]:
    """The tables that a column may come from; none where a subquery or CTE may have made it."""
    from sqlglot import exp

    if column.table:
        by_name = {name.casefold(): source for name, source in scope.sources.items()}
        sources = [by_name.get(column.table.casefold())]
    else:
        sources = list(scope.sources.values())
    tables = [source for source in sources if isinstance(source, exp.Table) and source.name]
    return tuple(dict.fromkeys(map(_dotted, tables))) if len(tables) == len(sources) else ()


def _bare_column(node: object) -> exp.Column | None:
    from sqlglot import exp

    return node if isinstance(node, exp.Column) else None


def first_rows(table: TableName, columns: Sequence[str], *, dialect: str, rows: int) -> str:
    """The statement that reads the first rows of some columns."""
    from sqlglot import exp

    names = [exp.column(name, quoted=True) for name in columns]
    return exp.select(*names).from_(_table(table)).limit(rows).sql(dialect=dialect)


def any_row_with(table: TableName, column: str, text: str, *, operator: str, dialect: str) -> str:
    """The statement that finds one row, if there is any, whose column fits this text."""
    from sqlglot import exp

    kind = {"=": exp.EQ, "LIKE": exp.Like, "ILIKE": exp.ILike}[operator]
    own: exp.Expr = exp.column(column, quoted=True)
    wanted: exp.Expr = exp.Literal.string(text)
    if kind is exp.ILike and dialect in _WITHOUT_ILIKE:
        kind, own, wanted = exp.Like, exp.Lower(this=own), exp.Lower(this=wanted)
    fits = kind(this=own, expression=wanted)
    return exp.select(exp.Literal.number(1)).from_(_table(table)).where(fits).limit(1).sql(dialect=dialect)


def _table(table: TableName) -> exp.Table:
    from sqlglot import exp

    return exp.table_(table.table, db=table.schema or None, catalog=table.database or None, quoted=True)
