"""The table of what is known: modules, functions, methods and magics, and what each does."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_WRITING = ("export_", "save_", "sink_", "write_")  # beginnings of methods that write where they are told
_READING = ("read_", "scan_")


@dataclass(frozen=True, slots=True)
class Known:
    """What is known, by name: ``places`` are dotted and may hold a star, the others are single words."""

    places: Mapping[str, str]
    methods: Mapping[str, str]
    alone: frozenset[str]
    modes: Mapping[str, tuple[int, str]]
    dialects: Mapping[str, str]
    line_magics: Mapping[str, str]
    cell_magics: Mapping[str, str]
    programs: Mapping[str, str]

    def of_place(self, path: str) -> tuple[str, str]:
        """What a dotted name does and by which entry; two empty texts where nothing is known of it.

        The whole name first, then its method on anything of the same library, then ever shorter beginnings.
        """
        if path in self.places:
            return self.places[path], path
        parts = path.split(".")
        root, last = parts[0], parts[-1]
        for entry in (f"{root}.*.{last}", f"{'.'.join(parts[:-1])}.{last.split('_')[0]}_*"):
            if len(parts) > 1 and entry in self.places:
                return self.places[entry], entry
        while parts:
            beginning = ".".join(parts)
            for entry in (f"{beginning}.*", beginning):
                if entry in self.places and beginning != path:
                    return self.places[entry], entry
            parts.pop()
        return "", ""

    def of_method(self, name: str) -> str:
        """What a method of this name does, whatever it is a method of; empty where nothing is known."""
        found = self.methods.get(name, "")
        if found or name.startswith(_WRITING):
            return found or "writes_to"
        return "reads" if name.startswith(_READING) else ""


@lru_cache(maxsize=1)
def known() -> Known:
    """The table, read once."""
    text = files("rasgo_nb.effects").joinpath("known.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    alone = frozenset(table["places"].pop("unjudged_alone"))
    return Known(
        places=_by_name(table["places"]),
        methods=_by_name(table["methods"]),
        alone=alone,
        modes={name: (place, mode) for name, (place, mode) in table["modes"].items()},
        dialects=table["dialects"],
        line_magics=_by_name(table["line_magics"]),
        cell_magics=_by_name(table["cell_magics"]),
        programs=_by_name(table["programs"]),
    )


def _by_name(kinds: Mapping[str, Any]) -> dict[str, str]:
    return {name: kind for kind, names in kinds.items() for name in names}
