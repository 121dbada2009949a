"""Small statements, read and built with sqlglot: what one refers to, and how to ask a table for little."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlglot import exp

    from rasgo_nb.connectors.base import TableName


@dataclass(frozen=True, slots=True)
class TextFilter:
    """A condition ``column = 'text'``, ``column IN ('text', ...)`` or ``column LIKE 'text'``."""

    table: str  # as the statement names it; empty when the column could be of any of its tables
    column: str
    text: str
    is_pattern: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """``tables`` and ``columns`` as written, without what the statement itself defines (CTEs, aliases)."""

    tables: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    filters: tuple[TextFilter, ...] = ()


def read_statement(statement: str, dialect: str) -> Statement:
    """The references of a statement; an empty ``Statement`` where it does not parse."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        tree = sqlglot.parse_one(statement, dialect=dialect)
    except (SqlglotError, RecursionError):
        return Statement()
    defined = {cte.alias_or_name.casefold() for cte in tree.find_all(exp.CTE)}
    tables = [table for table in tree.find_all(exp.Table) if table.name.casefold() not in defined or table.db]
    aliases = {table.alias_or_name.casefold(): _dotted(table) for table in tables}
    made = {alias.alias.casefold() for alias in tree.find_all(exp.Alias)}
    columns = [column for column in tree.find_all(exp.Column) if column.name.casefold() not in made]
    return Statement(
        tables=tuple(dict.fromkeys(_dotted(table) for table in tables)),
        columns=tuple(dict.fromkeys(column.name for column in columns if column.name)),
        filters=tuple(dict.fromkeys(_text_filters(tree, aliases))),
    )


def _dotted(table: exp.Table) -> str:
    return ".".join(part for part in (table.catalog, table.db, table.name) if part)


def _text_filters(tree: Any, aliases: dict[str, str]) -> list[TextFilter]:
    from sqlglot import exp

    found = []
    for node in tree.find_all(exp.EQ, exp.NEQ, exp.In, exp.Like, exp.ILike):
        column = _bare_column(node.this) or _bare_column(node.args.get("expression"))
        if column is None:
            continue
        table = aliases.get(column.table.casefold(), "") if column.table else _only(aliases)
        values = node.args.get("expressions") or [node.args.get("expression"), node.this]
        for value in values:
            if isinstance(value, exp.Literal) and value.is_string:
                is_pattern = isinstance(node, exp.Like | exp.ILike)
                found.append(TextFilter(table, column.name, value.this, is_pattern))
    return found


def _bare_column(node: object) -> exp.Column | None:
    from sqlglot import exp

    return node if isinstance(node, exp.Column) else None


def _only(aliases: dict[str, str]) -> str:
    return next(iter(aliases.values())) if len(aliases) == 1 else ""


def first_rows(table: TableName, columns: Sequence[str], *, dialect: str, rows: int) -> str:
    """The statement that reads the first rows of some columns."""
    from sqlglot import exp

    names = [exp.column(name, quoted=True) for name in columns]
    return exp.select(*names).from_(_table(table)).limit(rows).sql(dialect=dialect)


def any_row_with(table: TableName, column: str, text: str, *, dialect: str) -> str:
    """The statement that finds one row, if there is any, whose column holds just this text."""
    from sqlglot import exp

    holds = exp.column(column, quoted=True).eq(exp.Literal.string(text))
    return exp.select(exp.Literal.number(1)).from_(_table(table)).where(holds).limit(1).sql(dialect=dialect)


def _table(table: TableName) -> exp.Table:
    from sqlglot import exp

    return exp.table_(table.table, db=table.schema or None, catalog=table.database or None, quoted=True)
