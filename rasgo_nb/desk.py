"""Where the clicks of the person wait for the run, and the run for them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
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


class Desk:
    """Between one run and the pages that show it.

    The run waits on its own thread and loop; ``put`` and ``said_hello`` may be called from any thread.
    """

    def __init__(self, stop: Callable[[], None] = lambda: None) -> None:
        self.stop = stop
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: dict[str, asyncio.Future[Click]] = {}
        self._hello: asyncio.Event | None = None
        self._pages = 0

    def open(self) -> None:
        """Say which loop the run is on; called from it, before the first event."""
        self._loop = asyncio.get_running_loop()
        self._hello = asyncio.Event()
        if self._pages:
            self._hello.set()

    def said_hello(self) -> None:
        """A page is there and its messages arrive."""
        self._pages += 1
        if self._loop is not None and self._hello is not None:
            self._loop.call_soon_threadsafe(self._hello.set)

    async def has_page(self, within_s: float = HELLO_S) -> bool:
        """Whether messages of a page arrive, now or within that time."""
        if self._hello is None:
            return False
        try:
            await asyncio.wait_for(self._hello.wait(), within_s)
        except TimeoutError:
            return False
        return True

    async def wait_for(self, tool_call_id: str) -> Click:
        """The next click for this call."""
        waiting: asyncio.Future[Click] = asyncio.get_running_loop().create_future()
        self._waiting[tool_call_id] = waiting
        try:
            return await waiting
        finally:
            self._waiting.pop(tool_call_id, None)

    def put(self, tool_call_id: str, click: Click) -> bool:
        """Hand a click over; False where no call waits under that id, as after a second click."""
        waiting = self._waiting.get(tool_call_id)
        if waiting is None or self._loop is None:
            return False
        self._loop.call_soon_threadsafe(_settle, waiting, click)
        return True


def _settle(waiting: asyncio.Future[Click], click: Click) -> None:
    if not waiting.done():
        waiting.set_result(click)
