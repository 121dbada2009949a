"""Writes a page for a model, as JSON, XML or markdown, never longer than its interface allows."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, assert_never
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from rasgo_nb.agent.models.base import Interface
    from rasgo_nb.agent.page import Page


def render(page: Page, interface: Interface) -> str:
    """The page as text; lists are shortened, the longest first, until it fits, and say so."""
    text = _write(page, interface)
    if len(text) <= interface.max_result_chars:
        return text
    shorter: Any = copy.deepcopy(json.loads(json.dumps(page, default=str)))
    while len(text) > interface.max_result_chars and _halve_longest(shorter):
        text = _write(shorter, interface)
    if len(text) > interface.max_result_chars:
        text = f"{text[: interface.max_result_chars]}\n… cut after {interface.max_result_chars:,} characters"
    return text


def _write(page: Page, interface: Interface) -> str:
    match interface.result_format:
        case "json":
            return json.dumps(page, ensure_ascii=False, default=str)
        case "xml":
            return _xml("result", page)
        case "markdown":
            return "\n".join(_markdown(page, depth=0))
        case _:
            assert_never(interface.result_format)


def _halve_longest(page: dict[str, Any]) -> bool:
    """Cut the longest list that says how much of it is shown; False when none can be cut further."""
    candidates = [
        (len(json.dumps(owner[key])), owner, key) for owner, key in _shortenable(page) if len(owner[key]) > 1
    ]
    if not candidates:
        return False
    _, owner, key = max(candidates, key=lambda candidate: candidate[0])
    owner[key] = owner[key][: len(owner[key]) // 2]
    if "shown" in owner:
        owner["shown"] = re.sub(r"^[\d,]+", f"{len(owner[key]):,}", owner["shown"])
    else:
        owner[f"{key}_cut"] = f"only {len(owner[key])} shown"
    return True


def _shortenable(value: Any) -> Iterator[tuple[dict[str, Any], str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            if isinstance(item, list) and key != "columns":
                yield value, key
            yield from _shortenable(item)
    elif isinstance(value, list):
        for item in value:
            yield from _shortenable(item)


def _xml(tag: str, value: object) -> str:
    name = re.sub(r"[^\w.-]", "_", tag) or "item"
    label = "" if name == tag else f" name={quoteattr(tag)}"
    if isinstance(value, Mapping):
        inner = "".join(_xml(str(key), item) for key, item in value.items())
    elif isinstance(value, Sequence) and not isinstance(value, str):
        inner = "".join(_xml("item", item) for item in value)
    else:
        inner = escape(_word(value))
    return f"<{name}{label}>{inner}</{name}>"


def _markdown(value: Mapping[str, object], depth: int) -> Iterator[str]:
    pad = "  " * depth
    columns, rows = value.get("columns"), value.get("rows")
    is_grid = isinstance(columns, list) and isinstance(rows, list)
    for key, item in value.items():
        if is_grid and key in {"columns", "rows"}:
            continue
        if isinstance(item, Mapping):
            yield f"{pad}- **{key}**"
            yield from _markdown(item, depth + 1)
        elif isinstance(item, list) and item and all(isinstance(entry, Mapping) for entry in item):
            yield f"{pad}- **{key}**"
            for entry in item:
                yield f"{pad}  - {'; '.join(f'{k}: {_word(v)}' for k, v in entry.items())}"
        else:
            yield f"{pad}- **{key}**: {_word(item)}"
    if is_grid:
        yield ""
        yield from _markdown_table(columns, rows)  # type: ignore[arg-type]


def _markdown_table(columns: list[object], rows: list[list[object]]) -> Iterator[str]:
    for line in (columns, ["---"] * len(columns), *rows):
        yield "| " + " | ".join(_word(item).replace("|", "\\|").replace("\n", " ") for item in line) + " |"


def _word(value: object) -> str:
    if value is None:
        return "null"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
