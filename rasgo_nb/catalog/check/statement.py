"""What a database would refuse in a statement, found in the catalog before the statement is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.connectors.readonly import quiet_sqlglot

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlglot import exp

    from rasgo_nb.catalog.check.problem import Problem
    from rasgo_nb.catalog.search.catalog import Catalog


def check_statement(
    statement: str, dialect: str, catalog: Catalog, frames: Mapping[str, Sequence[str]] | None = None
) -> list[Problem]:
    """The problems of one query, in their order; none where nothing is sure.

    ``frames`` are the DataFrames that may be named as tables, with their columns. A table of a schema that
    the catalog does not know is taken to exist, with any columns.
    """
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    from rasgo_nb.catalog.check.query import QueryCheck

    if not catalog.tables and not frames:
        return []
    try:
        with quiet_sqlglot():
            trees = sqlglot.parse(statement, dialect=dialect)
        if len(trees) != 1 or not isinstance(trees[0], exp.Query):
            return []
        check = QueryCheck(dialect, catalog, frames or {}, _bound_names(trees[0]))
        check.query(trees[0], None)
    except (SqlglotError, RecursionError, IndexError, ValueError, AttributeError, TypeError, KeyError):
        # sqlglot's parser trips over some statements that are not in its tests
        return []
    return list(dict.fromkeys(check.problems))


def _bound_names(tree: exp.Expr) -> frozenset[str]:
    """What lambdas and comprehensions call their parameters."""
    from sqlglot import exp

    named = [name for one in tree.find_all(exp.Lambda) for name in one.expressions]
    named += [one.args.get("expression") for one in tree.find_all(exp.Comprehension)]
    return frozenset(name.name.casefold() for name in named if name is not None)
