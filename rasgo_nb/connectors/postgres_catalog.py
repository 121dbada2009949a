"""Postgres's catalog: names, columns, keys and comments of all tables in a few bulk reads, never a scan."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from rasgo_nb.connectors.base import Column, ForeignKey, TableDetail, TableName
from rasgo_nb.connectors.refusals import unknown_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    import psycopg

    Link = psycopg.Connection[Any]

# Tables, views, materialized views, foreign and partitioned tables; a partition is its parent's.
VISIBLE = """
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND NOT c.relispartition
      AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
      AND has_schema_privilege(n.oid, 'USAGE')
      AND (has_table_privilege(c.oid, 'SELECT') OR has_any_column_privilege(c.oid, 'SELECT'))
"""
_NAMES = f"""
    SELECT c.oid::int8, n.nspname, c.relname {VISIBLE} ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
"""
_NAMED = f"""
    SELECT c.oid::int8, n.nspname, c.relname {VISIBLE}
      AND (n.nspname, c.relname) IN (SELECT * FROM unnest(%s::text[], %s::text[]))
"""
# A size waits for whoever has a table locked, so it is left out there.
_TABLES = """
    WITH RECURSIVE parts AS (
        SELECT oid AS root, oid AS part FROM pg_class WHERE oid = ANY (%s) AND relkind = 'p'
        UNION ALL
        SELECT parts.root, i.inhrelid FROM parts JOIN pg_inherits i ON i.inhparent = parts.part
    ), locked AS MATERIALIZED (
        SELECT relation AS oid FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation IS NOT NULL
    ), sums AS (
        SELECT parts.root,
               sum(CASE WHEN p.oid NOT IN (TABLE locked) THEN pg_total_relation_size(p.oid) END) AS size,
               sum(p.reltuples) FILTER (WHERE p.relkind <> 'p') AS rows,
               bool_and(p.reltuples >= 0) FILTER (WHERE p.relkind <> 'p') AS is_known
        FROM parts JOIN pg_class p ON p.oid = parts.part GROUP BY parts.root
    )
    SELECT c.oid::int8, CASE WHEN c.relkind = 'v' THEN 'view' ELSE 'table' END,
           coalesce(obj_description(c.oid, 'pg_class'), ''),
           CASE WHEN c.relkind = 'v' THEN NULL
                WHEN sums.root IS NOT NULL THEN CASE WHEN sums.is_known THEN sums.rows::int8 END
                WHEN c.reltuples >= 0 THEN c.reltuples::int8 END,
           CASE WHEN c.relkind IN ('r', 'm') AND c.oid NOT IN (TABLE locked)
                THEN pg_total_relation_size(c.oid) ELSE sums.size::int8 END,
           CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END, pg_get_userbyid(c.relowner)
    FROM pg_class c LEFT JOIN sums ON sums.root = c.oid
    WHERE c.oid = ANY (%s)
"""
_COLUMNS = """
    SELECT a.attrelid::int8, a.attname, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
           coalesce(d.description, '')
    FROM pg_attribute a
    LEFT JOIN pg_description d
      ON d.objoid = a.attrelid AND d.objsubid = a.attnum AND d.classoid = 'pg_class'::regclass
    WHERE a.attrelid = ANY (%s) AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attrelid, a.attnum
"""
_KEYS = """
    SELECT k.conrelid::int8, k.contype::text, k.confrelid::int8, rn.nspname, rc.relname,
           ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY u (attnum, place)
                 JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.attnum ORDER BY place),
           ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY u (attnum, place)
                 JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.attnum ORDER BY place)
    FROM pg_constraint k
    LEFT JOIN pg_class rc ON rc.oid = k.confrelid LEFT JOIN pg_namespace rn ON rn.oid = rc.relnamespace
    WHERE k.conrelid = ANY (%s) AND k.contype IN ('p', 'f')
    ORDER BY k.conrelid, k.conname
"""


def list_names(link: Link) -> list[TableName]:
    """All tables and views that the role may read."""
    return [TableName("", schema, table) for _, schema, table in link.execute(_NAMES)]


def describe(link: Link, tables: Sequence[TableName] | None) -> list[TableDetail]:
    """The named tables, in that order, or all of them.

    Raises
    ------
    UnknownName
        when one does not exist; offers the nearest names.
    """
    if tables is None:
        names = {oid: TableName("", schema, table) for oid, schema, table in link.execute(_NAMES)}
        return list(_details(link, names).values())
    found = _find(link, tables)
    details = _details(link, dict(found.values()))
    return [details[found[table][0]] for table in tables]


def _find(link: Link, tables: Sequence[TableName]) -> dict[TableName, tuple[int, TableName]]:
    """The tables by exact name; all names are read only where one is not spelt as the database does."""
    schemas, names = [table.schema for table in tables], [table.table for table in tables]
    rows = link.execute(_NAMED, [schemas, names]).fetchall()
    exact = {(schema, table): (oid, TableName("", schema, table)) for oid, schema, table in rows}
    found = {
        table: exact[table.schema, table.table] for table in tables if (table.schema, table.table) in exact
    }
    if len(found) < len(set(tables)):
        known = [(oid, TableName("", schema, table)) for oid, schema, table in link.execute(_NAMES)]
        found |= {table: _alike(table, known) for table in tables if table not in found}
    return found


def _alike(wanted: TableName, known: Sequence[tuple[int, TableName]]) -> tuple[int, TableName]:
    """The one table of that name but for case; a schema that is left out fits any."""
    alike = [
        (oid, name)
        for oid, name in known
        if name.table.casefold() == wanted.table.casefold()
        and (not wanted.schema or name.schema.casefold() == wanted.schema.casefold())
    ]
    if len(alike) == 1:
        return alike[0]
    raise unknown_table(
        wanted, [name for _, name in alike or known], none="the role may read none in this database"
    )


def _details(link: Link, names: dict[int, TableName]) -> dict[int, TableDetail]:
    oids = list(names)
    columns = _columns(link, oids)
    primary, foreign = _keys(link, oids)
    facts = {row[0]: row[1:] for row in link.execute(_TABLES, [oids, oids])}
    details = {}
    for oid, name in names.items():
        if oid not in facts:
            continue  # dropped meanwhile
        kind, comment, rows, size, partition_key, owner = facts[oid]
        details[oid] = TableDetail(
            name,
            tuple(columns[oid]),
            kind,
            primary.get(oid, ()),
            tuple(foreign[oid]),
            comment,
            rows,
            size,
            (partition_key,) if partition_key else (),
            owner=owner,
        )
    return details


def _columns(link: Link, oids: list[int]) -> dict[int, list[Column]]:
    columns: dict[int, list[Column]] = defaultdict(list)
    for oid, name, type_, is_nullable, comment in link.execute(_COLUMNS, [oids]):
        columns[oid].append(Column(name, type_, is_nullable, comment))
    return columns


def _keys(link: Link, oids: list[int]) -> tuple[dict[int, tuple[str, ...]], dict[int, list[ForeignKey]]]:
    primary: dict[int, tuple[str, ...]] = {}
    foreign: dict[int, list[ForeignKey]] = defaultdict(list)
    for oid, kind, _, schema, table, names, referenced in link.execute(_KEYS, [oids]):
        if kind == "p":
            primary[oid] = tuple(names)
        else:
            foreign[oid].append(ForeignKey(tuple(names), TableName("", schema, table), tuple(referenced)))
    return primary, foreign
