"""What the models were sent for a step, as data of ``SawState`` in labextension/src/protocol.ts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rasgo_nb.agent.run_log import StepLog


def saw_text(step: StepLog) -> str:  # noqa: ARG001 - until what models saw is told
    """What the model was sent, in a few words: "12 items, 4,210 tokens"; empty where nothing is known."""
    return ""
