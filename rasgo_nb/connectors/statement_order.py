"""Whether the rows of a statement come in an order that it asks for."""

from __future__ import annotations


def is_ordered(statement: str, dialect: str) -> bool:
    """Whether the statement has an ORDER BY at its top; False where it does not parse."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    from rasgo_nb.connectors.readonly import quiet_sqlglot

    try:
        with quiet_sqlglot():
            tree = sqlglot.parse_one(statement, dialect=dialect)
    except (SqlglotError, RecursionError, IndexError, ValueError, AttributeError, TypeError, KeyError):
        # sqlglot's parser trips over some statements that are not in its tests
        return False
    while isinstance(tree, exp.Subquery | exp.Paren):
        if tree.args.get("order"):
            return True
        tree = tree.this
    return tree.args.get("order") is not None
