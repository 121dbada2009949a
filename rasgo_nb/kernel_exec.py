"""Run code in the live namespace as a cell would, catch what it shows, and undo it where it fails."""

from __future__ import annotations

import ast
import asyncio
import inspect
import linecache
import sys
import traceback
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING, Any

from rasgo_nb.capture import Capture, as_text
from rasgo_nb.interrupt import breakable, raise_if_stopped
from rasgo_nb.made import kept_values
from rasgo_nb.namespace import (
    NamespaceDiff,
    Snapshot,
    diff,
    mentioned_names,
    put_back,
    replaced_names,
    restore,
    snapshot,
    touched_names,
)
from rasgo_nb.outputs import (
    CellError,
    ClearOutput,
    DisplayData,
    ExecuteResult,
    Output,
    OutputMessage,
    Stream,
    UpdateDisplayData,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import CodeType

__all__ = [
    "CellError",
    "CellResult",
    "ClearOutput",
    "DisplayData",
    "ExecuteResult",
    "Output",
    "OutputMessage",
    "Stream",
    "UpdateDisplayData",
    "run_cell",
]


@dataclass(frozen=True, slots=True)
class CellResult:
    """What came of a step's code.

    ``put_back`` are names that the code bound anew or deleted, and that hold again what they held. ``made``
    are frames, series, arrays and plain values that it bound or changed, as they were then.
    Where ``error`` is set it is also the last of ``outputs``, ``diff`` is empty, and ``undone`` tells what
    the code had done to the namespace before it failed.
    """

    outputs: tuple[Output, ...]
    value: object = field(default=None, repr=False, compare=False)
    error: CellError | None = None
    diff: NamespaceDiff = field(default_factory=NamespaceDiff)
    undone: NamespaceDiff = field(default_factory=NamespaceDiff)
    put_back: tuple[str, ...] = ()
    elapsed_s: float = field(default=0.0, compare=False)
    made: Mapping[str, object] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class _Program:
    """Compiled code: all statements but a last expression, and that expression."""

    source: str
    body: CodeType | None
    expression: CodeType | None
    shows_value: bool  # False where a semicolon ends the cell
    touched: frozenset[str]
    flags: int  # of the shell's compiler, before this code's future imports


async def run_cell(
    shell: Any,
    code: str,
    *,
    step: int | str,
    on_output: Callable[[OutputMessage], None] | None = None,
    may_replace: Callable[[str, object], bool] | None = None,
    keep: Callable[[Snapshot, frozenset[str]], None] | None = None,
) -> CellResult:
    """Run the code in ``shell.user_ns`` on this thread, one step at a time.

    It behaves as in a cell: magics, ``!commands``, top-level ``await``, the value of a last expression.
    Nothing is stored in ``Out``, ``_`` or the history, and nothing is shown: outputs go to ``on_output``,
    called on this thread while the code runs, and to the result. Whatever the code raises, ``SystemExit``
    included, is in the result, and the namespace is put back as `namespace.restore` can. A name that was
    bound before, and that the code binds anew or deletes, is put back also after success where
    ``may_replace(name, value)`` is false. ``keep`` is given the namespace from before code that succeeded,
    and the names whose objects it stores into.

    Raises
    ------
    KeyboardInterrupt, asyncio.CancelledError
        when somebody stops the step; the namespace is put back first.
    """
    started = perf_counter()
    flags = shell.compile.flags
    filename = f"<ask step {step}>"
    with Capture(
        shell, on_output=on_output, to_error=lambda error: _to_error(error, filename, shell.user_ns)
    ) as capture:
        try:
            program = _compile(shell, code, filename)
        except Exception as error:  # noqa: BLE001 - transformers of the person's own may raise anything
            shell.compile.flags = flags
            return _failed(capture, _to_error(error, filename, shell.user_ns), NamespaceDiff(), started)
        return await _run(
            shell, program, capture, filename, started, may_replace or _anything, keep or _nothing
        )


def _anything(_name: str, _value: object) -> bool:
    return True


def _nothing(_before: Snapshot, _touched: frozenset[str]) -> None:
    pass


async def _run(
    shell: Any,
    program: _Program,
    capture: Capture,
    filename: str,
    started: float,
    may_replace: Callable[[str, object], bool],
    keep: Callable[[Snapshot, frozenset[str]], None],
) -> CellResult:
    names = shell.user_ns
    mentioned = mentioned_names(program.source, names)
    before = snapshot(names, mentioned, hidden=shell.user_ns_hidden)
    # The stores of a cell magic's body are inside a string.
    touched = mentioned if "run_cell_magic(" in program.source else program.touched
    try:
        # A task that was cancelled on the way here ends now: the code may block the loop from now on.
        await asyncio.sleep(0)
        value = await _execute(shell, program, capture)
    except BaseException as error:
        shell.compile.flags = program.flags
        if _stops_the_step(error):
            _drop_figures()
            restore(before, names, touched)
            raise
        failure = _to_error(error, filename, names)
        _flush_figures()
        return _failed(capture, failure, restore(before, names, touched), started)
    # Without it no magic, and so no further question, would work.
    put_back(before.hidden, names, ["get_ipython"])
    replaced = [name for name in replaced_names(before, names) if not may_replace(name, before.values[name])]
    put_back(before.values, names, replaced)
    keep(before, touched)
    did = diff(before, names, touched)
    return CellResult(
        outputs=capture.log.finish(),
        value=value,
        put_back=tuple(replaced),
        diff=did,
        elapsed_s=perf_counter() - started,
        made=kept_values(names, (*did.new, *did.rebound, *did.mutated)),
    )


def _failed(capture: Capture, error: CellError, undone: NamespaceDiff, started: float) -> CellResult:
    capture.log.add(error)
    return CellResult(
        outputs=capture.log.finish(), error=error, undone=undone, elapsed_s=perf_counter() - started
    )


def _compile(shell: Any, code: str, filename: str) -> _Program:
    flags = shell.compile.flags
    source = shell.transform_cell(code)
    # The empty time of change keeps `linecache.checkcache` from looking for a file.
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    tree = shell.compile.ast_parse(source, filename=filename)
    touched = touched_names(tree)
    tree = shell.transform_ast(tree)
    last = tree.body.pop().value if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    with shell.compile.extra_flags(ast.PyCF_ALLOW_TOP_LEVEL_AWAIT):
        body = shell.compile(tree, filename, "exec") if tree.body else None
        expression = shell.compile(ast.Expression(last), filename, "eval") if last is not None else None
    return _Program(source, body, expression, not _ends_with_semicolon(shell, source), touched, flags)


def _ends_with_semicolon(shell: Any, source: str) -> bool:
    return ";" in source and bool(shell.displayhook.semicolon_at_end_of_expression(source))


async def _execute(shell: Any, program: _Program, capture: Capture) -> object:
    """The value of the last expression, shown."""
    value = None
    with shell.builtin_trap:
        if program.body is not None:
            await _evaluate(program.body, shell)
        if program.expression is not None:
            value = await _evaluate(program.expression, shell)
        if capture.reported is not None:
            raise capture.reported
        if value is not None and program.shows_value:
            breakable(_show, shell, value, capture)
    breakable(_flush_figures)
    return value


async def _evaluate(code: CodeType, shell: Any) -> object:
    value = breakable(eval, code, shell.user_global_ns, shell.user_ns)
    if code.co_flags & inspect.CO_COROUTINE:
        value = await value
        raise_if_stopped()
    return value


def _show(shell: Any, value: object, capture: Capture) -> None:
    data, metadata = shell.display_formatter.format(value)
    if data:  # empty where the value displayed itself, or where its repr failed
        capture.log.add(ExecuteResult(as_text(data), metadata))


def _stops_the_step(error: BaseException) -> bool:
    """Whether somebody stopped us, rather than the code having failed by itself."""
    if isinstance(error, asyncio.CancelledError):
        task = asyncio.current_task()
        return task is not None and task.cancelling() > 0
    return isinstance(error, KeyboardInterrupt | GeneratorExit)


# --- figures of matplotlib's inline backend, which a kernel shows at the end of a cell


def _flush_figures() -> None:
    inline = sys.modules.get("matplotlib_inline.backend_inline")
    if inline is not None:
        inline.flush_figures()


def _drop_figures() -> None:
    inline = sys.modules.get("matplotlib_inline.backend_inline")
    if inline is not None:
        inline.Gcf.destroy_all()
        inline.show._draw_called = False


# --- errors


def _to_error(error: BaseException, filename: str, names: Mapping[str, object]) -> CellError:
    files = {filename}
    report = traceback.TracebackException.from_exception(error)
    _collect_files(error, names, files)
    _cut(report, files)
    return CellError(
        ename=type(error).__name__,
        evalue=_text_of(error),
        line=_line(error, filename),
        traceback=_rendered(error) or "".join(report.format()),
    )


def _text_of(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - the exception's own class is generated code
        return f"<{type(error).__name__} whose text cannot be read>"


def _rendered(error: BaseException) -> str:
    """The text of an exception that draws itself, as IPython lets it."""
    render = getattr(error, "_render_traceback_", None)
    return "\n".join(render()) if render is not None else ""


def _line(error: BaseException, filename: str) -> int | None:
    if isinstance(error, SyntaxError) and error.filename == filename:
        return error.lineno
    lines = [
        line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == filename
    ]
    return lines[-1] if lines else None


def _collect_files(error: BaseException | None, names: Mapping[str, object], files: set[str]) -> None:
    """Add the files of all frames that run in the user namespace, causes and groups included."""
    todo, seen = [error], set[int]()
    while todo:
        one = todo.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        files.update(
            frame.f_code.co_filename
            for frame, _ in traceback.walk_tb(one.__traceback__)
            if frame.f_globals is names
        )
        todo += [one.__cause__, one.__context__]
        todo += one.exceptions if isinstance(one, BaseExceptionGroup) else ()


def _cut(report: traceback.TracebackException | None, files: set[str]) -> None:
    if report is None:
        return
    kept = [frame for frame in report.stack if frame.filename in files]
    report.stack = traceback.StackSummary.from_list(kept)
    for other in (report.__cause__, report.__context__, *(report.exceptions or ())):
        _cut(other, files)
