"""What a step did to the user namespace, and how to put it back."""

from __future__ import annotations

import ast
import builtins
import keyword
import re
import types
from collections import deque
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import PurePath
from typing import TYPE_CHECKING, Any
from uuid import UUID

from rasgo_nb.content import DICTS, Keeper, Kept, is_a

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, MutableMapping

_NAME = re.compile(r"[^\W\d]\w*")
_CHANGING_METHODS = frozenset(
    (
        *("add", "append", "clear", "discard", "extend", "fill", "fit", "insert", "partition", "pop"),
        *("popitem", "put", "remove", "resize", "reverse", "setdefault", "sort", "update"),
    )
)
_CHANGING_PREFIXES = ("add_", "append_", "remove_", "set_", "update_")
_SECRET_NAME = re.compile(r"(?i)key|token|secret|passw|pwd|credential|auth|cookie|signature")
_SECRET_ADDRESS = re.compile(r"\w://[^\s/@]*:[^\s/@]+@")
_MISSING = object()


@dataclass(frozen=True, slots=True)
class NamespaceDiff:
    """The person's names that a step touched, each tuple sorted; a name is in one of them at most."""

    new: tuple[str, ...] = ()
    rebound: tuple[str, ...] = ()
    mutated: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.new or self.rebound or self.mutated or self.deleted)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The namespace before a step. It holds every object that it names: let go of it after the step."""

    values: Mapping[str, object]
    hidden: Mapping[str, object]
    mentioned: frozenset[str] = frozenset()
    kept: Mapping[int, Kept] = field(default_factory=dict, repr=False)
    holders: Mapping[int, list[int]] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Variable:
    """One of the person's variables in a line: ``summary`` is a shape, a length or a short value."""

    name: str
    type: str
    summary: str
    memory_bytes: int | None = None  # of frames and arrays, without the text in object columns


# --- what code mentions


def mentioned_names(source: str, names: Mapping[str, object]) -> frozenset[str]:
    """The names that the source may touch: those in its text, and those that functions of these names read.

    The text is read, not the tree, so that names inside magics and strings for ``eval`` count too.
    """
    found: set[str] = set()
    todo = {name for name in _NAME.findall(source) if name in names}
    while todo:
        name = todo.pop()
        found.add(name)
        todo |= {read for read in _names_read(names[name], names) if read not in found}
    return frozenset(found)


def _names_read(value: object, names: Mapping[str, object]) -> Iterator[str]:
    if not isinstance(value, types.FunctionType) or value.__globals__ is not names:
        return
    todo = [value.__code__]
    while todo:
        code = todo.pop()
        yield from (name for name in code.co_names if name in names)
        todo.extend(inner for inner in code.co_consts if isinstance(inner, types.CodeType))


def touched_names(tree: ast.AST) -> frozenset[str]:
    """The names whose objects the code stores into: ``x[…] =``, ``x.a =``, ``del x[…]``, ``x.append(…)``."""
    return frozenset(name for node in ast.walk(tree) if (name := _touched_by(node)) is not None)


def _touched_by(node: ast.AST) -> str | None:
    if isinstance(node, ast.Subscript | ast.Attribute) and not isinstance(node.ctx, ast.Load):
        return _root(node)
    if isinstance(node, ast.AugAssign):
        return _root(node.target)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        in_place = any(word.arg == "inplace" for word in node.keywords)
        return _root(node.func) if in_place or _changes(node.func.attr) else None
    return None


def _changes(method: str) -> bool:
    return method in _CHANGING_METHODS or method.startswith(_CHANGING_PREFIXES)


def _root(node: ast.AST) -> str | None:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


# --- snapshot, diff, restore


