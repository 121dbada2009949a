"""The statements that were run on the warehouse, as facts; read at most once a day."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from rasgo_nb.catalog.crawl.history import SOURCE, Gathering, KnownTables
from rasgo_nb.connectors.base import KnowsHistory
from rasgo_nb.errors import QueryError, QueryStopped

if TYPE_CHECKING:
    from rasgo_nb.catalog.crawl.progress import Pace
    from rasgo_nb.catalog.stores.base import Store
    from rasgo_nb.connectors.base import Connection, PastStatement

DAYS = 90
MOST = 5_000
_AGAIN = timedelta(hours=20)
_READ_S = 120.0  # for how long statements are read; those run most often come first
_LONGEST_PAUSE_S = 0.05
_asked: WeakKeyDictionary[Store, datetime] = WeakKeyDictionary()


def crawl_history(connection: Connection, store: Store, pace: Pace, *, is_on: bool) -> None:
    """Put the past statements in place of those that are held, unless they were read lately.

    Where they may not be read, those that were are forgotten.
    """
    if not is_on:
        if store.facts(source=SOURCE):
            store.put_facts(SOURCE, [])
        return
    if not isinstance(connection, KnowsHistory) or _is_fresh(store):
        return
    pace.tell("history")
    try:
        past = pace.ask(partial(connection.past_statements, days=DAYS, most=MOST))
    except QueryStopped:
        raise
    except QueryError as error:
        pace.note(f"Past queries are left out: {error.message}")
        past = []
    facts = _gathered(connection.dialect, past, store, pace).facts() if past else []
    if facts:
        store.put_facts(SOURCE, facts)
        pace.facts += len(facts)
    _asked[store] = datetime.now(UTC)


def _is_fresh(store: Store) -> bool:
    """By this kernel's clock, or by when what is held was read: another kernel may have done it."""
    asked = _asked.get(store)
    if asked is None:
        read = max((fact.origin.at for fact in store.facts(source=SOURCE, kinds=["join"])), default="")
        asked = datetime.fromisoformat(read) if read else None
    return asked is not None and datetime.now(UTC) - asked < _AGAIN


def _gathered(dialect: str, past: list[PastStatement], store: Store, pace: Pace) -> Gathering:
    """As far as it goes in the time; a pause after each lets the kernel's own work go on."""
    known = KnownTables(store)
    gathering = Gathering(dialect, known.resolve, known.detail_of)
    began_s = time.monotonic()
    for number, statement in enumerate(past):
        pace.tell("history", number, len(past))
        started_s = time.perf_counter()
        gathering.add(statement)
        time.sleep(min(_LONGEST_PAUSE_S, time.perf_counter() - started_s))
        if time.monotonic() - began_s > _READ_S:
            pace.note(f"Of {len(past):,} past queries the {number + 1:,} most frequent were read.")
            break
    return gathering
