"""What is done for the record beside the run: large frames are measured, and old runs removed after it."""

from __future__ import annotations

import json
import threading
from collections import deque
from typing import TYPE_CHECKING

from rasgo_nb.trace.codec import encoded_value
from rasgo_nb.trace.frames import FrameSummary, measured
from rasgo_nb.trace.keep import tidy
from rasgo_nb.trace.open_store import given_back

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from rasgo_nb.trace.recorder import Recording
    from rasgo_nb.trace.store import Store

_MOST_BESIDE = 2_000_000  # bytes that wait beside the file


class Beside:
    """One thread for one run, which lives as long as there is something to do."""

    def __init__(self) -> None:
        self._works: deque[Callable[[], None]] = deque()
        self._lock = threading.Lock()
        self._is_working = False
        self._count = 0

    def measure(
        self,
        store: Store | None,
        run: int,
        outline: FrameSummary,
        frame: pd.DataFrame,
        masked: Callable[[str], str],
    ) -> int:
        """Find out the figures and digests of a frame as it is now; the number that they will have."""
        self._count += 1
        number, copy = self._count, frame.copy(deep=False)  # pandas copies when somebody writes

        def work() -> None:
            whole = encoded_value(measured(outline, copy))
            late = {name: whole[name] for name in ("columns", "digest", "set_digest")}
            if store is not None:
                store.add_late(run, number, masked(json.dumps(late)))

        self._do(work)
        return number

    def finish(self, store: Store, recording: Recording, run: int, run_id: str) -> None:
        """When all is done: take the run in, remove what is too old or too much, and let go of the file."""

        def work() -> None:
            is_broken = True  # the next run opens it anew then, and tells what is wrong
            try:
                store.take_in(run_id)
                tidy(store, days=recording.days, megabytes=recording.megabytes, but=run)
                store.check_in(_MOST_BESIDE)
                is_broken = False
            finally:
                given_back(store, is_broken=is_broken)

        self._do(work)

    def _do(self, work: Callable[[], None]) -> None:
        with self._lock:
            self._works.append(work)
            is_first, self._is_working = not self._is_working, True
        if is_first:
            threading.Thread(target=self._work_off, name="rasgo_nb trace").start()

    def _next(self) -> Callable[[], None] | None:
        with self._lock:
            self._is_working = bool(self._works)
            return self._works.popleft() if self._works else None

    def _work_off(self) -> None:
        while (work := self._next()) is not None:
            try:
                work()
            except Exception:  # noqa: BLE001 - the run goes on, and cells hold any object
                continue
