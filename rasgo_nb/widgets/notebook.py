"""The view in a notebook: one output that is alive while the kernel is, and readable without one."""

from __future__ import annotations

import asyncio
import threading
import time
import uuid
from collections import Counter
from contextvars import copy_context
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rasgo_nb.agent.events import (
    Answered,
    ApprovalRequested,
    Event,
    MemoryDecided,
    RunFailed,
    RunStarted,
    RunStopped,
    StepFinished,
    ToolCallFinished,
    ToolCallStarted,
    ToolOutput,
)
from rasgo_nb.agent.run_log import CallLog, RunLog
from rasgo_nb.desk import HELLO_S
from rasgo_nb.interrupt import interrupt_main_thread
from rasgo_nb.kernel_exec import CellResult
from rasgo_nb.outputs import DisplayData, ExecuteResult
from rasgo_nb.widgets.answer_alone import answer_alone
from rasgo_nb.widgets.besides import BESIDE_MIME, OUTPUT_BYTES, shown_besides, value_bundle
from rasgo_nb.widgets.callbacks import Callbacks
from rasgo_nb.widgets.kept import Kept, Shelf
from rasgo_nb.widgets.live import WIDGET_MIME, LivePage, why_not_live
from rasgo_nb.widgets.requests import Requests
from rasgo_nb.widgets.safe import weight
from rasgo_nb.widgets.saved import SavedRun
from rasgo_nb.widgets.state import RunStates
from rasgo_nb.widgets.text import run_text

if TYPE_CHECKING:
    from rasgo_nb.desk import Desk

RUN_MIME = "application/vnd.rasgo.run+json"
_PAUSE_S = 0.08  # between two drawings where there is no live view
_STEP_PAUSE_S = 1.0  # between two savings of a run with one
_LATE_S = 1.0  # after the end, for a hello that waited behind the cell


