"""What the @names in a question point at."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rasgo_nb.catalog.search import Catalog

# Not inside a word: an address such as ann@example.org points at nothing.
_MENTION = re.compile(r"(?<![\w@])@((?:[^\W\d]\w*\.){0,2}[^\W\d]\w*)")


def mentioned(question: str, catalog: Catalog, user_ns: Mapping[str, object]) -> list[str]:
    """A line for each @name that is a variable or a table; other @words are left as they are."""
    lines = []
    for name in dict.fromkeys(_MENTION.findall(question)):
        table = catalog.table(name)
        if name in user_ns:
            lines.append(f"@{name} is a variable of type {type(user_ns[name]).__name__}.")
        elif table is not None:
            lines.append(f"@{name} is the table {table.name}.")
    return lines
