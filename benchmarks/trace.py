"""Recording a run: what it adds to a step, and what a kill at any moment loses."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.figures import ROOT, Figure
from benchmarks.fresh import in_fresh_process

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rasgo_nb.agent.models.base import Fragment
    from rasgo_nb.agent.models.scripted import Line

BAR_MS = 2.0
STEPS = 10
DELTAS = 40
KILLS = 200
_SQL = "SELECT i % 7 AS day, count(*) AS orders, avg(i) AS mean FROM range(1000) AS t(i) GROUP BY ALL"


def measure(*, quick: bool) -> list[Figure]:
    """Runs of ten steps with forty deltas each, in turn with and without the recorder."""
    runs, kills = (6, 20) if quick else (30, KILLS)
    timed: dict[str, list[float]] = in_fresh_process(timed_runs, runs=runs)
    added = (median(timed["with"]) - median(timed["without"])) / STEPS
    inside = median(timed["inside"]) / STEPS
    note = f"{median(timed['without']) / STEPS:.1f} ms without it"
    worst, missing = kills_of(kills)
    return [
        Figure("a step of a recorded run, added", added, "ms", BAR_MS, note=note),
        Figure("a step of a recorded run, inside the recorder", inside, "ms", BAR_MS),
        Figure(
            f"events missing after a kill, most of {kills}", worst, "events", 0, note=f"{missing} in flight"
        ),
    ]


def timed_runs(runs: int) -> dict[str, list[float]]:
    from IPython.core.interactiveshell import InteractiveShell

    from rasgo_nb.config import Config
    from rasgo_nb.session import Session

    timed: dict[str, list[float]] = {"with": [], "without": [], "inside": []}
    with tempfile.TemporaryDirectory() as home:
        os.environ["RASGO_NB_HOME"] = home
        shell = InteractiveShell.instance()
        sessions = {name: Session(shell, config=Config(trace=name == "with")) for name in ("with", "without")}
        for session in sessions.values():
            session.connect(":memory:", name=f"c{id(session)}")
            _timed(session)
        for _ in range(runs):
            for name, session in sessions.items():
                timed[name].append(_timed(session))
            timed["inside"].append(_timed_inside(sessions["with"]))
        for session in sessions.values():
            session.close()
    return timed


def _timed(session: Any) -> float:
    from rasgo_nb.interrupt import run_sync

    began = time.perf_counter()
    run_sync(session.ask("What is there?", model=_model(), fresh=True))
    elapsed_ms = (time.perf_counter() - began) * 1000
    time.sleep(0.05)  # what is done beside the run
    return elapsed_ms


def _timed_inside(session: Any) -> float:
    """The time that the recorder itself takes of a run."""
    from rasgo_nb.trace.recorder import Recorder

    spent = 0.0
    record = Recorder.record

    def timed(self: Recorder, event: Any) -> None:
        nonlocal spent
        began = time.perf_counter()
        record(self, event)
        spent += time.perf_counter() - began

    Recorder.record = timed  # type: ignore[method-assign]
    try:
        _timed(session)
    finally:
        Recorder.record = record  # type: ignore[method-assign]
    return spent * 1000


def _model() -> Any:
    """Nine queries and an answer, each step told in forty pieces."""
    from rasgo_nb.agent.models.base import TextFragment
    from rasgo_nb.agent.models.scripted import ScriptedModel, call, say

    lines: list[Line] = [say("", call("run_sql", sql=_SQL, save_as=f"orders_{n}")) for n in range(1, STEPS)]

    class Talkative(ScriptedModel):
        async def stream_reply(self, messages: Any, tools: Any) -> Any:
            pieces: Sequence[Fragment] = [TextFragment(f"word {n} ") for n in range(DELTAS)]
            for piece in pieces:
                yield piece
            async for fragment in super().stream_reply(messages, tools):
                yield fragment

    return Talkative(*lines, say("", call("final_answer", text="Nothing **new**.", steps=[1])))


# --- kills


def kills_of(count: int, *, seed: int = 7) -> tuple[int, int]:
    """Kill a process that works off runs, at random moments.

    The most events that were told and are not in the record, and how often one was being written.
    """
    moments = random.Random(seed)
    worst = in_flight = 0
    for _ in range(count):
        with tempfile.TemporaryDirectory() as home:
            lost, written_more = one_kill(Path(home), moments.uniform(0.0, 0.4))
        worst, in_flight = max(worst, lost), in_flight + written_more
    return worst, in_flight


def one_kill(home: Path, after_s: float) -> tuple[int, int]:
    """Kill so long after the first event: how many events are missing, and how many were not told yet."""
    told = home / "told"
    code = f"from benchmarks.trace import work_until_killed; work_until_killed({str(told)!r})"
    environment = {**os.environ, "RASGO_NB_HOME": str(home), "RASGO_NB_CONFIG": str(home / "config.toml")}
    child = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=environment)
    try:
        _wait_for(told, child)
        time.sleep(after_s)
    finally:
        child.send_signal(signal.SIGKILL) if os.name == "posix" else child.kill()
        child.wait()
    return _compared(home, told)


def _wait_for(told: Path, child: subprocess.Popen[bytes], most_s: float = 60.0) -> None:
    given_up = time.monotonic() + most_s
    while not (told.exists() and told.stat().st_size) and child.poll() is None:
        if time.monotonic() > given_up:
            raise TimeoutError("the child told nothing")
        time.sleep(0.002)


def _compared(home: Path, told: Path) -> tuple[int, int]:
    from rasgo_nb.trace.traces import FILE, Traces

    wanted: dict[str, list[str]] = {}
    for line in told.read_text().splitlines():
        run, _, kind = line.partition(" ")
        wanted.setdefault(run, []).append(kind)
    traces = Traces(home / FILE)
    lost = more = 0
    for run, kinds in wanted.items():
        found = [type(event).__name__ for event in traces.events(run)]
        lost += sum(a != b for a, b in zip(kinds, found, strict=False)) + max(0, len(kinds) - len(found))
        more += max(0, len(found) - len(kinds))
        traces.log(run)
    return lost, more


def work_until_killed(told: str) -> None:
    """Work off runs for ever, and write down each event that the recorder has taken."""
    from IPython.core.interactiveshell import InteractiveShell

    from rasgo_nb.agent.events import RunStarted
    from rasgo_nb.config import Config
    from rasgo_nb.interrupt import run_sync
    from rasgo_nb.session import Session

    session = Session(InteractiveShell.instance(), config=Config())
    session.connect(":memory:", name="shop")
    file = os.open(told, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    run_id = ""

    def note(event: Any) -> None:
        nonlocal run_id
        run_id = event.run_id if isinstance(event, RunStarted) else run_id
        os.write(file, f"{run_id} {type(event).__name__}\n".encode())

    while True:
        run_sync(session.ask("What is there?", model=_model(), view=note, fresh=True))
