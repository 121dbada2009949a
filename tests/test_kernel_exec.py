import asyncio
import sys
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.terminal.interactiveshell import TerminalInteractiveShell
from traitlets.config import Config

from rasgo_nb.kernel_exec import (
    CellError,
    CellResult,
    ClearOutput,
    DisplayData,
    ExecuteResult,
    OutputMessage,
    Stream,
    UpdateDisplayData,
    run_cell,
)
from rasgo_nb.namespace import NamespaceDiff


@pytest.fixture(params=[InteractiveShell, TerminalInteractiveShell])
def shell(request: pytest.FixtureRequest) -> Iterator[Any]:
    InteractiveShell.clear_instance()
    config = Config(
        {"HistoryManager": {"enabled": False}, "TerminalInteractiveShell": {"simple_prompt": True}}
    )
    yield request.param.instance(config=config)
    request.param.clear_instance()


@pytest.fixture
def run(shell: Any) -> Callable[..., CellResult]:
    return lambda code, **options: asyncio.run(run_cell(shell, code, step=1, **options))


def printed(result: CellResult) -> str:
    return "".join(output.text for output in result.outputs if isinstance(output, Stream))


def test_text_displays_and_the_last_value_come_in_order(run, capsys):
    result = run("import sys\nprint('a')\ndisplay('shown')\nprint('b', file=sys.stderr)\n6 * 7")
    assert result.value == 42
    assert [type(output) for output in result.outputs] == [Stream, DisplayData, Stream, ExecuteResult]
    assert result.outputs[2:] == (Stream("stderr", "b\n"), ExecuteResult({"text/plain": "42"}))
    assert capsys.readouterr() == ("", "")


def test_nothing_is_stored_in_the_shells_history(run, shell):
    count = shell.execution_count
    run("41 + 1")
    assert (shell.user_ns["Out"], shell.user_ns["_"], shell.execution_count) == ({}, "", count)


def test_a_failing_step_names_its_line_and_leaves_nothing_behind(run, shell):
    shell.user_ns["items"] = [1]
    result = run("items.append(2)\nfresh = 1\nimport json\njson.loads('{')")
    assert result.error is not None
    assert (result.error.ename, result.error.line) == ("JSONDecodeError", 4)
    assert 'File "<ask step 1>", line 4' in result.error.traceback
    assert "decoder.py" not in result.error.traceback
    assert (shell.user_ns["items"], "fresh" in shell.user_ns) == ([1], False)
    assert result.diff == NamespaceDiff()
    assert result.undone == NamespaceDiff(new=("fresh", "json"), mutated=("items",))
    assert result.outputs == (result.error,)


def test_what_a_step_did_to_the_namespace_is_told(run, shell):
    shell.user_ns["a"] = 1
    assert run("a = 2\nb = 3").diff == NamespaceDiff(new=("b",), rebound=("a",))


def test_what_a_cell_magic_did_is_told(run, shell):
    run("import numpy\nbig = numpy.zeros(5_000_000)")
    assert run("%%time\nbig[3] = 1").diff == NamespaceDiff(mutated=("big",))


@pytest.mark.parametrize("code", ["exit()", "quit()", "raise SystemExit(3)", "import sys; sys.exit()"])
def test_exit_is_an_error_of_the_step(run, code: str):
    result = run(code)
    assert result.error is not None
    assert result.error.ename == "SystemExit"
    assert run("1").value == 1


@pytest.mark.parametrize(
    ("code", "ename", "line"),
    [
        ("x = 1\nx ==== 2", "SyntaxError", 2),
        ("if x:\nprint()", "IndentationError", 2),
        ("return 3", "SyntaxError", 1),
        ("%nosuchmagic", "UsageError", 1),
        ("%%nosuchmagic\n1", "UsageError", 1),
        ("%%time\n1 / 0", "ZeroDivisionError", 1),
        ("'\0'", None, None),
    ],
)
def test_code_that_cannot_run_is_an_error_with_a_line(run, code: str, ename: str | None, line: int | None):
    error = run(code).error
    assert isinstance(error, CellError)
    assert ename is None or (error.ename, error.line) == (ename, line)


def test_await_magics_commands_and_assignments_from_them_work(run):
    result = run("import asyncio\nawait asyncio.sleep(0)\nlines = !echo hello\n%time lines")
    assert result.error is None
    assert result.value == ["hello"]
    assert "hello" in printed(run("!echo hello"))


def test_a_semicolon_keeps_the_value_quiet(run):
    assert run("1 + 1;").outputs == ()


def test_future_imports_last_as_in_the_shell_unless_the_step_fails(run, shell):
    run("from __future__ import annotations\n1 / 0")
    assert run("def f(a: nosuchname): pass").error is not None
    run("from __future__ import annotations")
    assert run("def f(a: nosuchname): pass").error is None


def test_outputs_are_told_while_the_code_runs(run):
    heard: list[OutputMessage] = []
    result = run("print('a')\nprint('b', end='', flush=True)\nassert len(heard) == 2", on_output=heard.append)
    assert result.error is not None  # the step does not know our list
    assert heard[:2] == [Stream("stdout", "a\n"), Stream("stdout", "b")]


