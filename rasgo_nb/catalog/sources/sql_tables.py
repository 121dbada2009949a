"""Which tables a statement of a file uses, as far as that is sure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp

    from rasgo_nb.catalog.sources.resolve import Resolver
    from rasgo_nb.connectors.base import TableName


def parsed(statement: str, dialect: str) -> exp.Expr | None:
    """The statement's tree; None where it is not one query in that dialect."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        trees = [tree for tree in sqlglot.parse(statement, dialect=dialect or None) if tree is not None]
    except (SqlglotError, RecursionError):
        return None
    return trees[0] if len(trees) == 1 and isinstance(trees[0], exp.Query) else None


def table_parts(tree: exp.Expr) -> list[tuple[str, ...]]:
    """The names of the tables of a tree, without those that its WITH makes."""
    from sqlglot import exp

    made = {cte.alias_or_name.casefold() for cte in tree.find_all(exp.CTE)}
    return list(
        dict.fromkeys(
            tuple(part.name for part in table.parts)
            for table in tree.find_all(exp.Table)
            if table.name and (table.db or table.name.casefold() not in made)
        )
    )


def tables_in(statement: str, names: Resolver) -> tuple[TableName, ...]:
    """The tables of the connection that a statement uses; none where one of them is not there."""
    tree = parsed(statement, names.dialect)
    parts = table_parts(tree) if tree is not None else []
    found = [names.find(*one) for one in parts]
    return () if None in found else tuple(dict.fromkeys(table for table in found if table))
