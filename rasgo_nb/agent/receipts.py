"""What of the data a tool result held as it was sent, read from its text: never from what was meant."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from xml.etree import ElementTree as ET

HIDDEN = "***"
_FIGURES = ("min", "max", "mean", "quantiles", "histogram", "top_values", "found")
_TEXTS = ("output", "value", "traceback", "text", "answer")  # texts that may quote any data
_LIST = re.compile(r"\s*- (?:\*\*)?(?P<key>[\w ]+?)(?:\*\*)?(?:: (?P<value>.*)| \(.*\))?$")
_MOST_NAMES = 12


@dataclass(frozen=True, slots=True)
class Receipt:
    """Rows of which columns left the machine; of ``figures`` statistics or frequent values did.

    ``chars`` is the length of texts that may quote data: output of Python, values, tracebacks. ``withheld``
    is what the result itself said of what it leaves out.
    """

    rows: int = 0
    columns: tuple[str, ...] = ()
    masked: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()
    chars: int = 0
    images: int = 0
    withheld: str = ""

    def __str__(self) -> str:
        """In one line: "12 rows of carrier, delay; email masked"; empty where there is no data."""
        rows = f"{self.rows:,} row{'' if self.rows == 1 else 's'} of {_names(self.columns)}"
        pictures = "1 picture" if self.images == 1 else f"{self.images} pictures"
        said = (
            (self.rows and self.columns, rows),
            (self.figures, f"figures of {_names(self.figures)}"),
            (self.chars, f"{self.chars:,} characters of text"),
            (self.images, pictures),
            (self.masked, f"{_names(self.masked)} masked"),
            (self.withheld and not self.masked, self.withheld),
        )
        return "; ".join(text for is_told, text in said if is_told)


@lru_cache(maxsize=2_000)  # a result is sent again with every later prompt
def receipt_of(content: str, images: int = 0) -> Receipt:
    """The receipt of a tool result's text, in whichever format it was rendered."""
    found = _Found()
    found.take(_tree(content))
    shown = tuple(name for name in found.columns if name not in found.masked)
    return Receipt(
        found.rows if shown else 0,
        shown,
        tuple(found.masked),
        tuple(name for name in found.figures if name not in found.masked),
        found.chars,
        images,
        found.withheld,
    )


def _names(names: tuple[str, ...]) -> str:
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


@dataclass(slots=True)
class _Found:
    """What was found so far; dictionaries keep the order of names."""

    rows: int = 0
    columns: dict[str, None] = field(default_factory=dict)
    masked: dict[str, None] = field(default_factory=dict)
    figures: dict[str, None] = field(default_factory=dict)
    chars: int = 0
    withheld: str = ""

    def take(self, value: Any) -> None:
        if isinstance(value, list):
            for one in value:
                self.take(one)
        if not isinstance(value, Mapping):
            return
        if isinstance(value.get("rows"), list):
            self._grid(value.get("columns"), value["rows"])
            return
        if any(value.get(key) not in (None, "", HIDDEN, [], {}) for key in _FIGURES) and "name" in value:
            self.figures[str(value["name"])] = None
        for key, one in value.items():
            if key == "privacy":
                self.withheld = self.withheld or str(one)
            elif isinstance(one, Mapping | list):
                self.take(one)
            elif key in _TEXTS and one not in (None, HIDDEN):
                self.chars += len(str(one))

    def _grid(self, columns: object, rows: list[Any]) -> None:
        names = [str(name) for name in columns] if isinstance(columns, list) else []
        cells = [row if isinstance(row, list) else [row] for row in rows]
        self.rows += len(cells)
        for place in range(max(map(len, cells), default=0)):
            values = [row[place] for row in cells if place < len(row)]
            name = names[place] if place < len(names) else f"column {place + 1}"
            is_masked = all(value == HIDDEN for value in values)
            (self.masked if is_masked else self.columns)[name] = None
        for name in self.columns:
            self.masked.pop(name, None)  # masked in one table, shown in another


def _tree(content: str) -> Any:
    text = content.strip()
    if text.startswith("{"):
        try:
            return json.loads(text)
        except ValueError:
            return {"text": content}
    if text.startswith("<result>"):
        try:
            return _of_element(ET.fromstring(text))
        except ET.ParseError:
            return {"text": content}
    return list(_of_markdown(text.splitlines()))


def _of_element(element: ET.Element) -> Any:
    children = list(element)
    if not children:
        return element.text or ""
    keys = [child.get("name", child.tag) if child.tag == "item" else child.tag for child in children]
    is_list = len(set(keys)) == 1 and element.tag in (f"{keys[0]}s", "row", "items")
    if is_list:
        return [_of_element(child) for child in children]
    return dict(zip(keys, map(_of_element, children), strict=True))


def _of_markdown(lines: list[str]) -> Iterator[Any]:
    """Facts and tables, each by itself; a table below ``columns`` describes columns, others are rows."""
    label, at = "", 0
    while at < len(lines):
        line = lines[at].strip()
        at += 1
        if line.startswith("|"):
            table = [line]
            while at < len(lines) and lines[at].strip().startswith("|"):
                table.append(lines[at].strip())
                at += 1
            yield from _of_table(label, table)
        elif line.startswith("```"):
            block = []
            while at < len(lines) and lines[at].strip() != line:
                block.append(lines[at].strip())
                at += 1
            at += 1
            yield {label: "\n".join(block)}
        elif found := _LIST.match(lines[at - 1]):
            label = found["key"]
            if found["value"] is not None:
                yield {label: found["value"]}
        elif line:
            yield {"text": line}


def _of_table(label: str, lines: list[str]) -> Iterator[Any]:
    head, *rest = [_cells(line) for line in lines]
    rows = rest[1:]
    if label in ("preview", "sample", "rows", "value") or "name" not in head:
        yield {"columns": head, "rows": rows}
    else:
        yield [dict(zip(head, row, strict=False)) for row in rows]


def _cells(line: str) -> list[str]:
    inner = line.removeprefix("| ").removesuffix(" |")
    return [cell.replace("\\|", "|").replace("\\\\", "\\") for cell in re.split(r"(?<!\\) \| ", inner)]
