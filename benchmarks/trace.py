"""Recording a run: what it adds to a step, and what a kill at any moment loses."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
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
    killed = kills_of(kills)
    worst = max(kill.lost for kill in killed)
    yet = f"{sum(kill.yet for kill in killed)} written and not told yet"
    return [
        Figure("a step of a recorded run, added", added, "ms", BAR_MS, note=note),
        Figure("a step of a recorded run, inside the recorder", inside, "ms", BAR_MS),
        Figure(f"events lost by a kill, most of {kills}", worst, "events", 0, note=yet),
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


@dataclass(frozen=True, slots=True)
class Kill:
    """What of the told events is ``lost``, and how many were written and not told ``yet``."""

    lost: int
    yet: int


def kills_of(count: int, *, seed: int = 7) -> list[Kill]:
    """Kill a process that works off runs, at random moments."""
    moments = random.Random(seed)
    with tempfile.TemporaryDirectory() as home:
        return kills_in(Path(home), [moments.uniform(0.0, 0.4) for _ in range(count)])


def kills_in(home: Path, moments: Sequence[float]) -> list[Kill]:
    """Kill so long after the first event of each process, which all write one record."""
    # The package itself is the one that is installed, where the tests ask for that.
    code = (
        f"import sys; sys.path.append({str(ROOT)!r}); from benchmarks.trace import killing; "
        f"killing({str(home)!r}, {list(moments)!r})"
    )
    environment = {**os.environ, "RASGO_NB_HOME": str(home), "RASGO_NB_CONFIG": str(home / "config.toml")}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=True)
    return [_compared(home, home / f"told-{number}") for number in range(len(moments))]


def killing(home: str, moments: Sequence[float]) -> None:
    """Start a process for each moment, which has all modules already, and kill it then."""
    import pandas  # noqa: F401 - loaded before the processes part

    import rasgo_nb.session  # noqa: F401

    for number, after_s in enumerate(moments):
        told = Path(home) / f"told-{number}"
        child = os.fork()
        if child == 0:
            work_until_killed(str(told))
        try:
            _wait_for(told)
            time.sleep(after_s)
        finally:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def _wait_for(told: Path, most_s: float = 60.0) -> None:
    given_up = time.monotonic() + most_s
    while not (told.exists() and told.stat().st_size):
        if time.monotonic() > given_up:
            raise TimeoutError("the process told nothing")
        time.sleep(0.002)


def _compared(home: Path, told: Path) -> Kill:
    from rasgo_nb.trace.traces import FILE, Traces

    wanted: dict[str, list[str]] = {}
    for line in told.read_text().splitlines():
        run, _, kind = line.partition(" ")
        wanted.setdefault(run, []).append(kind)
    traces = Traces(home / FILE)
    lost = yet = 0
    for run, kinds in wanted.items():
        found = [type(event).__name__ for event in traces.events(run)]
        lost += sum(a != b for a, b in zip(kinds, found, strict=False)) + max(0, len(kinds) - len(found))
        yet += max(0, len(found) - len(kinds))
        traces.log(run)
    return Kill(lost, yet)


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
