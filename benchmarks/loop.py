"""A run of ten steps with the scripted model: what everything but the tools' own work takes."""

from __future__ import annotations

import asyncio
import io
import os
import subprocess
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.figures import ROOT, Figure
from benchmarks.fresh import in_fresh_process, print_result, result_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from rasgo_nb.agent.events import Event
    from rasgo_nb.agent.models.scripted import Call

BAR_MS = 100.0
STEPS = 10
TABLES = 10
QUERIES = "ten queries"
IDLE = "ten nearly idle calls"

Timing = dict[str, float]  # "all_ms" of a run, and "tools_ms" of it


def measure(*, quick: bool) -> list[Figure]:
    """The first run of a process and its later ones, without a view, in a terminal and in a kernel."""
    processes, runs = (1, 4) if quick else (5, 12)
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "small.duckdb")
        in_fresh_process(make_tables, path=path)
        return [
            *_of_processes("no view", lambda: _in_shell(path, IDLE, "", runs), processes),
            *_of_processes("terminal view", lambda: _in_shell(path, IDLE, "terminal", runs), processes),
            *_of_processes("notebook view in a kernel", lambda: _in_kernel(path, IDLE, runs), processes),
            *_of_processes("notebook view, run_sql", lambda: _in_kernel(path, QUERIES, runs), processes),
        ]


def _of_processes(what: str, start: Callable[[], list[Timing]], processes: int) -> list[Figure]:
    """Medians over the first runs of several processes, and over all their later runs."""
    timings = [start() for _ in range(processes)]
    first = [own[0] for own in timings]
    later = [one for own in timings for one in own[1:]]
    return [_figure(f"{what}, first run", first), _figure(f"{what}, later runs", later)]


def _figure(what: str, runs: list[Timing]) -> Figure:
    rest = median(one["all_ms"] - one["tools_ms"] for one in runs)
    tools = median(one["tools_ms"] for one in runs)
    note = f"{rest / STEPS:.1f} ms a step; tools {tools:.1f} ms besides"
    return Figure(what, rest, "ms", BAR_MS, note=note)


def make_tables(path: str) -> None:
    import duckdb

    columns = ", ".join(f"i % {n + 2} AS column_{n}" for n in range(10))
    with duckdb.connect(path) as database:
        for table in range(TABLES):
            database.execute(f"CREATE TABLE table_{table} AS SELECT {columns} FROM range(1000) AS numbers(i)")


# --- in a shell of this process's own


def _in_shell(path: str, calls: str, view: str, runs: int) -> list[Timing]:
    timings: list[Timing] = in_fresh_process(shell_runs, path=path, calls=calls, view=view, runs=runs)
    return timings


def shell_runs(path: str, calls: str, view: str, runs: int) -> list[Timing]:
    from IPython.core.interactiveshell import InteractiveShell

    from rasgo_nb.interrupt import run_sync

    view_of = _terminal_view if view == "terminal" else _no_view
    return run_sync(timed_runs(InteractiveShell.instance(), path, calls, view_of, runs))


def _no_view(_shell: Any) -> Callable[[Event], None]:
    return lambda _event: None


def _terminal_view(_shell: Any) -> Callable[[Event], None]:
    from rich.console import Console

    from rasgo_nb.widgets.terminal import TerminalView

    return TerminalView(Console(file=io.StringIO(), force_terminal=True, width=100, highlight=False))


# --- in a kernel, with a client that reads all it publishes


def _in_kernel(path: str, calls: str, runs: int) -> list[Timing]:
    from jupyter_client.manager import start_new_kernel

    code = (
        "from benchmarks.loop import kernel_runs\n"
        f"await kernel_runs(get_ipython(), {path!r}, {calls!r}, {runs})"
    )
    printed: list[str] = []

    def read(message: dict[str, Any]) -> None:
        if message["msg_type"] == "stream":
            printed.append(message["content"]["text"])
        if message["msg_type"] == "error":
            printed.append("\n".join(message["content"]["traceback"]))

    with tempfile.TemporaryDirectory() as profile:
        manager, client = start_new_kernel(
            cwd=str(ROOT), env={**os.environ, "IPYTHONDIR": profile}, stderr=subprocess.DEVNULL
        )
        try:
            reply = client.execute_interactive(code, output_hook=read, timeout=300)
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
    if reply["content"]["status"] != "ok":
        raise RuntimeError("".join(printed))
    timings: list[Timing] = result_in("".join(printed))
    return timings


async def kernel_runs(shell: Any, path: str, calls: str, runs: int) -> None:
    """What the kernel runs: prints the timings."""
    print_result(await timed_runs(shell, path, calls, _notebook_view, runs))


def _notebook_view(shell: Any) -> Callable[[Event], None]:
    from rasgo_nb.widgets.notebook import NotebookView

    return NotebookView(shell)


# --- the runs


async def timed_runs(
    shell: Any, path: str, calls: str, view_of: Callable[[Any], Callable[[Event], None]], runs: int
) -> list[Timing]:
    """Time whole questions, from `Session.ask` to its return; the connection is open before."""
    from rasgo_nb.config import Config
    from rasgo_nb.session import Session

    session = Session(shell, config=Config())
    session.connect(path)
    timings = []
    for _ in range(runs):
        timings.append(await _timed_run(session, calls, view_of(shell)))
        await asyncio.sleep(0.1)  # the client reads what was published
    session.close()
    return timings


async def _timed_run(session: Any, calls: str, view: Callable[[Event], None]) -> Timing:
    from rasgo_nb.agent.events import ToolCallFinished
    from rasgo_nb.agent.models.scripted import ScriptedModel, call, say

    tools_s = 0.0

    def watch(event: Event) -> None:
        nonlocal tools_s
        if isinstance(event, ToolCallFinished):
            tools_s += event.elapsed_s
        view(event)

    one = _query if calls == QUERIES else _idle
    lines = [say(f"Step {n} looks at what there is.", one(n)) for n in range(1, STEPS)]
    model = ScriptedModel(*lines, say("", call("final_answer", text="Nothing **new**.", steps=[1])))
    started = time.perf_counter()
    await session.ask("What is there?", model=model, view=watch)
    return {"all_ms": (time.perf_counter() - started) * 1000, "tools_ms": tools_s * 1000}


def _idle(_number: int) -> Call:
    from rasgo_nb.agent.models.scripted import call

    return call("list_variables")


def _query(number: int) -> Call:
    from rasgo_nb.agent.models.scripted import call

    sql = f"SELECT column_1, count(*) AS n, avg(column_2) AS mean FROM table_{number} GROUP BY ALL ORDER BY 1"
    return call("run_sql", sql=sql, save_as=f"counts_{number}")
