"""What a run left behind, as the marks look at it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rasgo_nb.agent.events import Answer, Answered

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from rasgo_nb.agent.run_log import CallLog, RunLog
    from rasgo_nb.connectors.base import Connection
    from rasgo_nb.evals.case import Case, Judged
    from rasgo_nb.evals.gold import Gold
    from rasgo_nb.evals.judge import Judgement
    from rasgo_nb.evals.score import Outcome
    from rasgo_nb.run import Run


@dataclass(frozen=True, slots=True)
class Worked:
    """One run of a case; see ``marks.marked`` for what each is."""

    case: Case
    run: Run | None
    log: RunLog
    gold: Gold
    namespace: Mapping[str, object] = field(default_factory=dict)
    before: Mapping[str, object] = field(default_factory=dict)
    connections: Mapping[str, Connection] = field(default_factory=dict)
    outcome: Outcome = "answered"
    judged: Mapping[Judged, Judgement] = field(default_factory=dict)
    elapsed_s: float = 0.0

    @property
    def answer(self) -> Answer | None:
        """The answer, where there is one."""
        return self.log.ended.answer if isinstance(self.log.ended, Answered) else None

    @property
    def calls(self) -> list[tuple[int, CallLog]]:
        """The run's calls with their steps, in order."""
        return [(step.number, call) for step in self.log.steps for call in step.calls]

    @property
    def frames(self) -> dict[str, pd.DataFrame]:
        """The DataFrames of the namespace, for statements that name them."""
        return {name: value for name, value in self.namespace.items() if is_frame(value)}  # type: ignore[misc]

    def connection_of(self, call: CallLog | None) -> Connection | None:
        """The connection that a call queries; None where it is not open."""
        name = str(call.tool_call.arguments.get("connection", "")) if call is not None else ""
        usual = self.log.started.connection if self.log.started is not None else ""
        return self.connections.get(name or usual) or next(iter(self.connections.values()), None)


def is_frame(value: object) -> bool:
    """Whether this is a DataFrame."""
    return type(value).__name__ == "DataFrame" and hasattr(value, "columns")


def sql_of(call: CallLog) -> str:
    """The SQL of a call: its own, or what was written for it; else empty."""
    written = str(call.tool_call.arguments.get("sql", ""))
    page = call.result.page if call.result is not None else None
    return str((page or {}).get("sql", "") or written)


def is_error(call: CallLog) -> bool:
    """Whether nothing came of a call."""
    return call.result is None or call.result.is_error
