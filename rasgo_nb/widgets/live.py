"""A run in the pages that show it: one widget, and messages over its comm.

labextension/src/protocol.ts has their shapes.
"""

from __future__ import annotations

import threading
import time
from contextvars import copy_context
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from rasgo_nb.widgets.changes import changes_between

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rasgo_nb.widgets.safe import State

PERIOD_S = 0.04  # between two updates of a page

WIDGET_MIME = "application/vnd.jupyter.widget-view+json"
_ASSETS = files("rasgo_nb") / "widgets" / "assets"


def why_not_live() -> str:
    """Why runs are shown without a live view, and what to do; empty where nothing is missing."""
    if not (_ASSETS / "run.js").is_file():
        return "run.js was not built; type `pip install .` in a checkout with Node, or install a release"
    try:
        _widget_class()
    except ImportError as error:
        return f"anywidget cannot be loaded ({error}); type `pip install anywidget`"
    return ""


class LivePage:
    """Tells every page of one run what changed, and hears what they ask.

    ``state`` makes the run's state; it is called under ``lock``, which the log must be changed under too.
    ``hear`` gets each request and a function that sends its reply; ``greet`` is
    called for each new page, after ``pages`` has its name. Both are called on the thread on which the kernel
    hears messages, and must return at once.
    """

    def __init__(
        self,
        *,
        state: Callable[[], State],
        lock: threading.RLock,
        hear: Callable[[State, Callable[..., None]], None],
        greet: Callable[[], None],
    ) -> None:
        self.pages: set[str] = set()
        self._state, self._lock, self._hear, self._greet = state, lock, hear, greet
        self._told = state()
        self._seq = 0
        self._flushed_s = 0.0
        self._changed, self._ended = threading.Event(), threading.Event()
        self._widget = _widget_class()(first=self._snapshot(""))
        self._widget.on_msg(self._on_message)
        # What the bundle of an output says to show this run; a widget that somebody closes forgets its id.
        self.view = {"version_major": 2, "version_minor": 0, "model_id": self._widget.model_id}
        # In a context of its own, so that what it sends belongs to the cell that runs now.
        work = copy_context().run
        threading.Thread(target=work, args=(self._flush_on,), name="rasgo view", daemon=True).start()

    def changed(self) -> None:
        """The log tells more; pages hear of it within a moment."""
        self._changed.set()

    def flush_before_blocking(self) -> None:
        """Tell the pages now, unless they were told a moment ago."""
        self._changed.set()
        if time.monotonic() - self._flushed_s >= PERIOD_S:
            self.flush()

    def flush(self) -> None:
        """Tell the pages now what changed."""
        with self._lock:
            state = self._state()
            changes = changes_between(self._told, state)
            self._told = state
            self._flushed_s = time.monotonic()
            if changes:
                self._seq += 1
                self._send({"kind": "update", "seq": self._seq, "changes": changes})

    def keep(self) -> None:
        """What a page starts from where the kernel hears nothing, as after a reload during a cell."""
        with self._lock:
            self._widget.first = self._snapshot("")

    def end(self) -> None:
        """Tell what is left; from now on nothing changes, and pages are still greeted and answered."""
        with self._lock:
            self.flush()
            self._ended.set()
            self._changed.set()
            told = self._told
            self._state = lambda: told
            self.keep()

    def tell_after_end(self, state: State) -> None:
        """Tell what a person decided since; pages that come later start from it."""
        with self._lock:
            self._state = lambda: state
            self.flush()
            self.keep()

    def _flush_on(self) -> None:
        while self._changed.wait() and not self._ended.is_set():
            self._changed.clear()
            self.flush()
            self._ended.wait(PERIOD_S)

    def _snapshot(self, page: str) -> State:
        return {"kind": "snapshot", "to": page, "seq": self._seq, "run": self._told}

    def _send(self, message: State, buffers: Sequence[bytes] = ()) -> None:
        self._widget.send(message, buffers=list(buffers))

    def _on_message(self, _widget: object, message: Any, _buffers: object) -> None:
        if not isinstance(message, dict) or not isinstance(message.get("page"), str):
            return
        if message.get("kind") == "hello":
            self._on_hello(message["page"])
        elif message.get("kind") == "request":
            self._hear(message, self._reply_to(message))

    def _on_hello(self, page: str) -> None:
        with self._lock:
            self.flush()
            self._send(self._snapshot(page))
            is_new = page not in self.pages
            self.pages.add(page)
        if is_new:
            self._greet()

    def _reply_to(self, message: State) -> Callable[..., None]:
        head = {"kind": "reply", "to": message["page"], "id": message.get("id")}

        def reply(*, value: object = None, error: str = "", buffers: Sequence[bytes] = ()) -> None:
            said = {"ok": False, "error": error} if error else {"ok": True, "value": value}
            self._send(head | said, buffers)

        return reply


@cache
def _widget_class() -> Any:
    """The widget's class, made when first used: what it stands on takes 0.3 s to load."""
    import anywidget
    import traitlets

    class RunWidget(anywidget.AnyWidget):
        """One run; ``first`` is a ``Snapshot`` that names no page."""

        _esm = (_ASSETS / "run.js").read_text(encoding="utf-8")
        _css = (_ASSETS / "run.css").read_text(encoding="utf-8")
        first = traitlets.Dict().tag(sync=True)

        def open(self) -> None:
            super().open()
            _hear_while_busy(self)

    return RunWidget


def _hear_while_busy(widget: Any) -> None:
    """Have the widget's messages come while a cell runs, and without a cell's events around them."""
    if hasattr(widget.comm, "_reply_subshell_for"):
        # ipykernel 7.4 would send them to the loop that the cell blocks, not to the page's own subshell.
        widget.comm._reply_subshell_for = lambda _data, default: default
    if hasattr(widget.comm, "handle_msg"):
        # The usual way fires pre_execute and post_execute: a click would take the cell's matplotlib figure.
        widget.comm.handle_msg = widget._handle_msg
