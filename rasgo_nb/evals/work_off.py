"""Works off one case through a real session, and marks what came of it."""

from __future__ import annotations

import copy
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from rasgo_nb.agent.messages import Usage
from rasgo_nb.agent.models.choose import choose, open_model
from rasgo_nb.agent.run_log import RunLog
from rasgo_nb.errors import LimitReached, ModelUnavailable, RasgoError, Stopped
from rasgo_nb.evals.environment import clock_told, environment_of
from rasgo_nb.evals.gold import Gold
from rasgo_nb.evals.judge import Judgement, judge
from rasgo_nb.evals.marks import asked_of_judge, calls_made, marked
from rasgo_nb.evals.program import gold_of, scripted
from rasgo_nb.evals.score import SCORES, CaseResult, Outcome, Score

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from rasgo_nb.agent.models.scripted import ScriptedModel
    from rasgo_nb.evals.case import Case, Judged, Program
    from rasgo_nb.run import Run
    from rasgo_nb.session import Session


GOLD, SETUP, RUN = "gold", "setup", "run"  # the stages of a work; only the last is the model's


@dataclass(frozen=True, slots=True)
class Work:
    """A case to be worked off once; ``program`` plays in place of the model that ``model`` names."""

    case: Case
    folder: Path  # of its suite
    model: str
    interface: str = ""
    repeat: int = 1
    judge: str = ""
    judge_votes: int = 1  # how often it is asked of each answer
    program: Program | None = None

    @property
    def key(self) -> tuple[str, str, str, int]:
        """What no other work of the same evals has."""
        return self.case.id, self.model, self.interface, self.repeat


@dataclass(slots=True)
class _Asked:
    """A run of a case's question and what it left."""

    log: RunLog = field(default_factory=RunLog)
    run: Run | None = None
    outcome: Outcome = "crashed"
    message: str = ""
    elapsed_s: float = 0.0


async def work_off(
    work: Work, golds: dict[str, Gold], *, stage: Callable[[str], None] = lambda _name: None
) -> CaseResult:
    """The marks of one case. ``golds`` keeps what gold programs made; ``stage`` is told what begins.

    Raises
    ------
    RasgoError
        where the case could not be tried or marked, which is no mark for the model.
    """
    case = work.case
    if case.gold is not None and case.id not in golds:
        stage(GOLD)
        golds[case.id] = await _gold(work)
    stage(SETUP)
    with environment_of(case, work.folder) as session:
        before = _copied(_names(session))
        stage(RUN)
        turns = case.environment.turns if work.program is None else ()
        for question in (*turns, case.question):
            asked = await _ask(session, work, _model(work), question)
            if asked.outcome != "answered":
                break
        gold = golds.get(case.id, Gold())
        judged = await _judged(session, work, asked)
        given = {
            "gold": gold,
            "namespace": _names(session),
            "connections": session.connections,
        }
        scores = marked(
            case,
            asked.run,
            log=asked.log,
            before=before,
            outcome=asked.outcome,
            judged=judged,
            elapsed_s=asked.elapsed_s,
            **given,  # type: ignore[arg-type]
        )
        calls = calls_made(case, asked.log, **given)  # type: ignore[arg-type]
        details = clock_told(case, session)
    usages = [one.usage for one in judged.values()]
    return replace(
        _result(work, asked),
        scores=scores,
        calls=calls,
        details=details,
        judge_usage=sum(usages[1:], usages[0]) if usages else None,
        judge_votes=tuple(_readable(one) for one in judged.values()),
    )


def unworked(work: Work, outcome: Outcome, message: str, elapsed_s: float = 0.0) -> CaseResult:
    """The result of a case that no run came of: no answer, or no mark at all where it was not run."""
    lost = 0.0 if outcome != "not_run" else None
    scores = {name: Score(lost if name == "answer" else None, message) for name in SCORES}
    asked = _Asked(outcome=outcome, message=message, elapsed_s=elapsed_s)
    return replace(_result(work, asked), scores=scores)


