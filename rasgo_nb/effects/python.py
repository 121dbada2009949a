"""What Python code would do, before it runs."""

from __future__ import annotations

import ast
import re
import warnings
from collections import ChainMap
from typing import TYPE_CHECKING

from rasgo_nb.effects.judge import Judge
from rasgo_nb.effects.live import loaded_member
from rasgo_nb.effects.magics import Expand
from rasgo_nb.effects.origins import NOTEBOOK_FILE, Resolver
from rasgo_nb.effects.sources import function_trees
from rasgo_nb.effects.survey import Survey
from rasgo_nb.policy import Effects, Finding, gather

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import FunctionType

_MOST_FUNCTIONS = 60  # of the notebook that are read on the way
_CONFIRMED = re.compile(r"rasgo_nb\W+memory\b")  # as in ".rasgo_nb/memory" and "rasgo_nb" / "memory"
_COMPUTES = Finding("compute")


def effects_of_python(
    source: str,
    names: Mapping[str, object],
    *,
    transform: Callable[[str], str] | None = None,
    may_rebind: Callable[[str, object], bool] | None = None,
) -> Effects:
    """What a cell would do to names, files, the network, packages and databases, as far as its tree tells.

    ``names`` are those of the live namespace: its modules are followed, and its functions read through their
    source. Objects are only looked at from outside: nothing of the person's runs. ``transform`` is the
    shell's ``transform_cell``, for magics and ``!`` lines. A name for which ``may_rebind(name, value)`` is
    true is not told as rebound. Source that does not parse has no effect: it fails before it runs.

    A seat belt and never a sandbox: Python can hide what it does. Never raises.
    """
    try:
        tree = _parsed(source, transform)
        findings = _find(tree, names, transform, may_rebind) if tree is not None else []
    except (RecursionError, MemoryError):
        findings = [Finding(None, "is nested too deeply to be read")]
    return gather([*findings, *_of_memories(source, findings), _COMPUTES])


def _of_memories(source: str, findings: list[Finding]) -> list[Finding]:
    """Files of what the person confirmed are asked about each time, also where files may be written."""
    if _CONFIRMED.search(source) and any(one.kind == "write_file" for one in findings):
        return [Finding(None, "may change what you confirmed (`%rasgo memory`)")]
    return []


def _parsed(source: str, transform: Callable[[str], str] | None) -> ast.Module | None:
    if transform is not None:
        try:
            source = transform(source)
        except Exception:  # noqa: BLE001 - transformers of the person's own may raise anything, and would again
            return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except (SyntaxError, ValueError):
        return None


def _find(
    tree: ast.Module,
    names: Mapping[str, object],
    transform: Callable[[str], str] | None,
    may_rebind: Callable[[str, object], bool] | None,
) -> list[Finding]:
    survey = Survey()
    survey.walk(tree)
    if survey.has_magics:
        survey = Survey()
        survey.walk(_expanded(tree, transform))
    resolver = Resolver(survey, names)
    findings = Judge(survey, resolver).judge_all()
    seen: set[int] = set()
    findings += _of_functions(resolver, names, seen)
    return [
        one
        for one in (*_of_names(survey, names), *findings)
        if one.kind != "rebind" or may_rebind is None or not may_rebind(one.name, names[one.name])
    ]


def _expanded(tree: ast.Module, transform: Callable[[str], str] | None) -> ast.Module:
    expanded = Expand(lambda text: _with_magics(text, transform)).visit(tree)
    return expanded if isinstance(expanded, ast.Module) else tree


def _with_magics(text: str, transform: Callable[[str], str] | None) -> ast.Module | None:
    inner = _parsed(text, transform)
    return _expanded(inner, transform) if inner is not None else None


# --- names


def _of_names(survey: Survey, names: Mapping[str, object]) -> Iterator[Finding]:
    """The person's names that the code binds anew or deletes; the shell's begin with an underscore."""
    unused = {name for name, function in survey.by_functions if function and function not in survey.loaded}
    used = {name for name, function in survey.by_functions if not function or function in survey.loaded}
    skipped = _SHELLS | (unused - used - survey.outright)
    for name in sorted(survey.deleted):
        if name in names and not name.startswith("_"):
            yield Finding("rebind", f"deletes `{name}`", name)
    for name, bounds in sorted(survey.module.bound.items()):
        if name == NOTEBOOK_FILE:
            yield Finding(None, f"changes which notebook this is (`{name}`)")
        if name not in names or name.startswith("_") or name in skipped:
            continue
        value = names[name]
        if not all(isinstance(bound, str) and loaded_member(bound) is value for bound in bounds):
            yield Finding("rebind", f"rebinds `{name}`", name)


_SHELLS = frozenset(("In", "Out", "exit", "quit", "get_ipython"))


# --- functions of the notebook that the code mentions


def _of_functions(resolver: Resolver, names: Mapping[str, object], seen: set[int]) -> Iterator[Finding]:
    todo = list(resolver.functions.values())
    while todo:
        function = todo.pop()
        if id(function.__code__) in seen:
            continue
        seen.add(id(function.__code__))
        trees = function_trees(function)
        if trees is None or len(seen) > _MOST_FUNCTIONS:
            yield Finding(None, f"calls `{function.__name__}`, whose source is not at hand")
            continue
        inner = _read(function, trees, names)
        yield from inner[0]
        todo += inner[1]


def _read(
    function: FunctionType, trees: list[ast.AST], names: Mapping[str, object]
) -> tuple[list[Finding], list[FunctionType]]:
    survey = Survey()
    for tree in trees:
        survey.walk(tree)
    survey.loaded.add(function.__name__)
    resolver = Resolver(survey, _seen_by(function, names))
    findings = Judge(survey, resolver).judge_all()
    called = [*_rebound_by(survey, names), *findings]
    return called, list(resolver.functions.values())


def _rebound_by(survey: Survey, names: Mapping[str, object]) -> Iterator[Finding]:
    for name in sorted({name for name, _ in survey.by_functions} & names.keys()):
        yield Finding("rebind", f"rebinds `{name}`", name)


def _seen_by(function: FunctionType, names: Mapping[str, object]) -> Mapping[str, object]:
    """The names that a function sees: what it closes over, then the notebook's."""
    closed: dict[str, object] = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=False):
        try:
            closed[name] = cell.cell_contents
        except ValueError:  # not bound yet
            continue
    return ChainMap(closed, names) if closed else names  # type: ignore[arg-type]
