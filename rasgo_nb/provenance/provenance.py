"""What is told of the numbers of an answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# found: a value of a result, as it is or rounded, in another unit, as a percentage. derived: a sum,
# difference or ratio of shown values. asked: the person said it. counted: how many rows or items a result
# has, or a date or name that holds digits and stands in a result. unverified: none of these.
How = Literal["found", "derived", "asked", "counted", "unverified"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands: ``column`` and ``row`` (from 0) where the result is a frame, else empty and
    -1."""

    step: int
    tool_call_id: str
    column: str = ""
    row: int = -1
    value: str = ""  # as the result has it


@dataclass(frozen=True, slots=True)
class NumberTrace:
    """One number of the answer's text, in the order of the text.

    ``start`` and ``end`` count characters of the Markdown; ``text`` is what stands between them. ``places``
    are the values it was made of, the best one first; ``said`` tells a person how: "mean_delay of row 3,
    rounded".
    """

    start: int
    end: int
    text: str
    how: How
    places: tuple[Place, ...] = ()
    said: str = ""


@dataclass(frozen=True, slots=True)
class Provenance:
    """The numbers of one answer. ``is_whole`` is False where results were too large to be searched whole."""

    numbers: tuple[NumberTrace, ...] = ()
    is_whole: bool = True

    @property
    def verified(self) -> int:
        """How many numbers were traced."""
        return sum(number.how != "unverified" for number in self.numbers)

    @property
    def share(self) -> float | None:
        """The share of numbers that were traced, 0 to 1; None where the answer has none."""
        return self.verified / len(self.numbers) if self.numbers else None
