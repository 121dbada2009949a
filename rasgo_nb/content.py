"""The content of one object, kept cheaply: compared later, and put back into the same object."""

from __future__ import annotations

import sys
import types
from collections import Counter, OrderedDict, defaultdict, deque
from dataclasses import dataclass
from operator import is_
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SAMPLED_ROWS = 64
MOST_ITEMS = 1_000_000  # kept item by item in one snapshot, over all containers
MOST_ARRAY_BYTES = 16_000_000  # copied in one snapshot, over all arrays
MOST_OBJECTS = 1_000  # followed from the mentioned names
MOST_DEPTH = 4

DICTS = (dict, defaultdict, OrderedDict, Counter)
_LISTS = (list, deque, bytearray)
_SCALARS = frozenset(
    (
        *(type(None), bool, int, float, complex, str, bytes, frozenset, range, type(...), type),
        *(types.ModuleType, types.FunctionType, types.BuiltinFunctionType),
    )
)

Comparison = Literal["same", "changed", "unsure"]


@dataclass(frozen=True, slots=True)
class Kept:
    """The content of one object at the time of a snapshot; ``put_back`` is None where it is not kept."""

    value: object
    compare: Callable[[], Comparison]
    put_back: Callable[[], object] | None = None


class Keeper:
    """Keeps the content of objects and of what they hold, within the limits of one snapshot."""

    def __init__(self) -> None:
        self.kept: dict[int, Kept] = {}
        self.holders: dict[int, list[int]] = {}
        self._items_left = MOST_ITEMS
        self._bytes_left = MOST_ARRAY_BYTES

    def keep(self, value: object, depth: int = MOST_DEPTH) -> None:
        """Keep what this object, and what it holds, is now."""
        if id(value) in self.kept or depth == 0 or len(self.kept) >= MOST_OBJECTS:
            return
        self.kept[id(value)] = self._content(value)
        for item in _held(value):
            if type(item) not in _SCALARS:
                self.holders.setdefault(id(item), []).append(id(value))
                self.keep(item, depth - 1)

    def _content(self, value: Any) -> Kept:
        if type(value) in _SCALARS or issubclass(type(value), type):
            return Kept(value, lambda: "same")
        if type(value) in (*_LISTS, *DICTS, set):
            self._items_left -= len(value)
            return _keep_container(value) if self._items_left >= 0 else _keep_length(value)
        if is_a("pandas", ("DataFrame", "Series"), value):
            return _keep_frame(value)
        if is_a("numpy", ("ndarray",), value):
            self._bytes_left -= value.nbytes
            return _keep_array(value) if self._bytes_left >= 0 else _keep_sample(value)
        return _keep_attributes(value)


def is_a(module: str, kinds: tuple[str, ...], value: object) -> bool:
    """Whether the value is of a class of this library; a library that is not loaded stays so."""
    loaded = sys.modules.get(module)
    return loaded is not None and issubclass(type(value), tuple(getattr(loaded, kind) for kind in kinds))


def _held(value: Any) -> list[object]:
    """What a container, or an object of the notebook's own classes, holds: the first thousand."""
    held: Any = ()
    if type(value) in DICTS:
        held = value.values()
    elif type(value) in (list, tuple, deque):
        held = value
    elif _is_of_the_notebook(value):
        held = vars(value).values()
    return [item for _, item in zip(range(MOST_OBJECTS), held, strict=False)]


def _is_of_the_notebook(value: object) -> bool:
    kind = type(value)
    return (kind.__module__ == "__main__" or kind is types.SimpleNamespace) and hasattr(value, "__dict__")


def _changed_unless(same: bool) -> Comparison:
    return "same" if same else "changed"


def _unsure_unless(changed: bool) -> Comparison:
    return "changed" if changed else "unsure"


def _keep_container(value: Any) -> Kept:
    copy = value.copy()
    if type(value) in DICTS:
        return Kept(
            value, lambda: _changed_unless(_same_dict(value, copy)), lambda: _refill_dict(value, copy)
        )
    if type(value) is set:
        return Kept(value, lambda: _changed_unless(value == copy), lambda: _refill_dict(value, copy))
    return Kept(value, lambda: _changed_unless(_same_items(value, copy)), lambda: _refill_list(value, copy))


def _keep_length(value: Any) -> Kept:
    length = len(value)
    return Kept(value, lambda: _unsure_unless(len(value) != length))


def _refill_dict(value: Any, copy: Any) -> None:
    value.clear()
    value.update(copy)


