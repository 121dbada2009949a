"""What an object of the namespace is, told from outside: no property, no repr, no code of its own runs."""

from __future__ import annotations

import functools
import sys
import types
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

# Where a thing is known under another name than the one that it gives.
_ALIASES = {
    "posix": "os",
    "nt": "os",
    "posixpath": "os.path",
    "genericpath": "os.path",
    "ntpath": "os.path",
    "_io": "io",
    "_ctypes": "ctypes",
    "_functools": "functools",
    "_operator": "operator",
    "_csv": "csv",
    "_json": "json",
    "_datetime": "datetime",
    "_random": "random",
    "_collections": "collections",
    "_struct": "struct",
    "_thread": "threading",
    "_posixsubprocess": "subprocess",
    "_ssl": "ssl",
    "_hashlib": "hashlib",
    "_heapq": "heapq",
    "_bisect": "bisect",
    "_statistics": "statistics",
    "_decimal": "decimal",
    "_codecs": "codecs",
    "_warnings": "warnings",
    "_duckdb": "duckdb",
    "_pickle": "pickle",
    "_socket": "socket",
    "_sqlite3": "sqlite3",
    "IPython.core.display_functions": "IPython.display",
    "IPython.core.display": "IPython.display",
    "IPython.lib.display": "IPython.display",
    "ipykernel.zmqshell": "IPython.core.interactiveshell",
    "IPython.get_ipython": "get_ipython",
    "IPython.core.getipython.get_ipython": "get_ipython",
}
_FUNCTIONS = types.FunctionType | types.BuiltinFunctionType
_ALIASED = frozenset(path.partition(".")[0] for path in _ALIASES)
_NUMPY_FUNCTIONS = ("ufunc", "_ArrayFunctionDispatcher")
_SHELL = "IPython.core.interactiveshell"
_MISSING = object()
# A metaclass or a subclass may have code of its own under these names: ours are those of the language.
_TYPE: Mapping[str, Any] = vars(type)
_MODULE: Mapping[str, Any] = vars(types.ModuleType)


@dataclass(frozen=True, slots=True)
class Live:
    """``path`` is where it comes from; ``is_value`` tells an instance from a module, function or class.

    ``function`` and ``owner`` are the notebook's own function, or class of it or of the instance.
    """

    path: str
    is_value: bool = False
    function: Any = None  # a types.FunctionType
    owner: type | None = None


def identify(value: object) -> Live:
    """What an object is."""
    kind = type(value)
    if issubclass(kind, types.ModuleType):
        return Live(module_name(value))
    if kind is types.FunctionType:
        return _function(value)  # type: ignore[arg-type]
    if kind is types.BuiltinFunctionType:
        return _builtin(value)
    if kind is types.MethodType:
        return _method(value)  # type: ignore[arg-type]
    if kind is functools.partial:
        return identify(value.func)  # type: ignore[attr-defined]
    if kind is functools._lru_cache_wrapper:
        return identify(value.__wrapped__)  # type: ignore[attr-defined]
    if issubclass(kind, type):
        return _class(value, is_value=False)  # type: ignore[arg-type]
    if (
        _text_of(kind, "__name__") in _NUMPY_FUNCTIONS
        and _text_of(kind, "__module__").split(".")[0] == "numpy"
    ):
        return Live(f"numpy.{value.__name__}")  # type: ignore[attr-defined]
    return _class(kind, is_value=True)


def module_name(module: object) -> str:
    """A module's name as it is known."""
    return known_as(str(_dict_of(module).get("__name__", "?")))


def known_as(path: str) -> str:
    """The usual name for what is defined in a private place."""
    if path.partition(".")[0] not in _ALIASED:
        return path
    for inner, usual in _ALIASES.items():
        if path == inner or path.startswith(f"{inner}."):
            return usual + path[len(inner) :]
    return path


def member(owner: type, name: str) -> Live | None:
    """A function of a class, looked up without the class being asked; None where it has none."""
    for one in _TYPE["__mro__"].__get__(owner):
        found = _TYPE["__dict__"].__get__(one).get(name, _MISSING)
        if type(found) in (staticmethod, classmethod):
            found = found.__func__
        elif type(found) is property:
            found = found.fget
        elif type(found) is functools.cached_property:
            found = found.func
        if found is not _MISSING:
            return identify(found) if callable(found) else None
    return None


