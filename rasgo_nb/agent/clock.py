"""How long a run has worked; the time in which it waits for the person does not count."""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Clock:
    """Runs from when it is made. ``timeout`` is the one to hold meanwhile, where the run has a limit."""

    def __init__(self) -> None:
        self.timeout: asyncio.Timeout | None = None
        self._began = time.perf_counter()
        self._waited_s = 0.0
        self._waiting = 0
        self._stood_at = 0.0
        self._left_s: float | None = None  # of the timeout

    def elapsed_s(self) -> float:
        """How long the run has worked."""
        now = self._stood_at if self._waiting else time.perf_counter()
        return now - self._began - self._waited_s

    @contextmanager
    def paused(self) -> Iterator[None]:
        """While entered, by one or several, no time passes."""
        if self._waiting == 0:
            self._stood_at = time.perf_counter()
            self._hold()
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1
            if self._waiting == 0:
                self._waited_s += time.perf_counter() - self._stood_at
                self._let_go()

    def _hold(self) -> None:
        due = None if self.timeout is None or self.timeout.expired() else self.timeout.when()
        self._left_s = None if due is None else due - asyncio.get_running_loop().time()
        if self.timeout is not None and due is not None:
            self.timeout.reschedule(None)

    def _let_go(self) -> None:
        if self.timeout is not None and self._left_s is not None:
            self.timeout.reschedule(asyncio.get_running_loop().time() + self._left_s)
