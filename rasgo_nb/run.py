"""A run as the person keeps it: plain objects, nothing to call."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from rasgo_nb.agent.events import Answer, Answered, RunFailed, RunStopped
from rasgo_nb.agent.messages import Message, Usage

if TYPE_CHECKING:
    import pandas as pd

    from rasgo_nb.agent.run_log import RunLog, StepLog
    from rasgo_nb.provenance import Provenance

Status = Literal["answered", "failed", "stopped"]


@dataclass(slots=True)
class Run:
    """The working-off of one question.

    Attributes
    ----------
    answer : the answer's text, Markdown; for a run without an answer, why there is none
    result : the DataFrame or value that the answer rests on; None where there is none
    steps : each model reply with the tool calls it asked for and their results
    usage : tokens, requests and cost of all steps
    dataframes, figures : what the run put into the namespace, by name
    transcript : the instructions and every message from the question on; not the turns before it
    provenance : where each number of the answer comes from; None where it has none, or there is no answer
    """

    id: str
    question: str
    model: str
    connection: str
    status: Status
    answer: str
    result: Any = None
    assumptions: tuple[str, ...] = ()
    steps: tuple[StepLog, ...] = ()
    usage: Usage = field(default_factory=Usage)
    dataframes: dict[str, pd.DataFrame] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)
    transcript: tuple[Message, ...] = ()
    elapsed_s: float = 0.0
    provenance: Provenance | None = None

    def __repr__(self) -> str:
        question = self.question if len(self.question) <= 60 else f"{self.question[:57]}..."
        made = ", ".join([*self.dataframes, *self.figures])
        return f"<Run {self.status}: {question!r}, {len(self.steps)} steps{', made ' + made if made else ''}>"


def run_of(log: RunLog, transcript: list[Message], bound: dict[str, object]) -> Run:
    """The run that a log of events tells of. ``bound`` are the objects that it put into the namespace."""
    assert log.started is not None
    assert log.ended is not None
    answer = log.ended.answer if isinstance(log.ended, Answered) else None
    frames = {
        name: value
        for name, value in bound.items()
        if type(value).__name__ == "DataFrame" and type(value).__module__.startswith("pandas")
    }
    return Run(
        id=log.started.run_id,
        question=log.started.question,
        model=log.started.model,
        connection=log.started.connections,
        status=_status(log.ended),
        answer=answer.text if answer else log.ended.message,  # type: ignore[union-attr]
        result=_result(answer, log, bound),
        assumptions=answer.assumptions if answer else (),
        steps=tuple(log.steps),
        usage=log.ended.usage,
        dataframes=frames,  # type: ignore[arg-type]
        figures={name: value for name, value in bound.items() if type(value).__name__ == "Figure"},
        transcript=tuple(transcript),
        elapsed_s=log.ended.elapsed_s,
        provenance=log.provenance,
    )


def gone_on(before: Run, after: Run, *, steps_before: int) -> Run:
    """One run of two parts, the second of which went on after the first's so many steps.

    The transcript of the second holds that of the first already.
    """
    done = tuple(step for step in before.steps if step.number <= steps_before)
    return replace(
        after,
        steps=done + after.steps,
        usage=before.usage + after.usage,
        result=before.result if after.result is None else after.result,
        elapsed_s=before.elapsed_s + after.elapsed_s,
    )


def _status(ended: Answered | RunFailed | RunStopped) -> Status:
    match ended:
        case Answered():
            return "answered"
        case RunFailed():
            return "failed"
        case RunStopped():
            return "stopped"


def _result(answer: Answer | None, log: RunLog, bound: dict[str, object]) -> object:
    """The first DataFrame that the answer names, else the last frame or value that a step made."""
    if answer is not None:
        for name in answer.dataframes:
            if name in bound:
                return bound[name]
    for step in reversed(log.steps):
        for call in reversed(step.calls):
            value = call.result.value if call.result and not call.result.is_error else None
            for attribute in ("frame", "value"):
                if getattr(value, attribute, None) is not None:
                    return getattr(value, attribute)
    return None
