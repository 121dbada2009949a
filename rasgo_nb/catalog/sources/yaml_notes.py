"""What people note of tables in YAML: the format of our own that docs/meaning.md shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rasgo_nb.catalog.facts import Fact, FactKind, Origin
from rasgo_nb.catalog.sources.source import MOST_SQL, DoesNotRead, SourceReading, clean, words
from rasgo_nb.catalog.sources.sql_tables import tables_in
from rasgo_nb.catalog.sources.yaml_text import Keyed
from rasgo_nb.connectors.nearest import nearest_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rasgo_nb.catalog.sources.resolve import Resolver
    from rasgo_nb.connectors.base import TableName

_TOP = ("tables", "metrics", "queries", "notes")
_TABLE = ("description", "synonyms", "owner", "tags", "columns", "joins", "notes")
_COLUMN = ("description", "synonyms", "tags", "values", "notes")
_JOIN = ("columns", "to", "to_columns", "note")
_METRIC = ("name", "description", "sql", "tables", "synonyms")
_QUERY = ("question", "sql", "tables", "author", "at")
_NOTE = ("text", "tables", "columns", "author", "at")


def read_notes(value: Any, names: Resolver, *, origin: Origin) -> SourceReading:
    """The facts of a file; what it says of tables elsewhere is left out and counted.

    A key that is not known is told with its line, and the rest is read.

    Raises
    ------
    DoesNotRead
        when the file is no mapping of such keys.
    """
    if not isinstance(value, Keyed) or not set(value) & set(_TOP):
        raise DoesNotRead(
            f"{origin.place} has none of {', '.join(_TOP)} at its beginning. See docs/meaning.md."
        )
    reader = _Notes(names, origin)
    facts = tuple(reader.facts(value))
    return SourceReading(facts, tuple(reader.told()), read=1)


class _Notes:
    """One file while it is read."""

    def __init__(self, names: Resolver, origin: Origin) -> None:
        self._names = names
        self._file = origin
        self._problems: list[str] = []
        self._unknown: dict[str, None] = {}

    def told(self) -> Iterator[str]:
        yield from self._problems
        if self._unknown:
            shown = ", ".join(list(self._unknown)[:3]) + (", …" if len(self._unknown) > 3 else "")
            yield f"{self._file.place} names tables that are not in this connection: {shown}."

    def facts(self, value: Keyed) -> Iterator[Fact]:
        self._check(value, _TOP)
        for name, node in self._entries(value, "tables"):
            table = self._table(name)
            if table is not None:
                yield from self._of_table(node, name, table)
        for metric in self._listed(value, "metrics", "name", _METRIC):
            yield from self._of_metric(metric)
        for query in self._listed(value, "queries", "question", _QUERY):
            yield from self._of_query(query)
        for note in self._listed(value, "notes", "text", _NOTE):
            yield from self._of_note(note)

    def _of_table(self, node: Keyed, name: str, table: TableName) -> Iterator[Fact]:
        self._check(node, _TABLE)
        yield from self._common(node, (table,), self._origin(name))
        for text in words(node.get("owner")):
            yield Fact("owner", (table,), self._origin(name), text=text)
        for column, about in self._entries(node, "columns"):
            self._check(about, _COLUMN)
            origin = self._origin(f"{name}.{column}")
            yield from self._common(about, (table,), origin, (column,))
            yield from _values(about.get("values"), (table,), origin, (column,))
        for join in _list(node.get("joins")):
            yield from self._of_join(join, name, table)

    def _common(
        self, node: Keyed, tables: tuple[TableName, ...], origin: Origin, columns: tuple[str, ...] = ()
    ) -> Iterator[Fact]:
        kinds: tuple[tuple[FactKind, str], ...] = (
            ("description", "description"),
            ("synonym", "synonyms"),
            ("tag", "tags"),
            ("note", "notes"),
        )
        for kind, key in kinds:
            for text in words(node.get(key)):
                yield Fact(kind, tables, origin, text=text, columns=columns)

    def _of_join(self, join: Any, name: str, table: TableName) -> Iterator[Fact]:
        """``{columns: customer_id, to: customers, to_columns: id}``, or ``customer_id = customers.id``."""
        if isinstance(join, str):
            own, sign, far = join.partition("=")
            other, dot, field = far.strip().rpartition(".")
            join = Keyed()
            join.update(columns=own.strip().rpartition(".")[2], to=other, to_columns=field)
            if not sign or not dot:
                self._problem(f"{name}: write a join as `customer_id = customers.id`")
                return
        if not isinstance(join, Keyed):
            return
        self._check(join, _JOIN)
        far_table = self._table(clean(join.get("to")))
        own_columns, far_columns = words(join.get("columns")), words(join.get("to_columns"))
        if far_table is None:
            return
        if not own_columns or len(own_columns) != len(far_columns or own_columns):
            self._problem(f"{name}: the join with {far_table} needs as many to_columns as columns", join)
            return
        yield Fact(
            "join",
            (table, far_table),
            self._origin(name),
            text=clean(join.get("note")),
            columns=own_columns,
            referenced_columns=far_columns or own_columns,
        )

    def _of_metric(self, node: Keyed) -> Iterator[Fact]:
        name, sql = clean(node.get("name")), clean(node.get("sql"), MOST_SQL)
        tables = self._tables(node, sql)
        if tables is None or not name:
            return
        synonyms = ", ".join(words(node.get("synonyms")))
        lines = (clean(node.get("description")), f"Also: {synonyms}" if synonyms else "")
        text = "\n".join(line for line in lines if line)
        yield Fact("metric", tables, self._origin(name), text, name, sql)

    def _of_query(self, node: Keyed) -> Iterator[Fact]:
        question, sql = clean(node.get("question")), clean(node.get("sql"), MOST_SQL)
        if not question or not sql:
            self._problem("a query needs both question and sql", node)
            return
        tables = self._tables(node, sql)
        if tables is not None:
            yield Fact("query", tables, self._origin(question, node), question, sql=sql, is_verified=True)

    def _of_note(self, node: Keyed) -> Iterator[Fact]:
        text, tables = clean(node.get("text")), self._tables(node, "")
        if text and tables is not None:
            yield Fact("note", tables, self._origin("notes", node), text, columns=words(node.get("columns")))

    def _tables(self, node: Keyed, sql: str) -> tuple[TableName, ...] | None:
        """Those that are named, else those of the statement; None where one of the named is not there."""
        named = words(node.get("tables"))
        if not named:
            return tables_in(sql, self._names) if sql else ()
        found = [self._table(name) for name in named]
        tables = tuple(table for table in found if table is not None)
        return tables if len(tables) == len(found) else None

    def _table(self, name: str) -> TableName | None:
        found = self._names.spelt(name) if name else None
        if found is None and name:
            self._unknown[name] = None
        return found

    def _origin(self, name: str, node: Mapping[str, Any] | None = None) -> Origin:
        said = node or {}
        author = clean(said.get("author")) or self._file.author
        at = clean(said.get("at")) or self._file.at
        return Origin(self._file.source, f"{self._file.place}:{clean(name, 100)}", author, at)

    def _entries(self, node: Keyed, key: str) -> Iterator[tuple[str, Keyed]]:
        """Names with what is said of each; a bare text is its description."""
        listed = node.get(key)
        if listed is None:
            return
        if not isinstance(listed, Keyed):
            self._problem(f"{key} must be a mapping of names, as in docs/meaning.md", node, key)
            return
        for name, about in listed.items():
            if isinstance(about, Keyed):
                yield name, about
            else:
                said = Keyed()
                if about is not None:
                    said["description"] = about
                yield name, said

    def _listed(self, node: Keyed, key: str, main: str, known: tuple[str, ...]) -> Iterator[Keyed]:
        """The entries of a list, or of a mapping, whose keys are then ``main``; a bare text is that too."""
        given = node.get(key)
        if isinstance(given, Keyed):
            given = [_with(about, main, name) for name, about in given.items()]
        for one in _list(given):
            entry = one if isinstance(one, Keyed) else _with(None, main, one)
            self._check(entry, known)
            yield entry

    def _check(self, node: Keyed, known: Iterable[str]) -> None:
        for key in node:
            if key not in known:
                near = nearest_names(key, known, most=1)
                hint = f"Did you mean `{near[0]}`?" if near else f"Known here: {', '.join(known)}."
                self._problem(f"`{clean(key, 60)}` is not known here. {hint}", node, key)

    def _problem(self, text: str, node: Keyed | None = None, key: str = "") -> None:
        lines = node.lines if node is not None else {}
        line = lines.get(key) or min(lines.values(), default=0)
        self._problems.append(f"{self._file.place}{f':{line}' if line else ''}: {text}".rstrip("."))


def _values(
    given: Any, tables: tuple[TableName, ...], origin: Origin, columns: tuple[str, ...]
) -> Iterator[Fact]:
    """A list of values, or a mapping of values and what each means."""
    if isinstance(given, dict):
        meant = [f"{value}: {said}" for value, text in given.items() if (said := clean(text))]
        yield Fact("values", tables, origin, "\n".join(meant), columns=columns, values=tuple(given))
    elif values := words(given):
        yield Fact("values", tables, origin, columns=columns, values=values)


def _with(about: Any, main: str, value: Any) -> Keyed:
    entry = Keyed()
    if isinstance(about, Keyed):
        entry.update(about)
        entry.lines = dict(about.lines)
    elif about is not None:
        entry["description" if main == "name" else "sql"] = about
    entry.setdefault(main, value)
    return entry


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
