"""What an @name that is being typed can become: variables, tables and columns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

from rasgo_nb.content import is_a
from rasgo_nb.mentions import as_mention, can_be_mentioned
from rasgo_nb.namespace import describe_names
from rasgo_nb.table_names import folded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rasgo_nb.table_names import Named, TableNames

MOST = 50
_PART = r'(?:[^\W\d]\w*|"(?:[^"\n]|"")*")'
_TYPED = re.compile(rf'(?<![\w@])@((?:{_PART}\.){{0,3}}(?:[^\W\d]\w*|"(?:[^"\n]|"")*"?)?)$')
_MAX_LINE = 400  # of what stands before the cursor
_MAX_NAMES = 200  # of variables that are described at once
_MAX_COLUMNS = 1_000  # of a DataFrame

Kind = Literal["table", "view", "column", "variable"]


@dataclass(frozen=True, slots=True)
class Completion:
    """``text`` is what stands behind the @; ``detail`` a few words on what it is."""

    text: str
    kind: Kind
    detail: str


def typed_mention(text: str) -> str | None:
    """What stands behind the @ at the end of a text; None where no @name is being typed there."""
    line = text[text.rfind("\n") + 1 :]
    found = _TYPED.search(line[-_MAX_LINE:])
    return found[1] if found else None


def completions(
    typed: str, tables: TableNames, user_ns: Mapping[str, object], hidden: Mapping[str, object]
) -> tuple[list[Completion], bool]:
    """At most ``MOST`` of what ``typed`` can become, the likeliest first, and whether that is all.

    DataFrames come first, then tables and columns, then other variables. Nothing here asks a database.
    """
    frames, others = _variables(typed, user_ns, hidden)
    found = list(islice(_distinct(_in_turn(frames, tables.beginning_with(typed), others)), MOST + 1))
    return found[:MOST], len(found) <= MOST


def _in_turn(
    frames: list[Completion], tables: Iterator[Named], others: list[Completion]
) -> Iterator[Completion]:
    yield from frames[: MOST // 2]
    yield from map(_of_named, tables)
    yield from others
    yield from frames[MOST // 2 :]


def _distinct(found: Iterator[Completion]) -> Iterator[Completion]:
    seen = set()
    for one in found:
        if one.text not in seen:
            seen.add(one.text)
            yield one


def _variables(
    typed: str, user_ns: Mapping[str, object], hidden: Mapping[str, object]
) -> tuple[list[Completion], list[Completion]]:
    """The DataFrames and their columns, and the other variables."""
    head, dot, tail = typed.partition(".")
    if dot:
        return _frame_columns(head, user_ns.get(head), tail), []
    # A copy made at once: generated code may bind names on another thread meanwhile.
    begun = ((name, value) for name, value in list(user_ns.items()) if _begins(name, typed))
    described = describe_names(dict(islice(begun, _MAX_NAMES)), hidden=hidden)
    shown = [Completion(one.name, "variable", _detail(one.type, one.summary)) for one in described]
    is_frame = {one.name: one.type == "DataFrame" for one in described}
    return [one for one in shown if is_frame[one.text]], [one for one in shown if not is_frame[one.text]]


def _begins(name: object, typed: str) -> bool:
    return type(name) is str and not name.startswith("_") and name.casefold().startswith(typed.casefold())


def _frame_columns(name: str, value: Any, tail: str) -> list[Completion]:
    if not is_a("pandas", ("DataFrame",), value):
        return []
    columns = [column for column in value.columns[:_MAX_COLUMNS] if type(column) is str]
    return [
        Completion(as_mention([name, column]), "column", f"column of {name}")
        for column in columns
        if can_be_mentioned(column) and folded(column).startswith(folded(tail))
    ]


def _of_named(named: Named) -> Completion:
    text = as_mention(named.parts)
    if named.column is not None:
        return Completion(text, "column", named.column.type[:60])
    rows = named.table.row_count
    kind: Kind = "view" if named.table.kind == "view" else "table"
    return Completion(text, kind, kind if rows is None else f"{kind}, {rows:,} rows")


def _detail(kind: str, summary: str) -> str:
    return f"{kind}, {summary}"[:80] if summary else kind
