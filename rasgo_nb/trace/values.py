"""What events hold, by the names that a record gives them: a closed table, and stand-ins for all else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, get_args

from rasgo_nb.agent import events
from rasgo_nb.agent.events import Answer, Approval
from rasgo_nb.agent.messages import (
    Image,
    Message,
    Role,
    StopReason,
    Text,
    Thinking,
    ToolCall,
    ToolPage,
    ToolResult,
    Usage,
)
from rasgo_nb.catalog.facts import Fact, FactKind, Origin
from rasgo_nb.catalog.search.catalog import Hit
from rasgo_nb.connectors.base import (
    Column,
    CostEstimate,
    ForeignKey,
    Progress,
    QueryResult,
    TableDetail,
    TableName,
)
from rasgo_nb.connectors.profile import ColumnProfile, Histogram
from rasgo_nb.kernel_exec import CellResult
from rasgo_nb.memory.memory import Evidence, Memory, Proposal, Recalled, Scope
from rasgo_nb.namespace import NamespaceDiff, Variable
from rasgo_nb.outputs import (
    CellError,
    ClearOutput,
    DisplayData,
    ExecuteResult,
    Stream,
    StreamName,
    UpdateDisplayData,
)
from rasgo_nb.policy import Above, Effects
from rasgo_nb.provenance import Provenance
from rasgo_nb.provenance.provenance import How, NumberTrace, Place
from rasgo_nb.trace.frames import ColumnSummary, FrameSummary

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class ShownValue:
    """A Python value of which its type and what it showed is kept, nothing more."""

    type: str
    text: str = ""

    def __repr__(self) -> str:
        return self.text or f"<{self.type}>"


@dataclass(frozen=True, slots=True)
class NewerValue:
    """A value that a newer version of the package recorded, and this one does not know."""

    name: str
    fields: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<{self.name}, of a newer version>"


EVENTS: Mapping[str, type] = {
    name: getattr(events, name)
    for name in (
        "RunStarted", "MemoriesRecalled", "MemoryDecided", "RunNoted", "StepStarted", "ModelCalled",
        "ModelSent", "ModelReplied", "ContextShortened", "ReplyRetried", "TextDelta", "ThinkingDelta",
        "ToolCallDelta", "ToolCallStarted", "ApprovalRequested", "ApprovalGiven", "QueryEstimated",
        "ToolProgress", "ToolOutput", "ToolCallFinished", "StepFinished", "NumbersTraced", "Answered",
        "RunFailed", "RunStopped",
    )
}  # fmt: skip

VALUES: Mapping[str, type] = {
    kind.__name__: kind
    for kind in (
        Above,
        Answer,
        Approval,
        CellError,
        CellResult,
        ClearOutput,
        Column,
        ColumnProfile,
        ColumnSummary,
        CostEstimate,
        DisplayData,
        Effects,
        Evidence,
        ExecuteResult,
        Fact,
        ForeignKey,
        FrameSummary,
        Histogram,
        Hit,
        Image,
        Memory,
        Message,
        NamespaceDiff,
        NumberTrace,
        Origin,
        Place,
        Progress,
        Proposal,
        Provenance,
        QueryResult,
        Recalled,
        ShownValue,
        Stream,
        TableDetail,
        TableName,
        Text,
        Thinking,
        ToolCall,
        ToolPage,
        ToolResult,
        UpdateDisplayData,
        Usage,
        Variable,
    )
}

# What a field holds that is no more than JSON: lists in it stay lists.
# Words that a field may hold, the one first that stands for those that are not known.
WORDS: Mapping[str, tuple[str, ...]] = {
    "By": get_args(events.By),
    "FactKind": ("note", *get_args(FactKind)),
    "How": ("unverified", *get_args(How)),
    "Purpose": get_args(events.Purpose),
    "Role": ("user", *get_args(Role)),
    "Scope": get_args(Scope),
    "StopReason": ("unknown", *get_args(StopReason)),
    "StreamName": get_args(StreamName),
}

JSON_FIELDS = frozenset(("arguments", "data", "metadata", "page", "parameters"))
