"""The record of a run that is replayed: what this kernel has of it, and what the trace kept."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rasgo_nb.agent.events import Answered
from rasgo_nb.connectors.base import QueryResult
from rasgo_nb.errors import UnknownName
from rasgo_nb.provenance.matching import traced
from rasgo_nb.trace.frame_digests import digests_of
from rasgo_nb.trace.frames import summary_in
from rasgo_nb.trace.traces import traces

if TYPE_CHECKING:
    from rasgo_nb.agent.messages import ToolResult
    from rasgo_nb.agent.run_log import CallLog, RunLog
    from rasgo_nb.session import Session


def record_of(session: Session, run_id: str = "") -> RunLog:
    """The record of the run of that id, or whose id begins so; the last run where it is empty.

    Results are those of this kernel where it still has them as they were, else what the trace kept.

    Raises
    ------
    UnknownName
        where neither this kernel nor the trace knows the run.
    """
    recorded = traces(session.config)
    if not run_id and session.last_run is not None:
        run_id = session.last_run.id
    if session.runs.has(run_id):
        live = session.runs.find(run_id).log
        try:
            kept = recorded.log(run_id)
        except UnknownName:  # it was not recorded
            return live
        return _joined(live, kept)
    return recorded.log(recorded.find(run_id).id)


def with_provenance(log: RunLog) -> RunLog:
    """The record, its answer's numbers traced where they are not yet."""
    if log.provenance is None and isinstance(log.ended, Answered) and log.started is not None:
        log.provenance = traced(log.ended.answer.text, log, log.started.question)
    return log


def _joined(live: RunLog, kept: RunLog) -> RunLog:
    """What the kernel has, with its end from the trace, and the results that were changed since."""
    live.ended, live.notes, live.provenance = kept.ended, kept.notes, kept.provenance
    results = {call.tool_call.id: call.result for step in kept.steps for call in step.calls}
    for step in live.steps:
        step.calls = [_with_result(call, results.get(call.tool_call.id)) for call in step.calls]
    return live


def _with_result(call: CallLog, kept: ToolResult | None) -> CallLog:
    if call.result is None or kept is None or _is_whole(call.result.value, kept.value):
        return call
    return replace(call, result=replace(call.result, value=kept.value))


def _is_whole(live: Any, kept: Any) -> bool:
    """Whether the kernel's result is what was recorded."""
    if not (isinstance(live, QueryResult) and isinstance(kept, QueryResult)):
        return True
    summary = summary_in(kept.frame)
    return summary is None or not summary.digest or digests_of(live.frame)[0] == summary.digest
