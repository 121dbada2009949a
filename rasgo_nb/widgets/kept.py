"""What the pages of one run may still ask for: its frames and figures, by id."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rasgo_nb.errors import RasgoError
from rasgo_nb.widgets.frame_rows import FrameRows
from rasgo_nb.widgets.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from rasgo_nb.figure import Encoding

KEPT_RUNS = 3  # the frames of so many runs are held; a later run lets go of those before


@dataclass(frozen=True, slots=True)
class KeptFigure:
    """A Plotly figure, or its JSON as code displayed it.

    ``frame`` is what it was drawn from; ``picture`` is a PNG in base64, where one was made already.
    """

    figure: Any
    name: str = ""
    frame: pd.DataFrame | None = None
    frame_name: str = ""
    encoding: Encoding | None = None
    picture: str = ""


@dataclass(slots=True)
class Kept:
    """The frames and figures of one run, as they were when they were shown."""

    frames: dict[str, FrameRows] = field(default_factory=dict)
    figures: dict[str, KeptFigure] = field(default_factory=dict)

    def keep_frame(self, key: str, frame: pd.DataFrame, name: str) -> None:
        """Keep a frame as it is now; called on the thread that changes frames."""
        if key not in self.frames:
            self.frames[key] = FrameRows(frame, name)

    def rows(self, key: str) -> FrameRows:
        """The rows of the frame of that id.

        Raises
        ------
        RasgoError
            where it is no longer kept, or never was.
        """
        if key not in self.frames:
            raise RasgoError("These rows are no longer kept. Run the cell again.")
        return self.frames[key]

    def figure(self, key: str) -> KeptFigure:
        """The figure of that id.

        Raises
        ------
        RasgoError
            where it is no longer kept, or never was.
        """
        if key not in self.figures:
            raise RasgoError("This figure is no longer kept. Run the cell again.")
        return self.figures[key]


class Shelf:
    """The runs of one kernel whose frames are kept, and the thread that serves them."""

    def __init__(self) -> None:
        self.worker = Worker()
        self._let_go: deque[Callable[[], None]] = deque()

    def add(self, let_go: Callable[[], None]) -> None:
        """Keep one more run; the oldest is told to let go of what is large."""
        self._let_go.append(let_go)
        while len(self._let_go) > KEPT_RUNS:
            self._let_go.popleft()()
