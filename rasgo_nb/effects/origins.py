"""Where the value of an expression comes from, followed through names, attributes, calls and loops."""

from __future__ import annotations

import ast
import builtins
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from rasgo_nb.effects.live import Live, canonical, identify, known_as, member

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from types import FunctionType

    from rasgo_nb.effects.survey import Bound, Scope, Survey

_MOST = 12  # origins of one expression
_DEEPEST = 7  # parts of a path, beyond which the middle is left out
_MISSING = object()
_PASSES_ON = frozenset(
    f"builtins.{name}"
    for name in (
        "dict",
        "enumerate",
        "filter",
        "iter",
        "list",
        "map",
        "max",
        "min",
        "next",
        "reversed",
        "set",
    )
) | {"builtins.sorted", "builtins.tuple", "builtins.zip", "copy.copy", "copy.deepcopy", "functools.partial"}
# Modules that are what they are, whatever library they are reached through: `np.os` is `os`.
_DOORS = frozenset(
    (
        *("builtins", "ctypes", "importlib", "os", "pickle", "posix", "pty", "shutil", "socket"),
        *("subprocess", "sys"),
    )
)


class Origin(NamedTuple):
    """A dotted path, ``?`` where it is not known.

    A ``place`` is a module, function or class; a value is ``made`` by the code or was ``live`` before.
    """

    path: str
    state: Literal["place", "made", "live"] = "made"

    @property
    def last(self) -> str:
        """The last part of the path."""
        return self.path.rpartition(".")[2]

    @property
    def root(self) -> str:
        """The first part of the path."""
        return self.path.partition(".")[0]

    def attribute(self, name: str) -> Origin:
        """What its attribute is."""
        parts = f"{self.path}.{name}".split(".")
        if len(parts) > _DEEPEST:
            parts = [*parts[:3], parts[-1]]
        return Origin(".".join(parts), self.state)

    def value(self) -> Origin:
        """What a call of it, or an item of it, is."""
        return Origin(self.path, "made" if self.state == "place" else self.state)


Origins = frozenset[Origin]
UNKNOWN: Origins = frozenset({Origin("?")})
NAMESPACE = "globals"  # the path of what globals() returns
NOTEBOOK_FILE = "__vsc_ipynb_file__"  # by this name VS Code tells which notebook it is
NAMESPACES = frozenset((NAMESPACE, "get_ipython.user_ns", "get_ipython.user_global_ns", "__main__.__dict__"))