def canonical(path: str) -> str:
    """The path that a loaded module's attribute really leads to: ``pandas.io.common.os`` is ``os``."""
    parts = path.split(".")
    module: Any = sys.modules.get(parts[0])
    for number, part in enumerate(parts[1:], 1):
        if module is None or not issubclass(type(module), types.ModuleType):
            return path
        rest = "".join(f".{one}" for one in parts[number + 1 :])
        inner = _dict_of(module).get(part, _MISSING)
        if issubclass(type(inner), types.ModuleType):
            name = module_name(inner)
            path, module = f"{name}{rest}", inner
            continue
        if type(inner) in (types.FunctionType, types.BuiltinFunctionType) or issubclass(type(inner), type):
            found = identify(inner).path
            if (
                found.split(".")[0] not in (parts[0], path.split(".")[0], "?", "__main__")
                and "<" not in found
            ):
                return f"{found}{rest}"
        return path
    return path


def star_names(module: str) -> list[str] | None:
    """What ``from module import *`` binds; None where the module is not loaded."""
    loaded = sys.modules.get(module)
    if loaded is None:
        return None
    names = _dict_of(loaded)
    listed = names.get("__all__")
    if isinstance(listed, list | tuple):
        return [str(name) for name in listed]
    return [name for name in names if not name.startswith("_")]


def loaded_member(path: str) -> object:
    """The object that ``module.name`` is now, where that module is loaded; a new object otherwise."""
    module, _, name = path.rpartition(".")
    loaded = sys.modules.get(module)
    if loaded is None:
        return sys.modules.get(path, _MISSING)
    return _dict_of(loaded).get(name, _MISSING)


def _dict_of(value: object) -> Mapping[str, object]:
    if not issubclass(type(value), types.ModuleType):
        return {}  # anything may stand among sys.modules
    found: dict[str, object] = _MODULE["__dict__"].__get__(value)
    return found


def _function(value: types.FunctionType) -> Live:
    wrapped = value.__dict__.get("__wrapped__")
    home = value.__globals__.get("__name__")
    if type(wrapped) is types.FunctionType and wrapped.__globals__.get("__name__") == "__main__":
        return _function(wrapped)
    if home == "__main__" or home is None:
        return Live("?", is_value=True, function=value)
    module = (
        value.__module__ if isinstance(value.__module__, str) and value.__module__ != "__main__" else home
    )
    if module.startswith("IPython.core.interactiveshell") and value.__name__ == "_modified_open":
        return Live("builtins.open")
    return Live(known_as(f"{module}.{value.__qualname__}"))


def _builtin(value: object) -> Live:
    owner = value.__self__  # type: ignore[attr-defined]
    name: str = value.__name__  # type: ignore[attr-defined]
    if owner is not None and not issubclass(type(owner), types.ModuleType):
        return Live(f"{identify(owner).path}.{name}", is_value=True)
    module = value.__module__
    return Live(known_as(f"{module if isinstance(module, str) else 'builtins'}.{name}"))


def _method(value: types.MethodType) -> Live:
    function, owner = value.__func__, type(value.__self__)
    if type(function) is types.FunctionType and function.__globals__.get("__name__") == "__main__":
        return Live("?", is_value=True, function=function)
    home = _class(owner, is_value=True)
    name = function.__name__ if isinstance(function, _FUNCTIONS) else "__call__"
    if home.path == "get_ipython":
        return Live("get_ipython" if name == "get_ipython" else f"get_ipython.{name}")
    return Live(f"{home.path}.{name}", is_value=True, owner=home.owner)


def _class(kind: type, *, is_value: bool) -> Live:
    module = _text_of(kind, "__module__")
    if module in ("__main__", ""):
        return Live(f"<{id(kind)}>", is_value, owner=kind)
    if module.startswith("IPython.core.autocall"):
        return Live("builtins.exit")
    path = known_as(f"{module}.{_text_of(kind, '__qualname__')}")
    if path.startswith(_SHELL):
        path = "get_ipython"
    return Live(path.replace("pathlib.PosixPath", "pathlib.Path"), is_value)


def _text_of(kind: type, name: str) -> str:
    text = _TYPE[name].__get__(kind)
    return text if isinstance(text, str) else ""
