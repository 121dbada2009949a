"""Open Semantic Interchange: semantic models in a YAML that no vendor owns.

https://github.com/open-semantic-interchange/OSI, core-spec/spec.md
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rasgo_nb.catalog.facts import Fact, Origin
from rasgo_nb.catalog.sources.logical import PLAIN, LogicalTable, LogicalTables
from rasgo_nb.catalog.sources.resolve import name_parts
from rasgo_nb.catalog.sources.source import MOST_SQL, DoesNotRead, SourceReading, clean, mapping, rows, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rasgo_nb.catalog.sources.dbt_names import Node
    from rasgo_nb.catalog.sources.resolve import Resolver
    from rasgo_nb.connectors.base import TableName

_NO_SQL = frozenset(("MDX", "TABLEAU", "DAX"))


def is_osi(value: object) -> bool:
    """Whether it looks like a file of semantic models."""
    return any("datasets" in model for model in _models(value))


def read_osi(value: Any, names: Resolver, *, place: str, origin: Origin | None = None) -> SourceReading:
    """The facts of all semantic models of a file; ``origin`` has the author and date of the file.

    Raises
    ------
    DoesNotRead
        when it holds none.
    """
    if not is_osi(value):
        raise DoesNotRead(f"{place} holds no semantic_model with datasets.")
    readers = [_Model(model, names, place, origin or Origin("")) for model in _models(value)]
    problems = [problem for reader in readers for problem in reader.problems()]
    facts = tuple(fact for reader in readers for fact in reader.facts())
    return SourceReading(facts, tuple(problems), read=sum(reader.count for reader in readers))


def _models(value: object) -> list[Node]:
    given = mapping(value).get("semantic_model")
    return [given] if isinstance(given, dict) else rows(given)


class _Model:
    """One semantic model while it is read."""

    def __init__(self, value: Node, names: Resolver, place: str, origin: Origin) -> None:
        self._value = value
        self._names = names
        self._place = place
        self._file = origin
        self._name = clean(value.get("name")) or place
        self._datasets = {clean(one.get("name")): one for one in rows(value.get("datasets"))}
        sources = {name: _source(one) for name, one in self._datasets.items()}
        found = names.find_all(parts for parts in sources.values() if parts)
        self._tables = {name: found.get(parts) for name, parts in sources.items()}
        self._queries = sum(not parts for parts in sources.values())
        logical = [
            LogicalTable(name, self._tables[name], self._columns(one)) for name, one in self._datasets.items()
        ]
        self._logical = LogicalTables(logical, names)
        self.count = len(self._datasets)

    def problems(self) -> Iterator[str]:
        unknown = sum(table is None for table in self._tables.values()) - self._queries
        if unknown:
            yield f"{unknown} of {self.count} datasets of {self._place} are not in this connection."
        if self._queries:
            yield f"{self._queries} of {self.count} datasets of {self._place} are queries, no tables."

    def facts(self) -> Iterator[Fact]:
        real = self._logical.real()
        if real:
            said = clean(self._value.get("description"))
            yield from self._notes(self._value, real, self._name, said)
        for name, dataset in self._datasets.items():
            logical = self._logical.named(name)
            if logical and logical.table:
                yield from self._of_dataset(dataset, logical, logical.table)
        for relationship in rows(self._value.get("relationships")):
            yield from self._of_relationship(relationship)
        for metric in rows(self._value.get("metrics")):
            sql = self._expression(metric)
            tables = self._logical.mentioned(sql)
            name = clean(metric.get("name"))
            if name and tables:
                text = "\n".join(
                    line for line in (clean(metric.get("description")), _context(metric)) if line
                )
                yield Fact("metric", tables, self._origin(name), text, name, self._logical.expression(sql))

    def _origin(self, name: str) -> Origin:
        return Origin(f"osi:{self._name}", f"{self._place}:{name}", self._file.author, self._file.at)

    def _of_dataset(self, node: Node, logical: LogicalTable, table: TableName) -> Iterator[Fact]:
        origin = self._origin(logical.name)
        if said := clean(node.get("description")):
            yield Fact("description", (table,), origin, text=said)
        own = () if logical.name.casefold() == table.table.casefold() else (logical.name,)
        for word in (*own, *_synonyms(node)):
            yield Fact("synonym", (table,), origin, text=word)
        yield from self._notes(node, (table,), logical.name)
        for name, keys in (("primary_key", [node.get("primary_key")]), ("unique", node.get("unique_keys"))):
            for key in _flat(keys):
                columns = tuple(logical.column(one) for one in key)
                if columns and all(columns):
                    yield Fact("test", (table,), origin, name=name, columns=columns)
        for column in rows(node.get("fields")):
            yield from self._of_field(column, logical, table)

    def _of_field(self, node: Node, logical: LogicalTable, table: TableName) -> Iterator[Fact]:
        name, said = clean(node.get("name")), clean(node.get("description"))
        column = logical.column(name)
        origin = self._origin(f"{logical.name}.{name}")
        if not column:
            text = "\n".join(line for line in (f"{name} (computed)", said, _context(node)) if line)
            sql = self._logical.expression(self._expression(node))
            yield Fact("note", (table,), origin, text, name, sql)
            return
        if said:
            yield Fact("description", (table,), origin, text=said, columns=(column,))
        own = [one for one in (name, clean(node.get("label"))) if one and one.casefold() != column.casefold()]
        for word in dict.fromkeys((*own, *_synonyms(node))):
            yield Fact("synonym", (table,), origin, text=word, columns=(column,))
        for text in _instructions(node):
            yield Fact("note", (table,), origin, text=text, columns=(column,))

    def _of_relationship(self, node: Node) -> Iterator[Fact]:
        left = self._logical.named(clean(node.get("from")))
        right = self._logical.named(clean(node.get("to")))
        if not left or not right or not left.table or not right.table:
            return
        own = tuple(left.column(one) for one in words(node.get("from_columns")))
        other = tuple(right.column(one) for one in words(node.get("to_columns")))
        if own and len(own) == len(other) and all((*own, *other)):
            origin = self._origin(clean(node.get("name")))
            yield Fact("join", (left.table, right.table), origin, columns=own, referenced_columns=other)

    def _notes(self, node: Node, tables: tuple[TableName, ...], name: str, *more: str) -> Iterator[Fact]:
        for text in (*more, *_instructions(node)):
            if text:
                yield Fact("note", tables, self._origin(name), text, name)

    def _expression(self, node: Node) -> str:
        """The expression in the connection's dialect, or in the standard's, or in any other SQL."""
        given = mapping(node.get("expression")).get("dialects")
        told = {
            clean(one.get("dialect")).upper(): clean(one.get("expression"), MOST_SQL) for one in rows(given)
        }
        own = told.get(self._names.dialect.upper()) or told.get("ANSI_SQL") or told.get("")
        others = (text for dialect, text in told.items() if dialect not in _NO_SQL)
        return own or next(others, "") or clean(node.get("expression"), MOST_SQL)

    def _columns(self, dataset: Node) -> dict[str, str]:
        columns = {}
        for one in rows(dataset.get("fields")):
            name = clean(one.get("name"))
            expression = self._expression(one) or name
            last = expression.rpartition(".")[2] if expression.count(".") == 1 else expression
            columns[name.casefold()] = last if PLAIN.fullmatch(last) else ""
        return columns


def _source(dataset: Node) -> tuple[str, ...]:
    """The parts of the table's name; none where the dataset is a query."""
    source = clean(dataset.get("source"), MOST_SQL)
    is_query = len(source.split()) > 1 and not source.startswith(('"', "`", "["))
    return () if is_query or not source else name_parts(source)


def _flat(keys: object) -> list[tuple[str, ...]]:
    """Lists of column names, where the standard's examples nest them once more or less."""
    found: list[tuple[str, ...]] = []
    for key in keys if isinstance(keys, list) else []:
        if isinstance(key, list) and any(isinstance(one, list) for one in key):
            found += [words(one) for one in key]
        elif key:
            found.append(words(key))
    return found


def _synonyms(node: Node) -> tuple[str, ...]:
    return words(mapping(node.get("ai_context")).get("synonyms"))


def _instructions(node: Node) -> Iterator[str]:
    """What the model's authors tell whoever reads it, and questions that they give as examples."""
    context = node.get("ai_context")
    if said := clean(context) or clean(mapping(context).get("instructions")):
        yield said
    for key in ("examples", "sample_questions"):
        listed = mapping(context).get(key)
        if told := words(listed):
            yield "Questions that it answers: " + "; ".join(told)


def _context(node: Node) -> str:
    synonyms = ", ".join(_synonyms(node))
    lines = [f"Also: {synonyms}" if synonyms else "", *_instructions(node)]
    return "\n".join(line for line in lines if line)
