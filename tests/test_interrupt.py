import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from jupyter_client.manager import KernelManager
from traitlets.config import Config

from rasgo_nb.interrupt import interruptible, read_line, run_sync
from rasgo_nb.kernel_exec import run_cell

ROOT = Path(__file__).parents[1]


@pytest.fixture
def shell() -> Iterator[Any]:
    InteractiveShell.clear_instance()
    yield InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    InteractiveShell.clear_instance()


def press_ctrl_c(after_s: float = 0.2) -> None:
    threading.Timer(after_s, os.kill, (os.getpid(), signal.SIGINT)).start()


async def run_step(shell: Any, code: str) -> str:
    """What a run makes of an interrupt: how the step ended."""

    async def step() -> str:
        try:
            await run_cell(shell, code, step=1)
        except KeyboardInterrupt:
            return "interrupted"
        return "done"

    task = asyncio.ensure_future(step())
    with interruptible(task, asyncio.get_running_loop()):
        try:
            return await task
        except asyncio.CancelledError:
            return "cancelled"


@pytest.mark.parametrize(
    ("code", "end"),
    [
        ("x = 1\nimport time\ntime.sleep(9)", "interrupted"),
        ("x = 1\nwhile True: pass", "interrupted"),
        ("x = 1\nimport asyncio\nawait asyncio.sleep(9)", "cancelled"),
    ],
)
def test_ctrl_c_ends_a_step_and_undoes_it(shell, code: str, end: str):
    press_ctrl_c()
    started = time.perf_counter()
    assert asyncio.run(run_step(shell, code)) == end
    assert time.perf_counter() - started < 1
    assert "x" not in shell.user_ns


@pytest.mark.parametrize(
    "code",
    [
        "for _ in range(50):\n    try:\n        time.sleep(0.01)\n    except BaseException:\n        pass",
        "try:\n    await asyncio.sleep(9)\nexcept BaseException:\n    pass",
        "try:\n    time.sleep(9)\nfinally:\n    1 / 0",
        "try:\n    await asyncio.sleep(9)\nexcept BaseException:\n    while True: pass",
        "!sleep 2",
        "class Late:\n    def __del__(self): time.sleep(0.5)\nlate = Late()\ndel late\ntime.sleep(9)",
    ],
)
def test_a_step_that_swallows_a_stop_is_stopped_nevertheless(shell, code: str):
    press_ctrl_c()
    assert asyncio.run(run_step(shell, f"import asyncio, time\n{code}")) == "interrupted"


class Watched:
    """Stops the run when the code of a step begins, before the first of it runs."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell

    def __getattr__(self, name: str) -> Any:
        if name == "user_global_ns":
            signal.raise_signal(signal.SIGINT)
        return getattr(self.shell, name)


def test_a_stop_at_the_last_moment_before_code_that_blocks_is_not_lost(shell):
    started = time.perf_counter()
    assert asyncio.run(run_step(Watched(shell), "while True: pass")) == "interrupted"
    assert time.perf_counter() - started < 1


def test_what_a_step_shows_is_taken_in_whole_before_a_stop_ends_it(shell):
    told: list[str] = []

    def tell(message: Any) -> None:
        signal.raise_signal(signal.SIGINT)
        told.append(message.text)

    async def step() -> str:
        try:
            await run_cell(shell, "print('a')\nprint('b')", step=1, on_output=tell)
        except KeyboardInterrupt:
            return "interrupted"
        return "done"

    async def stopped() -> str:
        task = asyncio.ensure_future(step())
        with interruptible(task, asyncio.get_running_loop()):
            return await task

    assert asyncio.run(stopped()) == "interrupted"
    assert told == ["a\n"]


def test_a_second_stop_does_no_harm(shell):
    for after_s in (0.1, 0.11, 0.15):
        press_ctrl_c(after_s)

    async def stopped() -> str:
        end = await run_step(shell, "while True: pass")
        await asyncio.sleep(0.01)
        return end

    ignored = signal.signal(signal.SIGINT, signal.SIG_IGN)  # those that come after the end
    try:
        assert asyncio.run(stopped()) == "interrupted"
        time.sleep(0.3)
    finally:
        signal.signal(signal.SIGINT, ignored)


def test_ctrl_c_outside_a_step_cancels_the_task_and_not_the_loop():
    async def wait_in_our_own_code() -> str:
        task = asyncio.ensure_future(asyncio.sleep(9))
        with interruptible(task, asyncio.get_running_loop()):
            press_ctrl_c()
            time.sleep(0.3)
            with pytest.raises(asyncio.CancelledError):
                await task
        return "the loop lives"

    assert asyncio.run(wait_in_our_own_code()) == "the loop lives"


def test_ctrl_c_ends_a_question_to_the_person(monkeypatch):
    async def ask() -> None:
        task = asyncio.current_task()
        assert task is not None
        with interruptible(task, asyncio.get_running_loop()):
            press_ctrl_c()
            with pytest.raises(KeyboardInterrupt):
                read_line("Go on? ")

    reading, writing = os.pipe()
    with os.fdopen(reading) as stdin, os.fdopen(writing, "w"):
        monkeypatch.setattr(sys, "stdin", stdin)
        asyncio.run(ask())


def test_the_handler_before_is_put_back():
    async def enter() -> None:
        task = asyncio.current_task()
        assert task is not None
        before = signal.getsignal(signal.SIGINT)
        with interruptible(task, asyncio.get_running_loop()):
            assert signal.getsignal(signal.SIGINT) is not before
        assert signal.getsignal(signal.SIGINT) is before

    asyncio.run(enter())
    thread = threading.Thread(target=lambda: asyncio.run(enter_elsewhere()))
    thread.start()
    thread.join()


async def enter_elsewhere() -> None:
    task = asyncio.current_task()
    assert task is not None
    before = signal.getsignal(signal.SIGINT)
    with interruptible(task, asyncio.get_running_loop()):
        assert signal.getsignal(signal.SIGINT) is before


async def answer() -> int:
    await asyncio.sleep(0.01)
    return 42


def test_a_coroutine_runs_to_its_end_without_and_inside_a_running_loop():
    async def outer() -> tuple[int, bool]:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        waiting = asyncio.ensure_future(answer())
        found = run_sync(answer())
        assert await waiting == 42
        return found, asyncio.get_running_loop() is loop and asyncio.current_task() is task

    assert run_sync(answer()) == 42
    assert asyncio.run(outer()) == (42, True)


def test_an_error_inside_a_nested_loop_reaches_the_caller():
    async def fail() -> None:
        raise LookupError("inside")

    async def outer() -> int:
        with pytest.raises(LookupError, match="inside"):
            run_sync(fail())
        return await answer()

    assert asyncio.run(outer()) == 42


# --- in a real kernel

SETUP = """
import asyncio
from rasgo_nb.interrupt import interruptible, run_sync
from rasgo_nb.kernel_exec import run_cell
shell = get_ipython()
heard = []

