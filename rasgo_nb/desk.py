"""Where the clicks of the person wait for the run, and the run for them."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

HELLO_S = 3.0  # a page that has not said hello by then is taken not to be there


@dataclass(frozen=True, slots=True)
class Approved:
    """The call may run: with ``code`` in the place of its own where the person edited it."""

    always: bool = False  # for such effects, in this notebook
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The call may not run; ``reason`` is for the model to read, and may be empty."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Replied:
    """What the person says to a question of the model."""

    text: str


Click = Approved | Refused | Replied


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A call that waits, and for which clicks."""

    kinds: tuple[type[Click], ...]
    clicked: asyncio.Future[Click] = field(repr=False)


class Desk:
    """Between one run and the pages that show it.

    The run opens it, waits at it and closes it on its own thread and loop. ``put`` and ``said_hello`` may be
    called from any thread and at any time, before and after the run too.
    """

    def __init__(self, stop: Callable[[], None] = lambda: None) -> None:
        self.stop = stop
        self._lock = threading.Lock()  # held for moments: the loop is not closed while a click goes to it
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: dict[str, _Waiting] = {}
        self._hello: asyncio.Event | None = None
        self._has_page = False
        self._has_waited = False

    def open(self) -> None:
        """Say which loop the run is on; called from it, before the first event."""
        with self._lock:
            self._loop = asyncio.get_running_loop()
            self._hello = asyncio.Event()

    def close(self) -> None:
        """The run has ended: what is clicked from now on is clicked in vain."""
        with self._lock:
            self._loop = self._hello = None
            self._waiting.clear()

    @property
    def is_open(self) -> bool:
        """Whether the run is under way."""
        return self._loop is not None

    def said_hello(self) -> None:
        """A page is there and its messages arrive."""
        with self._lock:
            self._has_page = True
            if self._loop is not None and self._hello is not None:
                self._loop.call_soon_threadsafe(self._hello.set)

    async def has_page(self, within_s: float = HELLO_S) -> bool:
        """Whether messages of a page arrive, now or within that time.

        It is only waited for once: a page that did not come then may still come later.
        """
        if self._has_page or self._hello is None or self._has_waited:
            return self._has_page
        try:
            async with asyncio.timeout(within_s):
                await self._hello.wait()
        except TimeoutError:
            self._has_waited = within_s > 0
        return self._has_page

    async def wait_for(
        self, tool_call_id: str, kinds: tuple[type[Click], ...] = (Approved, Refused, Replied)
    ) -> Click:
        """The next click for this call, of one of these kinds."""
        clicked: asyncio.Future[Click] = asyncio.get_running_loop().create_future()
        with self._lock:
            self._waiting[tool_call_id] = _Waiting(kinds, clicked)
        try:
            return await clicked
        finally:
            with self._lock:
                self._waiting.pop(tool_call_id, None)

    def put(self, tool_call_id: str, click: Click) -> bool:
        """Hand a click over; False where the call waits for none of its kind, as after a second click."""
        with self._lock:
            waiting = self._waiting.get(tool_call_id)
            if waiting is None or self._loop is None or not isinstance(click, waiting.kinds):
                return False
            del self._waiting[tool_call_id]
            self._loop.call_soon_threadsafe(_settle, waiting.clicked, click)
        return True


def _settle(clicked: asyncio.Future[Click], click: Click) -> None:
    if not clicked.done():
        clicked.set_result(click)
