"""How far evals are, on standard error: a bar in a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rasgo_nb.evals.score import CaseResult

_LINES = 10  # where there is no terminal


@contextmanager
def progress(doing: str) -> Iterator[Callable[[CaseResult, int, int], None]]:
    """Gives what is to be told of each result: the result, how many are done, how many there are."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    # A kernel's processes inherit FORCE_COLOR, by which rich takes a pipe for a terminal.
    if not (console.is_terminal and sys.stderr.isatty()):
        yield _Lines(doing)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(doing, total=None)

        def told(result: CaseResult, done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, description=f"{doing} {result.case[:40]}")

        yield told


class _Lines:
    """A line for each tenth."""

    def __init__(self, doing: str) -> None:
        self._doing = doing
        self._tenth = 0

    def __call__(self, _result: CaseResult, done: int, total: int) -> None:
        tenth = done * _LINES // max(1, total)
        if tenth > self._tenth:
            self._tenth = tenth
            print(f"{self._doing}: {done:,} of {total:,}", file=sys.stderr, flush=True)  # noqa: T201
