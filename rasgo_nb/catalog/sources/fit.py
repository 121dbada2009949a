"""Brings facts of files together with the columns that tables really have."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rasgo_nb.catalog.sources.source import cleaned

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rasgo_nb.catalog.facts import Fact
    from rasgo_nb.catalog.stores.base import Store
    from rasgo_nb.connectors.base import TableName

_AT_ONCE = 500  # tables whose columns are looked up together

_Columns = dict[str, str]  # as the table spells them, by their names without case


def fitted(facts: Iterable[Fact], store: Store) -> tuple[list[Fact], list[str]]:
    """The facts with columns as their tables spell them, and the columns that are spoken of and not there."""
    kept = list(dict.fromkeys(map(cleaned, facts)))
    columns = _columns({table for fact in kept if fact.columns for table in fact.tables[:2]}, store)
    fitting: list[Fact] = []
    missing: dict[str, None] = {}
    for fact in kept:
        if (one := _fitted(fact, columns)) is not None:
            fitting.append(one)
        else:
            missing[f"{fact.tables[0].table}.{', '.join(fact.columns)}"] = None
    return fitting, list(missing)


def _columns(tables: Iterable[TableName], store: Store) -> dict[TableName, _Columns]:
    wanted = sorted(tables)
    return {
        detail.name: {column.name.casefold(): column.name for column in detail.columns}
        for start in range(0, len(wanted), _AT_ONCE)
        for detail in store.details(wanted[start : start + _AT_ONCE])
    }


def _fitted(fact: Fact, columns: dict[TableName, _Columns]) -> Fact | None:
    if not fact.columns or not fact.tables:
        return fact
    own = _spelt(fact.columns, columns.get(fact.tables[0]))
    other = _spelt(fact.referenced_columns, columns.get(fact.tables[-1]))
    if own is None or other is None:
        return None
    is_spelt = (own, other) == (fact.columns, fact.referenced_columns)
    return fact if is_spelt else replace(fact, columns=own, referenced_columns=other)


def _spelt(names: Sequence[str], known: _Columns | None) -> tuple[str, ...] | None:
    """The names as the table spells them; of a nested field the column that holds it. None if one is not."""
    if not known or not names:  # a table whose columns are not held yet
        return tuple(names)
    spelt = [known.get(name.casefold().strip('"`')) or _outer(name, known) for name in names]
    return None if "" in spelt else tuple(spelt)


def _outer(name: str, known: _Columns) -> str:
    first, dot, _ = name.partition(".")
    return name if dot and first.casefold() in known else ""
