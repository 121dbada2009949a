"""One thread for what may take long: sorts, exports, figures. Stop and Approve never wait for it."""

from __future__ import annotations

import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Worker:
    """Does one piece of work after the other; its thread starts with the first."""

    def __init__(self) -> None:
        self._todo: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def do(self, work: Callable[[], None]) -> None:
        """Hand work over, from any thread. It tells of its own failures: none may leave it."""
        self._todo.put(work)
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="rasgo pages", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            self._todo.get()()