def snapshot(
    names: Mapping[str, object], mentioned: frozenset[str], *, hidden: Mapping[str, object] | None = None
) -> Snapshot:
    """The person's names as they are, and the content of those that the code mentions.

    Names that start with an underscore, ``In``, ``Out`` and the shell's own (``hidden``, as in
    ``shell.user_ns_hidden``) are left out. Content that is kept: frames and series by pandas' copy-on-write
    (data is copied only when the step writes), lists, dicts, sets, deques and bytearrays up to a million
    items, arrays up to 16 MB in all, attributes of objects whose class is defined in the notebook; containers
    inside of these too, four levels deep.
    """
    values = persons_names(names, hidden or {})
    keeper = Keeper()
    for name in sorted(mentioned & values.keys()):
        keeper.keep(values[name])
    return Snapshot(values, hidden or {}, mentioned, keeper.kept, keeper.holders)


def diff(
    before: Snapshot, after: Mapping[str, object], touched: frozenset[str] = frozenset()
) -> NamespaceDiff:
    """What happened to the person's names since the snapshot.

    ``touched`` are names that the code stores into (`touched_names`): where an object cannot be compared
    exactly, being touched counts as mutated. Not seen: a change to a large array, or inside an object of a
    library, that hits no sampled item and is no store in the code.
    """
    now, old = persons_names(after, before.hidden), before.values
    rebound = {name for name, value in now.items() if old.get(name, value) is not value}
    changed = _changed_ids(before, touched)
    mutated = (
        {name for name, value in now.items() if id(value) in changed and name in old} if changed else set()
    )
    return NamespaceDiff(
        new=tuple(sorted(now.keys() - old.keys())),
        rebound=tuple(sorted(rebound)),
        mutated=tuple(sorted(mutated - rebound)),
        deleted=tuple(sorted(old.keys() - now.keys())),
    )


def replaced_names(before: Snapshot, after: Mapping[str, object]) -> list[str]:
    """The person's names that are bound to something else since the snapshot, or deleted, in order."""
    return sorted(name for name, value in before.values.items() if after.get(name, _MISSING) is not value)


def put_back(values: Mapping[str, object], names: MutableMapping[str, Any], which: Iterable[str]) -> None:
    """Bind these names to their old values again."""
    for name in which:
        if name in values and names.get(name, _MISSING) is not values[name]:
            names[name] = values[name]


def restore(
    before: Snapshot, names: MutableMapping[str, Any], touched: frozenset[str] = frozenset()
) -> NamespaceDiff:
    """Put names and content back as they were at the snapshot; tells what was undone.

    Content goes back into the same object, so every other reference sees it. What it cannot undo: files,
    network and warehouse writes; the state of cursors, iterators, random generators and modules; attributes
    of library objects (a fitted model stays fitted); arrays and containers above the limits of `snapshot`;
    names with a leading underscore; content that the code reaches without mentioning its name.
    """
    undone = diff(before, names, touched)
    for kept in before.kept.values():
        if kept.put_back is not None and kept.compare() != "same":
            kept.put_back()
    for name in undone.new:
        del names[name]
    for name in (*undone.rebound, *undone.deleted):
        names[name] = before.values[name]
    for name in before.hidden.keys() - names.keys():
        names[name] = before.hidden[name]
    return undone


def persons_names(names: Mapping[str, object], hidden: Mapping[str, object]) -> dict[str, object]:
    """All but names with a leading underscore, ``In``, ``Out`` and the shell's own."""
    shells = hidden.get
    return {
        name: value
        for name, value in names.items()
        if name[:1] != "_" and shells(name, _MISSING) is not value and name not in ("In", "Out")
    }


def changed_content(before: Snapshot, touched: frozenset[str]) -> list[Kept]:
    """The mentioned objects, and those that they hold, whose own content is another than at the snapshot."""
    touched_ids = {id(before.values[name]) for name in touched & before.values.keys()}
    return [kept for key, kept in before.kept.items() if _is_changed(kept, key in touched_ids)]


def names_of(before: Snapshot, value: object) -> tuple[str, ...]:
    """The names that at the snapshot showed this object, bound to it or to what held it."""
    shown = _with_holders(before, [id(value)])
    return tuple(name for name, one in before.values.items() if id(one) in shown)


