"""Marks. They are kept apart and never summed to one number."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rasgo_nb.agent.messages import Usage

Outcome = Literal["answered", "refused", "failed", "stopped", "crashed", "out_of_time", "not_run"]

# In the order in which they are told.
SCORES = (
    "answer",  # 1 where the completion, or an alternative, holds; else 0
    "end_state",  # the share of what was asked of the namespace
    "calls_precision",  # of the calls made, those that must or may appear, by name, arguments and result
    "calls_recall",  # of the calls that must appear, those made
    "tables_found",  # of the tables that were queried, those that had been found before
    "errors_mended",  # of the calls that failed, those that a later call mended
    "no_forbidden",  # 1 where no call appeared that must never
    "numbers_traced",  # the share of the answer's numbers that come from steps
    "in_budget",  # 1 where the run kept to its budget
)


@dataclass(frozen=True, slots=True)
class Score:
    """A mark of 0 to 1 with why; ``value`` is None where the case does not ask for it or nothing can be
    said."""

    value: float | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class CallMade:
    """A tool call as it is kept for looking: what was asked, what came, and what it was marked."""

    step: int
    tool: str
    arguments: Mapping[str, object]
    is_error: bool
    result: str  # as the model read it, bounded
    elapsed_s: float
    mark: str = ""  # "must", "may", "extra" or "never"


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One case, worked off once by one model and interface; a line of the log."""

    case: str
    repeat: int  # from 1
    model: str
    interface: str  # family and version
    outcome: Outcome
    scores: Mapping[str, Score]
    answer: str = ""
    message: str = ""  # why there is no answer
    usage: Usage | None = None
    judge_usage: Usage | None = None
    judge_votes: tuple[tuple[bool, ...], ...] = ()  # for each criterion, those that could be read
    steps: int = 0
    elapsed_s: float = 0.0
    run_id: str = ""
    interface_asked: str = ""  # as it was named; empty takes the one for the model
    calls: tuple[CallMade, ...] = ()
    tags: tuple[str, ...] = ()
    details: Mapping[str, str] = field(default_factory=dict)  # differences, for looking
