"""What is known of tables as lines that a person reads, in a terminal or below a cell."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rasgo_nb.agent.told_facts import source_of, told_join

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rasgo_nb.catalog.facts import Fact
    from rasgo_nb.catalog.search.catalog import Hit
    from rasgo_nb.connectors.base import TableDetail

_WIDTH = 160
_MOST_COLUMNS = 100
_OF_COLUMN = ("description", "synonym", "test", "tag", "owner", "values", "note")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")


def hit_lines(hits: Sequence[Hit]) -> list[str]:
    """The tables that were found, each with why."""
    names = [plain_line(str(hit.table.name), 80) for hit in hits]
    width = max(map(len, names), default=0)
    rows = [plain_line(_rows(hit), 60) for hit in hits]
    return [
        f"{place:>3}  {name:<{width}}  {count:>14}  {plain_line(hit.why or 'no word of it')}"
        for place, (name, count, hit) in enumerate(zip(names, rows, hits, strict=True), 1)
    ]


def table_lines(table: TableDetail, facts: Sequence[Fact], joins: Iterable[Fact]) -> list[str]:
    """A table with its columns, and what each source says of it."""
    rows = "" if table.row_count is None else f", {table.row_count:,} rows"
    lines = [f"{plain_line(str(table.name))}  {table.kind}{rows}"]
    lines += [f"  {plain_line(table.comment)}"] if table.comment else []
    lines += [f"  {fact_line(fact)}" for fact in facts if not fact.columns and fact.kind != "join"]
    width = max((len(column.name) for column in table.columns[:_MOST_COLUMNS]), default=0)
    width = min(width, 40)
    for column in table.columns[:_MOST_COLUMNS]:
        said = f"{plain_line(column.type, 40)}  {plain_line(column.comment)}".rstrip()
        lines.append(f"  {plain_line(column.name, 80):<{width}}  {said}")
        own = (fact for fact in facts if fact.columns == (column.name,) and fact.kind in _OF_COLUMN)
        lines += [f"    {fact_line(fact)}" for fact in own]
    if len(table.columns) > _MOST_COLUMNS:
        lines.append(f"  … {len(table.columns) - _MOST_COLUMNS:,} more columns")
    return lines + [f"  joins {plain_line(told_join(fact))}" for fact in dict.fromkeys(joins)]


def fact_line(fact: Fact) -> str:
    """One fact in a line: its kind, what it says, and who says so."""
    said = fact.text or ", ".join(fact.values[:12]) or fact.sql
    name = f"{fact.name}: " if fact.name and fact.name != said else ""
    return f"{fact.kind}: {plain_line(name + said)} ({plain_line(source_of(fact), 80)})"


def plain_line(text: str, most: int = _WIDTH) -> str:
    """Foreign text as one line: bounded, without what moves a terminal's cursor or turns its letters."""
    line = " ".join(_CONTROLS.sub(" ", text[: 4 * most]).split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def _rows(hit: Hit) -> str:
    if hit.family:
        return hit.family
    return "" if hit.table.row_count is None else f"{hit.table.row_count:,} rows"
