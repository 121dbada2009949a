"""A result to pandas by rasgo_nb and by a warehouse's own driver, in turns, each in a process of its own."""

from __future__ import annotations

import time
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.figures import Figure
from benchmarks.fresh import in_fresh_process, peak_bytes, used_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from rasgo_nb.connectors.base import Connection

BAR_TIME = 1.1
BAR_MEMORY = 1.2
ROWS = 5_000_000
QUICK_ROWS = 200_000


def compared(
    what: str,
    ours: Callable[..., dict[str, float]],
    theirs: Callable[..., dict[str, float]],
    *,
    rounds: int,
    **arguments: object,
) -> list[Figure]:
    """Ratios of medians over the rounds; both take the same arguments and return what ``measured`` does."""
    pairs = [[in_fresh_process(way, **arguments) for way in (ours, theirs)] for _ in range(rounds)]
    (our_s, their_s), (our_mb, their_mb), (our_rows, their_rows) = (
        [median(pair[side][key] for pair in pairs) for side in (0, 1)] for key in ("s", "peak_mb", "rows")
    )
    if our_rows != their_rows:
        raise RuntimeError(f"{what}: {our_rows} rows came, the driver gave {their_rows}")
    time_note = f"{our_s:.2f} s against {their_s:.2f}, {our_rows:,.0f} rows"
    memory_note = f"{our_mb:,.0f} MB against {their_mb:,.0f} MB"
    return [
        Figure(f"{what}, time against the driver", our_s / their_s, "x", BAR_TIME, note=time_note),
        Figure(
            f"{what}, peak memory against the driver", our_mb / their_mb, "x", BAR_MEMORY, note=memory_note
        ),
    ]


def measured(frame_of: Callable[[str], Any], sql: str) -> dict[str, float]:
    """Seconds, and megabytes at the peak above those in use before; what is loaded once is loaded before."""
    frame_of(f"{sql} LIMIT 10")
    before = used_bytes()
    started = time.perf_counter()
    frame = frame_of(sql)
    return {
        "s": time.perf_counter() - started,
        "peak_mb": (peak_bytes() - before) / 1e6,
        "rows": len(frame),
    }


def measured_whole(connection: Connection, sql: str) -> dict[str, float]:
    """The same of a connection of rasgo_nb without a cap, which is closed."""
    from rasgo_nb.connectors.base import Caps

    try:
        return measured(lambda asked: connection.run_query(asked, caps=Caps(10**8, 10**11)).frame, sql)
    finally:
        connection.close()
