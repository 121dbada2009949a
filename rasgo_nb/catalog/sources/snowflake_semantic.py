"""Snowflake's semantic views and semantic models, in the YAML that Cortex Analyst reads.

https://docs.snowflake.com/en/user-guide/views-semantic/semantic-view-yaml-spec
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rasgo_nb.catalog.facts import Fact, Origin
from rasgo_nb.catalog.sources.logical import PLAIN, LogicalTable, LogicalTables
from rasgo_nb.catalog.sources.source import MOST_SQL, DoesNotRead, SourceReading, clean, mapping, rows, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rasgo_nb.catalog.sources.dbt_names import Node
    from rasgo_nb.catalog.sources.resolve import Resolver
    from rasgo_nb.connectors.base import TableName

_COLUMNS = ("dimensions", "time_dimensions", "facts", "measures")
_RULES = ("custom_instructions", "module_custom_instructions")


def is_semantic_model(value: object) -> bool:
    """Whether it looks like one: a list of tables that stand on tables of the database."""
    return any("base_table" in table for table in rows(mapping(value).get("tables")))


def read_semantic_model(
    value: Any, names: Resolver, *, place: str, origin: Origin | None = None
) -> SourceReading:
    """The facts of a semantic model; ``origin`` has the author and date of its file.

    Raises
    ------
    DoesNotRead
        when it is none.
    """
    if not is_semantic_model(value):
        raise DoesNotRead(f"{place} is no semantic model: it has no tables with a base_table.")
    reader = _Model(value, names, place, origin or Origin(""))
    tables = rows(value["tables"])
    problems = []
    if reader.unknown:
        problems.append(f"{reader.unknown} of {len(tables)} tables of {place} are not in this connection.")
    return SourceReading(tuple(reader.facts()), tuple(problems), read=len(tables))


class _Model:
    """One semantic model while it is read."""

    def __init__(self, value: Node, names: Resolver, place: str, origin: Origin) -> None:
        self._value = value
        self._place = place
        self._file = origin
        self._name = clean(value.get("name")) or place
        parts = {clean(table.get("name")): _base(table) for table in rows(value.get("tables"))}
        found = names.find_all(one for one in parts.values() if one)
        tables = {name: found.get(one) for name, one in parts.items()}
        self.unknown = sum(table is None for table in tables.values())
        self._logical = LogicalTables(
            (
                LogicalTable(name, tables[name], _columns(table))
                for table in rows(value.get("tables"))
                if (name := clean(table.get("name")))
            ),
            names,
        )

    def facts(self) -> Iterator[Fact]:
        if (said := clean(self._value.get("description"))) and self._logical.real():
            yield Fact("note", self._logical.real(), self._origin(self._name), name=self._name, text=said)
        for table in rows(self._value.get("tables")):
            logical = self._logical.named(clean(table.get("name")))
            if logical and logical.table:
                yield from self._of_table(table, logical, logical.table)
        for metric in rows(self._value.get("metrics")):
            yield from self._of_metric(metric, self._logical.mentioned(clean(metric.get("expr"))))
        for relationship in rows(self._value.get("relationships")):
            yield from self._of_relationship(relationship)
        for query in rows(self._value.get("verified_queries")):
            yield from self._of_query(query)
        for name, text in self._rules():
            yield Fact(
                "note", self._logical.real(), self._origin(name), name=name.replace("_", " "), text=text
            )

    def _origin(self, name: str, author: str = "", at: str = "") -> Origin:
        place = f"{self._place}:{name}"
        return Origin(f"snowflake:{self._name}", place, author or self._file.author, at or self._file.at)

    def _of_table(self, node: Node, logical: LogicalTable, table: TableName) -> Iterator[Fact]:
        origin = self._origin(logical.name)
        if said := clean(node.get("description")):
            yield Fact("description", (table,), origin, text=said)
        own = () if logical.name.casefold() == table.table.casefold() else (logical.name,)
        for word in (*own, *words(node.get("synonyms"))):
            yield Fact("synonym", (table,), origin, text=word)
        key = tuple(logical.column(name) for name in words(mapping(node.get("primary_key")).get("columns")))
        if key and all(key):
            yield Fact("test", (table,), origin, name="primary_key", columns=key)
        for part in _COLUMNS:
            for column in rows(node.get(part)):
                yield from self._of_column(column, part, logical, table)
        for metric in rows(node.get("metrics")):
            others = self._logical.mentioned(clean(metric.get("expr")))
            yield from self._of_metric(metric, tuple(dict.fromkeys((table, *others))))
        for condition in rows(node.get("filters")):
            yield from self._of_expression(condition, "filter", (table,))

    def _of_column(self, node: Node, part: str, logical: LogicalTable, table: TableName) -> Iterator[Fact]:
        name = clean(node.get("name"))
        column = logical.column(name)
        if clean(node.get("default_aggregation")) and part == "measures" and not column:
            yield from self._of_metric(node, (table,))
            return
        if not column:
            yield from self._of_expression(node, part.rstrip("s").replace("_", " "), (table,))
            return
        origin, columns = self._origin(f"{logical.name}.{name}"), (column,)
        if said := clean(node.get("description")):
            yield Fact("description", (table,), origin, text=said, columns=columns)
        own = () if name.casefold() == column.casefold() else (name,)
        for word in (*own, *words(node.get("synonyms"))):
            yield Fact("synonym", (table,), origin, text=word, columns=columns)
        if values := words(node.get("sample_values")):
            yield Fact("values", (table,), origin, columns=columns, values=values)
        if clean(node.get("unique")).casefold() == "true" or node.get("unique") is True:
            yield Fact("test", (table,), origin, name="unique", columns=columns)

    def _of_metric(self, node: Node, tables: tuple[TableName, ...]) -> Iterator[Fact]:
        name, sql = clean(node.get("name")), clean(node.get("expr"), MOST_SQL)
        if name and tables:
            lines = (clean(node.get("description")), _called(node))
            text = "\n".join(line for line in lines if line)
            yield Fact("metric", tables, self._origin(name), text, name, self._logical.expression(sql))

    def _of_expression(self, node: Node, kind: str, tables: tuple[TableName, ...]) -> Iterator[Fact]:
        """A condition, or a column that is made of others: a note with its expression."""
        name, sql = clean(node.get("name")), clean(node.get("expr"), MOST_SQL)
        if name and sql:
            lines = (f"{name} ({kind})", clean(node.get("description")), _called(node))
            text = "\n".join(line for line in lines if line)
            yield Fact("note", tables, self._origin(name), text, name, self._logical.expression(sql))

    def _of_relationship(self, node: Node) -> Iterator[Fact]:
        left = self._logical.named(clean(node.get("left_table")))
        right = self._logical.named(clean(node.get("right_table")))
        if not left or not right or not left.table or not right.table:
            return
        pairs = rows(node.get("relationship_columns"))
        own = tuple(left.column(clean(pair.get("left_column"))) for pair in pairs)
        other = tuple(right.column(clean(pair.get("right_column"))) for pair in pairs)
        if pairs and all((*own, *other)):
            origin = self._origin(clean(node.get("name")))
            yield Fact("join", (left.table, right.table), origin, columns=own, referenced_columns=other)

    def _of_query(self, node: Node) -> Iterator[Fact]:
        name, question = clean(node.get("name")), clean(node.get("question"))
        written = clean(node.get("sql"), MOST_SQL)
        if not question or not written:
            return
        origin = self._origin(name, clean(node.get("verified_by")), _time(node.get("verified_at")))
        sql, tables = self._logical.statement(written)
        if sql:
            yield Fact("query", tables, origin, question, name, sql, is_verified=True)
        elif self._logical.real():
            text = f"{question}\nIts SQL is in terms of the semantic model {self._name}, not of tables."
            yield Fact("note", self._logical.real(), origin, text, name, written, is_verified=True)

    def _rules(self) -> Iterator[tuple[str, str]]:
        for key in _RULES:
            given = self._value.get(key)
            for part, text in mapping(given).items() or ((key, given),):
                if said := clean(text):
                    yield part, said


def _base(table: Node) -> tuple[str, ...]:
    base = mapping(table.get("base_table"))
    parts = tuple(clean(base.get(key)) for key in ("database", "schema", "table"))
    return parts if parts[-1] else ()


def _columns(table: Node) -> dict[str, str]:
    """The real columns of a logical table's names."""
    listed = [column for part in _COLUMNS for column in rows(table.get(part))]
    columns = {clean(one.get("name")).casefold(): _plain(one) for one in listed}
    made = {clean(one.get("name")).casefold(): "" for one in rows(table.get("metrics"))}
    return made | columns


def _plain(column: Node) -> str:
    expression = clean(column.get("expr")) or clean(column.get("name"))
    bare = expression[1:-1] if expression[:1] == '"' == expression[-1:] else expression
    return bare if PLAIN.fullmatch(bare) or (bare != expression and '"' not in bare) else ""


def _called(node: Node) -> str:
    synonyms = ", ".join(words(node.get("synonyms")))
    return f"Also: {synonyms}" if synonyms else ""


def _time(seconds: object) -> str:
    """A moment that is told in seconds since 1970, or as a text."""
    told = clean(seconds)
    try:
        return datetime.fromtimestamp(float(told), UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError, OSError):
        return told
