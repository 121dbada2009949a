"""Statements at work in threads of their own, while the caller waits and can be interrupted."""

from __future__ import annotations

import atexit
import contextvars
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from rasgo_nb.errors import QueryStopped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")

WAIT_S = 0.05  # a wait this short lets Ctrl-C through on every platform
GIVE_UP_S = 1.0  # a statement that does not end for so long after a stop is left to its thread
CANCEL_FOR_S = 10.0  # for how long the database is asked again to cancel

_stop: contextvars.ContextVar[threading.Event | None] = contextvars.ContextVar("rasgo_nb_stop", default=None)


@contextmanager
def stopped_by(stop: threading.Event) -> Iterator[None]:
    """Statements that are begun inside are stopped when this is set, and no others of their connection."""
    token = _stop.set(stop)
    try:
        yield
    finally:
        _stop.reset(token)


class RunningStatements:
    """The statements that run on one connection now. ``again_s`` is how often a cancel is repeated."""

    def __init__(self, *, again_s: float = WAIT_S) -> None:
        self._again_s = again_s
        self._lock = threading.Lock()
        self._running: set[_RunningStatement] = set()

    def run(self, work: Callable[[], T], *, cancel: Callable[[], None]) -> T:
        """What ``work`` returns or raises, from a thread with the caller's context variables.

        ``cancel`` makes the database end it: it is called in another thread, perhaps before the statement has
        begun or after it ended, and again until ``work`` is over; it raises nothing.

        Raises
        ------
        QueryStopped
            after ``stop``, whatever ``work`` did.
        """
        running = _RunningStatement(cancel, self._again_s)
        with self._lock:
            self._running.add(running)
        try:
            return running.wait_for(work)  # type: ignore[no-any-return]
        finally:
            with self._lock:
                self._running.discard(running)

    def stop(self) -> None:
        """Stop every statement that runs now; returns at once."""
        with self._lock:
            running = list(self._running)
        for statement in running:
            statement.stop()


class _RunningStatement:
    """One piece of work in a thread, and whoever waits for it."""

    def __init__(self, cancel: Callable[[], None], again_s: float) -> None:
        self._cancel = cancel
        self._again_s = again_s
        self._lock = threading.Lock()
        self._stopped_at: float | None = None
        self._finished = threading.Event()
        self._outcome: list[Any] = []
        self._error: BaseException | None = None

    def stop(self) -> None:
        with self._lock:
            if self._stopped_at is not None:
                return
            self._stopped_at = time.monotonic()
        threading.Thread(target=self._cancel_until_finished, daemon=True).start()

    def wait_for(self, work: Callable[[], Any]) -> Any:
        context, own_stop = contextvars.copy_context(), _stop.get()
        if own_stop is not None and own_stop.is_set():
            raise QueryStopped("The query was stopped.")
        thread = threading.Thread(target=context.run, args=(self._work, work), daemon=True)
        _at_work.begin(self)
        try:
            thread.start()
            while not self._finished.wait(WAIT_S) and not self._is_given_up():
                if own_stop is not None and own_stop.is_set():
                    self.stop()
        except BaseException:
            self.stop()
            self._finished.wait(GIVE_UP_S)
            raise
        if self._stopped_at is not None:
            raise QueryStopped("The query was stopped.") from self._error
        if self._error is not None:
            raise self._error
        return self._outcome.pop()

    def _is_given_up(self) -> bool:
        return self._stopped_at is not None and time.monotonic() - self._stopped_at > GIVE_UP_S

    def _work(self, work: Callable[[], Any]) -> None:
        try:
            self._outcome.append(work())
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
            self._error = error
        finally:
            self._finished.set()
            _at_work.end(self)

    def stop_with_python(self) -> None:
        try:
            self.stop()
        except RuntimeError:  # Python 3.12 begins no thread any more when it ends
            self._cancel()

    def wait_until_finished(self, wait_s: float) -> None:
        self._finished.wait(wait_s)

    def _cancel_until_finished(self) -> None:
        given_up = time.monotonic() + CANCEL_FOR_S
        while not self._finished.is_set() and time.monotonic() < given_up:
            self._cancel()
            self._finished.wait(self._again_s)


class _AtWork:
    """All that has a thread. A driver's thread that outlives the interpreter would abort the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._statements: set[_RunningStatement] = set()
        self._is_over = False

    def begin(self, statement: _RunningStatement) -> None:
        with self._lock:
            if self._is_over:
                raise QueryStopped("Python is ending.")
            self._statements.add(statement)

    def end(self, statement: _RunningStatement) -> None:
        with self._lock:
            self._statements.discard(statement)

    def end_all(self) -> None:
        with self._lock:
            self._is_over = True
            statements = list(self._statements)
        for statement in statements:
            statement.stop_with_python()
        given_up = time.monotonic() + GIVE_UP_S
        for statement in statements:
            statement.wait_until_finished(max(0.0, given_up - time.monotonic()))


_at_work = _AtWork()
atexit.register(_at_work.end_all)
