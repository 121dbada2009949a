"""A statement as a view, and with other words in the place of its tables; its own text stays as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlglot import exp


def view_statement(name: str, statement: str, *, dialect: str, replace: bool) -> str:
    """The statement that creates the view, of one to three dotted name parts; "" where the name is none."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        tree = sqlglot.parse_one(f"SELECT 1 FROM {name}", dialect=dialect)
    except (SqlglotError, RecursionError):
        return ""
    tables = list(tree.find_all(exp.Table))
    is_name = len(tables) == 1 and all(isinstance(part, exp.Identifier) for part in tables[0].parts)
    if not is_name or tables[0].alias or tree != exp.select("1").from_(tables[0].copy()):
        return ""
    head = "CREATE OR REPLACE VIEW" if replace else "CREATE VIEW"
    return f"{head} {tables[0].sql(dialect=dialect)} AS\n{bare(statement)}"


def bare(statement: str) -> str:
    """The statement without the semicolon that ends it."""
    return statement.strip().rstrip(";").rstrip()


def is_query(statement: str, dialect: str) -> bool:
    """Whether the text is one query, of which a view can be made."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        trees = sqlglot.parse(statement, dialect=dialect)
    except (SqlglotError, RecursionError):
        return False
    return len([tree for tree in trees if tree is not None]) == 1 and isinstance(trees[0], exp.Query)


def with_tables(
    statement: str,
    dialect: str,
    instead: Callable[[Sequence[str]], str],
    between: Callable[[str], str] = lambda text: text,
) -> str:
    """The text with other words for its tables: ``instead`` gets a table's name parts, "" leaves it.

    ``between`` is what becomes of the text that stays.
    """
    import sqlglot
    from sqlglot import exp

    tree = sqlglot.parse_one(statement, dialect=dialect)
    made = {cte.alias_or_name.casefold() for cte in tree.find_all(exp.CTE)}
    spots = [
        (*spot, words)
        for table in tree.find_all(exp.Table)
        if (table.db or table.name.casefold() not in made)
        and (spot := _spot(table)) is not None
        and (words := instead([part.name for part in table.parts]))
    ]
    pieces, at = [], 0
    for start, end, words in sorted(spots):
        pieces += [between(statement[at:start]), words]
        at = end + 1
    return "".join([*pieces, between(statement[at:])])


def _spot(table: exp.Table) -> tuple[int, int] | None:
    """Where the table's name stands in the text; None for what is no plain name."""
    places = [part.meta for part in table.parts]
    if not all("start" in place and "end" in place for place in places):
        return None
    return min(place["start"] for place in places), max(place["end"] for place in places)
