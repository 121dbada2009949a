"""What the gold program of a case made: the measure of every other run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from rasgo_nb.agent.run_log import CallLog


@dataclass(frozen=True, slots=True)
class Gold:
    """``frames`` and ``figures`` are those that the gold program's answer names, the main one first.

    Where its answer names none, they are the last that its calls made. ``values`` are the other names that it
    put into the namespace, ``calls`` what it did, each with its result.
    """

    frames: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    figures: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""
    calls: tuple[CallLog, ...] = ()

    @property
    def frame(self) -> pd.DataFrame | None:
        """The frame that answers."""
        return next(iter(self.frames.values()), None)

    @property
    def figure(self) -> Any:
        """The figure that answers."""
        return next(iter(self.figures.values()), None)