def test_what_the_listener_prints_is_not_the_steps(run, capsys):
    result = run("print('a')", on_output=lambda _: sys.stdout.write("listener\n"))
    assert (printed(result), capsys.readouterr().out) == ("a\n", "listener\n")


def test_updates_and_clearing_are_honoured(run):
    heard: list[OutputMessage] = []
    code = """
        from IPython.display import clear_output
        print("gone")
        clear_output(wait=True)
        handle = display("one", display_id="h")
        handle.update("two")
    """
    result = run(textwrap.dedent(code), on_output=heard.append)
    assert result.outputs == (DisplayData({"text/plain": "'two'"}, {}, "h"),)
    assert [type(message) for message in heard] == [Stream, ClearOutput, DisplayData, UpdateDisplayData]


def test_a_repr_that_raises_is_an_error_in_its_place(run):
    result = run("class Bad:\n    def __repr__(self):\n        raise ValueError('no')\nprint('a')\nBad()")
    assert result.error is None
    assert [type(output) for output in result.outputs] == [Stream, CellError]


def test_a_million_lines_keep_head_and_tail(run):
    text = printed(run("for i in range(1_000_000): print(i)"))
    assert text.startswith("0\n1\n2\n")
    assert text.endswith("\n999999\n")
    assert " lines, " in text
    assert len(text) < 140_000
    numbers = [line for line in text.splitlines() if not line.startswith("[")]
    assert [int(line) for line in numbers] == sorted(int(line) for line in numbers)


def test_ten_thousand_displays_keep_the_first_and_the_last(run):
    outputs = run("for i in range(10_000): display(i)").outputs
    assert len(outputs) == 201
    assert outputs[100] == Stream("stdout", "[... 9,800 outputs cut here ...]\n")


def test_a_progress_bar_is_kept_as_it_stood_last(run):
    assert printed(run("for i in range(5): print(f'\\r{i}/4', end='')\nprint()")) == "4/4\n"


def test_threads_of_the_step_are_heard_and_late_ones_do_no_harm(run, shell, capsys):
    result = run(
        "import threading, time\n"
        "quick = threading.Thread(target=print, args=('in time',)); quick.start(); quick.join()\n"
        "late = threading.Thread(target=lambda: (time.sleep(0.1), print('late'))); late.start()"
    )
    shell.user_ns["late"].join()
    assert printed(result) == "in time\n"
    assert capsys.readouterr().out == "late\n"


def test_help_and_question_marks_are_printed_not_paged(run):
    assert "Return the number of items" in printed(run("len?"))
    assert "Return the number of items" in printed(run("help(len)"))


def test_a_cancelled_step_is_undone_and_the_cancellation_goes_on(shell):
    async def cancel() -> None:
        task = asyncio.ensure_future(run_cell(shell, "x = 1\nimport asyncio\nawait asyncio.sleep(9)", step=1))
        await asyncio.sleep(0.05)
        assert "x" in shell.user_ns
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancel())
    assert "x" not in shell.user_ns


def test_an_interrupt_is_undone_and_goes_on(run, shell):
    with pytest.raises(KeyboardInterrupt):
        run("x = 1\nraise KeyboardInterrupt")
    assert "x" not in shell.user_ns


def test_a_step_inside_a_step_keeps_its_own_outputs(run, shell):
    shell.user_ns["inner"] = lambda: run_cell(shell, "print('inside')", step="1.1")
    result = run("print('before')\nr = await inner()\nprint('after')\nr.outputs")
    assert (printed(result), result.value) == ("before\nafter\n", (Stream("stdout", "inside\n"),))


def test_figures_of_plotly_come_as_their_data(run, shell):
    result = run(
        "import plotly.graph_objects as go\nfig = go.Figure(go.Bar(y=[1]))\nfig.show('plotly_mimetype')"
    )
    assert [list(output.data) for output in result.outputs] == [["application/vnd.plotly.v1+json"]]


def test_streams_that_a_step_replaces_come_back(run, capsys):
    before = sys.stdin, sys.stdout, sys.stderr
    result = run("import sys, io\nsys.stdin = sys.stderr = None\nsys.stdout = io.StringIO()\nprint('lost')")
    assert (result.error, (sys.stdin, sys.stdout, sys.stderr)) == (None, before)
    sys.stdout.write("heard\n")
    assert capsys.readouterr() == ("heard\n", "")


def test_a_step_cannot_take_get_ipython_away(run, shell):
    assert run("get_ipython = None").diff == NamespaceDiff()
    assert shell.user_ns["get_ipython"]() is shell


def test_names_that_may_not_be_replaced_hold_again_what_they_held(run, shell):
    shell.user_ns |= {"a": 1, "b": 2, "c": 3}
    result = run("total = a + b\na = 7\ndel b\nc = 9", may_replace=lambda name, _: name == "c")
    assert (shell.user_ns["a"], shell.user_ns["b"], shell.user_ns["c"]) == (1, 2, 9)
    assert (result.diff, result.put_back) == (NamespaceDiff(new=("total",), rebound=("c",)), ("a", "b"))


def test_a_stop_that_came_before_the_code_began_keeps_it_from_running(shell):
    async def stopped() -> None:
        task = asyncio.ensure_future(run_cell(shell, "has_run = True", step=1))
        asyncio.get_running_loop().call_soon(task.cancel)
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(stopped())
    assert "has_run" not in shell.user_ns
