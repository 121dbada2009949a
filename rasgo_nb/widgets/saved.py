"""A run as a notebook file keeps it: state and HTML together within 200 kB a step, whatever its results."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rasgo_nb.widgets.fitting import fitted_answer, fitted_call, halved
from rasgo_nb.widgets.safe import block, size
from rasgo_nb.widgets.static import state_html, step_html

if TYPE_CHECKING:
    from rasgo_nb.widgets.safe import State

STEP_BYTES = 190_000  # of a step's state as JSON and its HTML together
_MOST_CALLS = 100  # of one step; more are only counted
# (bytes of a step's calls, bytes of their pictures), from usual to very small; texts have a share beside.
_BUDGETS = ((60_000, 100_000), (40_000, 60_000), (30_000, 40_000), (15_000, 0), (5_000, 0))


@dataclass(slots=True)
class SavedRun:
    """Makes the kept form of a run's states; a step that has not changed is not made again."""

    _steps: dict[int, tuple[State, State, str]] = field(default_factory=dict)

    def of(self, run: State) -> tuple[State, str]:
        """The ``RunState`` to keep, and the run as HTML."""
        pairs = [self._step(step, run) for step in run["steps"]]
        answer = run["answer"] and fitted_answer(run["answer"], most=60_000, pictures=80_000)
        saved = run | {"steps": [step for step, _ in pairs], "answer": answer, "live": False}
        return saved, state_html(saved, [html for _, html in pairs])

    def _step(self, step: State, run: State) -> tuple[State, str]:
        known = self._steps.get(step["number"])
        if known is not None and known[0] == step and run["status"] == "running":
            return known[1], known[2]
        saved, html = saved_step(step, run)
        self._steps[step["number"]] = (step, saved, html)
        return saved, html


def saved_step(step: State, run: State) -> tuple[State, str]:
    """The step's state and HTML within their bound."""
    saved, html = step, ""
    for texts, pictures in _BUDGETS:
        saved = _within(step, texts, pictures)
        html = step_html(saved, run)
        if size(saved) + len(html.encode()) <= STEP_BYTES:
            return saved, html
    while size(saved) + len(html.encode()) > STEP_BYTES:
        saved = halved(saved)
        html = step_html(saved, run)
    return saved, html


def _within(step: State, texts: int, pictures: int) -> State:
    calls = step["calls"][:_MOST_CALLS]
    each = max(1, len(calls))
    left_out = len(step["calls"]) - len(calls)
    notes = [*step["notes"], f"{left_out:,} more calls are not kept here."] if left_out else step["notes"]
    fitted = [fitted_call(call, most=texts // each, pictures=pictures // each) for call in calls]
    said = {"text": block(step["text"], texts // 4), "thinking": block(step["thinking"], texts // 8)}
    return step | said | {"calls": fitted, "notes": notes}
