"""What the guard of a read-only connection lets through and refuses, and how long it takes."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from statistics import median, quantiles
from typing import TYPE_CHECKING

from benchmarks.figures import Figure, data_folder

if TYPE_CHECKING:
    from pathlib import Path

DIALECT = "duckdb"


def measure(*, quick: bool) -> list[Figure]:
    """Shares over the statements of the development set, by their kind."""
    statements = _statements(data_folder() / "sql_devset" / "statements.jsonl")
    allowed: dict[str, list[bool]] = defaultdict(list)
    ms = []
    for kind, sql in statements[:: 5 if quick else 1]:
        started = time.perf_counter()
        allowed[kind].append(is_allowed(sql))
        ms.append((time.perf_counter() - started) * 1000)
    figures = [_share(kind, allowed[kind]) for kind in sorted(allowed, key=lambda kind: kind != "read")]
    slow = quantiles(ms, n=20)[-1]
    return [
        *figures,
        Figure("time per statement, median", median(ms), "ms", note=f"95 % within {slow:.1f} ms"),
    ]


def is_allowed(sql: str) -> bool:
    from rasgo_nb.connectors.readonly import check_read_only
    from rasgo_nb.errors import QueryRefused

    try:
        check_read_only(sql, DIALECT)
    except QueryRefused:
        return False
    return True


def _share(kind: str, allowed: list[bool]) -> Figure:
    right = sum(allowed) if kind == "read" else len(allowed) - sum(allowed)
    verb = "allowed" if kind == "read" else "refused"
    note = f"{right} of {len(allowed)} statements"
    return Figure(f"{kind}: {verb}", 100 * right / len(allowed), "%", note=note)


def _statements(path: Path) -> list[tuple[str, str]]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [(row["kind"], row["sql"]) for row in rows if row["dialect"] == DIALECT]
