"""A command's words and flags, in any order; words with spaces stand in quotes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING

from rasgo_nb.errors import RasgoError, UnknownName

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# Backslashes stand for themselves: paths of Windows have them.
# Quotes stand around a whole word or a flag's value; within one they are letters: it's.
_WORD = re.compile(r"""(?:--[\w-]+=)?(?:"[^"]*"|'[^']*')(?=\s|$)|\S+""")
_QUOTED = re.compile(r"""(--[\w-]+=)?(?:"([^"]*)"|'([^']*)')""")


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a command, and its flags by name; those that stand alone are True."""

    plain: Sequence[str]
    flags: Mapping[str, str | int | bool] = field(default_factory=dict)

    @property
    def first(self) -> str:
        """The first word; empty where there is none."""
        return self.plain[0] if self.plain else ""

    def number(self, name: str) -> int:
        """The number of a flag; 0 where it is not given."""
        return int(self.flags.get(name, 0))

    def text(self, name: str) -> str:
        """The text of a flag; empty where it is not given."""
        return str(self.flags.get(name, ""))

    def check(self, *flags: str, example: str, least: int = 0, most: int = 1_000) -> None:
        """Refuse what the command does not take."""
        for name in self.flags:
            if name not in flags:
                raise UnknownName(f"--{name} means nothing here. Type for example `%rasgo {example}`.")
        if not least <= len(self.plain) <= most:
            what = "says too little" if len(self.plain) < least else "says too much"
            raise RasgoError(f"This {what}. Type for example `%rasgo {example}`.")


def read_words(line: str | Sequence[str], kinds: Mapping[str, type]) -> Words:
    """The words of a line, or words that are apart already.

    Raises
    ------
    RasgoError
        for a flag that does not exist, and a value that is missing or of the wrong type.
    """
    pieces = [_unquoted(one) for one in _WORD.findall(line)] if isinstance(line, str) else list(line)
    plain: list[str] = []
    flags: dict[str, str | int | bool] = {}
    left = iter(pieces)
    for piece in left:
        if not piece.startswith("--") or piece == "--":
            plain += [] if piece == "--" else [piece]
            continue
        name, equals, value = piece.removeprefix("--").partition("=")
        _check_known(name, kinds)
        flags[name] = (
            True if kinds[name] is bool else _value(name, value if equals else None, left, kinds[name])
        )
    return Words(tuple(plain), flags)


def _unquoted(piece: str) -> str:
    found = _QUOTED.fullmatch(piece)
    return "".join(part or "" for part in found.groups()) if found else piece


def _check_known(name: str, kinds: Mapping[str, type]) -> None:
    if name not in kinds:
        near = get_close_matches(name, kinds, n=1)
        hint = f"Did you mean --{near[0]}?" if near else f"Flags: {', '.join(f'--{one}' for one in kinds)}."
        raise UnknownName(f"There is no flag --{name}. {hint}")


def _value(name: str, given: str | None, left: Iterator[str], kind: type) -> str | int:
    value = next(left, "") if given is None else given
    if not value or value.startswith("--"):
        raise RasgoError(
            f"--{name} needs a value. Type for example `--{name} {_EXAMPLES.get(kind, 'FILE')}`."
        )
    if kind is str:
        return value
    if not value.isdecimal() or len(value) > 9 or int(value) < 1:
        raise RasgoError(
            f"--{name} takes a whole number from 1, not {value!r}. Type for example `--{name} 7`."
        )
    return int(value)


_EXAMPLES = {int: "7", str: "FILE"}
