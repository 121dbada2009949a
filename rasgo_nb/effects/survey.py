"""One walk over a tree: who binds which name where, and which places are worth a judgement."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from rasgo_nb.connectors.statement_effects import is_address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

PlaceKind = Literal["call", "mention", "store", "import"]

# What a name is bound to: an expression whose value it has or holds an item of, the dotted name of something
# imported, a function of the code, or None for what cannot be followed (an argument, a class of the code).
Bound = ast.expr | ast.FunctionDef | ast.AsyncFunctionDef | str | None


@dataclass(slots=True, eq=False)
class Scope:
    """Names of a module, function, class or comprehension; ``elsewhere`` are global or nonlocal ones."""

    kind: Literal["module", "function", "class", "comprehension"]
    parent: Scope | None = None
    bound: dict[str, list[Bound]] = field(default_factory=dict)
    elsewhere: dict[str, Scope] = field(default_factory=dict)
    returned: list[ast.expr] = field(default_factory=list)
    root_name: str = ""  # of the function or class of the module that it lies in


class Place(NamedTuple):
    """A node that may do something, and the scope that its names are looked up in."""

    kind: PlaceKind
    node: ast.AST
    scope: Scope


@dataclass(slots=True)
class Survey:
    """What a walk found.

    ``deleted`` and ``outright`` are names of the module that its own statements delete and bind.
    ``by_functions`` are global names that a function of the code binds, with the name of that function: they
    count where it is mentioned. ``stars`` are modules whose names were all imported.
    """

    module: Scope = field(default_factory=lambda: Scope("module"))
    places: list[Place] = field(default_factory=list)
    deleted: set[str] = field(default_factory=set)
    outright: set[str] = field(default_factory=set)
    by_functions: list[tuple[str, str]] = field(default_factory=list)
    loaded: set[str] = field(default_factory=set)
    stars: list[str] = field(default_factory=list)
    inside: dict[int, Scope] = field(default_factory=dict)  # by the id of the comprehension or function
    has_address: bool = False
    has_magics: bool = False
    _todo: list[tuple[ast.AST, Scope]] = field(default_factory=list)

    def walk(self, tree: ast.AST, scope: Scope | None = None) -> None:
        """Look at a tree, with its names in a scope of this survey or in the module's."""
        self._todo = [(tree, scope or self.module)]
        while self._todo:
            node, where = self._todo.pop()
            visit = _VISITS.get(type(node))
            if visit is None:
                self.children(node, where)
            else:
                visit(self, node, where)

    def children(self, node: ast.AST, scope: Scope) -> None:
        """Look at all that a node holds, in the order of the source."""
        todo = self._todo
        for name in _FIELDS.get(type(node), ()):  # in reverse: the last one put there is looked at first
            held = getattr(node, name, None)
            if type(held) is list:
                todo.extend((one, scope) for one in reversed(held) if one is not None)
            elif held is not None:
                todo.append((held, scope))

    def later(self, nodes: Iterable[ast.AST | None], scope: Scope) -> None:
        """Look at these next, in their order."""
        self._todo.extend([(node, scope) for node in nodes if node is not None][::-1])

    def place(self, kind: PlaceKind, node: ast.AST, scope: Scope) -> None:
        """Note a place that may do something."""
        self.places.append(Place(kind, node, scope))

    def bind(self, name: str, bound: Bound, scope: Scope) -> None:
        """Note that a name is bound in a scope, or in the one that it was declared to be of."""
        target = scope.elsewhere.get(name, scope)
        runs_later = scope.root_name and scope.kind != "class"
        if target is self.module and scope is not self.module and runs_later:
            self.by_functions.append((name, scope.root_name))
        elif target is self.module:
            self.outright.add(name)
        target.bound.setdefault(name, []).append(bound)

    def bind_target(self, target: ast.expr, bound: Bound, scope: Scope) -> None:
        """Bind the names of an assignment's left side; items and attributes are places of their own."""
        if isinstance(target, ast.Name):
            self.bind(target.id, bound, scope)
        elif isinstance(target, ast.Tuple | ast.List):
            pairs = bound.elts if isinstance(bound, ast.Tuple | ast.List) else []
            fits = len(pairs) == len(target.elts) and not any(
                isinstance(one, ast.Starred) for one in target.elts
            )
            for number, one in enumerate(target.elts):
                self.bind_target(one, pairs[number] if fits else bound, scope)
        elif isinstance(target, ast.Starred):
            self.bind_target(target.value, bound, scope)
        else:
            self.place("store", target, scope)
            self.children(target, scope)

    def inner(
        self, kind: Literal["function", "class", "comprehension"], scope: Scope, name: str = ""
    ) -> Scope:
        """A scope inside another."""
        return Scope(kind, scope, root_name=scope.root_name or name)