@dataclass(slots=True)
class Resolver:
    """Looks up names of one survey and of the live namespace.

    ``functions`` and ``owners`` are those of the notebook's own functions and classes that were met.
    """

    survey: Survey
    names: Mapping[str, object]
    functions: dict[int, FunctionType] = field(default_factory=dict)
    owners: dict[str, type] = field(default_factory=dict)
    _memo: dict[tuple[object, Scope], Origins] = field(default_factory=dict)
    _running: set[tuple[object, Scope]] = field(default_factory=set)
    _circles: int = 0
    _paths: dict[str, str] = field(default_factory=dict)

    def of(self, node: ast.AST, scope: Scope) -> Origins:
        """Where an expression's value may come from."""
        follow = _FOLLOWS.get(type(node))
        return UNKNOWN if follow is None else self._once((id(node), scope), lambda: follow(self, node, scope))

    def _once(self, key: tuple[object, Scope], find: Callable[[], Origins]) -> Origins:
        """What was found before, or is found now; nothing on the way round a circle: ``x = x.dropna()``."""
        if key in self._memo:
            return self._memo[key]
        if key in self._running:
            self._circles += 1
            return frozenset()
        circles = self._circles
        self._running.add(key)
        found = find()
        self._running.discard(key)
        if circles == self._circles or not self._running:  # else it is only a part
            self._memo[key] = found
        return found

    def union(self, nodes: Iterable[ast.AST | None], scope: Scope) -> Origins:
        """Where any of several values may come from."""
        found = frozenset(one for node in nodes if node is not None for one in self.of(node, scope))
        return frozenset(sorted(found, key=lambda one: one.path)[:_MOST]) if len(found) > _MOST else found

    def name(self, name: str, scope: Scope) -> Origins:
        """Where the value of a name may come from, in the scope or around it, or in the live namespace."""
        where: Scope | None = scope.elsewhere.get(name, scope)
        while where is not None:
            if name in where.bound and (where.kind != "class" or where is scope):
                return self._once((name, where), partial(self._bound_name, name, where))
            where = where.parent
        return self._live(name) or self._builtin(name)

    def _bound_name(self, name: str, scope: Scope) -> Origins:
        found = {one for bound in scope.bound[name] for one in self._bound(bound, scope)}
        return frozenset(found) | self._live(name) if scope.parent is None else frozenset(found)

    def _bound(self, bound: Bound, scope: Scope) -> Origins:
        if bound is None:
            return UNKNOWN
        if isinstance(bound, str):
            return frozenset({Origin(self._canonical(known_as(bound)), "place")})
        return self.of(bound, scope)

    def _live(self, name: str) -> Origins:
        value = self.names.get(name, _MISSING)
        if value is _MISSING:
            return frozenset()
        live = identify(value)
        self._note(live)
        return frozenset({Origin(live.path, "live" if live.is_value else "place")})

    def owner_member(self, origin: Origin) -> Live | None:
        """A function of a class of the notebook, as `<class>.name`; it is noted as met."""
        owner = self.owners.get(origin.root)
        live = member(owner, origin.path.split(".")[1]) if owner is not None and "." in origin.path else None
        if live is not None:
            self._note(live)
        return live

    def _note(self, live: Live) -> None:
        if live.function is not None:
            self.functions[id(live.function)] = live.function
        if live.owner is not None:
            self.owners[live.path.partition(".")[0]] = live.owner

    def _builtin(self, name: str) -> Origins:
        if name in ("get_ipython", "display"):
            return frozenset({Origin(name if name == "get_ipython" else "IPython.display.display", "place")})
        if name in vars(builtins):
            return frozenset({Origin(f"builtins.{name}", "place")})
        return frozenset(Origin(f"{module}.{name}", "place") for module in self.survey.stars) or UNKNOWN

    def _canonical(self, path: str) -> str:
        if path not in self._paths:
            parts = known_as(canonical(path)).split(".")
            doors = [number for number, part in enumerate(parts) if number and part in _DOORS]
            is_own = parts[0] in _DOORS or ".".join(parts[:2]) == "os.path"
            self._paths[path] = ".".join(parts[doors[-1] :] if doors and not is_own else parts)
        return self._paths[path]

    def attribute(self, origin: Origin, name: str) -> Origin:
        """What an attribute of something is."""
        if name in ("__call__", "__get__"):
            return origin
        if origin.state != "place":
            return origin.attribute(name)
        if origin.path == "builtins.__builtins__":
            return Origin(f"builtins.{name}", "place")
        return Origin(self._canonical(origin.attribute(name).path), "place")


def _of_name(resolver: Resolver, node: ast.Name, scope: Scope) -> Origins:
    return resolver.name(node.id, scope)


def _of_attribute(resolver: Resolver, node: ast.Attribute, scope: Scope) -> Origins:
    return frozenset(resolver.attribute(one, node.attr) for one in resolver.of(node.value, scope))


def _of_call(resolver: Resolver, node: ast.Call, scope: Scope) -> Origins:
    found: set[Origin] = set()
    for function in _own_functions(node.func, scope):
        inside = resolver.survey.inside.get(id(function), scope)
        found |= resolver.union(inside.returned, inside)
    for one in resolver.of(node.func, scope):
        found |= _called(resolver, one, node, scope)
    return frozenset(found)


def _own_functions(node: ast.expr, scope: Scope) -> Iterator[ast.AST]:
    """The functions of the code itself that a name may stand for."""
    where: Scope | None = scope if isinstance(node, ast.Name) else None
    while where is not None:
        if isinstance(node, ast.Name) and node.id in where.bound:
            bounds = where.bound[node.id]
            yield from (one for one in bounds if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef))
            return
        where = where.parent


