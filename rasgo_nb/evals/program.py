"""A written-down program as a model that makes its calls, one step each."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rasgo_nb.agent.models.scripted import Call, Line, ScriptedModel
from rasgo_nb.evals.case import Program, ProgramCall
from rasgo_nb.evals.gold import Gold
from rasgo_nb.evals.worked import is_frame

if TYPE_CHECKING:
    from rasgo_nb.agent.run_log import RunLog
    from rasgo_nb.evals.case import Case
    from rasgo_nb.run import Run

EMPTY = Program()
REFUSING = Program(text="I cannot answer this from the data.")
CRASHING = Program(crashes=True)
_WRONG = "-987654.321"
WRONG = Program(
    (
        ProgramCall("run_sql", {"sql": f"SELECT {_WRONG} AS wrong", "save_as": "wrong"}),
        ProgramCall("final_answer", {"text": f"It is {_WRONG} zebras.", "dataframes": ["wrong"]}),
    )
)


def trials_of(case: Case) -> dict[str, Program]:
    """Programs that must not be marked as right, by name."""
    trials = {"empty": EMPTY, "wrong": WRONG, "crashing": CRASHING, "refusing": REFUSING}
    if any(one.refusal for one in (case.completion, *case.alternatives)):
        del trials["refusing"]
    trials |= {f"decoy {number}": one for number, one in enumerate(case.decoys, 1)}
    if rows := _without_rows(case):
        trials["without rows"] = rows
    return trials


def _without_rows(case: Case) -> Program | None:
    """The gold program with an empty result in the place of its last one."""
    if case.gold is None or case.completion.frame is None:
        return None
    queries = [at for at, one in enumerate(case.gold.calls) if one.tool == "run_sql"]
    if not queries or any(one.tool == "run_python" for one in case.gold.calls[queries[-1] :]):
        return None
    calls = list(case.gold.calls)
    last = calls[queries[-1]]
    sql = str(last.arguments.get("sql", "")).strip().rstrip(";")
    empty = f"SELECT * FROM (\n{sql}\n) AS all_rows WHERE 1 = 0"
    calls[queries[-1]] = replace(last, arguments={**last.arguments, "sql": empty})
    return Program(tuple(calls))


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
