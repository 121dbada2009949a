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

DIALECTS = ("duckdb", "snowflake", "bigquery", "postgres")
LEAST_SHARE = 99.0  # of reads allowed; of all else none
MOST_MS = 2.0
USUAL_LENGTH = 500  # characters


def measure(*, quick: bool) -> list[Figure]:
    """Shares over the statements of the development set, by dialect and kind, and the time of a judgement."""
    statements = _statements(data_folder() / "sql_devset" / "statements.jsonl")
    return [figure for dialect in DIALECTS for figure in _of_dialect(dialect, statements[dialect], quick)]


def _of_dialect(dialect: str, statements: list[tuple[str, str]], quick: bool) -> list[Figure]:
    allowed: dict[str, list[bool]] = defaultdict(list)
    usual_ms = []
    for kind, sql in statements[:: 5 if quick else 1]:
        started = time.thread_time()  # of this thread alone, whatever else the machine does
        allowed[kind].append(is_allowed(sql, dialect))
        if len(sql) <= USUAL_LENGTH:
            usual_ms.append((time.thread_time() - started) * 1000)
    figures = [
        _share(dialect, kind, allowed[kind]) for kind in sorted(allowed, key=lambda one: one != "read")
    ]
    note = f"up to {USUAL_LENGTH} characters; half of them within {median(usual_ms):.2f} ms"
    slow = quantiles(usual_ms, n=20)[-1]
    return [*figures, Figure(f"{dialect}: time of a statement, 95 % within", slow, "ms", MOST_MS, note=note)]


def is_allowed(sql: str, dialect: str) -> bool:
    from rasgo_nb.connectors.readonly import check_read_only
    from rasgo_nb.errors import QueryRefused

    try:
        check_read_only(sql, dialect)
    except QueryRefused:
        return False
    return True


def _share(dialect: str, kind: str, allowed: list[bool]) -> Figure:
    is_read = kind == "read"
    right = sum(allowed) if is_read else len(allowed) - sum(allowed)
    return Figure(
        f"{dialect}: {kind} {'allowed' if is_read else 'refused'}",
        100 * right / len(allowed),
        "%",
        bar=LEAST_SHARE if is_read else 100.0,
        bar_is_least=True,
        note=f"{right} of {len(allowed)} statements",
    )


def _statements(path: Path) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        found[row["dialect"]].append((row["kind"], row["sql"]))
    return found
