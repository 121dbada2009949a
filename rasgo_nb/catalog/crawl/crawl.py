"""Brings a store up to date with its database: what changed is described anew, what is gone is dropped."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rasgo_nb.catalog.crawl.past_statements import crawl_history
from rasgo_nb.catalog.crawl.progress import Pace
from rasgo_nb.catalog.crawl.tables import crawl_tables
from rasgo_nb.catalog.crawl.values import crawl_values
from rasgo_nb.connectors.base import TellsGaps
from rasgo_nb.connectors.running import stopped_by
from rasgo_nb.connectors.tag import tagged
from rasgo_nb.errors import QueryStopped

if TYPE_CHECKING:
    from collections.abc import Callable

    from rasgo_nb.catalog.crawl.progress import CrawlProgress
    from rasgo_nb.catalog.stores.base import Store
    from rasgo_nb.connection_settings import ConnectionSettings
    from rasgo_nb.connectors.base import Connection

_TAG = "crawl"  # as the warehouse's history names it


@dataclass(frozen=True, slots=True)
class CrawlRules:
    """What a crawl may read besides the tables' descriptions. ``masked`` names columns as settings do."""

    reads_values: bool = False
    masked: tuple[str, ...] = ()
    reads_history: bool = True


def rules_of(settings: ConnectionSettings) -> CrawlRules:
    """Values are read where a model may read rows, unless ``values`` is ``none``."""
    return CrawlRules(
        reads_values=settings.privacy == "rows" and settings.values != "none",
        masked=settings.masked,
        reads_history=settings.history != "none",
    )


@dataclass(frozen=True, slots=True)
class CrawlReport:
    """What a crawl did. ``notes`` are one line each: what could not be read, and why.

    ``tables`` are held now; of these ``described`` were new or had changed, which took ``tables_s``; values
    and past queries follow. ``is_stopped`` says that more is to be read: the next crawl goes on.
    """

    tables: int = 0
    described: int = 0
    dropped: int = 0
    facts: int = 0
    tables_s: float = 0.0
    elapsed_s: float = 0.0
    notes: tuple[str, ...] = ()
    is_stopped: bool = False


def crawl(
    connection: Connection,
    store: Store,
    *,
    rules: CrawlRules | None = None,
    on_progress: Callable[[CrawlProgress], None] | None = None,
    on_tables: Callable[[], None] | None = None,
    stop: threading.Event | None = None,
    is_full: bool = False,
) -> CrawlReport:
    """Read what has changed, or all, one statement at a time, and put it into the store batch by batch.

    Setting ``stop``, or closing the connection, ends it at once; what was put stays, and the next crawl goes
    on from there. ``on_progress`` is called at most some ten times a second, from the calling thread,
    ``on_tables`` once, when all tables are there. What the role may not read is left out, with a note.

    Raises
    ------
    QueryError, SignInFailed
        when the database cannot be reached or lists no tables; what was read until then is kept.
    """
    stop = stop or threading.Event()
    pace = Pace(connection, on_progress, stop)
    crawling = _Crawl(connection, store, pace, rules or CrawlRules(), on_tables, is_full)
    began_s = time.monotonic()
    is_stopped = False
    with tagged(_TAG, 0), stopped_by(stop):
        try:
            crawling.read()
        except QueryStopped:
            if connection.is_closed and not stop.is_set():
                raise
            is_stopped = True
    for line in connection.gaps() if isinstance(connection, TellsGaps) else ():
        pace.note(line)
    return CrawlReport(
        tables=len(store.names()),
        described=pace.described,
        dropped=pace.dropped,
        facts=pace.facts,
        tables_s=crawling.tables_s,
        elapsed_s=time.monotonic() - began_s,
        notes=tuple(pace.notes),
        is_stopped=is_stopped,
    )


@dataclass(slots=True)
class _Crawl:
    """The parts of a crawl, one after the other."""

    connection: Connection
    store: Store
    pace: Pace
    rules: CrawlRules
    on_tables: Callable[[], None] | None
    is_full: bool
    tables_s: float = 0.0

    def read(self) -> None:
        began_s = time.monotonic()
        changed = crawl_tables(self.connection, self.store, self.pace, is_full=self.is_full)
        self.tables_s = time.monotonic() - began_s
        if self.on_tables is not None:
            self.on_tables()
        crawl_values(
            self.connection,
            self.store,
            self.pace,
            changed,
            masked=self.rules.masked,
            is_on=self.rules.reads_values,
        )
        crawl_history(self.connection, self.store, self.pace, is_on=self.rules.reads_history)
