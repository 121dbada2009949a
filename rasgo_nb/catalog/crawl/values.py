"""Usual values of columns, as facts, where a model may read rows."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from rasgo_nb.catalog.crawl.tables import batches
from rasgo_nb.catalog.facts import Fact, Origin
from rasgo_nb.connection_settings import is_masked
from rasgo_nb.connectors.base import KnowsValues
from rasgo_nb.errors import QueryError, QueryStopped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rasgo_nb.catalog.crawl.progress import Pace
    from rasgo_nb.catalog.stores.base import Store
    from rasgo_nb.connectors.base import Connection, TableName

Rules = tuple[object, ...]  # whether values are read, and the names that are masked

SOURCE = "statistics"
_LONGEST = 100  # characters of a value
_asked: WeakKeyDictionary[Store, Rules] = WeakKeyDictionary()  # by what rules this kernel has read all


def crawl_values(
    connection: Connection,
    store: Store,
    pace: Pace,
    changed: Sequence[TableName],
    *,
    masked: Sequence[str],
    is_on: bool,
) -> None:
    """Put the values of the tables that have changed; of all where none are held, or after a change of rules.

    Those of columns that are masked by now are forgotten, and all where values may not be read.
    """
    rules = (is_on, *masked)
    if _asked.get(store) == rules and not changed and not pace.dropped:
        return
    held = store.facts(source=SOURCE, kinds=["values"])
    if not is_on or not isinstance(connection, KnowsValues):
        if held:
            store.put_facts(SOURCE, [])
        _asked[store] = rules
        return
    has_new_rules = _asked[store] != rules if store in _asked else not held
    wanted = store.names() if has_new_rules else changed
    anew, known = set(wanted), set(store.names())
    kept = [fact for fact in held if fact.tables[0] not in anew and fact.tables[0] in known]
    kept = [fact for fact in kept if not _is_masked(fact.tables[0], fact.columns[0], masked)]
    found = _values(connection, pace, wanted, masked)
    if found or len(kept) < len(held):
        store.put_facts(SOURCE, [*kept, *found])
        pace.facts += len(found)
    _asked[store] = rules


def _values(knows: KnowsValues, pace: Pace, tables: Sequence[TableName], masked: Sequence[str]) -> list[Fact]:
    found: list[Fact] = []
    done = 0
    for names in batches(sorted(tables)):
        pace.tell("values", done, len(tables))
        try:
            told = pace.ask(partial(knows.usual_values, names))
        except QueryStopped:
            raise
        except QueryError as error:
            pace.note(f"Usual values are left out: {error.message}")
            return found
        found += [
            _fact(table, column, values)
            for table, columns in told.items()
            for column, values in columns.items()
            if not _is_masked(table, column, masked)
        ]
        done += len(names)
    return found


def _fact(table: TableName, column: str, values: Sequence[str]) -> Fact:
    short = tuple(value.replace("\x00", "") for value in values if len(value) <= _LONGEST)
    return Fact("values", (table,), Origin(SOURCE), columns=(column,), values=short)


def _is_masked(table: TableName, column: str, masked: Sequence[str]) -> bool:
    names = (table.database, table.schema, table.table, column)
    return is_masked(masked, [name for name in names if name])
