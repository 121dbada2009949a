"""What a SQL statement would do, before it runs."""

from __future__ import annotations

from rasgo_nb.connectors.statement_effects import find_effects, find_paid_calls
from rasgo_nb.policy import Effects, Finding, gather


def effects_of_sql(sql: str, dialect: str) -> Effects:
    """What one or more statements would do, in the dialect as sqlglot spells it.

    Read off the tree; never raises. A seat belt and never a sandbox: a function or a trigger of the database
    may do anything, and its name does not tell. The lock is the connection's own role and read-only session.
    """
    return gather(find_effects(sql, dialect) or [Finding("read")])


def effects_of_read(sql: str, dialect: str) -> Effects:
    """What a statement would do on a connection that refuses by itself whatever is no read.

    Only what a read may cost beside itself is left to ask about: functions that call a paid model.
    """
    return gather([Finding("read"), *find_paid_calls(sql, dialect)])
