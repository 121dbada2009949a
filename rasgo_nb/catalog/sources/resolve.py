"""Which table of the connection is meant by a name in a file."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rasgo_nb.connectors.base import TableName

_QUOTES = str.maketrans("", "", '"`[]')


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
        return self.surely(*parts) or self._alone(parts)

    def spelt(self, name: str) -> TableName | None:
        """As ``find``, of a dotted name with or without quotes."""
        return self.find(*name_parts(name))

    def surely(self, *parts: str) -> TableName | None:
        """As ``find``, where the schema that is written is the table's own."""
        wanted = [part.translate(_QUOTES).strip() for part in parts if part]
        if not wanted:
            return None
        fitting = [one for one in self._by_table.get(wanted[-1].casefold(), ()) if _fits(one, wanted)]
        within = [one for one in fitting if _has_database(one, wanted)]
        return _only(within or fitting, wanted)

    def find_all(self, names: Iterable[Sequence[str]]) -> dict[tuple[str, ...], TableName]:
        """The tables of many names that one file gives to different things.

        A table that one of them names surely is not taken for another one of the same last part, as where
        a model and its source are both called ``orders``.
        """
        wanted = list(dict.fromkeys(tuple(name) for name in names))
        found = {name: table for name in wanted if (table := self.surely(*name))}
        loose: dict[TableName, list[tuple[str, ...]]] = defaultdict(list)
        for name in wanted:
            if name not in found and (table := self._alone(name)):
                loose[table].append(name)
        taken = set(found.values())
        alone = {those[0]: table for table, those in loose.items() if len(those) == 1 and table not in taken}
        return found | alone

    def _alone(self, parts: Sequence[str]) -> TableName | None:
        """The table, where it is the only one of its last part."""
        last = parts[-1].translate(_QUOTES).strip().casefold() if parts else ""
        named = self._by_table.get(last, ())
        return named[0] if len(named) == 1 else None


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


def _fits(name: TableName, wanted: Sequence[str]) -> bool:
    return len(wanted) < 2 or not name.schema or name.schema.casefold() == wanted[-2].casefold()


def _has_database(name: TableName, wanted: Sequence[str]) -> bool:
    return len(wanted) < 3 or name.database.casefold() == wanted[-3].casefold()


def _only(names: Sequence[TableName], wanted: Sequence[str]) -> TableName | None:
    """The one among several that differ by case alone whose case is that of the wanted name."""
    if len(names) < 2:
        return names[0] if names else None
    exact = [one for one in names if one.table == wanted[-1]]
    same = [one for one in exact if len(wanted) < 2 or one.schema == wanted[-2]]
    chosen = same if len(same) == 1 else exact
    return chosen[0] if len(chosen) == 1 else None