class NotebookView:
    """Shows one run: in a live widget where there may be a page for it, else in HTML drawn anew.

    ``shell`` is the IPython shell of the kernel that publishes; ``shelf`` keeps the frames of its last runs.
    """

    def __init__(
        self,
        shell: Any,
        *,
        quiet: bool = False,
        callbacks: Callbacks | None = None,
        shelf: Shelf | None = None,
    ) -> None:
        self.shell = shell
        self.quiet = quiet
        self.log = RunLog()
        self._callbacks = callbacks or Callbacks()
        self._callbacks.desk.stop = self._stop
        self._is_live = not quiet and _may_have_page(shell)
        self._shelf = shelf or Shelf()
        self._kept = Kept()
        self._states = RunStates(self.log, self._kept, shell.user_ns)
        self._saved = SavedRun()
        self._lock = threading.RLock()
        self._live: LivePage | None = None
        self._display_id = uuid.uuid4().hex
        self._drawn_s = self._started_s = 0.0
        self._is_shown = False
        self._has_view = False  # whether the output that is shown holds the widget
        self._final: dict[str, Any] = {}
        self._besides: Counter[int] = Counter()  # bytes that were shown beside each step
        self._due: asyncio.TimerHandle | None = None
        self._context = copy_context()  # what is published in it belongs to the cell that asks

    @property
    def desk(self) -> Desk | None:
        """Where pages put what the person clicks; None where there will be no page."""
        return self._callbacks.desk if self._is_live else None

    def __call__(self, event: Event) -> None:
        """Show what the event changed, now or together with what comes within the next moment.

        ``MemoryDecided`` may come from any thread, and after the end.
        """
        if isinstance(event, MemoryDecided):
            self._show_decision(event)
            return
        with self._lock:
            self.log.add(event)
            if isinstance(event, ToolCallFinished):
                self._states.run()  # now, on this thread: what its card shows may change with the next step
        self._show(event)
        if isinstance(event, ToolOutput) and isinstance(event.output, DisplayData | ExecuteResult):
            self._show_besides(event.step, event.output)
        if isinstance(event, Answered):
            self._show_results(event)

    def _show(self, event: Event) -> None:
        match event:
            case Answered() | RunFailed() | RunStopped():
                self._end()
            case _ if self.quiet:
                return
            case RunStarted():
                self._open()
            case _ if self._live is None:
                self._draw_soon(at_once=isinstance(event, ToolCallStarted | ApprovalRequested))
            case ToolCallStarted() | ApprovalRequested():
                self._live.flush_before_blocking()  # generated code may block the kernel from here on
            case StepFinished():
                self._live.changed()
                self._save_step()
            case _:
                self._live.changed()

    # --- alive

    def _open(self) -> None:
        self._started_s = time.monotonic()
        self._shelf.add(self._let_go)
        if self._is_live:
            requests = Requests(
                self.log,
                self._kept,
                self._callbacks,
                self._shelf.worker,
                self._show_decision,
                self._show_eval,
            )
            self._live = LivePage(
                state=self._states.run, lock=self._lock, hear=requests.hear, greet=self._greet
            )
        self._draw()

    def _greet(self) -> None:
        """A page is there; one without our labextension cannot draw a saved widget."""
        self._callbacks.desk.said_hello()
        with self._lock:
            if self._final and self._has_view != self._keeps_view():
                self._publish_final()

    def _keeps_view(self) -> bool:
        return self._live is not None and any(page.startswith("lab:") for page in self._live.pages)

    def _save_step(self) -> None:
        assert self._live is not None
        if time.monotonic() - self._drawn_s >= _STEP_PAUSE_S:
            self._live.keep()
            self._draw()

    def _stop(self) -> None:
        """As the notebook's stop button does; only while this run is under way."""
        with self._lock:
            if self.log.ended is None and self._callbacks.desk.is_open:
                interrupt_main_thread()

    # --- the output

    def _draw_soon(self, *, at_once: bool) -> None:
        if at_once or time.monotonic() - self._drawn_s >= _PAUSE_S:
            self._draw()
        elif self._due is None:
            self._due = asyncio.get_running_loop().call_later(_PAUSE_S, self._draw)

    def _draw(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None
        with self._lock:
            self._publish(self._bundle("Working …"), with_view=self._live is not None)
        self._drawn_s = time.monotonic()

    def _bundle(self, plain: str) -> dict[str, Any]:
        states = self._states
        if self.quiet:
            states = RunStates(answer_alone(self.log), self._kept, self.shell.user_ns)
        saved, html = self._saved.of(states.run())
        return {RUN_MIME: saved, "text/html": html, "text/plain": plain}

    def _publish(self, bundle: dict[str, Any], *, with_view: bool) -> None:
        view = {WIDGET_MIME: self._live.view} if self._live is not None and with_view else {}
        transient = {"display_id": self._display_id}
        self.shell.display_pub.publish({**view, **bundle}, {}, transient=transient, update=self._is_shown)
        self._is_shown, self._has_view = True, bool(view)

    def _end(self) -> None:
        if self._due is not None:
            self._due.cancel()
        with self._lock:
            if self._live is not None:
                self._live.end()
            log = answer_alone(self.log) if self.quiet else self.log
            self._final = self._bundle(run_text(log))
            is_settled = self._live is None or bool(self._live.pages)
            self._publish(self._final, with_view=self._keeps_view() or not is_settled)
        if not is_settled:
            self._settle_later()

    def _settle_later(self) -> None:
        """Where no page has said hello yet, one still may."""
        wait_s = max(self._started_s + HELLO_S - time.monotonic(), _LATE_S)
        context = copy_context()
        timer = threading.Timer(wait_s, lambda: context.run(self._settle))
        timer.daemon = True
        timer.start()

    def _settle(self) -> None:
        with self._lock:
            if self._has_view != self._keeps_view():
                self._publish_final()

    def _publish_final(self) -> None:
        self._publish(self._final, with_view=self._keeps_view())

    def _show_decision(self, event: MemoryDecided) -> None:
        """Tell every page; a run that goes on is drawn soon anyway."""
        with self._lock:
            if self.log.decided.get(event.proposal_id) == event:
                return  # the session tells of what was clicked in a page, too
            self.log.add(event)
            if self.log.ended is not None:
                self._tell_after_end()
            elif self._live is not None:
                self._live.changed()

    def _show_eval(self, name: str) -> None:
        """Tell every page what the case is called that the answer was saved as."""
        with self._lock:
            self._states.saved_eval = name
            self._tell_after_end()

    def _tell_after_end(self) -> None:
        """Have pages and the notebook show what was decided since the end."""
        if self._live is not None:
            self._live.tell_after_end(self._states.run())
        if self._final:
            self._final = self._bundle(run_text(self.log))
            self._context.copy().run(self._publish_final)

    # --- beside it

    def _show_besides(self, step: int, output: DisplayData | ExecuteResult) -> None:
        """What generated code displayed richly is an output of its own, as it would be in a cell."""
        bundle = shown_besides(output, max(0, OUTPUT_BYTES - self._besides[step]))
        if bundle is not None:
            self._besides[step] += weight(bundle, OUTPUT_BYTES)
            self.shell.display_pub.publish(bundle, dict(output.metadata))

    def _show_results(self, event: Answered) -> None:
        """The figures and the main DataFrame of the answer, as plain outputs."""
        for name in [*event.answer.figures, *event.answer.dataframes[:1]]:
            if name in self.shell.user_ns:
                data, metadata = value_bundle(self.shell, name, self.shell.user_ns[name])
                if data:
                    self._publish_beside(data, metadata)

    def _publish_beside(self, bundle: dict[str, Any], metadata: dict[str, Any]) -> None:
        """An output that our labextension leaves out while the card above shows the same, alive."""
        self.shell.display_pub.publish({**bundle, BESIDE_MIME: {}}, metadata)

    def _let_go(self) -> None:
        """Hold nothing large any more; the run can still be read and promoted."""
        with self._lock:
            self._kept.frames.clear()
            self._kept.figures.clear()
            for call in (call for step in self.log.steps for call in step.calls):
                _let_go_of_results(call)


def _let_go_of_results(call: CallLog) -> None:
    """Forget what the call found and showed; what it did to the namespace stays known."""
    call.outputs = []
    if call.result is not None:
        value = call.result.value
        kept = replace(value, value=None, outputs=()) if isinstance(value, CellResult) else None
        call.result = replace(call.result, value=kept, images=())


def _may_have_page(shell: Any) -> bool:
    """Whether somebody may be looking: where nobody can be asked (nbclient, papermill) nobody is."""
    kernel = getattr(shell, "kernel", None)
    return bool(getattr(kernel, "_allow_stdin", False)) and not why_not_live()
