"""Stop a run at once, and run a coroutine to its end wherever we are."""

from __future__ import annotations

import _thread
import asyncio
import signal
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from types import CodeType, FrameType

P = ParamSpec("P")
T = TypeVar("T")

_BLOCKED_S = 0.02  # before a stop that could not be delivered is tried again
_SWALLOWED_S = 1.0  # before a step that goes on after it was broken off is broken off again
_TAKING_IN = ("rasgo_nb.capture", "rasgo_nb.outputs")
_COLLECTING = ("weakref", "_weakrefset")


class _Stopping:
    """How far the stop of one run has come. All but ``repeat`` is called on the main thread."""

    def __init__(self, task: asyncio.Task[Any], loop: asyncio.AbstractEventLoop) -> None:
        self.is_asked = False
        self.is_deferred = False  # it came where it would do harm, or be lost
        self._is_cancel_due = False  # the loop has not yet come to it
        self._is_repeated = False
        self._is_over = False
        self._task, self._loop = task, loop
        self._lock = _thread.allocate_lock()  # held for moments, and never by a signal's handler

    def on_sigint(self, _signum: int, frame: FrameType | None) -> None:
        """End the run; where the loop must do it, only once for each time that the person asks."""
        is_repeated, self._is_repeated = self._is_repeated, False
        if not self.is_asked:
            self.is_asked = True
            # Not threading's way, which waits for locks that the interrupted code may hold.
            _thread.start_new_thread(self.repeat, ())
        was_deferred, self.is_deferred = self.is_deferred, _is_taken_in(frame) or _is_collected(frame)
        if self.is_deferred:
            return
        if _is_breakable(frame):
            raise KeyboardInterrupt
        if not is_repeated or was_deferred:
            self.cancel_soon()

    def cancel_soon(self) -> None:
        """Cancel the run's task when its loop comes to it."""
        self.is_asked = True
        if not self._is_cancel_due:
            self._is_cancel_due = True
            self._loop.call_soon_threadsafe(self._cancel)

    def _cancel(self) -> None:
        self._is_cancel_due = False
        self._task.cancel()

    def repeat(self) -> None:
        """Interrupt again what blocked the loop after the stop came, or swallowed it."""
        tried_s = time.monotonic()
        while not self._is_over:
            time.sleep(_BLOCKED_S)
            is_undelivered = self.is_deferred or self._is_cancel_due
            if not is_undelivered and time.monotonic() - tried_s < _SWALLOWED_S:
                continue
            tried_s = time.monotonic()
            with self._lock:
                if not self._is_over:
                    self._is_repeated = True
                    interrupt_main_thread()

    def end(self) -> None:
        """The run is over: nothing is interrupted any more."""
        with self._lock:
            self._is_over = True


_stopping: _Stopping | None = None  # of the run that the main thread works on


@contextmanager
def interruptible(task: asyncio.Task[Any], loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """While entered, Ctrl-C and the notebook's stop button end the run, at whatever moment they come.

    A step's code and a question to the person are broken off by KeyboardInterrupt; anywhere else ``task`` is
    cancelled, so that the loop itself is never interrupted. Off the main thread it does nothing: signals do
    not arrive there.
    """
    global _stopping
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    outer, stopping = _stopping, _Stopping(task, loop)
    previous = signal.signal(signal.SIGINT, stopping.on_sigint)
    _stopping = stopping
    try:
        yield
    finally:
        stopping.end()
        # None stands for a handler that was not set from Python, and that cannot be put back from it.
        signal.signal(signal.SIGINT, signal.default_int_handler if previous is None else previous)
        _stopping = outer
        if outer is not None and stopping.is_asked:
            outer.cancel_soon()  # a run inside another's step is stopped together with it


def breakable(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do work that a stop breaks off by KeyboardInterrupt, also where it came before, or was swallowed."""
    raise_if_stopped()
    try:
        return work(*args, **kwargs)
    finally:
        raise_if_stopped()


def raise_if_stopped() -> None:
    """End the step of a run that is being stopped.

    Raises
    ------
    KeyboardInterrupt
        on the main thread, once a stop has come.
    """
    if _stopping is not None and _stopping.is_asked and _is_main_thread():
        _stopping.is_deferred = False
        raise KeyboardInterrupt


def raise_if_deferred() -> None:
    """Catch up on a stop that came while what a step shows was taken in.

    Raises
    ------
    KeyboardInterrupt
        on the main thread, once for each such stop.
    """
    if _stopping is not None and _stopping.is_deferred and _is_main_thread():
        _stopping.is_deferred = False
        raise KeyboardInterrupt


def _is_main_thread() -> bool:
    return threading.get_ident() == threading.main_thread().ident


def interrupt_main_thread() -> None:
    """What Ctrl-C does, from any thread."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    else:
        _thread.interrupt_main()


def read_line(question: str) -> str:
    """``input()``, which Ctrl-C ends with KeyboardInterrupt also while a run is under way."""
    return input(question)


def _is_breakable(frame: FrameType | None) -> bool:
    """Whether a step's code, or a question to the person, is what runs.

    Code that a step left behind, in a callback of the loop, is not: an interrupt there would end the kernel.
    """
    is_generated = False
    while frame is not None:
        code, module = frame.f_code, frame.f_globals.get("__name__")
        if code is read_line.__code__ or (module == "ipykernel.kernelbase" and code.co_name == "raw_input"):
            return True
        is_generated = is_generated or _is_of_step(code)
        if code is breakable.__code__ or (is_generated and module == "rasgo_nb.kernel_exec"):
            return True
        frame = frame.f_back
    return False


def _is_taken_in(frame: FrameType | None) -> bool:
    """Whether our own code takes in what a step shows: an interrupt there could leave a lock held."""
    while frame is not None and not _is_of_step(frame.f_code):
        if frame.f_globals.get("__name__") in _TAKING_IN:
            return True
        frame = frame.f_back
    return False


def _is_collected(frame: FrameType | None) -> bool:
    """Whether Python calls back while it frees an object: it would print the interrupt and forget it."""
    while frame is not None and frame.f_code is not breakable.__code__:
        if frame.f_code.co_name == "__del__" or frame.f_globals.get("__name__") in _COLLECTING:
            return True
        frame = frame.f_back
    return False


def _is_of_step(code: CodeType) -> bool:
    return code.co_filename.startswith("<ask step ")


def run_sync(coroutine: Coroutine[Any, Any, T]) -> T:
    """The coroutine's result, on this thread, also where an event loop is running on it already.

    There the coroutine gets a loop of its own, and the running one stands still until it is done: kernel
    messages wait. The running loop and its task are put aside by the functions that asyncio documents for
    loops of other makers.
    """
    running = asyncio._get_running_loop()
    if running is None:
        return _run_in_new_loop(coroutine)
    task = asyncio.current_task(running)
    if task is not None:
        asyncio.tasks._leave_task(running, task)
    asyncio._set_running_loop(None)
    try:
        return _run_in_new_loop(coroutine)
    finally:
        asyncio._set_running_loop(running)
        if task is not None:
            asyncio.tasks._enter_task(running, task)


def _run_in_new_loop(coroutine: Coroutine[Any, Any, T]) -> T:
    # With a factory the runner leaves the thread's own event loop alone, which a kernel goes on using.
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        return runner.run(coroutine)
