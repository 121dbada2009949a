"""A written-down program as a model that makes its calls, one step each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.agent.models.scripted import Call, Line, ScriptedModel
from rasgo_nb.evals.case import Program, ProgramCall
from rasgo_nb.evals.gold import Gold
from rasgo_nb.evals.worked import is_frame

if TYPE_CHECKING:
    from rasgo_nb.agent.run_log import RunLog
    from rasgo_nb.run import Run

EMPTY = Program()
REFUSING = Program(text="I cannot answer this from the data.")
CRASHING = Program(crashes=True)
WRONG = Program((ProgramCall("final_answer", {"text": "The answer is -987654.321 zebras."}),))


def scripted(program: Program) -> ScriptedModel:
    """The model that plays the program."""
    if program.crashes:
        return ScriptedModel(Line(fails=RuntimeError("a program that crashes")))
    lines = [Line("", (Call(one.tool, dict(one.arguments)),)) for one in program.calls]
    return ScriptedModel(*lines, *([Line(program.text)] if program.text else []))


def gold_of(run: Run, log: RunLog) -> Gold:
    """What the gold program made; frames and figures that its answer names, else the last of its calls."""
    named = _named(log)
    frames = {name: run.dataframes[name] for name in named if name in run.dataframes}
    figures = {name: run.figures[name] for name in named if name in run.figures}
    if not frames and not figures:
        frames = dict(list(run.dataframes.items())[-1:])
        figures = dict(list(run.figures.items())[-1:])
    if not frames and is_frame(run.result):
        frames = {"result": run.result}
    calls = tuple(call for step in log.steps for call in step.calls)
    return Gold(frames, figures, {}, run.answer if run.status == "answered" else "", calls)


def _named(log: RunLog) -> list[str]:
    from rasgo_nb.agent.events import Answered

    answer = log.ended.answer if isinstance(log.ended, Answered) else None
    return [*answer.dataframes, *answer.figures] if answer is not None else []
