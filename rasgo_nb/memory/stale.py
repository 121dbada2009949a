"""Why a memory may no longer hold: what it speaks of is gone, or holds other values than when it was kept.

A figure counts as shifted where it could not come of ordinary growth:

- the column has another type;
- the share of nulls moved by 10 points or more;
- there are half as many distinct values or fewer, or twice as many or more, and the difference is 5 or more;
- the range lies apart from what it was, or became more than twice as wide;
- of at most 12 usual values one went away, or a new one came, where all values were known both times.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from rasgo_nb.catalog.check.statement import check_statement
from rasgo_nb.connectors.nearest import nearest_names, spelled_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rasgo_nb.catalog.search.catalog import Catalog
    from rasgo_nb.connectors.base import TableDetail
    from rasgo_nb.memory.memory import Memory

Figures = Mapping[str, str]
NULL_SHARE_MOVED = 0.10
DISTINCT_RATIO, DISTINCT_LEAST = 2.0, 5
RANGE_RATIO = 2.0
_MOST_NAMED = 3


def flags_of(
    memory: Memory, catalog: Catalog | None, figures: Mapping[str, Figures] | None = None
) -> tuple[str, ...]:
    """A sentence for each reason; none where nothing is known against it.

    ``figures`` are what columns hold now, by full name: those that are at hand, nothing is read for it.
    """
    if catalog is None or not len(catalog.tables):
        return ()
    details = {name: _detail(name, catalog) for name in memory.tables}
    flags = [_gone_table(name, catalog) for name, detail in details.items() if detail is None]
    for column in memory.columns:
        flags += _of_column(memory, column, details, (figures or {}).get(column))
    if memory.sql and not flags:
        problems = check_statement(memory.sql, memory.dialect, catalog)
        flags += [f"Its SQL would be refused: {one.message.rstrip('.')}." for one in problems[:_MOST_NAMED]]
    return tuple(dict.fromkeys(flags))


def shifts(column: str, kept: Figures, now: Figures) -> list[str]:
    """A sentence for each figure of a column that is not what it was."""
    return [*_nulls(column, kept, now), *_distinct(column, kept, now), *_values(column, kept, now)] + (
        [] if _all_values(kept) or _all_values(now) else list(_range(column, kept, now))
    )


def _detail(name: str, catalog: Catalog) -> TableDetail | None:
    found = catalog.named(name)
    return catalog.spelled(name) or (found[0] if found else None)


def _gone_table(name: str, catalog: Catalog) -> str:
    near = nearest_names(name, map(str, catalog.names()), most=1)
    return f"The table {name} is gone{f'; the nearest is {near[0]}' if near else ''}."


def _of_column(
    memory: Memory, column: str, details: Mapping[str, TableDetail | None], now: Figures | None
) -> list[str]:
    owners = [name for name in details if column.casefold().startswith(f"{name.casefold()}.")]
    detail = details[max(owners, key=len)] if owners else None
    if detail is None:
        return []  # its table is gone, which is said, or was never named
    name = column[len(max(owners, key=len)) + 1 :]
    spelled = spelled_name(name, [one.name for one in detail.columns])
    own = next((one for one in detail.columns if one.name == spelled), None)
    if own is None:
        near = nearest_names(name, [one.name for one in detail.columns], most=1)
        return [f"The column {column} is gone{f'; the nearest is {near[0]}' if near else ''}."]
    kept = memory.profile.get(column, {})
    flags = []
    if kept.get("type") and own.type and kept["type"].casefold() != own.type.casefold():
        flags.append(f"The column {column} was {kept['type']} and is {own.type} now.")
    return flags + (shifts(column, kept, now) if kept and now else [])


def _nulls(column: str, kept: Figures, now: Figures) -> Iterator[str]:
    before, after = _number(kept, "null_share"), _number(now, "null_share")
    if before is not None and after is not None and abs(after - before) >= NULL_SHARE_MOVED - 1e-9:
        yield f"Of {column} {before:.0%} were null, and {after:.0%} are now."


def _distinct(column: str, kept: Figures, now: Figures) -> Iterator[str]:
    before, after = _number(kept, "distinct"), _number(now, "distinct")
    if before is None or after is None or abs(after - before) < DISTINCT_LEAST:
        return
    if max(before, after) >= DISTINCT_RATIO * min(before, after):
        yield f"{column} had {before:,.0f} distinct values, and has {after:,.0f} now."


def _range(column: str, kept: Figures, now: Figures) -> Iterator[str]:
    low, high, new_low, new_high = (_number(one, name) for one in (kept, now) for name in ("min", "max"))
    if low is None or high is None or new_low is None or new_high is None:
        return
    is_apart = new_low > high or new_high < low
    is_wider = high > low and new_high - new_low > RANGE_RATIO * (high - low)
    if is_apart or is_wider:
        was, now_is = (f"{one['min']} to {one['max']}" for one in (kept, now))
        yield f"{column} went from {was}, and goes from {now_is} now."


def _values(column: str, kept: Figures, now: Figures) -> Iterator[str]:
    before, after = _all_values(kept), _all_values(now)
    if not before or not after:
        return
    gone, new = [one for one in before if one not in after], [one for one in after if one not in before]
    if gone:
        yield f"{column} no longer holds {_named(gone)}."
    if new:
        yield f"{column} holds {_named(new)} now, which it did not."


def _named(values: list[str]) -> str:
    more = f" and {len(values) - _MOST_NAMED} more" if len(values) > _MOST_NAMED else ""
    return f"{', '.join(map(repr, values[:_MOST_NAMED]))}{more}"


def _all_values(figures: Figures) -> list[str]:
    """All values of a column that has few; a hand-edited file may hold anything."""
    try:
        values = json.loads(figures.get("values", "[]"))
    except ValueError:
        return []
    return [str(one) for one in values] if isinstance(values, list) else []


def _number(figures: Figures, name: str) -> float | None:
    try:
        number = float(figures[name])
    except (KeyError, ValueError):
        return None
    return number if abs(number) < float("inf") else None  # NaN is not below anything
