"""The logical tables of a semantic model, and how its words read in those of the database."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rasgo_nb.catalog.sources.sql_tables import parsed, table_parts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlglot import exp

    from rasgo_nb.catalog.sources.resolve import Resolver
    from rasgo_nb.connectors.base import TableName

PLAIN = re.compile(r"[^\W\d][\w$]*")
_QUALIFIED = re.compile(r'(?<![\w."])([^\W\d][\w$]*)\.([^\W\d][\w$]*)(?![\w(.])')
_FOLDS = {"snowflake": str.upper, "postgres": str.lower, "redshift": str.lower, "oracle": str.upper}


@dataclass(frozen=True, slots=True)
class LogicalTable:
    """A table of a semantic model. ``columns`` has the real column of each name, "" for an expression."""

    name: str
    table: TableName | None
    columns: dict[str, str] = field(default_factory=dict)  # by name, folded

    def column(self, name: str) -> str:
        """The real column of a name; one that the model does not list is taken as it is."""
        return self.columns.get(name.casefold(), name)


class LogicalTables:
    """All tables of one semantic model."""

    def __init__(self, tables: Iterable[LogicalTable], names: Resolver) -> None:
        self._by_name = {table.name.casefold(): table for table in tables}
        self._names = names

    def named(self, name: str) -> LogicalTable | None:
        """The table of that name; Snowflake's statements put two underscores before it."""
        folded = name.casefold()
        return self._by_name.get(folded) or self._by_name.get(folded.removeprefix("__"))

    def real(self) -> tuple[TableName, ...]:
        """The tables of the connection that the model stands on."""
        return tuple(dict.fromkeys(one.table for one in self._by_name.values() if one.table))

    def mentioned(self, expression: str) -> tuple[TableName, ...]:
        """The tables that an expression names, and the only one where there is but one."""
        found = [self.named(match[0]) for match in _QUALIFIED.findall(expression)]
        tables = tuple(dict.fromkeys(one.table for one in found if one is not None and one.table))
        return tables or (self.real() if len(self.real()) == 1 else ())

    def expression(self, text: str) -> str:
        """An expression with the names of real tables and columns, where the model tells them."""
        return _QUALIFIED.sub(self._real_column, text)

    def statement(self, text: str) -> tuple[str, tuple[TableName, ...]]:
        """A statement in terms of real tables, and those; ("", ()) where that is not sure."""
        from rasgo_nb.connectors.statement_view import with_tables

        tree = parsed(text, self._names.dialect)
        parts = table_parts(tree) if tree is not None else []
        found = [self._table(one) for one in parts]
        if tree is None or not found or None in found:
            return "", ()
        tables = tuple(dict.fromkeys(table for table in found if table))
        logical = [one for one in parts if len(one) == 1 and self.named(one[0])]
        if not logical:
            return text, tables
        if not self._is_same_in_both(tree, logical):
            return "", ()
        spelt: dict[tuple[str, ...], str] = {one: self._spelt(one, tree) for one in logical}
        if not all(spelt.values()):
            return "", ()
        return with_tables(text, self._names.dialect, lambda one: spelt.get(tuple(one), "")), tables

    def _table(self, parts: Sequence[str]) -> TableName | None:
        logical = self.named(parts[0]) if len(parts) == 1 else None
        return logical.table if logical else self._names.find(*parts)

    def _real_column(self, found: re.Match[str]) -> str:
        table = self.named(found[1])
        column = table.column(found[2]) if table else ""
        return f"{table.table.table}.{column}" if table and table.table and column else found[0]

    def _is_same_in_both(self, tree: exp.Expr, logical: Sequence[Sequence[str]]) -> bool:
        """Whether every column that the statement names is called so in the real tables too."""
        from sqlglot import exp

        used = [table for one in logical if (table := self.named(one[0]))]
        return not any(
            table.column(column.name).casefold() != column.name.casefold()
            for column in tree.find_all(exp.Column)
            for table in used
        )

    def _spelt(self, parts: Sequence[str], tree: exp.Expr) -> str:
        """The real table's name, called as before where columns are qualified by it; "" if unsure."""
        from sqlglot import exp

        logical = self.named(parts[0])
        if logical is None or logical.table is None:
            return ""
        name = logical.table
        here = [one for one in tree.find_all(exp.Table) if one.name == parts[0] and not one.db]
        is_called = any(one.table.casefold() == parts[0].casefold() for one in tree.find_all(exp.Column))
        spelt = exp.Table(
            this=self._identifier(name.table),
            db=self._identifier(name.schema) if name.schema else None,
            catalog=self._identifier(name.database) if name.database else None,
        )
        if not is_called:
            return spelt.sql(dialect=self._names.dialect or None)
        if any(one.alias for one in here):
            return ""
        return exp.alias_(spelt, parts[0], table=True).sql(dialect=self._names.dialect or None)

    def _identifier(self, name: str) -> exp.Identifier:
        from sqlglot import exp

        fold = _FOLDS.get(self._names.dialect, str)
        return exp.to_identifier(name, quoted=fold(name) != name or not PLAIN.fullmatch(name))
