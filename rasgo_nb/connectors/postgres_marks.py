"""Which tables of a Postgres have changed: a digest of each one's description, made on the server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rasgo_nb.connectors.base import TableName
from rasgo_nb.connectors.marks import size_step
from rasgo_nb.connectors.postgres_catalog import VISIBLE

if TYPE_CHECKING:
    import psycopg

    Link = psycopg.Connection[Any]

# A digest of what describes a table, not the xmin of its rows in the catalog: those change with a grant and a
# restore, are the same again after 2**32 transactions, and one of a comment that was dropped is gone.
_MARKS = f"""
    WITH shown AS MATERIALIZED (
        SELECT c.oid, n.nspname, c.relname, c.relkind, c.relowner, c.reltuples {VISIBLE}
    ), fields AS (
        SELECT a.attrelid AS oid,
               string_agg(concat_ws(chr(30), a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
                                    coalesce(d.description, '')), chr(31) ORDER BY a.attnum) AS told
        FROM shown s JOIN pg_attribute a ON a.attrelid = s.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_description d
          ON d.objoid = a.attrelid AND d.objsubid = a.attnum AND d.classoid = 'pg_class'::regclass
        GROUP BY a.attrelid
    ), keys AS (
        SELECT k.conrelid AS oid, string_agg(pg_get_constraintdef(k.oid), chr(31) ORDER BY k.conname) AS told
        FROM shown s JOIN pg_constraint k ON k.conrelid = s.oid AND k.contype IN ('p', 'f')
        GROUP BY k.conrelid
    )
    SELECT s.nspname, s.relname, CASE WHEN s.reltuples >= 0 THEN s.reltuples::int8 END,
           md5(concat_ws(chr(29), s.relkind::text, pg_get_userbyid(s.relowner),
                         coalesce(obj_description(s.oid, 'pg_class'), ''),
                         CASE WHEN s.relkind = 'p' THEN pg_get_partkeydef(s.oid) ELSE '' END,
                         coalesce(fields.told, ''), coalesce(keys.told, '')))
    FROM shown s LEFT JOIN fields ON fields.oid = s.oid LEFT JOIN keys ON keys.oid = s.oid
"""


def table_marks(link: Link) -> dict[TableName, str]:
    """By table, a digest of its description and the step of its row count."""
    return {
        TableName("", schema, table): f"{digest} {size_step(rows)}"
        for schema, table, rows, digest in link.execute(_MARKS)
    }
