"""Foreign YAML as plain values: every scalar is the text as it is written, and keys know their lines.

Built from the parser's events, so that no tag makes an object and no alias a file of any size in memory.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rasgo_nb._optional import load
from rasgo_nb.catalog.sources.source import DoesNotRead

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES = 10_000_000
_MOST_VALUES = 300_000  # those that aliases repeat are counted each time
_DEEPEST = 60
_NULLS = frozenset(("", "~", "null", "Null", "NULL"))


class Keyed(dict[str, Any]):
    """A mapping of a file; ``lines`` tells where each key stands, counted from 1."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[str, int] = {}


def text_of(path: Path, *, called: str) -> str:
    """The text of a file.

    Raises
    ------
    DoesNotRead
        when it cannot be read, is too large, or no text in UTF-8.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise DoesNotRead(f"{called} cannot be read ({error.strerror or error}).") from None
    if len(data) > MOST_BYTES:
        raise DoesNotRead(f"{called} has more than {MOST_BYTES // 10**6} MB. Split it and sync again.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DoesNotRead(f"{called} is no text in UTF-8. Save it as UTF-8 and sync again.") from None


def read_yaml(text: str, called: str) -> Any:
    """The value of a text.

    Raises
    ------
    DoesNotRead
        when it is no YAML, holds several documents, or more than is good; says where.
    MissingDependency
        when PyYAML is not installed.
    """
    yaml = load("yaml", extra="yaml", purpose="Reading YAML")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    tree = _Tree(called)
    try:
        for event in yaml.parse(text, Loader=loader):
            tree.take(type(event).__name__, event)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        said = getattr(error, "problem", None) or "it is no YAML"
        line = f":{mark.line + 1}" if mark is not None else ""
        raise DoesNotRead(f"{called}{line}: {said}. Mend it and sync again.") from None
    return tree.value


@dataclass(slots=True)
class _Open:
    """A mapping or list that has not ended."""

    value: Any
    anchor: str | None
    before: int  # values that were counted when it began
    key: str | None = None
    line: int = 0
    merged: list[Keyed] = field(default_factory=list)


class _Tree:
    """The value while it is built."""

    def __init__(self, called: str) -> None:
        self.value: Any = None
        self._called = called
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._count = 0
        self._documents = 0

    def take(self, kind: str, event: Any) -> None:
        """One event of the parser."""
        if kind == "DocumentStartEvent":
            self._documents += 1
            if self._documents > 1:
                self._refuse(event, "it holds several documents, take one file for each")
        elif kind == "ScalarEvent":
            value = None if event.implicit[0] and event.value in _NULLS and not event.style else event.value
            self._remember(event.anchor, value, 1)
            self._add(value, event, 1)
        elif kind == "AliasEvent":
            if event.anchor not in self._anchors:
                self._refuse(event, f"*{event.anchor} stands for nothing before it")
            value, weight = self._anchors[event.anchor]
            self._add(value, event, weight)
        elif kind in ("MappingStartEvent", "SequenceStartEvent"):
            if len(self._open) >= _DEEPEST:
                self._refuse(event, "it is nested too deep")
            value = Keyed() if kind.startswith("Mapping") else []
            self._open.append(_Open(value, event.anchor, self._count))
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            self._close(event)

    def _close(self, event: Any) -> None:
        done = self._open.pop()
        for merged in done.merged:
            for key, value in merged.items():
                done.value.setdefault(key, value)
                done.value.lines.setdefault(key, merged.lines.get(key, 0))
        weight = self._count - done.before + 1
        self._remember(done.anchor, done.value, weight)
        self._count = done.before
        self._add(done.value, event, weight)

    def _add(self, value: Any, event: Any, weight: int) -> None:
        self._count += weight
        if self._count > _MOST_VALUES:
            self._refuse(event, f"it holds more than {_MOST_VALUES:,} values")
        if not self._open:
            self.value = value
            return
        last = self._open[-1]
        if isinstance(last.value, list):
            last.value.append(value)
        elif last.key is None:
            if isinstance(value, dict | list):
                self._refuse(event, "a key must be a text")
            last.key, last.line = value or "", event.start_mark.line + 1
        elif last.key == "<<":
            parts = value if isinstance(value, list) else [value]
            last.merged += [part for part in parts if isinstance(part, Keyed)]
            last.key = None
        else:
            if last.key in last.value:
                self._refuse(event, f"{last.key!r} is there twice")
            last.value[last.key] = value
            last.value.lines[last.key] = last.line
            last.key = None

    def _remember(self, anchor: str | None, value: Any, weight: int) -> None:
        if anchor is not None:
            self._anchors[anchor] = (value, weight)

    def _refuse(self, event: Any, why: str) -> None:
        raise DoesNotRead(f"{self._called}:{event.start_mark.line + 1}: {why}. Mend it and sync again.")