async def run_step(code):
    async def step():
        try:
            return await run_cell(shell, code, step=1, on_output=heard.append)
        except KeyboardInterrupt:
            return "interrupted"
    task = asyncio.ensure_future(step())
    with interruptible(task, asyncio.get_running_loop()):
        try:
            return await task
        except asyncio.CancelledError:
            return "cancelled"
"""


@pytest.fixture(scope="module")
def kernel() -> Iterator[Any]:
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(cwd=str(ROOT))
    client = manager.blocking_client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    client.manager = manager
    assert execute(client, SETUP) == ("ok", [])
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    manager.cleanup_resources()


def execute(client: Any, code: str, *, interrupt_after_s: float | None = None) -> tuple[str, list[object]]:
    """The cell's status, and what reached the notebook."""
    shown: list[object] = []

    def keep(message: dict[str, Any]) -> None:
        content = message["content"]
        if message["header"]["msg_type"] in ("stream", "display_data", "execute_result", "error"):
            shown.append(content.get("text") or content.get("ename") or content["data"]["text/plain"])

    if interrupt_after_s is not None:
        # As its manager does, which would open an event loop in the timer's thread.
        pid = client.manager.provisioner.process.pid
        threading.Timer(interrupt_after_s, os.kill, (pid, signal.SIGINT)).start()
    reply = client.execute_interactive(code, output_hook=keep, timeout=30, allow_stdin=False)
    return reply["content"]["status"], shown


def test_a_kernel_shows_nothing_of_a_step_by_itself(kernel):
    code = "print('a'); display('b'); import subprocess; get_ipython().system('echo c'); 1"
    status, shown = execute(kernel, f"r = await run_step({code!r})\n[type(o).__name__ for o in r.outputs]")
    assert (status, shown) == ("ok", ["['Stream', 'DisplayData', 'Stream', 'ExecuteResult']"])


def test_a_failing_repr_and_an_exit_do_not_reach_the_notebook(kernel):
    bad = "class Bad:\n    def __repr__(self): 1 / 0\nBad()"
    assert execute(kernel, f"(await run_step({bad!r})).outputs[0].ename") == ("ok", ["'ZeroDivisionError'"])
    assert execute(kernel, "(await run_step('exit()')).error.ename") == ("ok", ["'SystemExit'"])


def test_input_without_stdin_is_a_clear_error(kernel):
    status, shown = execute(kernel, "(await run_step('input()')).error.evalue")
    assert status == "ok"
    assert "input" in str(shown[0])


@pytest.mark.parametrize(
    ("code", "end"),
    [("y = 1\nwhile True: pass", "interrupted"), ("y = 1\nawait asyncio.sleep(20)", "cancelled")],
)
def test_an_interrupted_kernel_lives_and_runs_the_next_cell(kernel, code: str, end: str):
    status, shown = execute(kernel, f"await run_step({code!r})", interrupt_after_s=0.5)
    assert (status, shown) == ("ok", [repr(end)])
    assert execute(kernel, "'y' in globals()") == ("ok", ["False"])


def test_a_plain_cell_of_a_kernel_can_run_a_coroutine_to_its_end(kernel):
    assert execute(kernel, "run_sync(run_step('1 + 1')).value") == ("ok", ["2"])
    assert execute(kernel, "run_sync(run_step('while True: pass'))", interrupt_after_s=0.5) == (
        "ok",
        ["'interrupted'"],
    )
    assert execute(kernel, "await asyncio.sleep(0, 'after')") == ("ok", ["'after'"])
