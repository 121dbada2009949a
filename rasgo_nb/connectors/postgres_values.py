"""The usual values of columns that hold few of them, from the statistics of the last ANALYZE."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from rasgo_nb.connectors.base import TableName

if TYPE_CHECKING:
    from collections.abc import Sequence

    import psycopg

    Link = psycopg.Connection[Any]

MOST_DISTINCT = 200  # a column with more of them holds names or texts rather than kinds
MOST_VALUES = 25
LONGEST_VALUE = 60

# Of texts and enumerations; pg_stats shows only what the role may read. Its row for a partitioned table's
# parts (inherited) goes before the one of the empty parent.
_VALUES = """
    SELECT DISTINCT ON (s.schemaname, s.tablename, s.attname)
           s.schemaname, s.tablename, s.attname, s.most_common_vals::text::text[]
    FROM unnest(%s::text[], %s::text[]) AS w (schema, name)
    JOIN pg_namespace n ON n.nspname = w.schema
    JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
    JOIN pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = s.attname AND NOT a.attisdropped
    JOIN pg_type t ON t.oid = a.atttypid
    WHERE t.typcategory IN ('S', 'E') AND s.n_distinct BETWEEN 1 AND %s AND s.most_common_vals IS NOT NULL
    ORDER BY s.schemaname, s.tablename, s.attname, s.inherited DESC
"""


def usual_values(link: Link, tables: Sequence[TableName]) -> dict[TableName, dict[str, tuple[str, ...]]]:
    """By table and column, most frequent first."""
    found: dict[TableName, dict[str, tuple[str, ...]]] = defaultdict(dict)
    schemas, names = [table.schema for table in tables], [table.table for table in tables]
    for schema, table, column, values in link.execute(_VALUES, [schemas, names, MOST_DISTINCT]):
        short = tuple(value for value in values if value and len(value) <= LONGEST_VALUE)
        if short:
            found[TableName("", schema, table)][column] = short[:MOST_VALUES]
    return dict(found)
