"""What a case asks, and what must come of it. A suite's file is written by a person who knows the data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ToolRule = Literal["must", "may", "never"]


@dataclass(frozen=True, slots=True)
class ProgramCall:
    """One tool call of a program, as a scripted model makes it: ``tool`` is our name of the tool."""

    tool: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Program:
    """A way to the answer, written down: calls of one step each, the last one ``final_answer``.

    It is run through the same session as a model's calls. ``text`` is said in place of ``final_answer`` where
    it refuses; ``crashes`` programs raise instead, to try the harness itself.
    """

    calls: tuple[ProgramCall, ...] = ()
    text: str = ""
    crashes: bool = False


@dataclass(frozen=True, slots=True)
class FrameWanted:
    """The frame that the answer must name. Its rows come from the gold program, or are written as ``rows``.

    Only ``columns`` count, in any order and by these names where ``names_count``; else columns are matched by
    their values. ``ordered`` asks for the order of rows.
    """

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] | None = None
    ordered: bool = False
    names_count: bool = False
    types_count: bool = False
    extra_columns: bool = True  # whether the answer's frame may have others
    tolerance: float = 1e-6  # relative, of numbers


@dataclass(frozen=True, slots=True)
class ValueWanted:
    """A number, text, date or bool that the answer must state: in its text, or as its result."""

    value: Any = None
    from_gold: bool = False  # the value is what the gold program's frame holds in its only cell
    tolerance: float = 0.005  # relative, of numbers
    unit: str = ""


@dataclass(frozen=True, slots=True)
class FigureWanted:
    """A figure that the answer must name; empty words count for nothing."""

    mark: str = ""
    x: str = ""
    y: str = ""
    color: str = ""
    rows_from_gold: bool = False  # what is drawn must be what the gold program drew


@dataclass(frozen=True, slots=True)
class Judged:
    """A model says whether the answer meets this; see ``judge``."""

    criteria: str
    model: str = ""  # empty takes the run's judge


@dataclass(frozen=True, slots=True)
class Completion:
    """What must come of the run: all that is set must hold. ``refusal`` wants no answer but why there is
    none."""

    value: ValueWanted | None = None
    frame: FrameWanted | None = None
    figure: FigureWanted | None = None
    contains: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()  # what the answer's text must not say
    refusal: bool = False
    judged: Judged | None = None


@dataclass(frozen=True, slots=True)
class CallWanted:
    """A tool call that must, may or must never appear.

    ``arguments`` are those that count, compared as they are; ``sql`` is compared by what it returns,
    ``tables`` by which tables the call's SQL or arguments name.
    """

    tool: str
    rule: ToolRule = "must"
    arguments: Mapping[str, Any] = field(default_factory=dict)
    sql: str = ""
    tables: tuple[str, ...] = ()
    succeeds: bool | None = None  # None where it does not matter


@dataclass(frozen=True, slots=True)
class EndState:
    """The user namespace afterwards: names that exist with these values, that are gone, that are
    unchanged."""

    values: Mapping[str, Any] = field(default_factory=dict)
    frames: tuple[str, ...] = ()  # names that must hold a DataFrame
    absent: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()  # of those that ``setup`` made


@dataclass(frozen=True, slots=True)
class Budget:
    """Where a case is stopped; 0 means no limit but the suite's."""

    steps: int = 30
    seconds: float = 120.0
    tokens: int = 0
    cost_usd: float = 0.0


@dataclass(frozen=True, slots=True)
class Environment:
    """What a case finds: connections by name with their sources, a clock that stands still, Python run
    before.

    ``clock`` is an ISO time at which ``datetime.now``, ``date.today``, ``time.time``, pandas' now and the
    database's ``current_date`` stand; empty leaves the real one.
    """

    connections: Mapping[str, str] = field(default_factory=lambda: {"sample": "sample"})
    clock: str = ""
    setup: str = ""  # Python, run in the namespace before the question
    settings: Mapping[str, Any] = field(default_factory=dict)  # as ``%rasgo config`` names them
    turns: tuple[str, ...] = ()  # questions asked before, in the same conversation


@dataclass(frozen=True, slots=True)
class Case:
    """One objective and its completion, with how it is worked off and marked."""

    id: str
    question: str
    completion: Completion
    gold: Program | None = None
    alternatives: tuple[Completion, ...] = ()  # other answers that are as right
    decoys: tuple[Program, ...] = ()  # programs that must fail
    calls: tuple[CallWanted, ...] = ()
    tables: tuple[str, ...] = ()  # that must be found (searched, read or listed) before they are queried
    end_state: EndState = field(default_factory=EndState)
    environment: Environment = field(default_factory=Environment)
    budget: Budget = field(default_factory=Budget)
    tags: tuple[str, ...] = ()
    line: int = 0  # of the file


@dataclass(frozen=True, slots=True)
class Suite:
    """A file of cases."""

    name: str
    cases: tuple[Case, ...]
    path: Path | None = None
    description: str = ""
    judge: str = ""  # the model that marks where a case asks for it
