"""What the models were sent for a step, as data of ``SawState`` in labextension/src/protocol.ts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.errors import RasgoError

if TYPE_CHECKING:
    from rasgo_nb.agent.run_log import RunLog, StepLog
    from rasgo_nb.widgets.safe import State


def saw_text(step: StepLog) -> str:  # noqa: ARG001 - until what models saw is told
    """What the model was sent, in a few words: "12 items, 4,210 tokens"; empty where nothing is known."""
    return ""


def saw_state(log: RunLog, number: int) -> State:
    """The ``SawState`` of a step.

    Raises
    ------
    RasgoError
        where the run has no such step.
    """
    if all(step.number != number for step in log.steps):
        raise RasgoError(f"This run has no step {number}. Reload the page.")
    return {"step": number, "calls": []}
