"""Processes that work off cases side by side. One that hangs or dies is begun anew; the others go on."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any

from rasgo_nb.errors import RasgoError
from rasgo_nb.evals.log_file import result_line, result_of
from rasgo_nb.evals.work_off import RUN, Work, stage_failed, unworked, work_off

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence
    from multiprocessing.connection import Connection

    from rasgo_nb.evals.gold import Gold
    from rasgo_nb.evals.score import CaseResult, Outcome

_LOADING_S = 60.0  # until a process that has just begun works on its first case
_INTERRUPT_S = 2.0  # past the case's limit, which the run itself keeps to where it can
_KILL_S = 5.0  # past the interrupt
_TICK_S = 0.5


@dataclass(slots=True)
class _Worker:
    process: Any
    pipe: Connection
    work: Work | None = None
    stage: str = ""  # of its work; until the first it loads
    began: float = 0.0
    deadline: float = 0.0
    is_interrupted: bool = field(default=False)


def results_of(works: Sequence[Work], *, jobs: int) -> Generator[CaseResult, None, None]:
    """The result of each work as it comes. Leaving off early ends the processes."""
    waiting = list(reversed(works))
    workers = [_begin() for _ in range(max(1, min(jobs, len(works))))]
    try:
        for worker in workers:
            _next(worker, waiting)
        while any(worker.work is not None for worker in workers):
            ready = wait([worker.pipe for worker in workers if worker.work is not None], timeout=_TICK_S)
            for at, worker in enumerate(workers):
                result = _heard(worker) if worker.pipe in ready else _overdue(worker)
                if result is None:
                    continue
                yield result
                if not worker.process.is_alive() or worker.is_interrupted:
                    _end(worker)
                    workers[at] = worker = _begin() if waiting else worker
                _next(worker, waiting)
    finally:
        for worker in workers:
            _end(worker)


def _begin() -> _Worker:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs,), daemon=True)
    with _deaf():
        process.start()
    theirs.close()
    return _Worker(process, ours)


@contextmanager
def _deaf() -> Iterator[None]:
    """A process that begins takes over that Ctrl-C is not heard, until it is out of the terminal's reach."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _end(worker: _Worker) -> None:
    worker.process.kill()
    worker.process.join()
    worker.pipe.close()


def _next(worker: _Worker, waiting: list[Work]) -> None:
    worker.work = waiting.pop() if waiting else None
    if worker.work is None:
        return
    worker.stage = ""
    worker.began = time.monotonic()
    worker.deadline = worker.began + _LOADING_S
    worker.is_interrupted = False
    with suppress(OSError):  # it has died; its pipe tells so next
        worker.pipe.send(worker.work)


def _heard(worker: _Worker) -> CaseResult | None:
    """The result, where that is what came; a stage that begins has its own time."""
    assert worker.work is not None
    try:
        kind, text = worker.pipe.recv()
    except (EOFError, OSError):
        worker.process.join()
        outcome: Outcome = "out_of_time" if worker.is_interrupted else "crashed"
        return _cut(worker, outcome, f"its process ended with {worker.process.exitcode}")
    if kind == "stage":
        worker.stage = text
        worker.deadline = time.monotonic() + (worker.work.case.budget.seconds or 3600) + _INTERRUPT_S
        return None
    if kind == "result":
        return result_of(text)
    return (
        unworked(worker.work, kind, text, _elapsed(worker)) if kind == "not_run" else _cut(worker, kind, text)
    )


def _overdue(worker: _Worker) -> CaseResult | None:
    """Interrupt what takes too long; where that does not help, end it."""
    if worker.work is None or time.monotonic() < worker.deadline:
        return None
    if not worker.is_interrupted and os.name != "nt":
        worker.is_interrupted = True
        worker.deadline = time.monotonic() + _KILL_S
        os.kill(worker.process.pid, signal.SIGINT)
        return None
    worker.is_interrupted = True
    worker.process.kill()
    worker.process.join()
    return _cut(worker, "out_of_time", f"it hung, and was stopped after {_elapsed(worker):.0f} s")


def _cut(worker: _Worker, outcome: Outcome, message: str) -> CaseResult:
    """The result of a work that was cut off: the model's only where it was the model's run."""
    assert worker.work is not None
    if worker.stage == RUN:
        return unworked(worker.work, outcome, message, _elapsed(worker))
    told = stage_failed(worker.work.case, worker.stage, message)
    return unworked(worker.work, "not_run", told, _elapsed(worker))


def _elapsed(worker: _Worker) -> float:
    return time.monotonic() - worker.began


def _work(pipe: Connection) -> None:
    """The life of a process: works come, results go, until it is ended."""
    if hasattr(os, "setpgrp"):
        os.setpgrp()  # Ctrl-C in a terminal is for the one who began us; what it sends itself still comes
    signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    golds: dict[str, Gold] = {}
    while True:
        try:
            work = pipe.recv()
        except (EOFError, OSError, KeyboardInterrupt):
            return
        pipe.send(_worked(work, golds, pipe))


def _end_with_parent() -> None:
    """One that was killed could not end us."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _worked(work: Work, golds: dict[str, Gold], pipe: Connection) -> tuple[str, str]:
    def stage(name: str) -> None:
        pipe.send(("stage", name))

    try:
        return "result", result_line(asyncio.run(work_off(work, golds, stage=stage)))
    except RasgoError as error:
        return "not_run", str(error)
    except (KeyboardInterrupt, asyncio.CancelledError):
        return "out_of_time", "it was interrupted at its limit"
    except Exception as error:  # noqa: BLE001 - a crash is what came of this case; the others go on
        return "crashed", f"{type(error).__name__}: {error}"
