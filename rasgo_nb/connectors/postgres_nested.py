"""Arrays and rows in Postgres's text form: https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from rasgo_nb.connectors.postgres_text import Convert

_BOUNDS = re.compile(r"(\[[+-]?\d+:[+-]?\d+\])+=")
_ARRAY_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|([{}])|((?:[^",{}\\]|\\.)+)|,', re.DOTALL)
_BOX_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|([{}])|((?:[^";{}\\]|\\.)+)|;', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_ROW_CELL = re.compile(r'((?:"(?:[^"\\]|\\.|"")*"|[^,"\\]|\\.)*)(?:,|$)', re.DOTALL)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.|"")*)"', re.DOTALL)


def lists(element: Convert, *, delimiter: str = ",") -> Convert:
    """Lists of what ``element`` makes of the elements; of lists for more dimensions.

    Raises
    ------
    ArrowInvalid
        when values of one column have different dimensions.
    """

    def convert(texts: pa.Array) -> pa.Array:
        import pyarrow as pa

        token = _BOX_TOKEN if delimiter == ";" else _ARRAY_TOKEN
        leaves: list[str | None] = []
        values = [None if text is None else _indexes(text, leaves, token) for text in texts.to_pylist()]
        elements = element(pa.array(leaves, pa.string()))
        type_: Any = pa.int64()
        for _ in range(max(map(_depth, values), default=1) or 1):
            type_ = pa.large_list(type_)
        return _with_leaves(pa.array(values, type_), elements)

    return convert


def _indexes(text: str, leaves: list[str | None], token: re.Pattern[str]) -> list[Any]:
    """The nested lists of one value, with the index of each leaf in ``leaves``."""
    bounds = _BOUNDS.match(text)
    outer: list[Any] = []
    stack = [outer]
    for found in token.finditer(text, bounds.end() if bounds else 0):
        quoted, brace, bare = found.groups()
        if brace == "{":
            inner: list[Any] = []
            stack[-1].append(inner)
            stack.append(inner)
        elif brace == "}":
            stack.pop()
        elif quoted is not None or bare is not None:
            is_null = quoted is None and bare.upper() == "NULL"
            stack[-1].append(len(leaves))
            leaves.append(None if is_null else _ESCAPED.sub(r"\1", bare if quoted is None else quoted))
    return outer[0]  # type: ignore[no-any-return]


def _depth(value: Any) -> int:
    depth = 0
    while isinstance(value, list):
        depth += 1
        value = value[0] if value else None
    return depth


def _with_leaves(indexes: pa.Array, elements: pa.Array) -> pa.Array:
    """The lists, with each index replaced by its element."""
    import pyarrow as pa
    import pyarrow.types

    if not pyarrow.types.is_large_list(indexes.type):
        return elements.take(indexes)
    inner = _with_leaves(indexes.values, elements)
    return pa.LargeListArray.from_arrays(indexes.offsets, inner, mask=indexes.is_null())


def structs(names: Sequence[str], fields: Sequence[Convert]) -> Convert:
    """Structs from rows like ``(1,"a b",)``."""

    def convert(texts: pa.Array) -> pa.Array:
        import pyarrow as pa

        rows = [[None] * len(fields) if text is None else _cells(text) for text in texts.to_pylist()]
        columns = zip(*rows, strict=True) if rows else ([] for _ in fields)
        arrays = [one(pa.array(list(cells), pa.string())) for one, cells in zip(fields, columns, strict=True)]
        return pa.StructArray.from_arrays(arrays, names=list(names), mask=texts.is_null())

    return convert


def _cells(text: str) -> list[str | None]:
    cells: list[str | None] = []
    place, end = 1, len(text) - 1
    while True:
        found = _ROW_CELL.match(text, place, end)
        if found is None:
            raise ValueError(f"{text!r} is no row")
        cell = found[1]
        cells.append(_ESCAPED.sub(r"\1", _QUOTED.sub(_unquoted, cell)) if cell else None)
        if found.end(1) >= end:
            return cells
        place = found.end(1) + 1


def _unquoted(found: re.Match[str]) -> str:
    return found[1].replace('""', '"')
