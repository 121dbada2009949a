"""What the pages of one run ask for, and its answers: each request gets exactly one."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, get_args

from rasgo_nb.desk import Approved, Click, Refused, Replied
from rasgo_nb.errors import RasgoError
from rasgo_nb.figure import Encoding, Mark, draw
from rasgo_nb.figure.library import plotly_js
from rasgo_nb.widgets.asked import asked_mapping, asked_number, asked_text, not_understood, there
from rasgo_nb.widgets.body_state import table_state
from rasgo_nb.widgets.figure_state import figure_state, whole_figure
from rasgo_nb.widgets.memory_requests import MemoryRequests
from rasgo_nb.widgets.rows_state import rows_state
from rasgo_nb.widgets.safe import line
from rasgo_nb.widgets.trace_requests import TraceRequests

if TYPE_CHECKING:
    from collections.abc import Callable

    from rasgo_nb.agent.events import MemoryDecided
    from rasgo_nb.agent.run_log import RunLog
    from rasgo_nb.widgets.callbacks import Callbacks
    from rasgo_nb.widgets.kept import Kept
    from rasgo_nb.widgets.safe import State
    from rasgo_nb.widgets.worker import Worker

_MAX_ERROR = 400
_ENDED = "The run has ended."
_NOT_WAITING = "This call does not wait any more."


class Reply(Protocol):
    """Sends the reply to one request."""

    def __call__(self, *, value: object = None, error: str = "", buffers: tuple[bytes, ...] = ()) -> None:
        """To be called once."""


class Requests:
    """Answers the pages of one run. Clicks are handed over at once; all else is done by the worker.

    ``report`` takes what the person decides about memories into the run, ``report_eval`` what the case is
    called that its answer was saved as.
    """

    def __init__(
        self,
        log: RunLog,
        kept: Kept,
        callbacks: Callbacks,
        worker: Worker,
        report: Callable[[MemoryDecided], None],
        report_eval: Callable[[str], None],
    ) -> None:
        self._log, self._kept, self._callbacks, self._worker = log, kept, callbacks, worker
        self._clicks: dict[str, Callable[[State], object]] = {
            "stop": self._stop,
            "approve": self._approve,
            "refuse": lambda ask: self._put(ask, Refused(asked_text(ask, "reason"))),
            "answer": lambda ask: self._put(ask, Replied(asked_text(ask, "text"))),
        }
        self._works: dict[str, Callable[[State], tuple[object, tuple[bytes, ...]]]] = {
            "rows": self._rows,
            "export": lambda ask: (self._export(ask), ()),
            "chart": lambda ask: (self._chart(ask), ()),
            "figure": lambda ask: (self._figure(ask), ()),
            "table": lambda ask: (self._table(ask), ()),
            "promote": lambda ask: (self._promote(ask), ()),
            "edit": lambda ask: (self._edit(ask), ()),
            "asset": self._asset,
        }
        memory, trace = MemoryRequests(log, callbacks, report), TraceRequests(log, callbacks, report_eval)
        for name, work in (memory.works() | trace.works()).items():
            self._works[name] = partial(_without_buffers, work)

    def hear(self, ask: State, reply: Reply) -> None:
        """Take one request in, from any thread."""
        name = ask.get("name")
        if name in self._clicks:
            _answer(lambda: (self._clicks[name](ask), ()), reply)
        elif name in self._works:
            self._worker.do(lambda: _answer(lambda: self._works[name](ask), reply))
        else:
            reply(error=f"This kernel does not know the request {line(name, 40)!r}. Reload the page.")

    def _stop(self, _ask: State) -> None:
        if self._log.ended is not None or not self._callbacks.desk.is_open:
            raise RasgoError(_ENDED)
        self._callbacks.desk.stop()

    def _approve(self, ask: State) -> None:
        code = ask.get("code")
        self._put(
            ask, Approved(always=ask.get("always") is True, code=code if isinstance(code, str) else None)
        )

    def _put(self, ask: State, click: Click) -> None:
        if not self._callbacks.desk.put(asked_text(ask, "call"), click):
            raise RasgoError(_NOT_WAITING)

    def _rows(self, ask: State) -> tuple[object, tuple[bytes, ...]]:
        rows = self._kept.rows(asked_text(ask, "rows"))
        start, count = asked_number(ask, "start"), asked_number(ask, "count")
        value, arrow = rows.page(start, count, asked_mapping(ask, "view"))
        return value, (arrow,)

    def _export(self, ask: State) -> object:
        rows = self._kept.rows(asked_text(ask, "rows"))
        wanted: Any = asked_text(ask, "format")
        return rows.export(asked_mapping(ask, "view"), wanted, asked_text(ask, "to"), Path.cwd())

    def _chart(self, ask: State) -> object:
        """Bound to no name: the person's namespace stays as it is."""
        key = asked_text(ask, "figure")
        kept = self._kept.figure(key)
        if kept.frame is None:
            raise RasgoError("This figure was not drawn from a frame. Ask for another one in a question.")
        asked = asked_mapping(ask, "encoding")
        words = {role: str(asked.get(role) or "") for role in ("x", "y", "color", "title")}
        mark: Any = asked.get("mark")
        encoding = Encoding(mark=mark if mark in get_args(Mark) else "auto", **words)
        figure, encoding = draw(kept.frame, encoding)
        self._kept.figures[key] = replace(kept, figure=figure, encoding=encoding, picture="")
        return figure_state(self._kept.figures[key], key=key)

    def _figure(self, ask: State) -> object:
        key = asked_text(ask, "figure")
        return whole_figure(self._kept.figure(key), key=key)

    def _table(self, ask: State) -> object:
        describe = there(self._callbacks.describe_table)
        detail, frame = describe(self._log, asked_text(ask, "table"))
        known = self._callbacks.facts_of_table
        facts = known(self._log, asked_text(ask, "table")) if known else ()
        return table_state(detail, rows_state(frame, key=""), facts=facts)

    def _promote(self, ask: State) -> object:
        steps = ask.get("steps")
        if not isinstance(steps, list) or not all(isinstance(step, int) for step in steps):
            raise not_understood("steps")
        return there(self._callbacks.promote)(self._log, steps)

    def _edit(self, ask: State) -> object:
        edit = there(self._callbacks.edit)
        return edit(self._log, asked_number(ask, "step"), asked_text(ask, "call"), asked_text(ask, "code"))

    def _asset(self, ask: State) -> tuple[object, tuple[bytes, ...]]:
        if ask.get("asset") != "plotly":
            raise not_understood("asset")
        return None, (plotly_js(),)


def _without_buffers(work: Callable[[State], object], ask: State) -> tuple[object, tuple[bytes, ...]]:
    return work(ask), ()


def _answer(work: Callable[[], tuple[object, tuple[bytes, ...]]], reply: Reply) -> None:
    """Do the work and send its one reply."""
    try:
        value, buffers = work()
    except RasgoError as error:
        reply(error=line(error, _MAX_ERROR))
    except Exception as error:  # noqa: BLE001 - a page waits for exactly one reply, whatever happened
        reply(error=line(f"{type(error).__name__}: {line(error, _MAX_ERROR)}", _MAX_ERROR))
    else:
        reply(value=value, buffers=buffers)
