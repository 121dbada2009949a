"""A crawl on a thread of its own, beside the questions."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from rasgo_nb._optional import load_numpy
from rasgo_nb.catalog.crawl.crawl import CrawlReport, crawl
from rasgo_nb.catalog.crawl.lock import sole_crawl
from rasgo_nb.errors import RasgoError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rasgo_nb.catalog.crawl.crawl import CrawlRules
    from rasgo_nb.catalog.crawl.progress import CrawlProgress
    from rasgo_nb.catalog.stores.base import Store
    from rasgo_nb.connectors.base import Connection

ELSEWHERE = "Another kernel reads this connection's catalog now; what it finds is found here too."


class CrawlBeside:
    """A crawl that has begun. ``progress`` is None before its first step, ``report`` until it has ended.

    ``error`` is what ended it: the database could not be reached. ``is_elsewhere`` says that another kernel
    is at it, so that nothing was done here. ``path`` is the store's file, None for one in memory.
    """

    def __init__(
        self,
        connection: Connection,
        store: Store,
        path: Path | None,
        *,
        rules: CrawlRules | None = None,
        on_progress: Callable[[CrawlProgress], None] | None = None,
        on_end: Callable[[CrawlBeside], None] | None = None,
        is_full: bool = False,
    ) -> None:
        self.progress: CrawlProgress | None = None
        self.report: CrawlReport | None = None
        self.error: RasgoError | None = None
        self.is_elsewhere = False
        self._on_progress = on_progress
        self._on_end = on_end
        self._is_full = is_full
        self._stop = threading.Event()
        self._has_tables = threading.Event()
        self._ended = threading.Event()
        load_numpy()
        # A daemon: a database that does not answer must not keep the kernel from ending.
        self._thread = threading.Thread(
            target=self._work, args=(connection, store, path, rules), name="rasgo_nb crawl", daemon=True
        )
        self._thread.start()

    @property
    def has_ended(self) -> bool:
        """Whether it is over, one way or the other."""
        return self._ended.is_set()

    def stop(self) -> None:
        """End it soon; returns at once. What was read is kept."""
        self._stop.set()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until all tables are there, or it has ended; whether that has come."""
        return self._has_tables.wait(timeout_s)

    def wait_for_end(self, timeout_s: float | None = None) -> bool:
        """Wait for its end; whether that has come."""
        return self._ended.wait(timeout_s)

    def _work(
        self, connection: Connection, store: Store, path: Path | None, rules: CrawlRules | None
    ) -> None:
        try:
            with sole_crawl(path) as is_sole:
                self.is_elsewhere = not is_sole
                if is_sole:
                    self.report = crawl(
                        connection,
                        store,
                        rules=rules,
                        on_progress=self._tell,
                        on_tables=self._has_tables.set,
                        stop=self._stop,
                        is_full=self._is_full,
                    )
                else:
                    self.report = CrawlReport(tables=len(store.names()), notes=(ELSEWHERE,), is_stopped=True)
        except RasgoError as error:
            self.error = error
        finally:
            self._ended.set()
            self._has_tables.set()
            if self._on_end is not None:
                self._on_end(self)

    def _tell(self, progress: CrawlProgress) -> None:
        self.progress = progress
        if self._on_progress is not None:
            self._on_progress(progress)