def _changed_ids(before: Snapshot, touched: frozenset[str]) -> set[int]:
    """The ids of mentioned objects whose content, or the content of what they hold, is another now."""
    return _with_holders(before, [id(kept.value) for kept in changed_content(before, touched)])


def _with_holders(before: Snapshot, ids: list[int]) -> set[int]:
    found: set[int] = set()
    while ids:
        key = ids.pop()
        if key not in found:
            found.add(key)
            ids.extend(before.holders.get(key, ()))
    return found


def _is_changed(kept: Kept, touched: bool) -> bool:
    comparison = kept.compare()
    return comparison == "changed" or (comparison == "unsure" and touched)


# --- names to show and names to give


def free_name(wanted: str, names: Mapping[str, object]) -> str:
    """A valid identifier near the wanted one that neither the namespace nor Python uses: ``x``, ``x_2``, …"""
    # Not every word character may stand in an identifier: "²" may not.
    letters = "".join(letter if f"n{letter}".isidentifier() else "_" for letter in wanted)
    stem = re.sub(r"_+", "_", letters).strip("_") or "result"
    stem = stem if stem.isidentifier() else f"n{stem}"
    name, number = stem, 2
    while name in names or keyword.iskeyword(name) or hasattr(builtins, name):
        name, number = f"{stem}_{number}", number + 1
    return name


def describe_names(
    names: Mapping[str, object], *, hidden: Mapping[str, object] | None = None
) -> list[Variable]:
    """The person's variables by name: no modules, and functions and classes of the notebook only."""
    shown = persons_names(names, hidden or {})
    return [_describe(name, shown[name]) for name in sorted(shown) if _is_a_variable(shown[name])]


def _is_a_variable(value: object) -> bool:
    # By type(), because isinstance() asks the object itself for its class.
    if issubclass(type(value), types.ModuleType | types.BuiltinFunctionType):
        return False
    if issubclass(type(value), type | types.FunctionType):
        return getattr(value, "__module__", None) == "__main__"
    return not type(value).__module__.startswith("IPython.core.autocall")


def _describe(name: str, value: Any) -> Variable:
    kind = type(value).__name__
    if is_a("pandas", ("DataFrame",), value):
        columns = ", ".join(str(column)[:40] for column in value.columns[:20])
        summary = _short(f"{len(value):,} rows, {value.shape[1]:,} columns: {columns}", 200)
        return Variable(name, kind, summary, int(value.memory_usage(index=False).sum()))
    if is_a("pandas", ("Series",), value):
        return Variable(
            name, kind, f"{len(value):,} rows, {value.dtype}", int(value.memory_usage(index=False))
        )
    if is_a("numpy", ("ndarray",), value):
        return Variable(name, kind, f"shape {value.shape}, {value.dtype}", int(value.nbytes))
    if type(value) in (str, bytes) and may_be_secret(name, value):
        return Variable(name, kind, f"{len(value):,} characters, not shown")
    return Variable(name, kind, _summary(value))


def may_be_secret(name: str, value: str | bytes) -> bool:
    """Whether a text is better not told to a model, by its name or by a password in an address."""
    text = value if isinstance(value, str) else value.decode("latin-1")
    return bool(_SECRET_NAME.search(name) or _SECRET_ADDRESS.search(text[:2_000]))


def _summary(value: Any) -> str:
    """A length or a short value; no code of the value's own class is run."""
    kind = type(value)
    if kind in (list, tuple, set, frozenset, deque, bytearray, *DICTS):
        return f"{len(value):,} items"
    if kind in (str, bytes):
        return repr(value[:60]) + (f" and {len(value) - 60:,} more" if len(value) > 60 else "")
    if kind is int and value.bit_length() > 200:
        return f"an integer of {value.bit_length():,} bits"
    safe = (type(None), bool, int, float, complex, range, date, time, timedelta, Decimal, Fraction, UUID)
    if kind in safe or kind.__module__ == "datetime" or issubclass(kind, PurePath):
        return _short(repr(value), 80)
    return ""


def _short(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"
