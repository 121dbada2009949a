"""What one place of the code would do: a call, a mention of something, an assignment to a part, an import."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rasgo_nb.effects.arguments import of_call
from rasgo_nb.effects.call import Call, plain
from rasgo_nb.effects.known import known
from rasgo_nb.effects.live import star_names
from rasgo_nb.effects.origins import NAMESPACE, NAMESPACES, NOTEBOOK_FILE, UNKNOWN, Origin, constant_text
from rasgo_nb.effects.queries import parsed_expression
from rasgo_nb.effects.shell import of_cell_magic, of_command, of_line_magic
from rasgo_nb.effects.texts import texts_of
from rasgo_nb.policy import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rasgo_nb.effects.origins import Resolver
    from rasgo_nb.effects.survey import Place, Scope, Survey

# What such an entry says holds for the thing itself, and not for what a call of it returns.
_OF_ITSELF = frozenset(
    ("opens", "reads", "writes", "writes_to", "writes_content", "sql", "expression", "expression_or_sql")
)
_INNARDS = frozenset(
    f"__{name}__"
    for name in (
        *("base", "bases", "builtins", "closure", "code", "defaults", "delattr", "dict", "getattribute"),
        *("globals", "import", "kwdefaults", "loader", "mro", "reduce", "reduce_ex", "self", "setattr"),
        *("spec", "subclasses", "wrapped"),
    )
) | {"gi_frame", "cr_frame", "ag_frame", "f_globals", "f_builtins", "f_locals", "f_back", "tb_frame"}
# What may be done with globals() as a whole.
_LOOKS = frozenset(
    f"builtins.{name}" for name in ("dict", "len", "list", "print", "repr", "set", "sorted", "str")
)
_CONTAINERS = frozenset(f"builtins.{name}" for name in ("dict", "list", "set", "frozenset", "tuple"))
_SHELL_CALLS = frozenset(
    ("run_line_magic", "run_cell_magic", "system", "getoutput", "getoutput_pty", "system_piped")
)


@dataclass(slots=True)
class Judge:
    """Judges the places of one survey."""

    survey: Survey
    resolver: Resolver
    found: list[Finding] = field(default_factory=list)
    _seen: set[tuple[str, str]] = field(default_factory=set)

    def judge_all(self) -> list[Finding]:
        """What all places would do, also those that turn up in texts on the way."""
        judges = {"call": self._call, "mention": self._mention, "store": self._store, "import": self._import}
        for place in self.survey.places:  # grows while expressions in texts are looked at
            judges[place.kind](place)
        return self.found

    def add(self, kind: object, says: str = "", name: str = "") -> None:
        """Note a finding."""
        self.found.append(Finding(kind, says, name))  # type: ignore[arg-type]

    def unknown(self, says: str) -> None:
        """Note what cannot be judged."""
        self.found.append(Finding(None, says))

    # --- mentions

    def _mention(self, place: Place) -> None:
        node = place.node
        if isinstance(node, ast.Attribute) and node.attr in _INNARDS:
            self._innards(node, place.scope)
        for origin in self.resolver.of(node, place.scope):
            if origin.state == "place":
                self._place_mentioned(origin)
            elif origin.root.startswith("<"):
                self.resolver.owner_member(origin)
            elif isinstance(node, ast.Attribute):
                self._method_mentioned(origin, node.attr)

    def _innards(self, node: ast.Attribute, scope: Scope) -> None:
        owners = self.resolver.of(node.value, scope)
        if node.attr == "__dict__" and all(one.state != "place" for one in owners):
            return
        self.unknown(f"reaches into Python itself (`{node.attr}`)")

    def _place_mentioned(self, origin: Origin) -> None:
        if ("mention", origin.path) in self._seen or origin.root.startswith("<"):
            return
        self._seen.add(("mention", origin.path))
        kind, _ = known().of_place(origin.path)
        if kind == "compute" and "." in origin.path:
            self._method_mentioned(origin, origin.last)
        if origin.path in known().alone:
            self.unknown(f"hands on all of `{origin.path}`")
        elif kind == "":
            self.unknown(f"uses `{origin.path}`, which is not known")
        elif kind == "reads" and self.survey.has_address:
            self.add("network", f"reaches the network ({origin.path})")
        elif kind == "opens":
            self.add("write_file", f"may write files (`{origin.path}`)")
        else:
            self.found += plain(kind, origin.path)

    def _method_mentioned(self, origin: Origin, name: str) -> None:
        kind = self._kind(origin, name)
        is_telling = "_" in name or name in ("unlink", "savefig", "rmdir", "executescript", "executemany")
        if kind in ("writes", "writes_to", "warehouse", "network") and is_telling:
            self.found += plain("writes" if kind == "writes_to" else kind, f"{name}")
        elif kind == "sql" and (is_telling or name == "execute"):
            self.unknown(f"hands on `{name}`, which runs SQL")
        elif known().of_method(name) == "unjudged":
            self.unknown(f"hands on `{name}`")

    # --- calls

    def _call(self, place: Place) -> None:
        node, scope = place.node, place.scope
        if not isinstance(node, ast.Call):
            return
        origins = self.resolver.of(node.func, scope)
        for origin in origins or UNKNOWN:
            self._call_of(origin, node, scope)
        if self.survey.loaded & {"globals", "locals", "vars"}:
            self._hands_on_namespace(node, origins, scope)
        if isinstance(node.func, ast.Attribute) and node.func.attr in _INNARDS:
            self._innards(node.func, scope)

    def _call_of(self, origin: Origin, node: ast.Call, scope: Scope) -> None:
        if origin.root.startswith("<"):
            self._own_class(origin, node, scope)
            return
        if origin.root == "get_ipython" and origin.last in _SHELL_CALLS:
            self._shell_call(origin.last, node, scope)
            return
        special = _SPECIAL.get(origin.path)
        if special is not None:
            special(self, node, scope)
            return
        is_direct = not isinstance(node.func, ast.Attribute)
        if origin.last == "*" or (origin.root == NAMESPACE and is_direct):
            self.unknown("calls what it looks up as it runs")
        elif origin.root == NAMESPACE:
            self._namespace_call(origin.last, node)
        elif origin.state == "live" and is_direct and origin.path in _CONTAINERS:
            self.unknown(f"calls what is kept in `{ast.unparse(node.func)[:60]}`")
        else:
            self._known_call(origin, node, scope)

    def _known_call(self, origin: Origin, node: ast.Call, scope: Scope) -> None:
        kind = self._kind(origin, origin.last)
        if kind == "":
            is_live = origin.state != "made" and origin.root != "?"
            if is_live and ("call", origin.path) not in self._seen:
                self._seen.add(("call", origin.path))
                self.unknown(f"calls `{origin.path}`, which is not known")
            return
        if kind == "compute":
            return
        call = Call(node, scope, origin, self.resolver, self.survey)
        self.found += of_call(kind, call)
        for text in call.expressions:
            self._expression(text, scope)

    def _kind(self, origin: Origin, name: str) -> str:
        """What is known of something: as a place, as a method of its library, or as a method of anything."""
        kind, entry = known().of_place(origin.path)
        is_exact = entry == origin.path or "*" in entry
        if origin.root == "?":
            return known().of_method(name)
        if origin.state == "place" and (is_exact or "." not in origin.path):
            return kind
        if is_exact:
            return kind
        by_name = known().of_method(name) if origin.path != name else ""
        if by_name and kind in ("compute", "", "opens", "reads", "sql", "network", "unjudged"):
            return "compute" if by_name == "writes_content" and kind in ("compute", "opens") else by_name
        if origin.state == "made" or (origin.state == "live" and kind in _OF_ITSELF):
            return "compute"
        return kind

    def _expression(self, text: str, scope: Scope) -> None:
        """An expression over columns, as ``df.query`` takes it."""
        tree = parsed_expression(text)
        if tree is not None:
            self.survey.walk(tree, scope)

    def _own_class(self, origin: Origin, node: ast.Call, scope: Scope) -> None:
        names = [origin.last]
        if origin.path == origin.root:
            names = ["__init__", "__new__", "__post_init__"] if origin.state == "place" else ["__call__"]
        for name in names:
            live = self.resolver.owner_member(Origin(f"{origin.root}.{name}"))
            if live is not None and live.function is None and not live.path.startswith("builtins."):
                self._known_call(Origin(live.path, "live"), node, scope)
            elif live is None and origin.path != origin.root:
                self._known_call(Origin(f"?.{name}"), node, scope)

    # --- the shell and the namespace

    def _shell_call(self, name: str, node: ast.Call, scope: Scope) -> None:
        given = [texts_of(argument, scope, self.resolver) for argument in node.args]
        texts = [one[0].text if one else None for one in given]
        if name == "run_line_magic" and len(texts) >= 2 and texts[0] is not None:
            self.found += of_line_magic(texts[0], texts[1] or "")
        elif name == "run_cell_magic" and len(texts) >= 3 and texts[0] is not None:
            self.found += of_cell_magic(texts[0], texts[1] or "", texts[2] or "")
        elif name.startswith("run_"):
            self.unknown("runs a magic that cannot be told")
        else:
            self.found += of_command(texts[0] if texts and texts[0] else "")

    def _hands_on_namespace(self, node: ast.Call, functions: frozenset[Origin], scope: Scope) -> None:
        if {one.path for one in functions} <= _LOOKS:
            return
        for argument in (*node.args, *(word.value for word in node.keywords if word.arg is not None)):
            if Origin(NAMESPACE) in self.resolver.of(argument, scope):
                self.unknown("hands on all names of the notebook")

    def _namespace_call(self, method: str, node: ast.Call) -> None:
        if method == "update" and not node.args and all(word.arg for word in node.keywords):
            for word in node.keywords:
                self._rebind(str(word.arg))
        elif method in ("pop", "setdefault", "__setitem__", "__delitem__") and node.args:
            self._rebind(constant_text(node.args[0]))
        elif method in ("clear", "popitem", "update", "__ior__"):
            self.unknown(f"changes names through `globals().{method}`")

    def _rebind(self, name: str) -> None:
        if not name:
            self.unknown("binds names that cannot be told")
        elif name == NOTEBOOK_FILE:
            self.unknown(f"changes which notebook this is (`{name}`)")
        elif name in self.resolver.names:
            self.add("rebind", f"rebinds `{name}`", name)

    def _attribute_by_name(self, node: ast.Call, scope: Scope) -> None:
        """``setattr`` and ``delattr``."""
        origins = self.resolver.of(node.args[0], scope) if node.args else UNKNOWN
        name = constant_text(node.args[1]) if len(node.args) > 1 else ""
        if any(one.path == "__main__" for one in origins):
            self._rebind(name)
        elif any(one.state == "place" for one in origins):
            self.unknown(f"changes `{next(iter(origins)).path}`")

    def _getattr(self, node: ast.Call, scope: Scope) -> None:
        name = constant_text(node.args[1]) if len(node.args) > 1 else ""
        for owner in self.resolver.of(node.args[0], scope) if node.args else ():
            if not name and owner.state == "place":
                self.unknown(f"calls `getattr` on `{owner.path}` with a name that cannot be told")
            elif name and owner.state == "place":
                self._place_mentioned(self.resolver.attribute(owner, name))
            elif name:
                self._method_mentioned(owner.attribute(name), name)
        if name in _INNARDS:
            self.unknown(f"reaches into Python itself (`{name}`)")

    def _named_methods(self, node: ast.Call, _scope: Scope) -> None:
        """``operator.methodcaller`` and ``attrgetter``."""
        for argument in node.args[:1]:
            for name in constant_text(argument).split(".") or [""]:
                self._method_mentioned(Origin(f"?.{name}"), name)

    # --- stores and imports

    def _store(self, place: Place) -> None:
        node = place.node
        if isinstance(node, ast.Subscript):
            for origin in self.resolver.of(node.value, place.scope):
                if origin.path in NAMESPACES:
                    self._rebind(constant_text(node.slice))
                elif origin.path == "os.environ":
                    self.unknown("changes the environment (`os.environ`)")
                elif origin.root == "get_ipython":
                    self.unknown(f"changes `{origin.path}`")
        elif isinstance(node, ast.Attribute):
            for origin in self.resolver.of(node.value, place.scope):
                if origin.path == "__main__":
                    self._rebind(node.attr)
                elif origin.root == "get_ipython" or (origin.state == "place" and _is_fixed(origin)):
                    self.unknown(f"changes `{origin.path}.{node.attr}`")

    def _import(self, place: Place) -> None:
        node = place.node
        if isinstance(node, ast.ImportFrom) and node.level:
            self.unknown("imports from a folder that cannot be told")
        modules = (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [one.name for one in self._aliases(node)]
        )
        for module in modules:
            if module != "__main__" and known().of_place(module)[0] == "":
                self.unknown(f"imports `{module}`, which is not known")
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
            self._star(node.module or "")

    def _aliases(self, node: ast.AST) -> Iterator[ast.alias]:
        return (child for child in ast.iter_child_nodes(node) if isinstance(child, ast.alias))

    def _star(self, module: str) -> None:
        names = star_names(module)
        if names is None:
            self.unknown(f"binds all names of `{module}`, which cannot be told")
        for name in names or ():
            self.survey.module.bound.setdefault(name, []).append(f"{module}.{name}")


def _is_fixed(origin: Origin) -> bool:
    """Whether it is a module or a class, whose attributes are for its own code to set."""
    return "." not in origin.path or origin.last[:1].isupper() or origin.root == "rasgo_nb"


_SPECIAL = {
    "builtins.getattr": Judge._getattr,
    "builtins.setattr": Judge._attribute_by_name,
    "builtins.delattr": Judge._attribute_by_name,
    "operator.methodcaller": Judge._named_methods,
    "operator.attrgetter": Judge._named_methods,
}
