"""Which table of the connection is meant by a name in a file."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rasgo_nb.connectors.base import TableName

_QUOTES = str.maketrans("", "", '"`[]')
_WAYS = 3


class Resolver:
    """The tables of a connection by the names that files give them; ``dialect`` is that of its SQL."""

    def __init__(self, names: Iterable[TableName], dialect: str = "") -> None:
        self.dialect = dialect
        self._by_table: dict[str, list[TableName]] = defaultdict(list)
        for name in dict.fromkeys(names):
            self._by_table[name.table.casefold()].append(name)

    def find(self, *parts: str) -> TableName | None:
        """The one table of that name: as it is written, in any case, by its schema, or by itself.

        ``parts`` are database, schema and table, or the last of them. None where there is none, or several.
        """
        return next((found for found in self._ways(parts) if found is not None), None)

    def spelt(self, name: str) -> TableName | None:
        """As ``find``, of a dotted name with or without quotes."""
        return self.find(*name_parts(name))

    def surely(self, *parts: str) -> TableName | None:
        """As ``find``, where every part that is written is the table's own."""
        return self._ways(parts)[0]

    def find_all(self, names: Iterable[Sequence[str]]) -> dict[tuple[str, ...], TableName]:
        """The tables of many names that one file gives to different things.

        A table that one of them names surely is not taken for another one of the same last part, as where
        a model and its source are both called ``orders``.
        """
        waiting = {name: self._ways(name) for name in dict.fromkeys(map(tuple, names))}
        found: dict[tuple[str, ...], TableName] = {}
        for way in range(_WAYS):
            meant: dict[TableName, list[tuple[str, ...]]] = defaultdict(list)
            for name, ways in waiting.items():
                if name not in found and (table := ways[way]) is not None:
                    meant[table].append(name)
            taken = set(found.values())
            for table, those in meant.items():
                if way == 0 or (len(those) == 1 and table not in taken):
                    found.update(dict.fromkeys(those, table))
        return found

    def _ways(self, parts: Sequence[str]) -> tuple[TableName | None, TableName | None, TableName | None]:
        """What is meant if all parts hold, if the database does not, and if the last part alone does."""
        wanted = [part.translate(_QUOTES).strip() for part in parts if part]
        if not wanted:
            return None, None, None
        named = self._by_table.get(wanted[-1].casefold(), [])
        of_schema = [one for one in named if len(wanted) < 2 or _is_same(one.schema, wanted[-2])]
        of_database = [one for one in of_schema if len(wanted) < 3 or _is_same(one.database, wanted[-3])]
        return _only(of_database, wanted), _only(of_schema, wanted), _only(named, wanted)


def name_parts(name: str) -> tuple[str, ...]:
    """The parts of a dotted name; dots inside quotes are part of a name."""
    parts, quote = [""], ""
    for sign in name.strip():
        if quote:
            quote = "" if sign == quote else quote
        elif sign in '"`[':
            quote = "]" if sign == "[" else sign
        if sign == "." and not quote:
            parts.append("")
        else:
            parts[-1] += sign
    return tuple(part.translate(_QUOTES).strip() for part in parts)


def _is_same(own: str, wanted: str) -> bool:
    """Without regard to case; a part that the connection leaves out fits any."""
    return not own or own.casefold() == wanted.casefold()


def _only(names: Sequence[TableName], wanted: Sequence[str]) -> TableName | None:
    """The one among several that differ by case alone whose case is that of the wanted name."""
    if len(names) < 2:
        return names[0] if names else None
    exact = [one for one in names if one.table == wanted[-1]]
    same = [one for one in exact if len(wanted) < 2 or one.schema == wanted[-2]]
    chosen = same if len(same) == 1 else exact
    return chosen[0] if len(chosen) == 1 else None
