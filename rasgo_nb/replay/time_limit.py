"""Work that ends at its time limit, also where generated code holds the thread."""

from __future__ import annotations

import asyncio
import threading
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from rasgo_nb.errors import Stopped
from rasgo_nb.interrupt import interrupt_main_thread, interruptible

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

T = TypeVar("T")


class TookTooLong(Exception):
    """The work was ended at its limit."""


class _BrokenOff(Exception):
    """A KeyboardInterrupt, which no task of its own may raise: it would end the event loop."""


class _Alarm:
    """Ends the work once, unless it is over."""

    def __init__(self, end: Callable[[], object]) -> None:
        self.has_rung = False
        self._is_over = False
        self._end = end
        self._lock = threading.Lock()

    def ring(self) -> None:
        with self._lock:
            if not self._is_over:
                self.has_rung = True
                self._end()

    def put_off(self) -> None:
        with self._lock:
            self._is_over = True


async def within(work: Coroutine[Any, Any, T], timeout_s: float, *, stopped: str) -> T:
    """What the work gives; it is ended as the stop button does, so connections go on working.

    Raises
    ------
    TookTooLong
        at the limit.
    Stopped
        with that sentence, when the person stopped it.
    """
    loop, task = asyncio.get_running_loop(), asyncio.ensure_future(_told(work))
    is_main = threading.current_thread() is threading.main_thread()
    alarm = _Alarm(interrupt_main_thread if is_main else partial(loop.call_soon_threadsafe, task.cancel))
    timer = threading.Timer(timeout_s, alarm.ring)
    timer.daemon = True
    try:
        with interruptible(task, loop):
            timer.start()
            try:
                return await task
            finally:
                alarm.put_off()
                timer.cancel()
    except (asyncio.CancelledError, _BrokenOff):
        outer = asyncio.current_task()
        if outer is not None and outer.cancelling():
            raise
        if alarm.has_rung:
            raise TookTooLong from None
        raise Stopped(stopped) from None


async def _told(work: Coroutine[Any, Any, T]) -> T:
    try:
        return await work
    except KeyboardInterrupt:
        raise _BrokenOff from None
