"""An answer as data of ``AnswerState`` in labextension/src/protocol.ts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.connectors.base import QueryResult
from rasgo_nb.widgets import text
from rasgo_nb.widgets.figure_state import figure_state, is_figure
from rasgo_nb.widgets.fitting import fitted_answer
from rasgo_nb.widgets.kept import KeptFigure
from rasgo_nb.widgets.numbers_state import number_states, traced_text
from rasgo_nb.widgets.rows_state import rows_state
from rasgo_nb.widgets.safe import block, line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rasgo_nb.agent.events import Answer
    from rasgo_nb.agent.run_log import RunLog
    from rasgo_nb.widgets.kept import Kept
    from rasgo_nb.widgets.safe import State

_MAX_ANSWER = 60_000
_MAX_LINE = 1_000
_MAX_NAME = 200
_MAX_BODIES = 12


def answer_state(log: RunLog, answer: Answer, kept: Kept, names: Mapping[str, object]) -> State:
    """The answer within its bounds, before anything was decided about it."""
    named = [*answer.dataframes[:1], *answer.figures, *answer.dataframes[1:]]
    bodies = [_named(name, place, kept, names) for place, name in enumerate(named[:_MAX_BODIES])]
    said = block(answer.text, _MAX_ANSWER)
    return fitted_answer(
        {
            "text": said,
            "assumptions": [line(one, _MAX_LINE) for one in answer.assumptions],
            "steps": list(answer.steps),
            "numbers": number_states(log.provenance, said),
            "traced": traced_text(log.provenance),
            "bodies": [body for body in bodies if body is not None],
            "verifiable": _rests_on_sql(log, answer.steps),
            "verified": None,
            "eval": "",
        }
    )


def _named(name: str, place: int, kept: Kept, names: Mapping[str, object]) -> State | None:
    """A frame or figure of the namespace, as it is now; None for anything else."""
    value, key = names.get(name), f"answer.{place}"
    if text.is_frame(value):
        kept.keep_frame(key, value, name)
        return {"kind": "rows", "rows": rows_state(value, key=key, name=line(name, _MAX_NAME))}
    if is_figure(value):
        drawn = next((one for one in kept.figures.values() if one.figure is value), None)
        kept.figures[key] = drawn or KeptFigure(value, name)
        return {"kind": "figure", "figure": figure_state(kept.figures[key], key=key)}
    return None


def _rests_on_sql(log: RunLog, numbers: Sequence[int]) -> bool:
    """Whether one of these steps, or of all where none is named, had a result from SQL."""
    steps = [step for step in log.steps if not numbers or step.number in numbers]
    calls = [call for step in steps for call in step.calls]
    return any(call.result and isinstance(call.result.value, QueryResult) for call in calls)
