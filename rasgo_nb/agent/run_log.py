"""What the events of a run tell so far: the one fold of them that every reader shares."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, assert_never

from rasgo_nb.agent.events import (
    Answer,
    Answered,
    ApprovalGiven,
    ApprovalRequested,
    ContextShortened,
    Event,
    MemoriesRecalled,
    MemoryDecided,
    ModelCalled,
    ModelReplied,
    ModelSent,
    NumbersTraced,
    QueryEstimated,
    ReplyRetried,
    RunFailed,
    RunNoted,
    RunStarted,
    RunStopped,
    StepFinished,
    StepStarted,
    TextDelta,
    ThinkingDelta,
    ToolCallDelta,
    ToolCallFinished,
    ToolCallStarted,
    ToolOutput,
    ToolProgress,
)
from rasgo_nb.agent.messages import Usage
from rasgo_nb.outputs import ClearOutput, DisplayData, UpdateDisplayData

if TYPE_CHECKING:
    from rasgo_nb.agent.events import Approval
    from rasgo_nb.agent.messages import ToolCall, ToolResult
    from rasgo_nb.connectors.base import Progress
    from rasgo_nb.memory.memory import Recalled
    from rasgo_nb.outputs import Output, OutputMessage
    from rasgo_nb.policy import Effects
    from rasgo_nb.provenance import Provenance


@dataclass(slots=True)
class CallLog:
    """One tool call and what became of it; ``result`` is None while it runs.

    ``effects`` and ``approval`` are None where nothing was asked; ``estimated`` and ``progress`` where no
    query told of them.
    """

    tool_call: ToolCall
    effects: Effects | None = None
    approval: Approval | None = None
    estimated: QueryEstimated | None = None
    progress: Progress | None = None
    outputs: list[Output] = field(default_factory=list)
    result: ToolResult | None = None
    elapsed_s: float = 0.0

    @property
    def waits_for_approval(self) -> bool:
        """Whether it has been asked, and nothing is decided."""
        return self.effects is not None and self.approval is None and self.result is None

    def ask(self, requested: ApprovalRequested) -> None:
        """Take in what is asked; a tool may ask again, about other SQL that was written for it."""
        self.tool_call, self.effects, self.approval = requested.tool_call, requested.effects, None

    def show(self, message: OutputMessage) -> None:
        """Take in what the running call shows."""
        match message:
            case ClearOutput():
                self.outputs.clear()
            case UpdateDisplayData():
                self.outputs = [
                    DisplayData(message.data, message.metadata, message.display_id)
                    if isinstance(output, DisplayData) and output.display_id == message.display_id
                    else output
                    for output in self.outputs
                ]
            case _:
                self.outputs.append(message)


@dataclass(slots=True)
class ModelCallLog:
    """One prompt and what came of it; ``replied`` is None while the reply streams in."""

    called: ModelCalled
    sent: list[ModelSent] = field(default_factory=list)
    replied: ModelReplied | None = None


@dataclass(slots=True)
class StepLog:
    """One model reply and the tool calls it asked for."""

    number: int
    text: str = ""
    thinking: str = ""
    writing: str = ""  # the name of the tool whose call is being written now
    notes: list[str] = field(default_factory=list)  # what the person should know of the step
    calls: list[CallLog] = field(default_factory=list)
    model_calls: list[ModelCallLog] = field(default_factory=list)
    usage: Usage = field(default_factory=Usage)
    elapsed_s: float = 0.0

    def restart(self, retried: ReplyRetried) -> None:
        """Drop what came of a reply that broke off."""
        self.text = self.thinking = self.writing = ""
        self.notes.append(f"{retried.reason} Trying again in {retried.wait_s:.1f} s.")

    @property
    def only_answers(self) -> bool:
        """Whether the step did nothing but give the answer, which a view shows by itself."""
        values = [call.result.value for call in self.calls if call.result is not None]
        return len(values) == len(self.calls) > 0 and all(isinstance(value, Answer) for value in values)


@dataclass(slots=True)
class RunLog:
    """A run so far, folded from its events."""

    started: RunStarted | None = None
    steps: list[StepLog] = field(default_factory=list)
    ended: Answered | RunFailed | RunStopped | None = None
    notes: list[str] = field(default_factory=list)  # what the person should know of the run
    recalled: tuple[Recalled, ...] = ()
    provenance: Provenance | None = None  # of the answer's numbers
    decided: dict[str, MemoryDecided] = field(default_factory=dict)  # by id of the proposal

    def add(self, event: Event) -> None:  # noqa: C901 - one line for each event
        """Take in the next event."""
        match event:
            case RunStarted():
                self.started = event
            case MemoriesRecalled():
                self.recalled = event.recalled
            case MemoryDecided():
                self.decided[event.proposal_id] = event
            case RunNoted():
                self.notes.append(event.note)
            case StepStarted():
                self.steps.append(StepLog(event.step))
            case ModelCalled():
                self.steps[-1].model_calls.append(ModelCallLog(event))
            case ModelSent():
                self.model_call(event.model_call).sent.append(event)
            case ModelReplied():
                self.model_call(event.model_call).replied = event
            case ContextShortened():
                self.steps[-1].notes.append(event.note)
            case ReplyRetried():
                self.steps[-1].restart(event)
            case TextDelta():
                self.steps[-1].text += event.text
            case ThinkingDelta():
                self.steps[-1].thinking += event.text
            case ToolCallDelta():
                self.steps[-1].writing = event.name
            case ToolCallStarted():
                self.steps[-1].writing = ""
                self.steps[-1].calls.append(CallLog(event.tool_call))
            case ApprovalRequested():
                self.call(event.tool_call.id).ask(event)
            case ApprovalGiven():
                self.call(event.tool_call_id).approval = event.approval
            case QueryEstimated():
                self.call(event.tool_call_id).estimated = event
            case ToolProgress():
                self.call(event.tool_call_id).progress = event.progress
            case ToolOutput():
                self.call(event.tool_call_id).show(event.output)
            case ToolCallFinished():
                call = self.call(event.tool_call.id)
                call.result, call.elapsed_s, call.progress = event.result, event.elapsed_s, None
            case StepFinished():
                self.steps[-1].usage, self.steps[-1].elapsed_s = event.usage, event.elapsed_s
                self.steps[-1].writing = ""
            case NumbersTraced():
                self.provenance = event.provenance
            case Answered() | RunFailed() | RunStopped():
                self.ended = event
            case _:
                assert_never(event)

    def call(self, tool_call_id: str) -> CallLog:
        """The call of the running step with this id."""
        return next(call for call in reversed(self.steps[-1].calls) if call.tool_call.id == tool_call_id)

    def model_call(self, name: str) -> ModelCallLog:
        """The model call of the running step with this name."""
        return next(one for one in reversed(self.steps[-1].model_calls) if one.called.model_call == name)
