"""What came of running a run's steps again: values, with nothing to call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from rasgo_nb.ran import Kind

Status = Literal["same", "drifted", "broken", "left out"]
MOST_CHANGES = 30  # told of one step


@dataclass(frozen=True, slots=True)
class Change:
    """One thing side by side: ``what`` names it, such as ``sum of amount``; an empty side has none."""

    what: str
    then: str
    now: str

    def __str__(self) -> str:
        return f"{self.what}: {self.then or 'none'} → {self.now or 'none'}"


@dataclass(frozen=True, slots=True)
class Compared:
    """A value then and now. ``said`` is the one line that tells it, ``changes`` what differs."""

    is_same: bool
    said: str = ""
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class ReplayedStep:
    """One call that did something, run again.

    ``made`` are the names that it made; ``since`` the steps whose drift reaches this one by what it reads;
    ``taken`` the names that it read from the notebook as they are now.
    """

    step: int
    tool_call_id: str
    kind: Kind
    made: tuple[str, ...]
    status: Status
    said: str = ""
    changes: tuple[Change, ...] = ()
    since: tuple[int, ...] = ()
    taken: tuple[str, ...] = ()
    elapsed_s: float = 0.0
    code: str = ""


@dataclass(frozen=True, slots=True)
class NumberNow:
    """A number of the answer: as the answer said it, and what the same place gives today.

    ``now`` is empty where that cannot be told, with ``why``.
    """

    then: str
    now: str
    said: str = ""  # where it comes from
    why: str = ""

    @property
    def has_changed(self) -> bool:
        """Whether today's is another."""
        return bool(self.now) and self.now != self.then


@dataclass(frozen=True, slots=True)
class Replay:
    """A run's steps run again, in order, and what became of the answer's numbers."""

    run_id: str
    question: str
    connection: str
    steps: tuple[ReplayedStep, ...]
    numbers: tuple[NumberNow, ...] = ()
    elapsed_s: float = 0.0

    @property
    def status(self) -> Literal["same", "drifted", "broken"]:
        """The gravest of its steps; what was left out has not changed anything."""
        found = {step.status for step in self.steps}
        if "broken" in found:
            return "broken"
        has_drifted = "drifted" in found or any(number.has_changed for number in self.numbers)
        return "drifted" if has_drifted else "same"

    @property
    def taken(self) -> tuple[str, ...]:
        """The names that were read from the notebook, as they are now."""
        return tuple(dict.fromkeys(name for step in self.steps for name in step.taken))
