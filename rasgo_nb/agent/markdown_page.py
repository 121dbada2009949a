"""A page as markdown: bullets for facts, tables for rows."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Control characters, escape sequences of terminals among them, and what else ends a line.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_HEADERS = {"shown", "items", "columns", "rows"}  # told in the line or the table of their owner


def markdown(page: dict[str, Any]) -> str:
    """One line for each fact; lists of like facts and grids as tables."""
    return _CONTROL.sub("\ufffd", "\n".join(_facts(page, "")))


def _facts(page: dict[str, Any], pad: str) -> Iterator[str]:
    for key, value in page.items():
        yield from _fact(key, value, pad)


def _fact(key: str, value: Any, pad: str) -> Iterator[str]:
    label = f"{pad}- **{_inline(key)}**"
    if isinstance(value, dict):
        yield f"{label} ({_inline(value['shown'])})" if "shown" in value else label
        yield from _body(value, f"{pad}  ")
    elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        yield label
        yield from _items(value, f"{pad}  ")
    elif isinstance(value, str) and "\n" in value.strip():
        yield label
        yield from _fenced(value, f"{pad}  ")
    else:
        yield f"{label}: {_inline(value)}"


def _body(value: dict[str, Any], pad: str) -> Iterator[str]:
    is_list = "shown" in value and isinstance(value.get("items"), list)
    is_grid = isinstance(value.get("columns"), list) and isinstance(value.get("rows"), list)
    if is_list:
        yield from _items(value["items"], pad)
    elif is_grid:
        yield from _table(value["columns"], value["rows"], pad)
    told = _HEADERS if is_list or is_grid else {"shown"}
    yield from _facts({key: item for key, item in value.items() if key not in told}, pad)


def _items(items: Sequence[Any], pad: str) -> Iterator[str]:
    if items and all(isinstance(item, dict) and _is_flat(item) for item in items):
        names = list(dict.fromkeys(name for item in items for name in item))
        yield from _table(names, [[item.get(name, "") for name in names] for item in items], pad)
        return
    for item in items:
        if isinstance(item, dict) and item:
            (first, title), *rest = item.items()
            yield f"{pad}- {_inline(first)}: {_inline(title)}"
            yield from _facts(dict(rest), f"{pad}  ")
        else:
            yield f"{pad}- {_inline(item)}"


def _is_flat(item: dict[str, Any]) -> bool:
    return not any(isinstance(value, dict | list) for value in item.values())


def _table(columns: Sequence[Any], rows: Sequence[Any], pad: str) -> Iterator[str]:
    if not columns:
        return
    cells = [row if isinstance(row, list) else [row] for row in rows]
    for line in (columns, ["---"] * len(columns), *cells):
        yield f"{pad}| {' | '.join(_cell(value) for value in line)} |"


def _cell(value: Any) -> str:
    return _inline(value).replace("\\", "\\\\").replace("|", "\\|")


def _inline(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(item, str | int | float) for item in value):
        return ", ".join(json.dumps(item, ensure_ascii=False) for item in value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return " ".join(text.splitlines())


def _fenced(text: str, pad: str) -> Iterator[str]:
    longest = max((len(ticks) for ticks in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    yield f"{pad}{fence}"
    yield from (f"{pad}{line}" for line in text.strip("\n").splitlines())
    yield f"{pad}{fence}"
