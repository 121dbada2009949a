"""Reads the flags before a question; the question itself is never parsed, quoted or expanded."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

from rasgo_nb.errors import RasgoError, UnknownName

if TYPE_CHECKING:
    from collections.abc import Mapping

_FLAG = re.compile(r"\s*--(?P<name>[A-Za-z][\w-]*)(?P<equals>=)?")
_VALUE = re.compile(r"""\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>\S+))""")
_END = re.compile(r"\s*--(?=\s|$)")


def read_flags(line: str, kinds: Mapping[str, type]) -> tuple[dict[str, str | int | bool], str]:
    """The flags at the start of a line, and the rest of the line untouched.

    ``kinds`` gives each flag's type: ``bool`` ones stand alone, the others take a value.
    ``--`` ends the flags.

    Raises
    ------
    UnknownName
        for a flag that does not exist.
    RasgoError
        for a value that is missing or of the wrong type.
    """
    flags: dict[str, str | int | bool] = {}
    while (found := _FLAG.match(line)) is not None:
        name = found["name"]
        _check_known(name, kinds)
        line = line[found.end() :]
        if kinds[name] is bool:
            flags[name] = True
            continue
        value = _VALUE.match(line)
        if value is None or (value["bare"] or "").startswith("--"):
            raise RasgoError(f"--{name} needs a value. {_example(name)}")
        flags[name] = _read(name, value["double"] or value["single"] or value["bare"] or "", kinds[name])
        line = line[value.end() :]
    ended = _END.match(line)
    return flags, line[ended.end() :] if ended else line


def _check_known(name: str, kinds: Mapping[str, type]) -> None:
    if name not in kinds:
        near = get_close_matches(name, kinds, n=1)
        names = ", ".join(f"--{known}" for known in kinds)
        raise UnknownName(
            f"There is no flag --{name}. " + (f"Did you mean --{near[0]}?" if near else f"Flags: {names}.")
        )


def _read(name: str, value: str, kind: type) -> str | int:
    if kind is str:
        return value
    if not value.isdecimal() or len(value) > 9 or int(value) < 1:
        raise RasgoError(f"--{name} takes a whole number from 1, not {value!r}. {_example(name)}")
    return int(value)


def _example(name: str) -> str:
    examples = {
        "max-steps": "20",
        "as": "run",
        "from-step": "2",
        "run": "0a1b2c3d4e5f",
        "without": "2.1",
        "model": "offline",
        "interface": "open",
        "connection": "sample",
        "name": "sales",
    }
    return f"Type for example `--{name} {examples.get(name, '1')}`."
