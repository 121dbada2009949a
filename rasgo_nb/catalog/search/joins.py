"""How tables are joined: by declared keys, tested relationships, past statements, or names alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.catalog.facts import Fact, Origin
from rasgo_nb.catalog.search.rank import schema_of
from rasgo_nb.catalog.search.words import stems

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rasgo_nb.catalog.stores.base import Store
    from rasgo_nb.connectors.base import Column, TableDetail, TableName

KEYS = "keys"  # the source of joins that the database itself declares
NAMES = "names"  # of those that names of columns suggest
_HISTORY = frozenset(("history", "runs"))
_KEY_WORDS = frozenset(("id", "key", "code", "uid", "uuid", "guid", "sk", "fk", "pk"))
_MOST_COLUMNS = 500  # of a table, whose names are compared
_MOST_GUESSED = 2  # joins by names alone between two tables
_WHOLE = ("INT", "NUMBER", "NUMERIC", "DECIMAL", "SERIAL", "HUGEINT")


def declared_joins(table: TableDetail) -> list[Fact]:
    """A table's foreign keys as facts of source ``keys``."""
    return [
        Fact(
            kind="join",
            tables=(table.name, key.references),
            origin=Origin(KEYS),
            columns=key.columns,
            referenced_columns=key.referenced_columns,
        )
        for key in table.foreign_keys
    ]


def said_of(join: Fact) -> str:
    """How sure a join is, in words."""
    if join.origin.source == KEYS:
        return "declared key"
    if join.origin.source == NAMES:
        return "same name"
    if join.origin.source in _HISTORY:
        return f"seen in {join.weight:,.0f} past {'query' if join.weight == 1 else 'queries'}"
    return f"{join.origin.source} relationship"


def joins_of(store: Store, table: TableName) -> list[Fact]:
    """The joins of a table that are known, the surest first."""
    return _surest(store.facts(tables=[table], kinds=("join",)))


def joins_between(store: Store, tables: Sequence[TableDetail]) -> list[Fact]:
    """How these tables are joined with each other, the surest first; by names where nothing else is known."""
    among = [table.name for table in tables]
    if len(among) < 2:
        return []
    known = store.facts(tables=among, kinds=("join",))
    within = [join for join in known if len(join.tables) > 1 and set(join.tables[:2]).issubset(among)]
    found = _surest(within)
    tied = {frozenset(join.tables[:2]) for join in found}
    return found + [join for join in guessed_joins(tables) if frozenset(join.tables) not in tied]


def guessed_joins(tables: Sequence[TableDetail]) -> list[Fact]:
    """Joins within a schema along columns of the same name that look like keys, of fitting types."""
    keys = [(table, _keys_of(table)) for table in tables]
    found = []
    for place, (one, own) in enumerate(keys):
        for other, others in keys[place + 1 :]:
            if schema_of(one.name) != schema_of(other.name):
                continue
            pairs = list(_pairs(one, own, other, others))[:_MOST_GUESSED]
            found += [_guessed(*pair) for pair in pairs]
    return found


def _surest(joins: Sequence[Fact]) -> list[Fact]:
    """Each join of the same columns once, by its surest source."""
    ranked = sorted(joins, key=lambda join: (_doubt(join), -join.weight, join.tables, join.columns))
    once = {_ends(join): join for join in reversed(ranked)}
    return [join for join in ranked if once[_ends(join)] is join]


def _ends(join: Fact) -> frozenset[tuple[TableName, tuple[str, ...]]]:
    sides = (join.columns, join.referenced_columns or join.columns)
    return frozenset(
        (table, tuple(sorted(name.casefold() for name in columns)))
        for table, columns in zip(join.tables[:2], sides, strict=False)
    )


def _doubt(join: Fact) -> int:
    if join.is_verified or join.origin.source == KEYS:
        return 0
    return 2 if join.origin.source in _HISTORY else 3 if join.origin.source == NAMES else 1


def _keys_of(table: TableDetail) -> dict[tuple[str, ...], Column]:
    """The columns that look like keys, by the words that two keys must share."""
    subject = set(stems(table.name.table))
    found: dict[tuple[str, ...], Column] = {}
    for column in table.columns[:_MOST_COLUMNS]:
        words = stems(column.name)
        if not words or words[-1] not in _KEY_WORDS:
            continue
        # The ``id`` of customers is the ``customer_id`` of others.
        spelt = tuple(words) if len(words) > 1 else (*_last(subject, table), words[0])
        found.setdefault(spelt, column)
    return found


def _last(subject: set[str], table: TableDetail) -> tuple[str, ...]:
    words = [word for word in stems(table.name.table) if word in subject and not word.isdigit()]
    return tuple(words[-1:])


def _pairs(
    one: TableDetail,
    own: dict[tuple[str, ...], Column],
    other: TableDetail,
    others: dict[tuple[str, ...], Column],
) -> Iterator[tuple[TableDetail, Column, TableDetail, Column]]:
    for words, column in own.items():
        match = others.get(words)
        if match is None or not _fit(column.type, match.type):
            continue
        if _is_key(one, column) and not _is_key(other, match):
            yield other, match, one, column
        else:
            yield one, column, other, match


def _is_key(table: TableDetail, column: Column) -> bool:
    """Whether the column is the table's own key rather than another's in it."""
    if table.primary_key:
        return table.primary_key == (column.name,)
    return bool(set(stems(column.name)) & set(stems(table.name.table))) or len(stems(column.name)) == 1


def _fit(one: str, other: str) -> bool:
    return _sort_of(one) == _sort_of(other)


def _sort_of(type_name: str) -> str:
    upper = type_name.upper()
    if any(word in upper for word in _WHOLE):
        return "number"
    return "text" if any(word in upper for word in ("CHAR", "TEXT", "STRING")) else upper.partition("(")[0]


def _guessed(one: TableDetail, column: Column, other: TableDetail, match: Column) -> Fact:
    return Fact(
        kind="join",
        tables=(one.name, other.name),
        origin=Origin(NAMES),
        columns=(column.name,),
        referenced_columns=(match.name,),
    )
