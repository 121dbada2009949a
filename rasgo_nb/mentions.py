"""What the @names in a question point at."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rasgo_nb.content import is_a

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rasgo_nb.catalog.search.catalog import Catalog
    from rasgo_nb.connectors.base import Column, TableDetail

# A part of a name is a word, or anything in double quotes, as SQL has it.
_PART = r'(?:[^\W\d]\w*|"(?:[^"\n]|"")+")'
# Not inside a word: an address such as ann@example.org points at nothing.
_MENTION = re.compile(rf"(?<![\w@])@({_PART}(?:\.{_PART}){{0,3}})")
_WORD = re.compile(r"[^\W\d]\w*")


def mentioned(question: str, catalog: Catalog, user_ns: Mapping[str, object]) -> list[str]:
    """A line for each @name that is a variable, a table or a column; other @words are left as they are."""
    lines = (_line(name, catalog, user_ns) for name in dict.fromkeys(_MENTION.findall(question)))
    return list(dict.fromkeys(line for line in lines if line))


def as_mention(parts: Sequence[str]) -> str:
    """Parts of a name as they are written after an @: in double quotes where they are no plain words."""
    return ".".join(part if _WORD.fullmatch(part) else '"' + part.replace('"', '""') + '"' for part in parts)


def can_be_mentioned(name: str) -> bool:
    """Whether a name can stand after an @ at all."""
    return bool(re.fullmatch(_PART, as_mention([name])))


def _line(name: str, catalog: Catalog, user_ns: Mapping[str, object]) -> str:
    """What the name points at, or else its beginning: a sentence may go on right after the dot."""
    parts = re.findall(_PART, name)
    for end in range(len(parts), 0, -1):
        found = _meaning([_unquoted(part) for part in parts[:end]], catalog, user_ns)
        if found:
            return f"@{'.'.join(parts[:end])} is {found}."
    return ""


def _meaning(parts: Sequence[str], catalog: Catalog, user_ns: Mapping[str, object]) -> str:
    if len(parts) == 1 and parts[0] in user_ns:
        return f"a variable of type {type(user_ns[parts[0]]).__name__}"
    table = catalog.spelled(".".join(parts))
    if table is not None:
        return f"the table {table.name}"
    if len(parts) == 2 and _has_column(user_ns.get(parts[0]), parts[1]):
        return f"the column {parts[1]!r} of the DataFrame {parts[0]}"
    table = catalog.spelled(".".join(parts[:-1])) if len(parts) > 1 else None
    column = _column(table, parts[-1]) if table is not None else None
    if table is None or column is None:
        return ""
    return f"the column {column.name} ({column.type}) of the table {table.name}"


def _has_column(value: Any, name: str) -> bool:
    return is_a("pandas", ("DataFrame",), value) and name in value.columns


def _column(table: TableDetail, name: str) -> Column | None:
    exact = (column for column in table.columns if column.name == name)
    folded = (column for column in table.columns if column.name.casefold() == name.casefold())
    return next(exact, None) or next(folded, None)


def _unquoted(part: str) -> str:
    return part[1:-1].replace('""', '"') if part.startswith('"') else part
