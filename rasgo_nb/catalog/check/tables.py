"""Which table of the catalog, or DataFrame, a name in a FROM means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rasgo_nb.catalog.check.names import may_be_system_table
from rasgo_nb.catalog.check.scope import OPEN, Outputs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlglot import exp

    from rasgo_nb.catalog.check.names import Folding
    from rasgo_nb.catalog.search.catalog import Catalog
    from rasgo_nb.connectors.base import TableDetail


@dataclass(frozen=True, slots=True)
class Found:
    """What a name means; ``wrong`` says why it means nothing."""

    outputs: Outputs = OPEN
    detail: TableDetail | None = None
    wrong: str = ""


class KnownTables:
    """The tables of a catalog and the DataFrames, by names as a statement writes them."""

    def __init__(self, names: Folding, catalog: Catalog, frames: Mapping[str, Sequence[str]]) -> None:
        self._names = names
        self._catalog = catalog
        self._frames = {name.casefold(): columns for name, columns in frames.items()}

    def find(self, node: exp.Table) -> Found:
        """What the table of a FROM means; where that is not sure, something with any columns."""
        from sqlglot import exp

        parts = [part for part in (node.args.get("catalog"), node.args.get("db"), node.this) if part]
        if not all(isinstance(part, exp.Identifier) for part in parts) or "*" in node.name:
            return Found()
        alike = self._catalog.named(".".join(part.name for part in parts))
        if alike:
            return self._chosen(parts, alike)
        if len(parts) == 1 and node.name.casefold() in self._frames:
            return self._frame(self._frames[node.name.casefold()])
        if self._may_exist(parts):
            return Found()
        return Found(wrong=f"Table {'.'.join(part.name for part in parts)} does not exist.")

    def _chosen(self, parts: Sequence[exp.Identifier], alike: Sequence[TableDetail]) -> Found:
        own = [detail for detail in alike if self._is_same(parts, detail)]
        if len(own) > 1 or (len(parts) > 1 and not own):
            return Found()
        if own:
            return Found(self._columns(own[0]), own[0])
        spelt = sorted({detail.name.table for detail in alike})
        if parts[0].name.casefold() in self._frames:
            return Found()
        wrong = f'Table {parts[0].name} does not exist: it is spelt "{spelt[0]}", in double quotes.'
        return Found(wrong=wrong)

    def _is_same(self, parts: Sequence[exp.Identifier], detail: TableDetail) -> bool:
        stored = (detail.name.database, detail.name.schema, detail.name.table)[-len(parts) :]
        pairs = zip(stored, parts, strict=True)
        return all(not own or self._names.stored(own) == self._names.written(part) for own, part in pairs)

    def _columns(self, detail: TableDetail) -> Outputs:
        names = [column.name for column in detail.columns]
        keys = tuple(self._names.stored(name) for name in names)
        return Outputs(keys, not names, len(names) or None, tuple(names))

    def _frame(self, columns: Sequence[str]) -> Found:
        keys = tuple(self._names.stored(str(name)) for name in columns)
        return Found(Outputs(keys, self._names.is_exact, len(keys), tuple(map(str, columns))))

    def _may_exist(self, parts: Sequence[exp.Identifier]) -> bool:
        """Whether the table may be one that the catalog was not made from."""
        if not self._catalog.tables or may_be_system_table(parts[-1].name):
            return True
        if len(parts) == 1:
            return False
        around = ".".join(part.name for part in parts[:-1])
        return not self._catalog.has_schema(around)
