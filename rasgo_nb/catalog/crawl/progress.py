"""How far a crawl is, and what it has done so far."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeVar

from rasgo_nb.errors import QueryStopped

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from rasgo_nb.connectors.base import Connection

T = TypeVar("T")

Stage = Literal["listing", "describing", "values", "history"]

_TELL_EVERY_S = 0.1
_MOST_TRIES = 3  # of a statement that was stopped on somebody else's behalf
_MOST_NOTES = 20


@dataclass(frozen=True, slots=True)
class CrawlProgress:
    """``done`` of ``total`` tables or statements; a total of 0 is one that is not known yet."""

    stage: Stage
    done: int
    total: int
    elapsed_s: float


class Pace:
    """One crawl on its way: tells how far it is, counts what it did, and ends when it is stopped."""

    def __init__(
        self,
        connection: Connection,
        on_progress: Callable[[CrawlProgress], None] | None,
        stop: threading.Event,
    ) -> None:
        self._connection = connection
        self._on_progress = on_progress
        self._stop = stop
        self._began_s = time.monotonic()
        self._told_s = float("-inf")
        self._stage = ""
        self.described = 0
        self.dropped = 0
        self.facts = 0
        self.notes: list[str] = []

    def tell(self, stage: Stage, done: int = 0, total: int = 0) -> None:
        """Tell how far it is, unless that was just told.

        Raises
        ------
        QueryStopped
            when the crawl was stopped, or its connection closed.
        """
        if self._stop.is_set() or self._connection.is_closed:
            raise QueryStopped("The crawl was stopped.")
        now = time.monotonic()
        is_news = stage != self._stage or (total and done == total)
        if self._on_progress is None or not (is_news or now - self._told_s >= _TELL_EVERY_S):
            return
        self._stage, self._told_s = stage, now
        self._on_progress(CrawlProgress(stage, done, total, now - self._began_s))

    def note(self, line: str) -> None:
        """Keep a line for the report, once."""
        if line not in self.notes and len(self.notes) < _MOST_NOTES:
            self.notes.append(line)

    def ask(self, read: Callable[[], T]) -> T:
        """What ``read`` returns; asked again where the statement was stopped for somebody else's sake.

        Ctrl-C on a question stops all that runs on its connection.
        """
        for tries in range(1, _MOST_TRIES + 1):
            try:
                return read()
            except QueryStopped:
                if self._stop.is_set() or self._connection.is_closed or tries == _MOST_TRIES:
                    raise
        raise AssertionError("unreachable")
