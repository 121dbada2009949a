"""What the loop reports; ``run_log`` is the one fold of it that every reader shares.

Views, the trace and the evals read this stream and nothing else of the agent. Events arrive in order on
the thread of the run, each as soon as it is known, also while generated code blocks that thread; the model
calls of tools that run side by side are among each other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rasgo_nb.agent.messages import Message, StopReason, ToolCall, ToolPage, ToolResult, Usage
    from rasgo_nb.connectors.base import CostEstimate, Progress
    from rasgo_nb.memory.memory import Memory, Recalled
    from rasgo_nb.outputs import OutputMessage
    from rasgo_nb.policy import Effects
    from rasgo_nb.provenance import Provenance

ANSWER = "answer"  # stands for the answer where a proposal is named
LOCAL = "memory"  # the connection that is always there: a DuckDB in memory, for DataFrames
By = Literal["you", "you, always in this notebook", "policy"]
Purpose = Literal["reply", "summary", "sql"]  # what a model is called for


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
    conversation: str = ""  # the id of the notebook's conversation, which its runs share

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
class RunNoted:
    """Something about the whole run that the person should know, in one line."""

    note: str


@dataclass(frozen=True, slots=True)
class StepStarted:
    """The model is asked for its next reply; steps count from 1."""

    step: int


@dataclass(frozen=True, slots=True)
class ModelCalled:
    """A model is sent a prompt, which is all that it sees: ``messages`` and ``tools``.

    ``model_call`` names the request within the run: ``3.1`` is the first of step 3. ``tool_call_id`` is that
    of the call inside which a model writes SQL, else empty.
    """

    step: int
    model_call: str
    purpose: Purpose
    model: str
    interface: str  # family and version, such as "anthropic 3"
    messages: tuple[Message, ...]
    tools: tuple[ToolPage, ...]
    tool_call_id: str = ""


@dataclass(frozen=True, slots=True)
class ModelSent:
    """What really went over the wire for a model call, and came back: bodies as text, never headers.

    ``address`` is without its query. ``status`` is 0 where no answer came, with ``failure`` saying why.
    A request that the SDK repeats, such as one without an option that was refused, is told each time.
    """

    step: int
    model_call: str
    address: str
    request: str
    status: int
    response: str
    failure: str = ""


@dataclass(frozen=True, slots=True)
class ModelReplied:
    """What came of a model call: the reply, or as far as it came before ``failure``.

    ``first_s`` is the time to the first fragment, in seconds.
    """

    step: int
    model_call: str
    message: Message
    stop_reason: StopReason
    usage: Usage
    first_s: float
    elapsed_s: float
    failure: str = ""


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
class NumbersTraced:
    """Where each number of the answer comes from, told right before ``Answered``."""

    provenance: Provenance


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
    | RunNoted
    | StepStarted
    | ModelCalled
    | ModelSent
    | ModelReplied
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
    | NumbersTraced
    | Answered
    | RunFailed
    | RunStopped
)
