"""A reading of the catalog that a person waits for: a bar that moves, Ctrl-C that keeps what is read."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from rasgo_nb.catalog.kept import read_beside

if TYPE_CHECKING:
    from rasgo_nb.catalog.crawl.crawl import CrawlReport
    from rasgo_nb.catalog.crawl.progress import CrawlProgress
    from rasgo_nb.connectors.base import Connection

STOPPED = "Stopped. What was read is kept; `%rasgo catalog refresh` goes on."
_WIDTH = 24
_LINE = 72  # as wide as the widest bar, so that a shorter one leaves nothing of it
_LOOK_S = 0.1
_QUIET_S = 0.5  # a reading that takes no longer shows no bar
_STOP_S = 10.0  # a database that does not let go of its query in that time is left to its thread
_SAID = {
    "listing": "tables",
    "describing": "tables",
    "values": "tables with values",
    "history": "past queries",
}


def read_watched(connection: Connection, *, is_full: bool = False) -> CrawlReport | None:
    """Read what has changed, or all, and show how far it is; Ctrl-C stops it, and what was read is kept.

    None where it was stopped and its query has not ended yet.

    Raises
    ------
    QueryError, SignInFailed
        when the database cannot be reached.
    """
    last: list[CrawlProgress] = []
    beside = read_beside(connection, on_progress=last.append, is_full=is_full)
    drawn, began_s = False, time.monotonic()
    try:
        while not beside.wait_for_end(_LOOK_S):
            progress = last[-1] if last else beside.progress
            elapsed_s = time.monotonic() - began_s
            if progress is not None and elapsed_s > _QUIET_S:
                _draw(bar_of(replace(progress, elapsed_s=elapsed_s)))
                drawn = True
    except KeyboardInterrupt:
        beside.stop()
        beside.wait_for_end(_STOP_S)
    if drawn:
        _draw("")
    if beside.error is not None:
        raise beside.error
    return beside.report


def bar_of(progress: CrawlProgress) -> str:
    """How far a reading is, in a line."""
    seconds = f"{progress.elapsed_s:,.0f} s"
    if not progress.total:
        return f"{progress.stage} …  {seconds}"
    done = min(_WIDTH, round(_WIDTH * progress.done / progress.total))
    bar = "█" * done + "░" * (_WIDTH - done)
    return f"{bar} {progress.done:,} of {progress.total:,} {_SAID[progress.stage]}  {seconds}"


def report_line(report: CrawlReport) -> str:
    """What a reading did, in a line."""
    stopped = "stopped (`%rasgo catalog refresh` goes on): " if report.is_stopped else ""
    tables = f"{report.tables:,} table{'' if report.tables == 1 else 's'}"
    changed = f"{report.described:,} were new or had changed, {report.dropped:,} are gone"
    return f"{stopped}{tables}; {changed}; in {report.elapsed_s:.1f} s"


def _draw(line: str) -> None:
    sys.stdout.write(f"\r{line:<{_LINE}}\r" if not line else f"\r{line:<{_LINE}}")
    sys.stdout.flush()
