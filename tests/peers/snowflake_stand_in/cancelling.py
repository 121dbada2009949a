"""Statements ended before their time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snowflake_stand_in.state import state

if TYPE_CHECKING:
    from snowflake_stand_in.state import Query, Session


def cancel(query: Query) -> bool:
    if query.done.is_set():
        return False
    query.is_cancelled = True
    interrupt(query)
    return True


def cancel_all(session: Session) -> None:
    for query in list(state.queries.values()):
        if query.session is session:
            cancel(query)


def interrupt(query: Query) -> None:
    while not query.done.wait(0.01):
        if query.connection is not None:
            query.connection._duck_conn.interrupt()


def end_by_timeout(query: Query) -> None:
    query.is_timed_out = True
    interrupt(query)
