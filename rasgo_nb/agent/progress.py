"""How far a running query is, brought from the query's thread to the loop that reports it."""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from rasgo_nb.agent.events import Event, ToolProgress
from rasgo_nb.connectors.base import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

QUIET_S = 0.5  # a query that takes no longer is not told of: its card would only flicker
_LEAST_S = 0.1  # between two reports
_TICK_S = 1.0  # without news, that it still runs is told so often


class ProgressTeller:
    """Tells of the queries of one call until it is closed. To be made and closed on the loop's thread."""

    def __init__(self, step: int, tool_call_id: str, report: Callable[[Event], None]) -> None:
        self._step, self._call, self._report = step, tool_call_id, report
        self._loop = asyncio.get_running_loop()
        self._began_s = self._told_s = time.monotonic()
        self._last = Progress("running", 0.0)
        self._timer: asyncio.TimerHandle | None = None
        self._is_open = False

    @contextmanager
    def open(self) -> Iterator[Callable[[Progress], None]]:
        """What the query's ``on_progress`` is, for any thread; after the block nothing more is reported."""
        self._began_s = self._told_s = time.monotonic()
        self._last, self._is_open = Progress("running", 0.0), True
        self._tick()
        try:
            yield self._hear
        finally:
            self._is_open = False
            if self._timer is not None:
                self._timer.cancel()

    def _hear(self, progress: Progress) -> None:
        now = time.monotonic()
        self._last = progress
        if now - self._began_s < QUIET_S or now - self._told_s < _LEAST_S:
            return
        self._told_s = now
        with suppress(RuntimeError):  # the loop is closed: the query was left to its thread by a stop
            self._loop.call_soon_threadsafe(self._tell, progress)

    def _tick(self) -> None:
        if time.monotonic() - self._began_s >= QUIET_S:
            self._tell(self._last)
        self._timer = self._loop.call_later(_TICK_S, self._tick)

    def _tell(self, progress: Progress) -> None:
        if self._is_open:
            elapsed_s = time.monotonic() - self._began_s
            self._report(ToolProgress(self._step, self._call, replace(progress, elapsed_s=elapsed_s)))