def stage_failed(case: Case, stage: str, message: str) -> str:
    """What is wrong with a case whose stage before the run did not end well."""
    where = {GOLD: "The gold program", SETUP: "The setup"}.get(stage, "The process")
    return f"{where} of case {case.id} did not end well: {message}. The case begins in line {case.line}."


def _model(work: Work) -> str | ScriptedModel:
    return work.model if work.program is None else scripted(work.program)


async def _gold(work: Work) -> Gold:
    assert work.case.gold is not None
    with environment_of(work.case, work.folder) as session:
        own = replace(work, interface="")
        asked = await _ask(session, own, scripted(work.case.gold), work.case.question)
        if asked.outcome == "out_of_time":
            raise RasgoError(stage_failed(work.case, GOLD, f"it took over {work.case.budget.seconds:g} s"))
        if asked.run is None or asked.outcome != "answered":
            raise RasgoError(stage_failed(work.case, GOLD, asked.message.rstrip(".")))
        return gold_of(asked.run, asked.log)


async def _ask(session: Session, work: Work, model: str | ScriptedModel, question: str) -> _Asked:
    asked = _Asked()
    began = time.monotonic()
    session.last_run = None
    try:
        await session.ask(question, model=model, interface=work.interface, view=asked.log.add)
        asked.outcome = "answered"
    except LimitReached as error:
        over = 0 < work.case.budget.seconds <= time.monotonic() - began
        asked.outcome, asked.message = ("out_of_time" if over else "stopped"), str(error)
    except Stopped as error:
        asked.outcome, asked.message = "out_of_time", str(error)
    except RasgoError as error:
        if asked.log.started is None or _is_outage(error):
            raise
        asked.outcome, asked.message = "failed", str(error)
    asked.elapsed_s = time.monotonic() - began
    asked.run = session.last_run
    if asked.outcome == "answered" and asked.run is not None and asked.run.status != "answered":
        asked.outcome, asked.message = asked.run.status, asked.run.answer
    return asked


def _is_outage(error: RasgoError) -> bool:
    """Whether the provider is at fault, or the key, rather than what the model said."""
    gave_up = isinstance(error.__context__, ModelUnavailable)  # after asking again and again
    return gave_up or isinstance(error, ModelUnavailable) or bool(getattr(error, "status", 0))


def _readable(judgement: Judgement) -> tuple[bool, ...]:
    return tuple(vote.met for vote in judgement.votes if vote.met is not None)


async def _judged(session: Session, work: Work, asked: _Asked) -> Mapping[Judged, Judgement]:
    said = {}
    wanted = asked_of_judge(work.case) if asked.outcome == "answered" and asked.run is not None else ()
    for one in wanted:
        name = one.model or work.judge
        providers = session.config.providers
        model = open_model(choose(name, providers).name, providers)
        assert asked.run is not None
        question, votes = work.case.question, work.judge_votes
        said[one] = await judge(asked.run.answer, one.criteria, model, question=question, votes=votes)
        await model.aclose()
    return said


def _result(work: Work, asked: _Asked) -> CaseResult:
    run, called = asked.run, [one for step in asked.log.steps for one in step.model_calls]
    return CaseResult(
        case=work.case.id,
        repeat=work.repeat,
        model=work.model,
        interface=called[0].called.interface if called else work.interface,
        interface_asked=work.interface,
        outcome=asked.outcome,
        scores={},
        answer=run.answer if run is not None and asked.outcome == "answered" else "",
        message=asked.message,
        usage=run.usage if run is not None else Usage(),
        steps=len(asked.log.steps),
        elapsed_s=asked.elapsed_s,
        run_id=run.id if run is not None else "",
        tags=work.case.tags,
    )


def _names(session: Session) -> dict[str, object]:
    shell = session.shell
    return {
        name: value
        for name, value in shell.user_ns.items()
        if not name.startswith("_") and name not in shell.user_ns_hidden
    }


def _copied(names: Mapping[str, object]) -> dict[str, object]:
    """Copies, for what the run does to them; what cannot be copied stands for itself."""
    copies = {}
    for name, value in names.items():
        try:
            copies[name] = copy.deepcopy(value)
        except (TypeError, copy.Error):
            copies[name] = value
    return copies
