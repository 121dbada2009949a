"""Stop a run at once, and run a coroutine to its end wherever we are."""

from __future__ import annotations

import _thread
import asyncio
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator
    from types import FrameType

T = TypeVar("T")


@contextmanager
def interruptible(task: asyncio.Task[Any], loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """While entered, Ctrl-C and the notebook's stop button end the run.

    A step's code and a question to the person are broken off by KeyboardInterrupt; anywhere else ``task`` is
    cancelled, so that the loop itself is never interrupted. Off the main thread it does nothing: signals do
    not arrive there.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def on_sigint(_signum: int, frame: FrameType | None) -> None:
        if _is_breakable(frame):
            raise KeyboardInterrupt
        loop.call_soon_threadsafe(task.cancel)

    previous = signal.signal(signal.SIGINT, on_sigint)
    try:
        yield
    finally:
        # None stands for a handler that was not set from Python, and that cannot be put back from it.
        signal.signal(signal.SIGINT, signal.default_int_handler if previous is None else previous)


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
        is_generated = is_generated or code.co_filename.startswith("<ask step ")
        if is_generated and module == "rasgo_nb.kernel_exec":
            return True
        frame = frame.f_back
    return False


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
