"""A folder of YAML and Markdown, or one such file: semantic models, and what people note of tables."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rasgo_nb.catalog.sources.git import Authors
from rasgo_nb.catalog.sources.markdown_notes import read_markdown
from rasgo_nb.catalog.sources.osi import is_osi, read_osi
from rasgo_nb.catalog.sources.snowflake_semantic import is_semantic_model, read_semantic_model
from rasgo_nb.catalog.sources.source import DoesNotRead, SourceReading, mapping
from rasgo_nb.catalog.sources.yaml_notes import read_notes
from rasgo_nb.catalog.sources.yaml_text import read_yaml, text_of

if TYPE_CHECKING:
    from rasgo_nb.catalog.facts import Origin
    from rasgo_nb.catalog.sources.resolve import Resolver

_YAML = (".yml", ".yaml")
_MARKDOWN = (".md", ".markdown")
_ELSEWHERE = frozenset(("node_modules", "dbt_packages", "target", "__pycache__", "venv"))
_MOST_FILES = 5_000


def note_files(place: Path) -> list[Path]:
    """The YAML and Markdown of a folder and those below it, in order of name; hidden ones left out."""
    if place.is_file():
        return [place] if place.suffix.lower() in (*_YAML, *_MARKDOWN) else []
    found: list[Path] = []
    for folder, below, names in os.walk(place):
        below[:] = sorted(name for name in below if not name.startswith(".") and name not in _ELSEWHERE)
        found += [
            Path(folder, name)
            for name in sorted(names)
            if not name.startswith(".")
            and Path(name).suffix.lower() in (*_YAML, *_MARKDOWN)
            and Path(folder, name).is_file()  # a pipe would be waited for
        ]
        if len(found) > _MOST_FILES:
            raise DoesNotRead(f"{place} holds more than {_MOST_FILES:,} files. Name a folder below it.")
    return found


def read_folder(place: Path, files: list[Path], names: Resolver, *, called: str) -> SourceReading:
    """The facts of all files; one that does not read is told in a line, and the others hold."""
    authors = Authors(f"folder:{called}")
    parts = [_read(path, _called(path, place), names, authors) for path in files]
    return SourceReading(
        facts=tuple(fact for part in parts for fact in part.facts),
        problems=tuple(dict.fromkeys(problem for part in parts for problem in part.problems)),
        read=len(files),
        unread=tuple(name for part in parts for name in part.unread),
    )


def _called(path: Path, place: Path) -> str:
    """A file as a person finds it within the place."""
    return path.name if path == place else path.relative_to(place).as_posix()


def _read(path: Path, called: str, names: Resolver, authors: Authors) -> SourceReading:
    try:
        text = text_of(path, called=called)
        origin = authors.of(path, called=called)
        if path.suffix.lower() in _MARKDOWN:
            return read_markdown(text, names, origin=origin)
        return _of_yaml(read_yaml(text, called), names, origin)
    except DoesNotRead as error:
        return SourceReading(problems=(str(error),), unread=(called,))


def _of_yaml(value: Any, names: Resolver, origin: Origin) -> SourceReading:
    """By what the file holds: its name may be any."""
    if is_osi(value):
        return read_osi(value, names, place=origin.place, origin=origin)
    if is_semantic_model(value):
        return read_semantic_model(value, names, place=origin.place, origin=origin)
    if (
        isinstance(value, dict)
        and set(value) & {"models", "sources", "seeds"}
        and "version" in mapping(value)
    ):
        problem = f"{origin.place} is of a dbt project. Name the project's folder itself."
        return SourceReading(problems=(problem,))
    if value is None:
        return SourceReading()
    reading = read_notes(value, names, origin=origin)
    return replace(reading, read=1)