def _refill_list(value: Any, copy: Any) -> None:
    value.clear()
    value.extend(copy)


def _same_items(now: Any, then: Any) -> bool:
    return len(now) == len(then) and all(map(is_, now, then))


def _same_dict(now: Mapping[object, object], then: Mapping[object, object]) -> bool:
    return _same_items(now, then) and all(map(is_, now.values(), then.values()))


def _keep_attributes(value: Any) -> Kept:
    attributes = getattr(value, "__dict__", None)
    if type(attributes) is not dict:
        return Kept(value, lambda: "unsure")
    copy = attributes.copy()
    if _is_of_the_notebook(value):
        same = lambda: _changed_unless(_same_dict(attributes, copy))  # noqa: E731 - as its neighbours
        return Kept(value, same, lambda: _refill_dict(attributes, copy))
    return Kept(value, lambda: _unsure_unless(_public(attributes) != _public(copy)))


def _public(attributes: Mapping[str, object]) -> dict[str, int]:
    """Libraries fill private attributes while they only read: those tell nothing."""
    return {name: id(value) for name, value in attributes.items() if not name.startswith("_")}


def _keep_array(array: Any) -> Kept:
    copy = array.copy()
    return Kept(
        array,
        lambda: _changed_unless(_same_array(array, copy)),
        lambda: array.__setitem__(..., copy.reshape(array.shape)) if array.size == copy.size else None,
    )


def _keep_sample(array: Any) -> Kept:
    shape, step = array.shape, max(1, array.size // SAMPLED_ROWS)
    sample = array.flat[::step].copy()
    return Kept(
        array,
        lambda: _unsure_unless(array.shape != shape or not _same_array(array.flat[::step], sample)),
    )


def _same_array(now: Any, then: Any) -> bool:
    if now.shape != then.shape or now.dtype != then.dtype:
        return False
    if now.dtype.hasobject:
        return _same_items(now.ravel(), then.ravel())
    # As bytes, because NaN is not equal to itself.
    return now.nbytes == 0 or bool((now.ravel().view("u1") == then.ravel().view("u1")).all())


def _keep_frame(frame: Any) -> Kept:
    copy, axes, attrs = frame.copy(deep=False), tuple(frame.axes), dict(frame.attrs)
    return Kept(
        frame,
        lambda: _compare_frames(frame, copy, axes) if frame.attrs == attrs else "changed",
        lambda: _refill_frame(frame, copy, attrs),
    )


def _refill_frame(frame: Any, copy: Any, attrs: dict[object, object]) -> None:
    # pandas has no public way to replace a frame's content; this is what its own `inplace=True` does.
    frame._update_inplace(copy.copy(deep=False))
    frame.attrs = attrs
    if frame.ndim == 1:
        frame.name = copy.name


def _compare_frames(now: Any, then: Any, axes: tuple[Any, ...]) -> Comparison:
    """Under copy-on-write a frame that still has the arrays of its shallow copy was not written to."""
    if now.shape != then.shape or (now.ndim == 1 and now.name is not then.name):
        return "changed"
    for axis, old, kept in zip(now.axes, axes, then.axes, strict=True):
        if not (axis.identical(kept) if axis is not old else axis.names == kept.names):
            return "changed"
    mine, kept_blocks = now._mgr.blocks, then._mgr.blocks
    if len(mine) == len(kept_blocks):
        return _changed_unless(all(map(_same_block, mine, kept_blocks)))
    # Reading regroups columns into fewer blocks without a change of content.
    rows = slice(None, None, max(1, len(now) // SAMPLED_ROWS))
    return _unsure_unless(not now.iloc[rows].equals(then.iloc[rows]))


def _same_block(block: Any, kept: Any) -> bool:
    if block.dtype != kept.dtype or _places(block) != _places(kept):
        return False
    mine, theirs = block.values, kept.values
    if hasattr(mine, "__array_interface__"):
        return bool(mine.__array_interface__ == theirs.__array_interface__)
    return all(_same_storage(mine, theirs, part) for part in ("_pa_array", "_ndarray", "_data", "_mask"))


def _places(block: Any) -> list[int]:
    """Which columns of its frame a block holds; a Series is one block, whose places would be its rows."""
    return list(block.mgr_locs) if block.ndim > 1 else []


def _same_storage(mine: Any, theirs: Any, part: str) -> bool:
    one: Any = getattr(mine, part, None)
    other: Any = getattr(theirs, part, None)
    return one is other or (
        hasattr(one, "__array_interface__") and bool(one.__array_interface__ == other.__array_interface__)
    )
