"""Measure what rasgo_nb promises: a table to read, and the same as JSON.

python -m benchmarks [--only NAME ...] [--quick] [--json PATH]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from benchmarks import (
    cache_share,
    catalog_scale,
    crawl,
    evals,
    first_delta,
    grid,
    guard,
    install,
    live_view,
    load,
    loop,
    namespace,
    nearest_names,
    offline,
    provenance,
    retrieval,
    run_sql,
    static_check,
    stopping,
    trace,
    vector_index,
    warehouses,
)
from benchmarks.figures import ROOT, Figure, Skipped

if TYPE_CHECKING:
    from collections.abc import Sequence


class Measure(Protocol):
    def __call__(self, *, quick: bool) -> list[Figure]: ...


MEASUREMENTS: dict[str, Measure] = {
    "load": load.measure,
    "loop": loop.measure,
    "namespace": namespace.measure,
    "run_sql": run_sql.measure,
    "first_delta": first_delta.measure,
    "warehouses": warehouses.measure,
    "guard": guard.measure,
    "stopping": stopping.measure,
    "trace": trace.measure,
    "static_check": static_check.measure,
    "nearest_names": nearest_names.measure,
    "retrieval": retrieval.measure,
    "vector_index": vector_index.measure,
    "grid": grid.measure,
    "live_view": live_view.measure,
    "offline": offline.measure,
    "evals": evals.measure,
    "provenance": provenance.measure,
    "cache_share": cache_share.measure,
    "catalog_scale": catalog_scale.measure,
    "crawl": crawl.measure,
    "install": install.measure,
}
_COLOURS = {"ok": "green", "missed": "bold red", "": "dim"}
_VERSIONS = ("duckdb", "ipython", "pandas", "pyarrow", "sqlglot")


@dataclass(frozen=True, slots=True)
class Measured:
    """One measurement: its figures, or why it was skipped."""

    name: str
    figures: tuple[Figure, ...]
    elapsed_s: float
    skipped: str = ""


def main(arguments: Sequence[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    names = options.only or list(MEASUREMENTS)
    measured: list[Measured] = []
    for name in names:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        measured.append(_measured(name, quick=options.quick))
        _write_json(options.json, measured, quick=options.quick)
    _print_table(measured)
    print(f"As JSON: {options.json}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=(__doc__ or "").partition("\n")[0]
    )
    choices = sorted(MEASUREMENTS)
    parser.add_argument(
        "--only", action="append", choices=choices, help="measure this alone; may be repeated"
    )
    parser.add_argument("--quick", action="store_true", help="fewer repeats and rows; the figures are rough")
    parser.add_argument("--json", type=Path, default=ROOT / "out" / "bench.json", help="where the JSON goes")
    return parser


def _measured(name: str, *, quick: bool) -> Measured:
    started = time.perf_counter()
    try:
        figures, skipped = tuple(MEASUREMENTS[name](quick=quick)), ""
    except Skipped as reason:
        figures, skipped = (), str(reason)
    return Measured(name, figures, time.perf_counter() - started, skipped)


def _write_json(path: Path, measured: list[Measured], *, quick: bool) -> None:
    """Write what there is so far, so that a failure later on loses nothing."""
    report = {
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "quick": quick,
        "machine": {
            "system": platform.platform(),
            "cpus": os.cpu_count(),
            "load_average": os.getloadavg()[0],  # above 0.5 or so the figures are those of a busy machine
            "python": platform.python_version(),
            **{name: version(name) for name in _VERSIONS},
        },
        "measurements": {
            one.name: {
                "skipped": one.skipped,
                "elapsed_s": round(one.elapsed_s, 3),
                "figures": [{**asdict(figure), "verdict": figure.verdict} for figure in one.figures],
            }
            for one in measured
        },
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _print_table(measured: list[Measured]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("")
    table.add_column("what")
    table.add_column("figure", justify="right")
    table.add_column("bar", justify="right")
    table.add_column("")
    table.add_column("", style="dim")
    for one in measured:
        if one.skipped:
            table.add_row(one.name, f"skipped: {one.skipped}", style="yellow")
        for number, figure in enumerate(one.figures):
            colour = _COLOURS[figure.verdict]
            verdict = f"[{colour}]{figure.verdict}[/]"
            name = "" if number else one.name
            table.add_row(name, figure.what, _amount(figure), _bar(figure), verdict, figure.note)
        table.add_section()
    Console(width=max(Console().width, 130)).print(table)  # a log has no width of its own


def _amount(figure: Figure) -> str:
    digits = 3 if figure.value < 1 else 2 if figure.value < 10 else 1
    return f"{figure.value:,.{digits}f} {figure.unit}"


def _bar(figure: Figure) -> str:
    if figure.bar is None:
        return ""
    return f"{'≥' if figure.bar_is_least else '≤'} {figure.bar:g} {figure.unit}"


if __name__ == "__main__":
    main()
