"""A kill -9 at any moment loses at most the event that is being written."""

import random
import sqlite3
import sys
from pathlib import Path

import pytest

from rasgo_nb.trace.traces import FILE, Traces

KILLS = 20


@pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9")
def test_a_kill_at_any_moment_loses_at_most_the_event_being_written(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2]))
    from benchmarks.trace import kills_in

    moments = random.Random(11)
    runs = kills_in(tmp_path, [moments.uniform(0.0, 0.25) for _ in range(KILLS)])
    assert [one.lost for one in runs] == [0] * KILLS
    traces = Traces(tmp_path / FILE)
    assert {one.status for one in traces.listed()} <= {"answered", "broken off"}
    with sqlite3.connect(tmp_path / FILE) as link:
        assert link.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    link.close()
