"""Writes a page for a model, as JSON, XML or markdown, never longer than its interface allows."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, assert_never

from rasgo_nb.agent.markdown_page import markdown
from rasgo_nb.agent.page import bounded, safe_text
from rasgo_nb.agent.xml_page import xml
from rasgo_nb.memory.clean import with_hidden_told

if TYPE_CHECKING:
    from collections.abc import Callable

    from rasgo_nb.agent.interface import Interface
    from rasgo_nb.agent.page import Page

_MIN_TEXT = 40  # characters below which a text is not cut further
_ITEM_OF_TEXT = 40  # so many characters of a text weigh as much as one item of a list
_COLUMNS_PER_ITEM = 20  # columns of a grid are dearer than rows


def render(page: Page, interface: Interface) -> str:
    """The page as text; its longest lists and texts are shortened until it fits, and say so.

    Whatever the page holds, the text is well formed, can be encoded, and stays within the interface's bound
    (of at least 100 characters).
    """
    tree = _tree(page)
    text = _write(tree, interface)
    while len(text) > interface.max_result_chars:
        cuts = list(_cuts(tree))
        if not cuts:
            return _head(text, interface)
        heaviest = max(cut.weight for cut in cuts)
        for cut in cuts:
            if cut.weight == heaviest:  # like lists are cut alike
                cut.make()
        text = _write(tree, interface)
    return text


def _write(tree: dict[str, Any], interface: Interface) -> str:
    match interface.result_format:
        case "json":
            return json.dumps(tree, ensure_ascii=False)
        case "xml":
            return xml(tree)
        case "markdown":
            return markdown(tree)
        case _:
            assert_never(interface.result_format)


def _tree(value: object) -> Any:
    """A copy in the types of JSON, with texts that can be encoded and hide nothing."""
    if isinstance(value, str):
        return with_hidden_told(value.encode("utf-8", "backslashreplace").decode("utf-8"))
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if value.bit_length() <= 200 else f"an integer of {value.bit_length():,} bits"
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {_tree(safe_text(key)): _tree(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_tree(item) for item in value]
    return _tree(bounded(safe_text(value)))


class _Cut(NamedTuple):
    """One way to shorten a page; ``weight`` is how many items it still has there."""

    weight: float
    make: Callable[[], None]


def _cuts(value: Any) -> Iterator[_Cut]:
    if isinstance(value, dict):
        names = _grid_columns(value)
        if names is not None and len(names) > 1:
            yield _Cut(len(names) / _COLUMNS_PER_ITEM, lambda: _halve_columns(value))
        for key, item in value.items():
            if names is None or key != "columns":
                yield from _cuts_at(value, key, item)
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _cuts_at(value, place, item)


def _cuts_at(owner: Any, key: Any, item: Any) -> Iterator[_Cut]:
    if isinstance(item, str) and len(item) > _MIN_TEXT and key not in {"shown", "columns_shown"}:
        yield _Cut(len(item) / _ITEM_OF_TEXT, lambda: _halve_text(owner, key))
    elif isinstance(item, list) and len(item) > 1 and isinstance(owner, dict):
        yield _Cut(len(item), lambda: _halve_list(owner, key))
    yield from _cuts(item)


def _grid_columns(value: dict[str, Any]) -> list[Any] | None:
    columns, rows = value.get("columns"), value.get("rows")
    return columns if isinstance(columns, list) and isinstance(rows, list) else None


def _halve_list(owner: dict[str, Any], key: str) -> None:
    whole = len(owner[key])
    owner[key] = owner[key][: whole // 2]
    if key in {"items", "rows"} and "shown" in owner:
        owner["shown"] = re.sub(r"^[\d,]+", f"{len(owner[key]):,}", str(owner["shown"]))
    else:
        total = re.sub(r".* of ", "", str(owner.get(f"{key}_shown", whole)))
        owner[f"{key}_shown"] = f"{len(owner[key]):,} of {total}"


def _halve_columns(owner: dict[str, Any]) -> None:
    _halve_list(owner, "columns")
    kept = len(owner["columns"])
    owner["rows"] = [row[:kept] if isinstance(row, list) else row for row in owner["rows"]]


def _halve_text(owner: Any, key: Any) -> None:
    owner[key] = f"{owner[key][: len(owner[key]) // 2 - 1]}…"


def _head(text: str, interface: Interface) -> str:
    """The beginning of a text that no cut makes fit, as a page of its own."""
    keep = interface.max_result_chars
    while True:
        page = {"cut": f"only the beginning, of {len(text):,} characters", "text": text[:keep]}
        head = _write(page, interface)
        if len(head) <= interface.max_result_chars or not keep:
            return head
        keep = max(0, keep - max(1, len(head) - interface.max_result_chars))
