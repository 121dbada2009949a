"""A run as data: what its log tells, in the shape of ``RunState`` in labextension/src/protocol.ts.

Everything in it is bounded and safe to hold in a page, a message and a notebook file.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from rasgo_nb.agent.events import ANSWER, Answered, RunFailed
from rasgo_nb.connectors.amounts import bytes_text, estimate_text, progress_text
from rasgo_nb.connectors.statement import laid_out
from rasgo_nb.figure import Encoding
from rasgo_nb.kernel_exec import CellResult
from rasgo_nb.outputs import ExecuteResult, Output
from rasgo_nb.widgets import text
from rasgo_nb.widgets.answer_state import answer_state
from rasgo_nb.widgets.body_state import body_state
from rasgo_nb.widgets.error_state import error_text
from rasgo_nb.widgets.figure_state import figure_state, is_figure
from rasgo_nb.widgets.fitting import fitted_call
from rasgo_nb.widgets.kept import Kept, KeptFigure
from rasgo_nb.widgets.memory_state import decided_state, memory_state, recalled_states
from rasgo_nb.widgets.output_state import output_states
from rasgo_nb.widgets.safe import State, block, line
from rasgo_nb.widgets.saw_state import saw_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rasgo_nb.agent.events import MemoryDecided
    from rasgo_nb.agent.messages import ToolCall
    from rasgo_nb.agent.run_log import CallLog, RunLog, StepLog
    from rasgo_nb.policy import Effects

_MAX_QUESTION = 20_000
_MAX_TEXT = 400_000  # of what the model said with a step: some minutes of a fast stream
_MAX_THINKING = 20_000
_MAX_LINE = 1_000
_MAX_NAME = 200
_MAX_CODE = 16_000
_MAX_APPROVED = 200_000  # nobody should approve what they cannot see
_MAX_NOTES = 20
_MAX_CHOICES = 12


class RunStates:
    """Makes the states of one run from its log; finished calls are made once.

    ``names`` is the user namespace: frames and figures are taken from it when they are first told of, so
    ``run`` is to be called once right after each ``ToolCallFinished`` and at the end.
    """

    def __init__(self, log: RunLog, kept: Kept, names: Mapping[str, object]) -> None:
        self.log = log
        self.kept = kept
        self.names = names
        self.saved_eval = ""  # what the case is called that the answer was saved as
        self._finished: dict[tuple[int, int], State] = {}  # calls, by step and place in it
        self._passed: dict[int, State] = {}  # steps that others have followed
        self._saw: dict[int, tuple[int, str]] = {}  # what models saw, by step: how many replies, and the line
        self._answer: State | None = None
        self._decided: dict[tuple[int, int], MemoryDecided] = {}  # what is in the states of finished calls

    def run(self) -> State:
        """The ``RunState`` of the log as it is now."""
        self._take_in_decisions()
        started, ended, steps = self.log.started, self.log.ended, self.log.steps
        totals = text.totals_text(len(steps), ended.usage, ended.elapsed_s) if ended and steps else ""
        return {
            "version": 1,
            "id": started.run_id if started else "",
            "question": block(started.question, _MAX_QUESTION) if started else "",
            "model": line(started.model, _MAX_NAME) if started else "",
            "connection": line(started.connections.replace(",", ", "), _MAX_NAME) if started else "",
            "note": line(started.note, _MAX_LINE) if started and started.note else "",
            "notes": [line(note, _MAX_LINE) for note in self.log.notes[:_MAX_NOTES]],
            "status": _run_status(self.log),
            "recalled": recalled_states(self.log.recalled, self.log.decided),
            "steps": [self._passed.get(step.number) or self._step(step) for step in steps],
            "answer": self._answer_state(),
            "message": "" if ended is None or isinstance(ended, Answered) else line(ended.message, _MAX_LINE),
            "totals": totals,
            "live": True,
        }

    def _step(self, step: StepLog) -> State:
        calls = [self._call(step, place) for place in range(len(step.calls))]
        state = {
            "number": step.number,
            "status": _step_status(step, has_ended=self.log.ended is not None),
            "text": block(step.text, _MAX_TEXT),
            "thinking": block(step.thinking, _MAX_THINKING),
            "writing": line(step.writing, _MAX_NAME),
            "notes": [line(note, _MAX_LINE) for note in step.notes[-_MAX_NOTES:]],
            "calls": calls,
            "elapsed_s": round(step.elapsed_s, 3),
            "cost": _cost(step),
            "saw": self._saw_text(step),
            "only_answers": step.only_answers,
        }
        if step is not self.log.steps[-1]:
            self._passed[step.number] = state
        return state

    def _call(self, step: StepLog, place: int) -> State:
        call = step.calls[place]
        known = self._finished.get((step.number, place))
        if known is None or call.result is None:
            known = fitted_call(self._call_state(call, f"{step.number}.{place}"))
        if call.result is not None:
            self._finished[(step.number, place)] = known
        return known

    def _saw_text(self, step: StepLog) -> str:
        """Made once for each reply that came to its end, not for each piece of it."""
        replies = sum(call.replied is not None for call in step.model_calls)
        known = self._saw.get(step.number, (0, ""))
        if replies != known[0]:
            known = self._saw[step.number] = (replies, saw_text(self.log, step.number))
        return known[1]

    def _take_in_decisions(self) -> None:
        """What a person decided about proposals, also long after their calls have finished."""
        for place, call in self._finished.items() if self.log.decided else ():
            body = call["body"]
            if body is None or body["kind"] != "proposal":
                continue
            decided = self.log.decided.get(body["proposal"]["id"])
            if decided is not None and decided is not self._decided.get(place):
                self._decided[place] = decided
                proposal = decided_state(body["proposal"], decided)
                self._finished[place] = call | {"body": body | {"proposal": proposal}}
                self._passed.pop(place[0], None)

    def _call_state(self, call: CallLog, key: str) -> State:
        return {
            "id": call.tool_call.id,
            "tool": line(call.tool_call.name, _MAX_NAME),
            "status": _call_status(call),
            "outcome": line(text.outcome_text(call), _MAX_LINE) if call.result is not None else "",
            "elapsed_s": round(call.elapsed_s, 3),
            "arguments": line(text.arguments_text(call.tool_call), _MAX_LINE),
            "code": code_state(call, self.log.started.dialect_of(call.tool_call) if self.log.started else ""),
            "approval": _approval(call),
            "connection": line(call.estimated.connection, _MAX_NAME) if call.estimated else "",
            "estimate": estimate_text(call.estimated.estimate) if call.estimated else "",
            "progress": progress_text(call.progress) if call.progress and self.log.ended is None else "",
            "query_id": line(text.query_id_of(call), _MAX_NAME),
            "remarks": [line(one, _MAX_LINE) for one in text.remarks_of(call)[:_MAX_NOTES]],
            "withheld": line(call.result.withheld, _MAX_LINE) if call.result else "",
            "question": _question(call),
            "outputs": output_states(_outputs(call), self.kept, f"{key}.out"),
            "body": self._body(call, key),
            "error": error_text(call),
        }

    def _body(self, call: CallLog, key: str) -> State | None:
        if call.result is None:
            return None
        if call.tool_call.name == "show_chart" and is_figure(call.result.value):
            self.kept.figures[key] = _drawn(call, self.names)
            return {"kind": "figure", "figure": figure_state(self.kept.figures[key], key=key)}
        return body_state(call, self.kept, key)

    def _answer_state(self) -> State | None:
        ended = self.log.ended
        if self._answer is None and isinstance(ended, Answered):
            self._answer = answer_state(self.log, ended.answer, self.kept, self.names)
        if self._answer is None:
            return None
        decided = self.log.decided.get(ANSWER)
        verified = decided.memory if decided else None
        return self._answer | {
            "verified": memory_state(verified) if verified else None,
            "eval": line(self.saved_eval, _MAX_LINE),
        }


def code_state(call: CallLog, dialect: str) -> State | None:
    """The ``CodeState`` of a call: what ran, or is to run; None for a tool that runs none."""
    edited = call.approval.code if call.approval else None
    code = edited or text.code_of(call.tool_call) or text.written_sql(call)
    if not code:
        return None
    is_python = isinstance(call.tool_call.arguments.get("code"), str)
    formatted = "" if is_python or len(code) > _MAX_CODE else laid_out(code, dialect)
    most = _MAX_APPROVED if call.waits_for_approval else _MAX_CODE
    return {
        "language": "python" if is_python else "sql",
        "text": block(code, most),
        "formatted": "" if formatted == code else block(formatted, most),
        "cut": len(code) > most,
    }


def _run_status(log: RunLog) -> str:
    if log.ended is None:
        return "running"
    if isinstance(log.ended, Answered):
        return "answered"
    return "failed" if isinstance(log.ended, RunFailed) else "stopped"


def _step_status(step: StepLog, *, has_ended: bool) -> str:
    statuses = {_call_status(call) for call in step.calls}
    is_open = not step.elapsed_s and not has_ended
    if not step.elapsed_s and has_ended and (not step.calls or statuses & {"running", "waiting"}):
        return "broken"
    for status in ("waiting", "running"):
        if status in statuses:
            return status
    if is_open and not step.calls:
        return "writing"
    return "failed" if statuses & {"failed", "refused"} else "done"


def _call_status(call: CallLog) -> str:
    if call.result is None:
        is_asking = call.waits_for_approval or call.tool_call.name == "ask_user"
        return "waiting" if is_asking else "running"
    if call.approval is not None and not call.approval.approved:
        return "refused"
    return "failed" if call.result.is_error else "done"


def _cost(step: StepLog) -> str:
    pieces = [f"{step.usage.total_tokens:,} tokens"] if step.usage.total_tokens else []
    pieces += [f"{step.usage.cost_usd:.4f} USD"] if step.usage.cost_usd else []
    pieces += [f"{bytes_text(step.usage.bytes_billed)} billed"] if step.usage.bytes_billed else []
    return " · ".join(pieces)


def _approval(call: CallLog) -> State | None:
    if call.effects is None:
        return None
    given = call.approval
    state = "asked" if given is None else "approved" if given.approved else "refused"
    return {
        "state": state,
        "effects": [line(sentence, 300) for sentence in call.effects.sentences[:30]],
        "by": given.by if given else "",
        "reason": line(given.reason, _MAX_LINE) if given and given.reason else "",
        "edited": given is not None and given.code is not None,
        "once": not _can_be_allowed_always(call.effects),
    }


def _can_be_allowed_always(effects: Effects) -> bool:
    """A limit holds for each statement anew: an approval lifts it once."""
    return effects.above is None or bool(effects.kinds - {"read", "compute"})


def _question(call: CallLog) -> State | None:
    if call.tool_call.name != "ask_user" or call.result is not None:
        return None
    choices: Any = call.tool_call.arguments.get("choices") or []
    return {
        "text": block(str(call.tool_call.arguments.get("question", "")), 2 * _MAX_LINE),
        "choices": [line(one, 300) for one in choices[:_MAX_CHOICES]] if isinstance(choices, list) else [],
    }


def _outputs(call: CallLog) -> Sequence[Output]:
    """What the call has shown: of code that ran to its end all but the frame that its body shows."""
    value = call.result.value if call.result else None
    if not isinstance(value, CellResult):
        return call.outputs
    if text.is_frame(value.value):
        return [output for output in value.outputs if not isinstance(output, ExecuteResult)]
    return value.outputs


def _picture(call: CallLog) -> str:
    """The picture that was made of the figure for a model that sees; empty where there is none."""
    assert call.result is not None
    pictures = [one for one in call.result.images if one.media_type == "image/png"]
    return base64.b64encode(pictures[0].data).decode() if pictures else ""


def _drawn(call: CallLog, names: Mapping[str, object]) -> KeptFigure:
    """The figure of a chart call with the frame that it was drawn from, as that is now."""
    assert call.result is not None
    page, arguments = call.result.page or {}, call.tool_call.arguments
    frame_name = str(arguments.get("dataframe", ""))
    frame: Any = names.get(frame_name)
    return KeptFigure(
        call.result.value,
        name=str(page.get("figure", "")),
        frame=frame.copy(deep=False) if text.is_frame(frame) else None,
        frame_name=frame_name,
        encoding=_encoding(call.tool_call, str(page.get("mark", "auto"))),
        picture=_picture(call),
    )


def _encoding(tool_call: ToolCall, mark: Any) -> Encoding:
    words = {name: str(tool_call.arguments.get(name) or "") for name in ("x", "y", "color", "title")}
    return Encoding(mark=mark, **words)
