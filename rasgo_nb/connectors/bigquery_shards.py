"""Tables of one a day (events_20240101, events_20240102, ...) are told as one: events_*."""

from __future__ import annotations

import datetime
import re
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rasgo_nb.connectors.base import TableDetail, TableName

_SHARD = re.compile(r"(?P<prefix>.*?)(?P<day>\d{8})")


def is_folded(name: TableName) -> bool:
    """Whether the name stands for many."""
    return name.table.endswith("*")


def belongs(name: TableName, folded: TableName) -> bool:
    """Whether a table is one of those that the folded name stands for."""
    return folded_name(name) == folded


def folded_name(name: TableName) -> TableName | None:
    """The name of all that differ in the day alone; None for a table without a day."""
    found = _SHARD.fullmatch(name.table)
    if found is None or not found["prefix"] or not _is_day(found["day"]):
        return None
    return replace(name, table=f"{found['prefix']}*")


def folded_names(names: Iterable[TableName]) -> list[TableName]:
    """Each table once, and once for all where there are several of a day."""
    single, groups = _grouped(names)
    return [*single, *groups]


def folded_details(details: Iterable[TableDetail]) -> list[TableDetail]:
    """Likewise; the newest tells the columns, the rows and bytes are of all."""
    by_name = {detail.name: detail for detail in details}
    single, groups = _grouped(by_name)
    folded = [
        _sum(told_as_one(by_name[max(shards)], name, shards), [by_name[shard] for shard in shards])
        for name, shards in groups.items()
    ]
    return [by_name[name] for name in single] + folded


def told_as_one(newest: TableDetail, name: TableName, shards: Sequence[TableName]) -> TableDetail:
    """The newest table under the name of all, with a note; rows and bytes are not known of the others."""
    first, last = min(shards).table, max(shards).table
    note = (
        f"{len(shards):,} tables, one a day, from {first} to {last}. "
        f"Read them as `{name}` with a condition on _TABLE_SUFFIX, such as _TABLE_SUFFIX = '{last[-8:]}'."
    )
    comment = f"{newest.comment} {note}".strip()
    return replace(newest, name=name, comment=comment, row_count=None, size_bytes=None)


def _sum(detail: TableDetail, parts: Sequence[TableDetail]) -> TableDetail:
    rows = [part.row_count for part in parts if part.row_count is not None]
    sizes = [part.size_bytes for part in parts if part.size_bytes is not None]
    return replace(detail, row_count=sum(rows) if rows else None, size_bytes=sum(sizes) if sizes else None)


def _grouped(names: Iterable[TableName]) -> tuple[list[TableName], dict[TableName, list[TableName]]]:
    single: list[TableName] = []
    groups: dict[TableName, list[TableName]] = defaultdict(list)
    for name in names:
        folded = folded_name(name)
        if folded is None:
            single.append(name)
        else:
            groups[folded].append(name)
    for folded in [folded for folded, shards in groups.items() if len(shards) == 1]:
        single += groups.pop(folded)
    return single, groups


def _is_day(text: str) -> bool:
    try:
        return datetime.datetime.strptime(text, "%Y%m%d").year >= 1970  # noqa: DTZ007 - a day, not a moment
    except ValueError:
        return False
