"""The benchmarks run and report; how fast anything is here is not judged."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rasgo_nb.interrupt import run_sync

ROOT = Path(__file__).parents[1]


@pytest.fixture
def benchmarks(monkeypatch):
    """The package of measurements, which only the repository has."""
    monkeypatch.syspath_prepend(str(ROOT))
    return pytest.importorskip("benchmarks.__main__")


@pytest.fixture
def bench(tmp_path):
    """Run ``python -m benchmarks``; gives what it printed and the JSON that it wrote."""

    def bench(*arguments):
        path = tmp_path / "deep" / "bench.json"
        command = [sys.executable, "-m", "benchmarks", "--quick", "--json", str(path), *arguments]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout, json.loads(path.read_text(encoding="utf-8"))

    return bench


def test_a_measurement_is_printed_and_written_as_json(bench):
    printed, report = bench("--only", "load")
    figures = report["measurements"]["load"]["figures"]
    assert figures[0]["what"] in printed
    assert {"value", "unit", "bar", "verdict", "note"} <= figures[0].keys()


def test_what_cannot_be_measured_here_is_skipped_with_a_reason(bench, monkeypatch, tmp_path):
    monkeypatch.setenv("RASGO_NB_DATA", str(tmp_path / "nowhere"))
    printed, report = bench("--only", "guard")
    assert "RASGO_NB_DATA" in report["measurements"]["guard"]["skipped"]
    assert "skipped" in printed


def test_the_loop_is_timed_without_the_tools(benchmarks, shell, tmp_path):
    path = str(tmp_path / "small.duckdb")
    benchmarks.loop.make_tables(path)
    runs = benchmarks.loop.timed_runs(shell, path, benchmarks.loop.QUERIES, benchmarks.loop._terminal_view, 2)
    _, second = run_sync(runs)
    assert 0 < second["tools_ms"] < second["all_ms"]


def test_each_way_to_a_frame_brings_all_rows(benchmarks, tmp_path):
    path = str(tmp_path / "mixed.duckdb")
    benchmarks.run_sql.make_table(path, rows=1_000)
    ways = (benchmarks.run_sql.by_driver, benchmarks.run_sql.by_connection)
    assert [way(path)["rows"] for way in ways] == [1_000, 1_000]


@pytest.mark.parametrize(
    ("value", "bar_is_least", "verdict"), [(1.0, False, "ok"), (3.0, False, "missed"), (3.0, True, "ok")]
)
def test_a_bar_is_a_ceiling_or_a_floor(benchmarks, value, bar_is_least, verdict):
    assert benchmarks.Figure("speed", value, "s", 2.0, bar_is_least=bar_is_least).verdict == verdict
