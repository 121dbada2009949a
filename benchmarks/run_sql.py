"""10 million rows by 10 mixed columns into pandas: rasgo_nb against DuckDB's own ``.df()``."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.figures import Figure, need_memory
from benchmarks.fresh import in_fresh_process, peak_bytes, used_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

BAR_TIME = 0.5
BAR_MEMORY = 0.8
ROWS = 10_000_000
SQL = "SELECT * FROM mixed"
TABLE = """
CREATE TABLE mixed AS SELECT
    i AS id,
    (hash(i, 1) % 1000000)::INTEGER AS quantity,
    CASE WHEN hash(i, 2) % 10 > 0 THEN (hash(i, 2) % 50000)::INTEGER END AS customer_id,
    (hash(i, 3) % 1000000007) / 1000.0 AS weight,
    ((hash(i, 4) % 100000000) / 100)::DECIMAL(18, 2) AS price,
    DATE '2015-01-01' + (hash(i, 5) % 3650)::INTEGER AS ordered_on,
    TIMESTAMP '2015-01-01' + to_microseconds((hash(i, 6) % 315360000000000)::BIGINT) AS shipped_at,
    hash(i, 7) % 3 = 0 AS is_returned,
    ['north', 'south', 'east', 'west', 'overseas'][(hash(i, 8) % 5 + 1)::INTEGER] AS region,
    'order ' || hash(i, 9) AS reference
FROM range({rows}) AS numbers(i)
"""


def measure(*, quick: bool) -> list[Figure]:
    """Ratios of medians over rounds in which the three ways take turns, each in a process of its own."""
    need_memory(8)
    rows, rounds = (1_000_000, 2) if quick else (ROWS, 5)
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "mixed.duckdb")
        in_fresh_process(make_table, path=path, rows=rows)
        ways: tuple[Callable[..., Any], ...] = (by_driver, by_connection, by_tool)
        measured = [[in_fresh_process(way, path=path) for way in ways] for _ in range(rounds)]
    driver, connection, tool = ([one[way] for one in measured] for way in range(len(ways)))
    return [*_ratios("connection.run_query", connection, driver), *_ratios("the run_sql tool", tool, driver)]


def _ratios(what: str, ours: list[dict[str, float]], theirs: list[dict[str, float]]) -> list[Figure]:
    our_s, their_s = (median(one["s"] for one in many) for many in (ours, theirs))
    our_mb, their_mb = (median(one["peak_mb"] for one in many) for many in (ours, theirs))
    our_cpu_s, their_cpu_s = (median(one["cpu_s"] for one in many) for many in (ours, theirs))
    time_note = f"{our_s:.2f} s against {their_s:.2f}; CPU {our_cpu_s:.2f} s against {their_cpu_s:.2f}"
    memory_note = f"{our_mb:,.0f} MB against {their_mb:,.0f} MB"
    return [
        Figure(f"{what}, time against .df()", our_s / their_s, "x", BAR_TIME, note=time_note),
        Figure(f"{what}, peak memory against .df()", our_mb / their_mb, "x", BAR_MEMORY, note=memory_note),
    ]


def make_table(path: str, rows: int) -> None:
    import duckdb

    with duckdb.connect(path) as database:
        database.execute(TABLE.format(rows=rows))


def by_driver(path: str) -> dict[str, float]:
    """DuckDB's own way."""
    import duckdb

    with duckdb.connect(path, read_only=True) as database:
        return _measured(lambda sql: database.cursor().execute(sql).df())


def by_connection(path: str) -> dict[str, float]:
    """The connection of rasgo_nb, as from Python."""
    from rasgo_nb.connectors.open import open_connection

    connection = open_connection(path, name="mixed")
    try:
        return _measured(lambda sql: connection.run_query(sql).frame)
    finally:
        connection.close()


def by_tool(path: str) -> dict[str, float]:
    """The whole way of a question: session, loop, tool, result bound in the namespace."""
    from IPython.core.interactiveshell import InteractiveShell

    from rasgo_nb.agent.models.scripted import ScriptedModel, call, say
    from rasgo_nb.config import Config
    from rasgo_nb.interrupt import run_sync
    from rasgo_nb.session import Session

    session = Session(InteractiveShell.instance(), config=Config())
    session.connect(path)

    def frame_of(sql: str) -> object:
        model = ScriptedModel(say("", call("run_sql", sql=sql)), say("Done."))
        return run_sync(session.ask("All orders, please.", model=model)).result

    try:
        return _measured(frame_of)
    finally:
        session.close()


def _measured(frame_of: Callable[[str], Any]) -> dict[str, float]:
    """Seconds, and megabytes at the peak above those in use before; what is loaded once is loaded before."""
    frame_of(f"{SQL} LIMIT 10")
    before = used_bytes()
    started, started_cpu = time.perf_counter(), time.process_time()
    frame = frame_of(SQL)
    return {
        "s": time.perf_counter() - started,
        "cpu_s": time.process_time() - started_cpu,
        "peak_mb": (peak_bytes() - before) / 1e6,
        "rows": len(frame),
    }