def _name(survey: Survey, node: ast.Name, scope: Scope) -> None:
    if isinstance(node.ctx, ast.Load):
        survey.loaded.add(node.id)
        survey.place("mention", node, scope)
    elif isinstance(node.ctx, ast.Del):
        if scope.elsewhere.get(node.id, scope) is survey.module:
            survey.deleted.add(node.id)
    else:
        survey.bind(node.id, None, scope)


def _attribute(survey: Survey, node: ast.Attribute, scope: Scope) -> None:
    survey.place("mention" if isinstance(node.ctx, ast.Load) else "store", node, scope)
    _base(survey, node, scope)


def _base(survey: Survey, node: ast.expr, scope: Scope) -> None:
    """What a chain of attributes hangs on; a plain name was judged with the chain."""
    while isinstance(node, ast.Attribute):
        node = node.value
    if isinstance(node, ast.Name):
        survey.loaded.add(node.id)
    else:
        survey.later([node], scope)


def _subscript(survey: Survey, node: ast.Subscript, scope: Scope) -> None:
    if not isinstance(node.ctx, ast.Load):
        survey.place("store", node, scope)
    survey.later([node.value, node.slice], scope)


def _call(survey: Survey, node: ast.Call, scope: Scope) -> None:
    survey.place("call", node, scope)
    if isinstance(node.func, ast.Attribute) and node.func.attr in ("run_line_magic", "run_cell_magic"):
        survey.has_magics = True
    survey.later([*node.args, *node.keywords], scope)
    _base(survey, node.func, scope)


def _constant(survey: Survey, node: ast.Constant, _scope: Scope) -> None:
    if type(node.value) is str and (node.value.startswith(("http", "s3", "ftp")) or is_address(node.value)):
        survey.has_address = True


def _assign(survey: Survey, node: ast.Assign, scope: Scope) -> None:
    for target in node.targets:
        survey.bind_target(target, node.value, scope)
    survey.later([node.value], scope)


def _other_assignment(survey: Survey, node: ast.AnnAssign | ast.AugAssign, scope: Scope) -> None:
    if node.value is not None:
        survey.bind_target(node.target, node.value, scope)
    survey.later([getattr(node, "annotation", None), node.value], scope)


def _walrus(survey: Survey, node: ast.NamedExpr, scope: Scope) -> None:
    outer = scope
    while outer.kind == "comprehension" and outer.parent is not None:
        outer = outer.parent
    survey.bind_target(node.target, node.value, outer)
    survey.later([node.value], scope)


def _for(survey: Survey, node: ast.For | ast.AsyncFor, scope: Scope) -> None:
    survey.bind_target(node.target, node.iter, scope)
    survey.later([node.iter, *node.body, *node.orelse], scope)


def _with_item(survey: Survey, node: ast.withitem, scope: Scope) -> None:
    if node.optional_vars is not None:
        survey.bind_target(node.optional_vars, node.context_expr, scope)
    survey.later([node.context_expr], scope)


def _named(survey: Survey, node: ast.AST, scope: Scope) -> None:
    """An exception or a part of a pattern that gets a name."""
    name = getattr(node, "name", None) or getattr(node, "rest", None)
    if name is not None:
        survey.bind(name, None, scope)
    survey.children(node, scope)


def _comprehension(survey: Survey, node: ast.AST, scope: Scope) -> None:
    inside = survey.inside[id(node)] = survey.inner("comprehension", scope)
    for number, part in enumerate(node.generators):  # type: ignore[attr-defined]
        survey.bind_target(part.target, part.iter, inside)
        survey.later([part.iter], inside if number else scope)
        survey.later(part.ifs, inside)
    survey.later((getattr(node, name, None) for name in ("elt", "key", "value")), inside)


