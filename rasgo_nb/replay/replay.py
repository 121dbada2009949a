"""Run a run's steps again, without a model, against today's data, and say what became of each."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from rasgo_nb.agent.events import Answered
from rasgo_nb.errors import RasgoError, UnknownName
from rasgo_nb.ran import ran_in
from rasgo_nb.replay.answer_now import numbers_now
from rasgo_nb.replay.as_before import as_before
from rasgo_nb.replay.compare import compared
from rasgo_nb.replay.outcome import Replay, ReplayedStep
from rasgo_nb.replay.run_again import Again, BrokenStep, LeftOut, RunAgain
from rasgo_nb.replay.scratch import CannotCopy, Scratch
from rasgo_nb.replay.time_limit import TookTooLong, within

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rasgo_nb.agent.run_log import CallLog, RunLog
    from rasgo_nb.ran import Ran
    from rasgo_nb.replay.outcome import Status
    from rasgo_nb.session import Session

TIMEOUT_S = 300.0  # of one step
STOPPED = "Stopped by you. Nothing of yours was changed; type `%rasgo replay` to begin anew."


async def replay(
    session: Session,
    log: RunLog,
    *,
    steps: Sequence[int] = (),
    yes: bool = False,
    connections: Mapping[str, str] | None = None,
    timeout_s: float = TIMEOUT_S,
    on_step: Callable[[ReplayedStep], None] | None = None,
) -> Replay:
    """Run again what the calls of a run did, in a namespace of its own, and compare it with the record.

    ``steps`` are those to run, with those whose results they read; none means all. ``connections`` gives by
    the run's name of a connection the name or source to take in its place. What a person would be asked
    about is left out unless ``yes``; what would change a database always is. ``on_step`` is told of each
    step when it is done.

    The person's namespace, outputs, history, random state, options and connections stay as they were. What
    steps read of the person's is copied. Statements pass the guard, policy, caps and limits of a run.

    Raises
    ------
    UnknownName
        for a step that the run has not, or a connection that cannot be found.
    Stopped
        when the person stopped it.
    """
    started = log.started
    if started is None:
        raise RasgoError("The run has not begun. Ask a question with `%%ask`.")
    began = time.perf_counter()
    todo = _chosen(ran_in(log.steps, started.dialect_of), steps)
    scratch = Scratch(session.shell)
    again = RunAgain(session, started, scratch, yes=yes, connections=connections or {})
    replaying = _Replaying(log, again, scratch, timeout_s)
    try:
        await again.open()
        with as_before():
            for ran in todo:
                done = await replaying.step(ran)
                if on_step is not None:
                    on_step(done)
    finally:
        again.close()
    return Replay(
        started.run_id,
        started.question,
        started.connections,
        tuple(replaying.done),
        numbers_now(log, replaying.results) if isinstance(log.ended, Answered) or log.provenance else (),
        time.perf_counter() - began,
    )


class _Replaying:
    """The steps so far: what came of each, and which names they have made."""

    def __init__(self, log: RunLog, again: RunAgain, scratch: Scratch, timeout_s: float) -> None:
        self.log, self.again, self.scratch, self.timeout_s = log, again, scratch, timeout_s
        self.done: list[ReplayedStep] = []
        self.results: dict[str, object] = {}  # by id of the call, what it gave today
        self._calls = {call.tool_call.id: call for step in log.steps for call in step.calls}
        self._makers: dict[str, int] = {}  # by name, the place of the last step that made it

    async def step(self, ran: Ran) -> ReplayedStep:
        """Run one call again."""
        began = time.perf_counter()
        done = await self._outcome(ran)
        done = replace(done, elapsed_s=time.perf_counter() - began)
        self._makers.update(dict.fromkeys(ran.writes, len(self.done)))
        self.done.append(done)
        return done

    async def _outcome(self, ran: Ran) -> ReplayedStep:
        told = partial(ReplayedStep, ran.step, ran.call, ran.kind, tuple(sorted(ran.writes)), code=ran.code)
        sources = self._sources(ran)
        for source, name in sources.items():
            if self.done[source].status in ("broken", "left out"):
                return told(*_without(self.done[source], name))
        try:
            taken = tuple(self.scratch.take(ran.reads - self._makers.keys()))
        except CannotCopy as name:
            return told("left out", f"reads `{name}`, which cannot be copied")
        told = partial(told, taken=taken)
        call = self._calls[ran.call]
        try:
            today = await within(self.again.run(ran), self.timeout_s, stopped=STOPPED)
        except LeftOut as reason:
            return told("left out", str(reason))
        except BrokenStep as error:
            return told("broken", str(error))
        except TookTooLong:
            limit = f"{self.timeout_s:g} s"
            return told("broken", f"did not end within {limit}. Give it more with `--timeout SECONDS`.")
        self.results[ran.call] = today.value
        return self._compared(ran, call, today, sources, told)

    def _compared(
        self, ran: Ran, call: CallLog, today: Again, sources: Mapping[int, str], told: Any
    ) -> ReplayedStep:
        found = compared(
            ran, call.result.value if call.result else None, today.value, self.again.dialect_of(call)
        )
        since = tuple(
            dict.fromkeys(self.done[place].step for place in sources if self.done[place].status == "drifted")
        )
        status: Status = "same" if found.is_same else "drifted"
        cause = f"since step {', '.join(map(str, since))} did" if since and not found.is_same else ""
        said = ", ".join(filter(None, (cause, found.said)))
        if today.cut:
            said = "; ".join(filter(None, (said, today.cut)))
        return told(status, said, found.changes, since if cause else ())  # type: ignore[no-any-return]

    def _sources(self, ran: Ran) -> dict[int, str]:
        """The places of the steps whose results this one reads, with a name that it reads of each."""
        read = ((self._makers[name], name) for name in sorted(ran.reads) if name in self._makers)
        return dict(sorted(read))


def _without(source: ReplayedStep, name: str) -> tuple[Status, str]:
    is_broken = source.status == "broken"
    why = "is broken" if is_broken else "was left out"
    return source.status, f"reads `{name}` of step {source.step}, which {why}"


def _chosen(ran: Sequence[Ran], steps: Sequence[int]) -> list[Ran]:
    """The calls of these steps, and before them those that make what they read."""
    if not steps:
        return list(ran)
    there = sorted({one.step for one in ran})
    for step in steps:
        if step not in there:
            known = ", ".join(map(str, there)) or "none"
            raise UnknownName(
                f"There is no step {step} to run again. Steps that did something: {known}. "
                f"Type for example `%rasgo replay --steps {there[0] if there else 1}`."
            )
    wanted: list[Ran] = []
    needed: set[str] = set()
    for one in reversed(ran):
        if one.step in steps or one.writes & needed:
            wanted.insert(0, one)
            needed = (needed - one.writes) | one.reads | _changed(one)
    return wanted


def _changed(ran: Ran) -> frozenset[str]:
    """What a step of Python changes in place is made before it."""
    return ran.writes & ran.reads
