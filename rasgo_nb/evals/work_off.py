"""Works off one case through a real session, and marks what came of it."""

from __future__ import annotations

import copy
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from rasgo_nb.agent.messages import Usage
from rasgo_nb.agent.models.choose import choose, open_model
from rasgo_nb.agent.run_log import RunLog
from rasgo_nb.errors import LimitReached, RasgoError, Stopped
from rasgo_nb.evals.environment import environment_of
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


@dataclass(frozen=True, slots=True)
class Work:
    """A case to be worked off once; ``program`` plays in place of the model that ``model`` names."""

    case: Case
    folder: Path  # of its suite
    model: str
    interface: str = ""
    repeat: int = 1
    judge: str = ""
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
    """The marks of one case. ``golds`` keeps what gold programs made; ``stage`` is told what begins."""
    case = work.case
    if case.gold is not None and case.id not in golds:
        stage("gold")
        golds[case.id] = await _gold(work)
    stage("run")
    with environment_of(case, work.folder) as session:
        before = _copied(_names(session))
        for question in case.environment.turns if work.program is None else ():
            await session.ask(question, model=_model(work), interface=work.interface)
        asked = await _ask(session, work, _model(work))
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
    usages = [one.usage for one in judged.values()]
    return replace(
        _result(work, asked),
        scores=scores,
        calls=calls,
        judge_usage=sum(usages[1:], usages[0]) if usages else None,
    )


def unworked(work: Work, outcome: Outcome, message: str, elapsed_s: float = 0.0) -> CaseResult:
    """The result of a case that no run came of: no answer, and nothing else to say."""
    scores = {name: Score(0.0 if name == "answer" else None, message) for name in SCORES}
    asked = _Asked(outcome=outcome, message=message, elapsed_s=elapsed_s)
    return replace(_result(work, asked), scores=scores)


def _model(work: Work) -> str | ScriptedModel:
    return work.model if work.program is None else scripted(work.program)


async def _gold(work: Work) -> Gold:
    assert work.case.gold is not None
    with environment_of(work.case, work.folder) as session:
        asked = await _ask(session, replace(work, interface=""), scripted(work.case.gold))
        if asked.run is None or asked.outcome in ("failed", "stopped", "out_of_time"):
            raise RasgoError(
                f"The gold program of case {work.case.id} gave no answer: {asked.message} "
                f"Mend it in line {work.case.line}."
            )
        return gold_of(asked.run, asked.log)


async def _ask(session: Session, work: Work, model: str | ScriptedModel) -> _Asked:
    asked = _Asked()
    began = time.monotonic()
    session.last_run = None
    try:
        await session.ask(work.case.question, model=model, interface=work.interface, view=asked.log.add)
        asked.outcome = "answered"
    except LimitReached as error:
        over = time.monotonic() - began >= work.case.budget.seconds
        asked.outcome, asked.message = ("out_of_time" if over else "stopped"), str(error)
    except Stopped as error:
        asked.outcome, asked.message = "out_of_time", str(error)
    except RasgoError as error:
        asked.outcome, asked.message = "failed", str(error)
    asked.elapsed_s = time.monotonic() - began
    asked.run = session.last_run
    if asked.outcome == "answered" and asked.run is not None and asked.run.status != "answered":
        asked.outcome, asked.message = asked.run.status, asked.run.answer
    return asked


async def _judged(session: Session, work: Work, asked: _Asked) -> Mapping[Judged, Judgement]:
    said = {}
    wanted = asked_of_judge(work.case) if asked.outcome == "answered" and asked.run is not None else ()
    for one in wanted:
        name = one.model or work.judge
        if not name:
            raise RasgoError(f"Case {work.case.id} asks for a judge. Type for example `--judge MODEL`.")
        providers = session.config.providers
        model = open_model(choose(name, providers).name, providers)
        assert asked.run is not None
        said[one] = await judge(asked.run.answer, one.criteria, model, question=work.case.question)
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