def _function(survey: Survey, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> None:
    survey.bind(node.name, node, scope)
    inside = survey.inside[id(node)] = survey.inner("function", scope, node.name)
    if node.decorator_list or scope.kind == "class":
        survey.loaded.add(inside.root_name)
    survey.later([*node.decorator_list, node.returns], scope)
    _arguments(survey, node.args, scope, inside)
    survey.later(node.body, inside)


def _lambda(survey: Survey, node: ast.Lambda, scope: Scope) -> None:
    inside = survey.inner("function", scope)
    _arguments(survey, node.args, scope, inside)
    survey.later([node.body], inside)


def _arguments(survey: Survey, arguments: ast.arguments, scope: Scope, inside: Scope) -> None:
    every = [
        *arguments.posonlyargs,
        *arguments.args,
        *arguments.kwonlyargs,
        arguments.vararg,
        arguments.kwarg,
    ]
    for argument in every:
        if argument is not None:
            inside.bound[argument.arg] = [None]
            survey.later([argument.annotation], scope)
    survey.later([*arguments.defaults, *arguments.kw_defaults], scope)


def _return(survey: Survey, node: ast.Return, scope: Scope) -> None:
    if node.value is not None:
        scope.returned.append(node.value)
        survey.later([node.value], scope)


def _class(survey: Survey, node: ast.ClassDef, scope: Scope) -> None:
    survey.bind(node.name, None, scope)
    survey.later([*node.decorator_list, *node.bases, *node.keywords], scope)
    survey.later(node.body, survey.inner("class", scope, node.name))


def _global(survey: Survey, node: ast.Global, scope: Scope) -> None:
    scope.elsewhere |= dict.fromkeys(node.names, survey.module)


def _nonlocal(_survey: Survey, node: ast.Nonlocal, scope: Scope) -> None:
    for name in node.names:
        outer = scope.parent
        while outer is not None and not (outer.kind == "function" and name in outer.bound):
            outer = outer.parent
        if outer is not None:
            scope.elsewhere[name] = outer


def _import(survey: Survey, node: ast.Import, scope: Scope) -> None:
    survey.place("import", node, scope)
    for alias in node.names:
        if alias.asname:
            survey.bind(alias.asname, alias.name, scope)
        else:
            root = alias.name.split(".")[0]
            survey.bind(root, root, scope)


def _import_from(survey: Survey, node: ast.ImportFrom, scope: Scope) -> None:
    survey.place("import", node, scope)
    for alias in node.names:
        if alias.name == "*":
            survey.stars.append(node.module or "")
        else:
            survey.bind(alias.asname or alias.name, f"{node.module or ''}.{alias.name}", scope)


# The fields that hold nodes worth a look, from last to first; the operators and contexts are not.
_WORDS = frozenset(
    (
        *("attr", "arg", "conversion", "ctx", "id", "is_async", "kind", "kwd_attrs", "level", "module"),
        *("names", "op", "ops", "rest", "simple", "type_comment"),
    )
)
_FIELDS = {
    kind: tuple(name for name in reversed(kind._fields) if name not in _WORDS)
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.AST)
}

_VISITS: dict[type[ast.AST], Callable[[Survey, Any, Scope], None]] = {
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.Call: _call,
    ast.Constant: _constant,
    ast.Assign: _assign,
    ast.AnnAssign: _other_assignment,
    ast.AugAssign: _other_assignment,
    ast.NamedExpr: _walrus,
    **dict.fromkeys((ast.For, ast.AsyncFor), _for),
    ast.withitem: _with_item,
    **dict.fromkeys((ast.ExceptHandler, ast.MatchAs, ast.MatchStar, ast.MatchMapping), _named),
    **dict.fromkeys((ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp), _comprehension),
    **dict.fromkeys((ast.FunctionDef, ast.AsyncFunctionDef), _function),
    ast.Lambda: _lambda,
    ast.Return: _return,
    ast.ClassDef: _class,
    ast.Global: _global,
    ast.Nonlocal: _nonlocal,
    ast.Import: _import,
    ast.ImportFrom: _import_from,
}
