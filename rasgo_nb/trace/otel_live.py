"""Sends each run by OpenTelemetry when it ends, beside whatever the person does next."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from rasgo_nb.agent.events import (
    Answered,
    ContextShortened,
    ModelCalled,
    ModelReplied,
    ModelSent,
    RunFailed,
    RunNoted,
    RunStarted,
    RunStopped,
    ToolCallFinished,
    ToolCallStarted,
)
from rasgo_nb.errors import RasgoError
from rasgo_nb.trace.spans import spans_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from rasgo_nb.agent.events import Event
    from rasgo_nb.trace.spans import Timed

ENDING_S = 2.0  # how long the end of the kernel waits for what is on its way
_MOST_WAITING = 4  # runs on their way; a collector that is away gathers no more
_ENDS = Answered | RunFailed | RunStopped
_TOLD = _ENDS | RunStarted | ModelCalled | ModelSent | ModelReplied | ToolCallStarted | ToolCallFinished
_TOLD |= ContextShortened


class OtelSending:
    """The sending of one kernel's runs. What goes wrong is told once, by ``tell``, until a run arrives."""

    def __init__(self) -> None:
        self.failure = ""
        self._is_told = True
        self._threads: list[threading.Thread] = []

    def reader(self) -> Callable[[Event], None]:
        """A reader of the events of one run, which is sent at its end; never raises, never waits."""
        events: list[Timed] = []

        def read(event: Event) -> None:
            if isinstance(event, _TOLD):
                events.append((time.time_ns(), event))
            if isinstance(event, _ENDS):
                self._begin(events)

        return read

    def tell(self, report: Callable[[Event], None]) -> None:
        """Report that runs did not arrive, once."""
        if not self._is_told:
            self._is_told = True
            report(RunNoted(f"An earlier run was not sent by OpenTelemetry: {self.failure}"))

    def wait(self, seconds: float = ENDING_S) -> None:
        """Let what is on its way arrive, for so long at most."""
        ends = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, ends - time.monotonic()))

    def _begin(self, events: list[Timed]) -> None:
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        if len(self._threads) < _MOST_WAITING:
            thread = threading.Thread(target=self._send, args=(events,), name="rasgo-otel", daemon=True)
            thread.start()
            self._threads.append(thread)

    def _send(self, events: list[Timed]) -> None:
        from rasgo_nb.trace.otel import send

        try:
            send(spans_of(events))
        except RasgoError as error:
            self._fail(str(error))
        except Exception as error:  # noqa: BLE001 - a library of others in a thread: the question is not its
            self._fail(f"{type(error).__name__}. Type `%rasgo runs export --otel` to see more.")
        else:
            self.failure, self._is_told = "", True

    def _fail(self, why: str) -> None:
        self._is_told = bool(self.failure)
        self.failure = why
