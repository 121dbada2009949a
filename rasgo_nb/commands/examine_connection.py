"""Tries out one connection: opened, asked, its tables listed, a cost estimated, a query stopped."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from rasgo_nb.commands.doctor import Finding
from rasgo_nb.connectors.base import Caps
from rasgo_nb.errors import QueryStopped, RasgoError

if TYPE_CHECKING:
    from collections.abc import Callable

    from rasgo_nb.connectors.base import Connection
    from rasgo_nb.session import Session

_STOP_AFTER_S = 0.5
_DIGITS = " UNION ALL ".join(f"SELECT {n} AS n" for n in range(10))
_NAMES = "abcdefghijkl"
# Reads no table, so it is free of charge where bytes are billed; and would run for hours.
SLOW = (
    f"WITH t AS ({_DIGITS}) SELECT count(*) AS n FROM {', '.join(f't {name}' for name in _NAMES)} "
    f"WHERE {' + '.join(f'{name}.n' for name in _NAMES)} = 55"
)


def examine_connection(session: Session, name: str) -> list[Finding]:
    """What works on a connection, opened by its name or source; after what fails for all, nothing."""
    try:
        connection = session.connection(name) if _is_known(session, name) else session.connect(name)
    except RasgoError as error:
        return [Finding(f"connection {name}", str(error), is_good=False)]
    what = f"connection {connection.name}"
    mode = "read-only" if connection.read_only else "writable"

    opened = Finding(what, ", ".join((connection.dialect, mode)))
    checks = {"query": _query, "tables": _tables, "cost estimate": _estimate, "stopping a query": _stop}
    return [opened, *(_tried(f"{what}, {check}", connection, work) for check, work in checks.items())]


def _is_known(session: Session, name: str) -> bool:
    return name in session.connections or bool(session.settings_of(name).source)


def _tried(what: str, connection: Connection, check: Callable[[Connection], Finding]) -> Finding:
    try:
        found = check(connection)
    except RasgoError as error:
        return Finding(what, str(error), is_good=False)
    return Finding(what, found.says, found.is_good, is_needed=False)


def _query(connection: Connection) -> Finding:
    result = connection.run_query("SELECT 1 AS n", caps=Caps(max_rows=1, max_bytes=1_000_000))
    return Finding("", f"SELECT 1 came back in {result.elapsed_s:.2f} s")


def _tables(connection: Connection) -> Finding:
    began = time.perf_counter()
    names = connection.list_tables()
    says = f"{len(names):,} tables can be read, listed in {time.perf_counter() - began:.2f} s"
    return Finding("", says, is_good=bool(names))


def _estimate(connection: Connection) -> Finding:
    estimate = connection.estimate_cost("SELECT 1 AS n")
    told = (estimate.bytes_read, estimate.rows_read, estimate.rows)
    if all(figure is None for figure in told):
        return Finding("", "none is told before a query runs", is_good=False)
    return Finding("", "exact, as it will be billed" if estimate.is_exact else "as the planner guesses")


def _stop(connection: Connection) -> Finding:
    stopped_at: list[float] = []

    def stop() -> None:
        stopped_at.append(time.perf_counter())
        connection.interrupt()

    timer = threading.Timer(_STOP_AFTER_S, stop)
    timer.start()
    try:
        connection.run_query(SLOW, caps=Caps(max_rows=1, max_bytes=1_000_000))
    except QueryStopped:
        return Finding("", f"stopped within {time.perf_counter() - stopped_at[0]:.2f} s")
    finally:
        timer.cancel()
    return Finding("", "the query ended before it could be stopped", is_good=False)
