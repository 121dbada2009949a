"""What the calls of a run really ran, and which names each of them read and wrote."""

from __future__ import annotations

import ast
import builtins
import re
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Literal

from rasgo_nb.connectors.statement import read_statement
from rasgo_nb.namespace import NamespaceDiff

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from rasgo_nb.agent.messages import ToolCall, ToolResult
    from rasgo_nb.agent.run_log import CallLog, StepLog

Kind = Literal["sql", "python", "chart"]

KINDS: Mapping[str, Kind] = {
    "run_sql": "sql",
    "write_sql": "sql",
    "run_python": "python",
    "show_chart": "chart",
}
_NAME = re.compile(r"[^\W\d]\w*")
_MAGIC = re.compile(r"^(\s*)%{1,2}\w+(?:\s+-\w+(?:\s+\d+)?)*[ \t]*", re.M)
_IN_TEXT = re.compile(r"@([^\W\d]\w*)")  # as in frame.query("delay > @limit")


@dataclass(frozen=True, slots=True, eq=False)
class Ran:
    """One call that did something and succeeded.

    ``code`` is what ran, also where the person had edited it; empty for a chart. ``name`` is what the result
    was bound to, empty for Python. ``put_back`` are the names that hold again what they held before.
    """

    step: int
    call: str
    kind: Kind
    code: str = ""
    name: str = ""
    arguments: Mapping[str, object] = field(default_factory=dict)
    reads: frozenset[str] = frozenset()
    writes: frozenset[str] = frozenset()
    put_back: tuple[str, ...] = ()


def ran_in(steps: Iterable[StepLog], dialect_of: Callable[[ToolCall], str]) -> list[Ran]:
    """The calls that did something, in order; failed ones, refused ones and look-ups did not."""
    found = (_ran(step.number, call, dialect_of(call.tool_call)) for step in steps for call in step.calls)
    return [ran for ran in found if ran is not None]


def code_of(call: CallLog) -> str:
    """The SQL or Python that the call ran, or would have run; empty where it has none."""
    if call.approval is not None and call.approval.code is not None:
        return call.approval.code
    page = (call.result.page if call.result else None) or {}
    places = {
        "run_sql": call.tool_call.arguments.get("sql"),
        "write_sql": page.get("sql") or call.tool_call.arguments.get("sql"),
        "run_python": call.tool_call.arguments.get("code"),
    }
    return str(places.get(call.tool_call.name) or "")


def _ran(step: int, call: CallLog, dialect: str) -> Ran | None:
    kind = KINDS.get(call.tool_call.name)
    if kind is None or call.result is None or call.result.is_error or call.result.page is None:
        return None
    identity, code = call.tool_call.id, code_of(call)
    if kind == "python":
        return _ran_python(step, identity, code, *_done_by(call.result))
    name = str(call.result.page["dataframe" if kind == "sql" else "figure"])
    arguments = call.tool_call.arguments
    reads = {str(arguments["dataframe"])} if kind == "chart" else read_statement(code, dialect).tables
    return Ran(step, identity, kind, code, name, arguments, frozenset(reads), frozenset((name,)))


def _done_by(result: ToolResult) -> tuple[NamespaceDiff, tuple[str, ...]]:
    """What code did to names, and which were put back; of private results the page is all that is kept."""
    diff = getattr(result.value, "diff", None)
    if isinstance(diff, NamespaceDiff):
        return diff, tuple(getattr(result.value, "put_back", ()))
    page = result.page or {}
    changed = page.get("changed")
    kinds = changed if isinstance(changed, dict) else {}
    names = {field.name: tuple(map(str, kinds.get(field.name, ()))) for field in fields(NamespaceDiff)}
    return NamespaceDiff(**names), ()


def _ran_python(
    step: int, call: str, code: str, diff: NamespaceDiff, put_back: tuple[str, ...]
) -> Ran | None:
    if put_back and not diff:
        return None  # whatever it did was put back
    return Ran(
        step,
        call,
        "python",
        code,
        reads=names_read(code) | frozenset(diff.mutated),
        writes=frozenset((*diff.new, *diff.rebound, *diff.mutated, *diff.deleted)),
        put_back=put_back,
    )


def names_read(code: str) -> frozenset[str]:
    """The names that a cell reads before it binds them itself, without Python's own.

    Code that does not parse, magics taken away, is taken to read every word in it.
    """
    try:
        tree = ast.parse(_without_magics(code))
    except (SyntaxError, ValueError, RecursionError):
        return frozenset(_NAME.findall(code))
    bound: set[str] = set()
    read: set[str] = set()
    for statement in tree.body:
        read |= set(_loaded(statement)) - bound
        bound |= set(_bound_for_sure(statement))
    return frozenset(name for name in read if not hasattr(builtins, name))


def _without_magics(code: str) -> str:
    """What magics are given stays, as in ``%time total = f(df)``; lines that are for the shell go."""
    lines = [line for line in code.splitlines() if not line.lstrip().startswith(("!", "?", "%%"))]
    return _MAGIC.sub(r"\1", "\n".join(line.rstrip("?") for line in lines))


def _loaded(statement: ast.stmt) -> Iterator[str]:
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            yield node.target.id
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from _IN_TEXT.findall(node.value)


def _bound_for_sure(statement: ast.stmt) -> Iterator[str]:
    """What a plain statement binds whenever it is done; not what only a branch or a loop may bind."""
    match statement:
        case ast.Assign(targets=targets):
            names = (node for target in targets for node in ast.walk(target))
            yield from (
                node.id for node in names if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
            )
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in aliases)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.AnnAssign(target=ast.Name(id=name), value=value) if value is not None:
            yield name
        case _:
            pass