def _called(resolver: Resolver, function: Origin, node: ast.Call, scope: Scope) -> Origins:
    path = function.path
    if path == "builtins.getattr" and len(node.args) > 1:
        name = constant_text(node.args[1])
        owners = resolver.of(node.args[0], scope)
        return frozenset(
            resolver.attribute(one, name or "*") if name else Origin(f"{one.path}.*") for one in owners
        )
    if path in ("builtins.globals", "builtins.locals", "builtins.vars") and not node.args:
        return frozenset({Origin(NAMESPACE)})
    if path in ("importlib.import_module", "builtins.__import__") and node.args:
        name = constant_text(node.args[0])
        return frozenset({Origin(known_as(name), "place")}) if name else UNKNOWN
    if path == f"{NAMESPACE}.get" and node.args:
        return _item(resolver, Origin(NAMESPACE), node.args[0], scope)
    if path == "functools.partial" and node.args:
        return resolver.of(node.args[0], scope)
    if path in _PASSES_ON:
        return frozenset(one.value() for one in resolver.union(node.args, scope)) or UNKNOWN
    if path in ("duckdb.connect", "sqlite3.connect") and _in_memory(node):
        return frozenset({Origin(f"{path.split('.')[0]}.memory")})
    return frozenset({function.value()})


def _in_memory(node: ast.Call) -> bool:
    places = [*node.args[:1], *(word.value for word in node.keywords if word.arg == "database")]
    is_told = all(isinstance(place, ast.Constant) and place.value == ":memory:" for place in places)
    return is_told and all(word.arg is not None for word in node.keywords)


def _of_subscript(resolver: Resolver, node: ast.Subscript, scope: Scope) -> Origins:
    found: set[Origin] = set()
    for one in resolver.of(node.value, scope):
        found |= _item(resolver, one, node.slice, scope)
    return frozenset(found)


def _item(resolver: Resolver, origin: Origin, key: ast.expr, _scope: Scope) -> Origins:
    if origin.path in (*NAMESPACES, "sys.modules"):
        name = constant_text(key)
        if name and origin.path == "sys.modules":
            return frozenset({Origin(known_as(name), "place")})
        return resolver.name(name, resolver.survey.module) if name else frozenset({Origin(f"{NAMESPACE}.*")})
    return frozenset({origin.value()})


def constant_text(node: ast.AST) -> str:
    """The text of a constant; empty for anything else."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _of_parts(resolver: Resolver, node: ast.AST, scope: Scope) -> Origins:
    return resolver.union(ast.iter_child_nodes(node), scope) or UNKNOWN


def _of_operation(resolver: Resolver, node: ast.BinOp, scope: Scope) -> Origins:
    return frozenset(one.value() for one in resolver.union([node.left, node.right], scope)) or UNKNOWN


def _of_choice(resolver: Resolver, node: ast.IfExp, scope: Scope) -> Origins:
    return resolver.union([node.body, node.orelse], scope)


def _of_value(resolver: Resolver, node: ast.AST, scope: Scope) -> Origins:
    return resolver.of(node.value, scope)  # type: ignore[attr-defined]


def _of_elements(resolver: Resolver, node: ast.List | ast.Tuple | ast.Set, scope: Scope) -> Origins:
    return resolver.union(node.elts, scope) or UNKNOWN


def _of_dict(resolver: Resolver, node: ast.Dict, scope: Scope) -> Origins:
    return resolver.union(node.values, scope) or UNKNOWN


def _of_comprehension(resolver: Resolver, node: ast.AST, scope: Scope) -> Origins:
    inside = resolver.survey.inside.get(id(node), scope)
    item = getattr(node, "elt", None) or node.value  # type: ignore[attr-defined]
    return resolver.of(item, inside)


def _of_text(_resolver: Resolver, _node: ast.AST, _scope: Scope) -> Origins:
    return frozenset({Origin("builtins.str")})


_FOLLOWS: dict[type[ast.AST], Callable[[Resolver, Any, Scope], Origins]] = {
    ast.Name: _of_name,
    ast.Attribute: _of_attribute,
    ast.Call: _of_call,
    ast.Subscript: _of_subscript,
    ast.BinOp: _of_operation,
    ast.BoolOp: _of_parts,
    ast.IfExp: _of_choice,
    **dict.fromkeys((ast.Await, ast.Starred, ast.NamedExpr), _of_value),
    **dict.fromkeys((ast.List, ast.Tuple, ast.Set), _of_elements),
    ast.Dict: _of_dict,
    **dict.fromkeys((ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp), _of_comprehension),
    **dict.fromkeys((ast.Constant, ast.JoinedStr), _of_text),
}
