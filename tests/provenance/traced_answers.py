"""Runs whose results are known, for answers to be traced to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from rasgo_nb.agent.messages import ToolCall, ToolResult
from rasgo_nb.agent.run_log import CallLog, RunLog, StepLog
from rasgo_nb.connectors.base import QueryResult
from rasgo_nb.provenance.matching import traced

if TYPE_CHECKING:
    from rasgo_nb.provenance import Provenance

CARRIERS = pd.DataFrame(
    {
        "carrier": ["EV", "B6", "UA", "AA", "AS"],
        "mean_delay": [19.9554, 13.0225, 12.1061, 8.5860, -9.9309],
        "flights": [54173, 54635, 58665, 32729, 714],
        "late_pct": [23.61, 17.42, 14.88, 11.05, 4.2],
    }
)


def logged(*frames: pd.DataFrame, sql: str = "SELECT * FROM flights") -> RunLog:
    """A run of a query for each frame."""
    steps = []
    for number, frame in enumerate(frames, 1):
        result = ToolResult(f"call_{number}", "", value=QueryResult(frame, 0.0))
        steps.append(
            StepLog(
                number, calls=[CallLog(ToolCall(f"call_{number}", "run_sql", {"sql": sql}), result=result)]
            )
        )
    return RunLog(steps=steps)


def trace(text: str, *frames: pd.DataFrame, question: str = "") -> Provenance:
    """Where the numbers come from, with time enough on a busy machine."""
    return traced(text, logged(*(frames or (CARRIERS,))), question, longest_s=60.0)


def unverified(text: str, *frames: pd.DataFrame, question: str = "") -> list[str]:
    """The numbers of a text that are not traced."""
    return [one.text for one in trace(text, *frames, question=question).numbers if one.how == "unverified"]
