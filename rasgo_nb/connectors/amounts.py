"""Amounts in words: bytes, rows, what a query would take, and how far it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rasgo_nb.connectors.base import CostEstimate, Progress

GB = 1_000_000_000

_STAGES = {"waiting": "waiting", "running": "running", "fetching": "running"}
_BYTES = ("bytes", "kB", "MB", "GB", "TB", "PB", "EB")
_COUNTS = ("", " k", " M", " billion", " trillion")
_PLAIN_BELOW = 100_000  # a count so small is written out


def bytes_text(count: float) -> str:
    """Such as "3.2 GB", in powers of a thousand as warehouses bill them."""
    return _scaled(count, _BYTES, " ")


def rows_text(count: int) -> str:
    """Such as "12,345 rows" or "1.2 M rows"."""
    amount = f"{count:,}" if count < _PLAIN_BELOW else _scaled(count, _COUNTS, "")
    return f"{amount} row{'' if count == 1 else 's'}"


def estimate_text(estimate: CostEstimate) -> str:
    """Such as "will bill 3.2 GB" or "reads about 3.2 GB, 12 M rows"; empty where nothing is known."""
    if estimate.bytes_read is not None and estimate.is_exact:
        return f"will bill {bytes_text(estimate.bytes_read) if estimate.bytes_read else 'nothing'}"
    read = [] if estimate.bytes_read is None else [bytes_text(estimate.bytes_read)]
    read += [] if estimate.rows_read is None else [rows_text(estimate.rows_read)]
    if read:
        return f"reads about {', '.join(read)}"
    return "" if estimate.rows is None else f"gives about {rows_text(estimate.rows)}"


def progress_text(progress: Progress) -> str:
    """Such as "running 12 s · 1.2 M rows so far"."""
    pieces = [f"{_STAGES[progress.stage]} {duration_text(progress.elapsed_s)}"]
    if progress.rows:
        pieces.append(f"{rows_text(progress.rows)} so far")
    if progress.share is not None:
        pieces.append(f"{min(1.0, max(0.0, progress.share)):.0%}")
    return " · ".join(pieces)


def duration_text(elapsed_s: float) -> str:
    """Whole seconds, and minutes or hours where there are so many: "12 s", "3 min 05 s", "2 h 10 min"."""
    seconds = int(elapsed_s)
    if seconds < 60:
        return f"{seconds} s"
    minutes, seconds = divmod(seconds, 60)
    if minutes < 60:
        return f"{minutes} min {seconds:02} s"
    return f"{minutes // 60} h {minutes % 60:02} min"


def _scaled(count: float, units: tuple[str, ...], gap: str) -> str:
    """The count in the largest unit of which it has one, with two digits at least."""
    place = 0
    while count >= 999.5 and place < len(units) - 1:
        count, place = count / 1000, place + 1
    digits = f"{count:.1f}".removesuffix(".0") if place and count < 99.5 else f"{count:,.0f}"
    return f"{digits}{gap}{units[place]}"
