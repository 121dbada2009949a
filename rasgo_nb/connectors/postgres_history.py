"""What pg_stat_statements has counted in this database, where it is installed and may be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rasgo_nb.connectors.base import PastStatement

if TYPE_CHECKING:
    import psycopg

    Link = psycopg.Connection[Any]

# The extension may live in any schema.
_PLACE = """
    SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relname = 'pg_stat_statements' AND c.relkind = 'v'
      AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
    ORDER BY n.nspname COLLATE "C" LIMIT 1
"""


def past_statements(link: Link, most: int) -> list[PastStatement]:
    """The reads since its counters were last reset: it keeps neither when they ran nor with what literals.

    Whoever may not see those of others (``pg_read_all_stats``) gets their own. Nothing where the library is
    not loaded. https://www.postgresql.org/docs/current/pgstatstatements.html
    """
    import psycopg
    from psycopg import sql

    place = link.execute(_PLACE).fetchone()
    if place is None:
        return []
    statement = sql.SQL(
        "SELECT query, sum(calls)::int8, count(DISTINCT userid) FROM {}"
        " WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())"
        " AND query ~* '^[[:space:](]*(select|with)[[:space:](]' AND query !~ 'pg_catalog[.]|pg_class'"
        " GROUP BY query ORDER BY 2 DESC, 1 LIMIT {}"
    ).format(sql.Identifier(place[0], "pg_stat_statements"), sql.Literal(most))
    try:
        with link.transaction():
            rows = link.execute(statement).fetchall()
    except (psycopg.errors.ObjectNotInPrerequisiteState, psycopg.errors.InsufficientPrivilege):
        return []
    return [PastStatement(query, int(times), int(people)) for query, times, people in rows]
