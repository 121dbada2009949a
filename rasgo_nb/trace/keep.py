"""How long runs are kept: those that are too old go, then the oldest while the file is too large."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rasgo_nb.trace.store import Store

_FREED_ENOUGH = 0.9  # of the limit, so that not every run removes one


def tidy(store: Store, *, days: int, megabytes: int, but: int) -> int:
    """Remove runs beyond the limits, where 0 is none, and shrink the file; how many were removed.

    Never the run ``but``, one that is being written, nor one that is held.
    """
    removed = 0
    if days:
        before = (datetime.now(UTC) - timedelta(days=days)).isoformat()
        for run in store.oldest(but=but, before=before):
            store.forget(run)
            removed += 1
    most = megabytes * 1_000_000
    if most and store.used_bytes() > most:
        for run in store.oldest(but=but):
            store.forget(run)
            removed += 1
            if store.used_bytes() <= most * _FREED_ENOUGH:
                break
    if removed:
        store.shrink()
    return removed
