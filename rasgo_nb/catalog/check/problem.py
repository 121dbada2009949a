"""One thing in a statement that the database would refuse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

What = Literal["table", "column", "alias", "ambiguous", "grouping", "shape"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that the database would refuse.

    ``name`` is the wrong name as written, ``qualifier`` the table that it is written with. ``table`` is that
    table's full name where it is known.
    """

    what: What
    message: str
    name: str = ""
    qualifier: str = ""
    table: str = ""
    line: int | None = None
    column: int | None = None
