"""What every reader of a source gives, and how much of a foreign text is taken."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from rasgo_nb.errors import RasgoError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rasgo_nb.catalog.facts import Fact, Origin

MOST_TEXT = 4_000  # characters of a description that are kept; the rest is left where it was written
MOST_NAME = 300
MOST_SQL = 40_000  # a longer statement is left out: half of one would be wrong
MOST_VALUES = 200
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class SourceReading:
    """What was read of one place.

    ``problems`` are one line each. ``read`` counts the things that are described: models, datasets, files.
    ``unread`` names files of the place that could not be read: what was known from them stays.
    """

    facts: tuple[Fact, ...] = ()
    problems: tuple[str, ...] = ()
    read: int = 0
    unread: tuple[str, ...] = ()


class DoesNotRead(RasgoError):
    """A file is not what it should be; the line says what to do."""


def clean(text: object, most: int = MOST_TEXT) -> str:
    """A foreign text without control characters, cut at ``most``; "" for what is none."""
    if isinstance(text, str):
        if len(text) <= most and text.isascii() and text.isprintable():  # nearly all are
            return text.strip()
    elif isinstance(text, bool) or not isinstance(text, int | float):
        return ""
    read = str(text)[: 2 * most]
    read = _CONTROL.sub("", read.replace("\r\n", "\n")).strip()
    return read if len(read) <= most else f"{read[: most - 2].rstrip()} …"


def cleaned(fact: Fact) -> Fact:
    """The fact with bounded texts; without its statement where that is too long to be kept whole."""
    changed: dict[str, Any] = {
        "text": clean(fact.text),
        "name": clean(fact.name, MOST_NAME),
        "sql": clean(fact.sql, MOST_SQL) if len(fact.sql) <= MOST_SQL else "",
        "columns": _names(fact.columns),
        "referenced_columns": _names(fact.referenced_columns),
        "values": _names(fact.values[:MOST_VALUES]),
        "origin": _cleaned_origin(fact.origin),
    }
    is_clean = all(getattr(fact, name) == value for name, value in changed.items())
    return fact if is_clean else replace(fact, **changed)


@lru_cache(maxsize=1024)
def _cleaned_origin(origin: Origin) -> Origin:
    place, author = clean(origin.place, MOST_NAME), clean(origin.author, MOST_NAME)
    return replace(origin, place=place, author=author, at=clean(origin.at, MOST_NAME))


def _names(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple([clean(name, MOST_NAME) for name in names]) if names else ()


def mapping(value: object) -> Mapping[str, Any]:
    """The value where it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def rows(value: object) -> list[Mapping[str, Any]]:
    """The mappings of a list; of a mapping its values that are mappings."""
    values = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [one for one in values if isinstance(one, dict)]


def words(value: object) -> tuple[str, ...]:
    """The texts of a list, or of one text."""
    if not value:
        return ()
    values = value if isinstance(value, list | tuple) else [value]
    return tuple(dict.fromkeys(word for one in values if (word := clean(one))))
