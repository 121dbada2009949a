"""The view in a notebook: one output that is drawn anew as events come, and stays in the saved file."""

from __future__ import annotations

import asyncio
import time
import uuid
from typing import Any

from rasgo_nb.agent.events import (
    Answered,
    Event,
    RunFailed,
    RunLog,
    RunStarted,
    RunStopped,
    ToolCallStarted,
    ToolOutput,
)
from rasgo_nb.figure import PLOTLY_MIME, bundle_of
from rasgo_nb.outputs import DisplayData, ExecuteResult
from rasgo_nb.widgets.static import run_html
from rasgo_nb.widgets.text import run_text

_PAUSE_S = 0.08  # between two drawings; a page needs no more
_RICH = (PLOTLY_MIME, "text/html", "image/svg+xml")


class NotebookView:
    """Draws one run. ``shell`` is the IPython shell of the kernel that publishes."""

    def __init__(self, shell: Any, *, quiet: bool = False) -> None:
        self.shell = shell
        self.quiet = quiet
        self.log = RunLog()
        self._display_id = uuid.uuid4().hex
        self._drawn_s = 0.0
        self._is_shown = False
        self._memo: dict[int, str] = {}
        self._due: asyncio.TimerHandle | None = None

    def __call__(self, event: Event) -> None:
        """Draw what the event changed, now or together with what comes within the next moment."""
        self.log.add(event)
        match event:
            case Answered() | RunFailed() | RunStopped():
                self._draw()
            case _ if self.quiet:
                return
            case RunStarted() | ToolCallStarted():
                self._draw()  # now: generated code may block the loop from here on
            case _:
                self._draw_soon()
        if isinstance(event, ToolOutput) and isinstance(event.output, DisplayData | ExecuteResult):
            self._show_besides(event.output)
        if isinstance(event, Answered):
            self._show_results(event)

    def _draw_soon(self) -> None:
        if time.monotonic() - self._drawn_s >= _PAUSE_S:
            self._draw()
        elif self._due is None:
            self._due = asyncio.get_running_loop().call_later(_PAUSE_S, self._draw)

    def _draw(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None
        ended = self.log.ended
        log = RunLog(ended=ended) if self.quiet else self.log
        plain = run_text(log) if ended is not None else "Working …"
        self._publish({"text/html": run_html(log, self._memo), "text/plain": plain}, update=self._is_shown)
        self._is_shown = True
        self._drawn_s = time.monotonic()

    def _publish(self, data: dict[str, Any], *, update: bool) -> None:
        self.shell.display_pub.publish(data, {}, transient={"display_id": self._display_id}, update=update)

    def _show_besides(self, output: DisplayData | ExecuteResult) -> None:
        """What generated code displayed richly is an output of its own, as it would be in a cell."""
        is_display = isinstance(output, DisplayData) and any(kind in output.data for kind in _RICH)
        if is_display or PLOTLY_MIME in output.data:
            self.shell.display_pub.publish(dict(output.data), dict(output.metadata))

    def _show_results(self, event: Answered) -> None:
        """The figures and the main DataFrame of the answer, as plain outputs."""
        names = [*event.answer.figures, *event.answer.dataframes[:1]]
        for name in names:
            if name in self.shell.user_ns:
                self._show_besides_value(self.shell.user_ns[name])

    def _show_besides_value(self, value: Any) -> None:
        if type(value).__name__ == "Figure" and hasattr(value, "to_json"):
            # Plotly's own display would put the whole library into the saved notebook.
            self.shell.display_pub.publish(bundle_of(value), {})
            return
        data, metadata = self.shell.display_formatter.format(value)
        if data:
            self.shell.display_pub.publish(data, metadata)
