"""A YAML file as nodes that know where they stand, so that every problem names its line and field."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from rasgo_nb._optional import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_MOST_SHOWN = 60


@dataclass(slots=True)
class Problems:
    """What is wrong in one file."""

    file: str
    lines: list[tuple[int, str]] = field(default_factory=list)

    def add(self, line: int, said: str) -> None:
        """Remember a problem; lines count from 1."""
        self.lines.append((line, said))

    def text(self) -> str:
        """One line for each, in the order of the file."""
        return "\n".join(f"{self.file}, line {line}: {said}" for line, said in sorted(set(self.lines)))


@dataclass(frozen=True, slots=True)
class Place:
    """One node of the file. ``path`` names it for a person: ``cases[2].answer.value``."""

    node: Any
    path: str
    problems: Problems

    @property
    def line(self) -> int:
        """Where it begins, from 1."""
        return int(self.node.start_mark.line) + 1

    @property
    def is_text(self) -> bool:
        """Whether it is a plain value rather than a list or a table."""
        return bool(self.node.id == "scalar")

    @property
    def is_list(self) -> bool:
        """Whether it is a list."""
        return bool(self.node.id == "sequence")

    @property
    def is_table(self) -> bool:
        """Whether it has fields."""
        return bool(self.node.id == "mapping")

    def wrong(self, said: str) -> None:
        """Say what would be right here."""
        self.problems.add(self.line, f"{self.path or 'the file'} {said}")

    def value(self) -> Any:
        """What it holds, as YAML reads it."""
        yaml = load("yaml", extra="evals", purpose="A suite")
        loader = yaml.SafeLoader("")
        try:
            return loader.construct_document(self.node)
        except (yaml.YAMLError, ValueError, TypeError) as error:
            self.wrong(f"cannot be read: {str(error).splitlines()[0]}")
            return None
        finally:
            loader.dispose()

    def fields(self, known: Iterable[str] = ()) -> dict[str, Place]:
        """Its fields by name; those that are not ``known`` are told, with the nearest that is."""
        if not self.is_table:
            self.wrong(f"must have fields of its own, such as `{next(iter(known), 'name')}: …`")
            return {}
        found: dict[str, Place] = {}
        for key, node in self.node.value:
            name = str(key.value)
            place = replace(self, node=node, path=f"{self.path}.{name}" if self.path else name)
            at = replace(place, node=key)
            if known and name not in known:
                near = get_close_matches(name, list(known), n=1)
                offer = f"Did you mean `{near[0]}`?" if near else f"Fields here: {', '.join(known)}."
                at.wrong(f"is not known. {offer}")
            elif name in found:
                at.wrong("stands here twice. Leave one of them out.")
            else:
                found[name] = place
        return found

    def items(self) -> list[Place]:
        """The items of a list; a single value is a list of one."""
        if not self.is_list:
            return [self]
        return [
            replace(self, node=node, path=f"{self.path}[{number}]")
            for number, node in enumerate(self.node.value, 1)
        ]

    def text(self) -> str:
        """A text; numbers and dates are taken as they are written."""
        if not self.is_text:
            self.wrong("must be a text")
            return ""
        return str(self.node.value)

    def texts(self) -> tuple[str, ...]:
        """A list of texts."""
        return tuple(item.text() for item in self.items())

    def number(self) -> float:
        """A number that is 0 or more."""
        value = self.value()
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
            self.wrong(f"must be a number from 0, not {_shown(value)}")
            return 0.0
        return float(value)

    def whole(self) -> int:
        """A whole number that is 0 or more."""
        value = self.value()
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            self.wrong(f"must be a whole number from 0, not {_shown(value)}")
            return 0
        return value

    def switch(self) -> bool:
        """Yes or no."""
        value = self.value()
        if not isinstance(value, bool):
            self.wrong(f"must be true or false, not {_shown(value)}")
            return False
        return value

    def one_of(self, known: Sequence[str]) -> str:
        """One of these words."""
        text = self.text()
        if text not in known:
            near = get_close_matches(text, known, n=1)
            offer = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(known)}."
            self.wrong(f"is no {_shown(text)}. {offer}")
        return text


def read_nodes(text: str, problems: Problems) -> Place | None:
    """The file's outermost node; None where it is no YAML, or empty, which is among the problems then."""
    yaml = load("yaml", extra="evals", purpose="A suite")
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        said = " ".join(str(getattr(error, "problem", None) or error).split())
        problems.add(mark.line + 1 if mark else 1, f"is no YAML: {said}. Mind the indentation and quotes.")
        return None
    except RecursionError:
        problems.add(1, "is nested too deeply to be a suite.")
        return None
    if node is None:
        problems.add(1, "is empty. A suite begins with `suite: NAME` and has a list of `cases:`.")
        return None
    return Place(node, "", problems)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"
