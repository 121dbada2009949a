"""What the loop reports, and the one fold of it that every reader shares.

Views, the trace and the evals read this stream and nothing else of the agent. Events arrive in order on
the thread of the run, each as soon as it is known, also while generated code blocks that thread.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, assert_never

from rasgo_nb.agent.messages import ToolCall, ToolResult, Usage
from rasgo_nb.outputs import ClearOutput, DisplayData, Output, OutputMessage, UpdateDisplayData

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rasgo_nb.connectors.base import CostEstimate, Progress
    from rasgo_nb.memory.memory import Memory, Recalled
    from rasgo_nb.policy import Effects

ANSWER = "answer"  # stands for the answer where a proposal is named
LOCAL = "memory"  # the connection that is always there: a DuckDB in memory, for DataFrames
By = Literal["you", "you, always in this notebook", "policy"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a run ends with.

    ``steps`` are the numbers of the steps that the answer rests on; ``dataframes`` and ``figures`` are
    names in the user namespace, the one that matters most first.
    """

    text: str
    assumptions: tuple[str, ...] = ()
    steps: tuple[int, ...] = ()
    dataframes: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Approval:
    """What was decided about a call that would do more than policy lets it do unasked.

    ``reason`` says why it was refused, as the model reads it; may be empty. ``code`` is what runs in place of
    the call's own, where the person edited it.
    """

    approved: bool
    by: By
    reason: str = ""
    code: str | None = None


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A question has been taken; its first event."""

    run_id: str
    question: str
    model: str
    connection: str
    note: str = ""  # why this model, where the person did not name it
    dialect: str = ""  # of the connection's SQL, as sqlglot spells it
    others: Mapping[str, str] = field(default_factory=dict)  # further connections, with their dialects

    @property
    def connections(self) -> str:
        """The names of all connections, as ``--connection`` takes them."""
        return ",".join((self.connection, *self.others))

    def dialect_of(self, tool_call: ToolCall) -> str:
        """The dialect of a call's SQL."""
        name = str(tool_call.arguments.get("connection", ""))
        usual = "duckdb" if name == LOCAL and name != self.connection else self.dialect
        return self.others.get(name, usual)


@dataclass(frozen=True, slots=True)
class MemoriesRecalled:
    """What the person once confirmed and bears on the question; the model has been told."""

    recalled: tuple[Recalled, ...]


@dataclass(frozen=True, slots=True)
class MemoryDecided:
    """The person decided about a memory that a call proposed, perhaps after the run has ended.

    ``memory`` is what is kept now; None where it was dropped, or is forgotten again. Of a recalled memory
    ``proposal_id`` is its own id, of an answer that was saved as a verified query ``ANSWER``.
    """

    proposal_id: str
    memory: Memory | None


@dataclass(frozen=True, slots=True)
class StepStarted:
    """The model is asked for its next reply; steps count from 1."""

    step: int


@dataclass(frozen=True, slots=True)
class ContextShortened:
    """What the model is sent was shortened to fit its context window; ``note`` says how, in one line."""

    step: int
    note: str


@dataclass(frozen=True, slots=True)
class ReplyRetried:
    """The reply broke off: its text, thinking and calls so far are void, and it is asked for anew."""

    step: int
    reason: str
    wait_s: float


@dataclass(frozen=True, slots=True)
class TextDelta:
    """The model said a little more."""

    step: int
    text: str


@dataclass(frozen=True, slots=True)
class ThinkingDelta:
    """The model thought a little more, aloud."""

    step: int
    text: str


@dataclass(frozen=True, slots=True)
class ToolCallDelta:
    """A piece of a tool call that is being written; ``index`` counts the calls of the step from 0."""

    step: int
    index: int
    name: str
    arguments_text: str


@dataclass(frozen=True, slots=True)
class ToolCallStarted:
    """A tool call is complete and runs now."""

    step: int
    tool_call: ToolCall


@dataclass(frozen=True, slots=True)
class ApprovalRequested:
    """A tool call waits until it is decided about; ``effects`` are what it would do.

    ``tool_call`` also holds the SQL that a tool had written for it.
    """

    step: int
    tool_call: ToolCall
    effects: Effects


@dataclass(frozen=True, slots=True)
class ApprovalGiven:
    """It is decided about the call, which runs now or is refused."""

    step: int
    tool_call_id: str
    approval: Approval


@dataclass(frozen=True, slots=True)
class QueryEstimated:
    """What the statement of a call would take, before it runs.

    ``connection`` is the name of the one that it goes to, where the run has several; else empty.
    """

    step: int
    tool_call_id: str
    connection: str
    estimate: CostEstimate


@dataclass(frozen=True, slots=True)
class ToolProgress:
    """How far the query of a running call is; at most some ten a second, none for a quick one."""

    step: int
    tool_call_id: str
    progress: Progress


@dataclass(frozen=True, slots=True)
class ToolOutput:
    """Something that a running tool call has shown, or a change to what it had shown."""

    step: int
    tool_call_id: str
    output: OutputMessage


@dataclass(frozen=True, slots=True)
class ToolCallFinished:
    """A tool call has its result, whatever came of it."""

    step: int
    tool_call: ToolCall
    result: ToolResult
    elapsed_s: float


@dataclass(frozen=True, slots=True)
class StepFinished:
    """The reply and all its tool calls are done."""

    step: int
    usage: Usage  # of this step alone
    elapsed_s: float


@dataclass(frozen=True, slots=True)
class Answered:
    """The run ended with an answer."""

    answer: Answer
    usage: Usage
    elapsed_s: float


@dataclass(frozen=True, slots=True)
class RunFailed:
    """Something broke; ``message`` is one line that ends with what to do."""

    message: str
    usage: Usage
    elapsed_s: float


@dataclass(frozen=True, slots=True)
class RunStopped:
    """The person, a limit or going round in circles ended the run; the work so far is kept."""

    message: str
    usage: Usage
    elapsed_s: float


Event = (
    RunStarted
    | MemoriesRecalled
    | MemoryDecided
    | StepStarted
    | ContextShortened
    | ReplyRetried
    | TextDelta
    | ThinkingDelta
    | ToolCallDelta
    | ToolCallStarted
    | ApprovalRequested
    | ApprovalGiven
    | QueryEstimated
    | ToolProgress
    | ToolOutput
    | ToolCallFinished
    | StepFinished
    | Answered
    | RunFailed
    | RunStopped
)


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
class StepLog:
    """One model reply and the tool calls it asked for."""

    number: int
    text: str = ""
    thinking: str = ""
    writing: str = ""  # the name of the tool whose call is being written now
    notes: list[str] = field(default_factory=list)  # what the person should know of the step
    calls: list[CallLog] = field(default_factory=list)
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
    recalled: tuple[Recalled, ...] = ()
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
            case StepStarted():
                self.steps.append(StepLog(event.step))
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
            case Answered() | RunFailed() | RunStopped():
                self.ended = event
            case _:
                assert_never(event)

    def call(self, tool_call_id: str) -> CallLog:
        """The call of the running step with this id."""
        return next(call for call in reversed(self.steps[-1].calls) if call.tool_call.id == tool_call_id)
