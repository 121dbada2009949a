"""Snowflake's catalog: names, columns, keys and comments in bulk, or of just the tables that are named."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rasgo_nb.connectors.base import Column, ForeignKey, TableDetail, TableName
from rasgo_nb.connectors.marks import digest, size_step
from rasgo_nb.connectors.refusals import unknown_table
from rasgo_nb.connectors.snowflake_tags import SnowflakeTags
from rasgo_nb.errors import QueryError

if TYPE_CHECKING:
    from sqlglot import exp

# Runs a statement; each row by the names of its columns in lower case.
RunRows = Callable[[str], list[dict[str, Any]]]
Span = tuple[TableName, TableName]  # the first and the last of many tables of one schema

_FEW = 200  # names that are put into a statement one by one; with more all tables are read
_FEW_KEYS = 5  # tables whose keys are asked for one by one; of more those of the database are read
_SHOWN_AT_MOST = 10_000  # rows that SHOW gives, however many there are
_LONGEST_TEXT = 16_777_216
_TABLES = (
    "table_schema", "table_name", "table_type", "comment", "row_count", "bytes", "clustering_key",
    "table_owner",
)  # fmt: skip
_MARKS = ("table_schema", "table_name", "last_ddl", "table_owner", "comment", "row_count")
_COLUMNS = (
    "table_schema", "table_name", "column_name", "data_type", "is_nullable", "comment",
    "numeric_precision", "numeric_scale", "character_maximum_length",
)  # fmt: skip


class SnowflakeCatalog:
    """Of the databases named; the database part is left out of the names while there is one."""

    def __init__(self, run: RunRows, databases: Sequence[str], tags: SnowflakeTags | None = None) -> None:
        self._run = run
        self._databases = databases
        self._tags = tags or SnowflakeTags()

    def list_names(self) -> list[TableName]:
        """All tables and views, in order of name."""
        return sorted(name for name, _ in self._tables([], _TABLES[:2]))

    def describe(self, tables: Sequence[TableName] | None) -> list[TableDetail]:
        """The named tables, in that order, or all of them.

        Raises
        ------
        UnknownName
            when one does not exist; offers the nearest names.
        """
        wanted = list(tables or [])
        few = wanted if 0 < len(wanted) <= _FEW else []
        span = _span(wanted) if len(wanted) > _FEW else None
        rows = dict(self._tables(few, _TABLES, span))
        found = None if tables is None else [self._find(rows, table) for table in wanted]
        columns = self._columns(few, span)
        primary, foreign = self._keys(found or list(rows))
        details = {
            name: self._tags.on(_detail(name, rows[name], columns.get(name, ()), primary, foreign))
            for name in sorted(found or rows)
        }
        return list(details.values()) if found is None else [details[name] for name in found]

    def marks(self) -> dict[TableName, str]:
        """Of LAST_DDL, which ``ALTER`` and ``COMMENT`` move and rows do not, and of what is no DDL."""
        tags = self._tags.read(self._run, self._databases)
        return {
            name: f"{digest(*map(row.get, _MARKS[2:5]), tags.get(name))} {_step(row)}"
            for name, row in self._tables([], _MARKS)
        }

    def _tables(
        self, few: Sequence[TableName], columns: Sequence[str], span: Span | None = None
    ) -> Iterator[tuple[TableName, dict[str, Any]]]:
        for database in self._databases:
            for row in self._metadata("TABLES", database, columns, few, span):
                yield self._name(database, row["table_schema"], row["table_name"]), row

    def _columns(self, few: Sequence[TableName], span: Span | None) -> dict[TableName, list[Column]]:
        columns: dict[TableName, list[Column]] = defaultdict(list)
        for database in self._databases:
            for row in self._metadata("COLUMNS", database, _COLUMNS, few, span):
                columns[self._name(database, row["table_schema"], row["table_name"])].append(_column(row))
        return columns

    def _metadata(
        self,
        view: str,
        database: str,
        columns: Sequence[str],
        few: Sequence[TableName],
        span: Span | None = None,
    ) -> list[dict[str, Any]]:
        """Schema by schema where Snowflake finds the whole database too much for one statement."""
        if span is not None and span[0].database not in ("", database):
            return []
        try:
            return self._run(_metadata(view, database, columns, few, span=span))
        except QueryError as error:
            if error.kind != "quota" or few or span:
                raise
        schemas = [str(row["schema_name"]) for row in self._run(_schemas(database))]
        return [
            row
            for schema in schemas
            for row in self._run(_metadata(view, database, columns, few, schema=schema))
        ]

    def _name(self, database: str, schema: str, table: str) -> TableName:
        return TableName(database if len(self._databases) > 1 else "", schema, table)

    def _keys(self, tables: Sequence[TableName]) -> tuple[Mapping[TableName, Any], Mapping[TableName, Any]]:
        primary: dict[TableName, list[str]] = defaultdict(list)
        for row in self._show("PRIMARY KEYS", tables):
            primary[self._key_table(row, "")].append(str(row["column_name"]))
        own: dict[tuple[TableName, TableName, Any], list[tuple[str, str]]] = defaultdict(list)
        for row in self._show("IMPORTED KEYS", tables):
            key = self._key_table(row, "fk_"), self._key_table(row, "pk_"), row["fk_name"]
            own[key].append((str(row["fk_column_name"]), str(row["pk_column_name"])))
        foreign: dict[TableName, list[ForeignKey]] = defaultdict(list)
        for (table, other, _), pairs in own.items():
            names, names_there = zip(*pairs, strict=True)
            foreign[table].append(ForeignKey(names, other, names_there))
        return primary, foreign

    def _key_table(self, row: dict[str, Any], side: str) -> TableName:
        return self._name(*(str(row[f"{side}{part}_name"]) for part in ("database", "schema", "table")))

    def _show(self, keys: str, tables: Sequence[TableName]) -> list[dict[str, Any]]:
        """Rows of keys in the order of their columns: of few tables one by one, else of whole databases."""
        if len(tables) <= _FEW_KEYS:
            rows = [
                row for table in tables for row in self._shown(f"SHOW {keys} IN TABLE {self._quoted(table)}")
            ]
        else:
            rows = [row for database in self._databases for row in self._shown_of(database, keys, tables)]
        return sorted(rows, key=lambda row: int(row["key_sequence"]))

    def _shown_of(self, database: str, keys: str, tables: Sequence[TableName]) -> list[dict[str, Any]]:
        """Schema by schema where the whole database has more keys than SHOW gives."""
        if (span := _span(tables)) is not None:
            is_here = span[0].database in ("", database)
            return (
                self._shown(f"SHOW {keys} IN SCHEMA {_quoted(database, span[0].schema)}") if is_here else []
            )
        rows = self._shown(f"SHOW {keys} IN DATABASE {_quoted(database)}")
        if len(rows) < _SHOWN_AT_MOST:
            return rows
        schemas = sorted({table.schema for table in tables if table.database in ("", database)})
        scopes = (f"SHOW {keys} IN SCHEMA {_quoted(database, schema)}" for schema in schemas)
        return [row for scope in scopes for row in self._shown(scope)]

    def _shown(self, statement: str) -> list[dict[str, Any]]:
        """None where the role may not see them."""
        try:
            return self._run(statement)
        except QueryError as error:
            if error.kind not in ("permission", "missing_object"):
                raise
            return []

    def _quoted(self, table: TableName) -> str:
        return _quoted(table.database or self._databases[0], table.schema, table.table)

    def _find(self, known: Iterable[TableName], wanted: TableName) -> TableName:
        if wanted in known:
            return wanted
        alike = [name for name in known if _is_same(name, wanted)]
        if len(alike) == 1:
            return alike[0]
        raise unknown_table(wanted, alike or self.list_names(), none="there is none")


def _span(tables: Sequence[TableName]) -> Span | None:
    """The first and last of tables that lie in one schema; None where they lie in several."""
    if not tables or len({(name.database, name.schema) for name in tables}) > 1:
        return None
    return min(tables), max(tables)


def _schemas(database: str) -> str:
    from sqlglot import exp

    source = exp.table_("SCHEMATA", db="INFORMATION_SCHEMA", catalog=exp.to_identifier(database, quoted=True))
    return exp.select("schema_name").from_(source).order_by("schema_name").sql(dialect="snowflake")


def _metadata(
    view: str,
    database: str,
    columns: Sequence[str],
    few: Sequence[TableName],
    *,
    schema: str = "",
    span: Span | None = None,
) -> str:
    """The statement that reads a view of INFORMATION_SCHEMA, without what is in that schema itself."""
    from sqlglot import exp

    source = exp.table_(view, db="INFORMATION_SCHEMA", catalog=exp.to_identifier(database, quoted=True))
    order = ["table_schema", "table_name", *(["ordinal_position"] if view == "COLUMNS" else [])]
    select = exp.select(*columns).from_(source).order_by(*order)
    select = select.where(exp.column("table_schema").neq("INFORMATION_SCHEMA"))
    if schema:
        select = select.where(exp.column("table_schema").eq(schema))
    if span is not None:
        first, last = span
        select = select.where(exp.column("table_schema").eq(first.schema))
        low, high = (exp.Literal.string(name.table) for name in (first, last))
        select = select.where(exp.column("table_name").between(low, high))
    own = [table for table in few if not table.database or table.database.upper() == database.upper()]
    if few:
        select = select.where(exp.or_(*map(_is_table, own)) if own else exp.false())
    return select.sql(dialect="snowflake")


def _is_table(table: TableName) -> exp.Expr:
    """By the name as it is stored, or as Snowflake stores one that was not quoted."""
    from sqlglot import exp

    conditions = [
        exp.column(column).isin(*dict.fromkeys((name, name.upper())))
        for column, name in (("table_schema", table.schema), ("table_name", table.table))
        if name
    ]
    return exp.paren(exp.and_(*conditions))


def _quoted(*names: str) -> str:
    from sqlglot import exp

    return ".".join(exp.to_identifier(name, quoted=True).sql(dialect="snowflake") for name in names)


def _detail(
    name: TableName,
    row: dict[str, Any],
    columns: Sequence[Column],
    primary: Mapping[TableName, Sequence[str]],
    foreign: Mapping[TableName, Sequence[ForeignKey]],
) -> TableDetail:
    return TableDetail(
        name,
        tuple(columns),
        kind="view" if "VIEW" in str(row["table_type"]).upper() else "table",
        primary_key=tuple(primary.get(name, ())),
        foreign_keys=tuple(foreign.get(name, ())),
        comment=row["comment"] or "",
        row_count=_whole(row["row_count"]),
        size_bytes=_whole(row["bytes"]),
        clustered_by=clustering_columns(row["clustering_key"] or ""),
        owner=row.get("table_owner") or "",
    )


def _column(row: dict[str, Any]) -> Column:
    is_nullable = str(row["is_nullable"]).upper() != "NO"
    return Column(str(row["column_name"]), _type(row), is_nullable, row["comment"] or "")


def _type(row: dict[str, Any]) -> str:
    name, length = str(row["data_type"]), _whole(row["character_maximum_length"])
    if name == "NUMBER" and row["numeric_precision"] is not None:
        return f"NUMBER({_whole(row['numeric_precision'])},{_whole(row['numeric_scale']) or 0})"
    if name == "TEXT":
        return "VARCHAR" if length is None or length >= _LONGEST_TEXT else f"VARCHAR({length})"
    return name


def _step(row: dict[str, Any]) -> str:
    return size_step(_whole(row["row_count"]))


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)


def clustering_columns(key: str) -> tuple[str, ...]:
    """The parts of ``LINEAR(day, to_date(at))``, as they are spelt."""
    inner = key.strip()
    if inner.upper().startswith("LINEAR"):
        inner = inner[len("LINEAR") :].strip()
    if inner.startswith("(") and inner.endswith(")"):
        inner = inner[1:-1]
    parts, depth = [""], 0
    for sign in inner:
        depth += (sign == "(") - (sign == ")")
        if sign == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return tuple(part.strip() for part in parts if part.strip())


def _is_same(name: TableName, wanted: TableName) -> bool:
    """Without regard to case; parts that are left out fit any."""
    pairs = ((name.database, wanted.database if name.database else ""), (name.schema, wanted.schema))
    is_near = all(not part or part.casefold() == own.casefold() for own, part in pairs)
    return is_near and name.table.casefold() == wanted.table.casefold()
