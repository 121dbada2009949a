"""A figure as a picture, for models that see; the browser that draws it is kept for the next one."""

from __future__ import annotations

import asyncio
import atexit
import threading
from concurrent.futures import CancelledError
from contextlib import suppress
from importlib.util import find_spec
from typing import Any

_BOUND_S = 20.0  # for one picture, and for the browser to start
_CLOSE_S = 5.0
_WIDE = 0.625  # height by width, where the figure says nothing


def png_of(figure: Any, max_px: int = 800) -> bytes | None:
    """The figure as a PNG whose longer side has ``max_px`` pixels; None where none can be made.

    Blocks for some 0.2 s, a few seconds the first time, and never longer than about 20 s: call it in a
    thread. ``why_no_picture`` tells the reason for None. Loads nothing from the network.
    """
    if why_no_picture():
        return None
    return _painter.paint(figure.to_dict(), _size(figure.layout, max_px))


def why_no_picture() -> str:
    """Why no picture can be made, with what to do about it; empty where one can."""
    if find_spec("kaleido") is None:
        return "kaleido is not installed. Type `%pip install 'rasgo_nb[images]'`."
    from choreographer.browsers.chromium import Chromium

    if Chromium.find_browser(skip_local=False) is None:
        return "there is no Chrome or Chromium here. Install one, or type `kaleido_get_chrome` in a terminal."
    return _painter.refused


def _size(layout: Any, max_px: int) -> dict[str, int]:
    shape = (layout.height or 0) / layout.width if layout.width else 0.0
    shape = min(4.0, max(0.25, shape or _WIDE))
    width = max_px if shape <= 1 else round(max_px / shape)
    return {"width": width, "height": round(width * shape)}


class _Painter:
    """One browser, in a thread with a loop of its own; closed when the process ends.

    ``refused`` says why the browser did not start: it is not tried again.
    """

    def __init__(self) -> None:
        self.refused = ""
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._browser: Any = None

    def paint(self, figure: dict[str, Any], size: dict[str, int]) -> bytes | None:
        """The picture, or None."""
        from choreographer.errors import DevtoolsProtocolError
        from kaleido.errors import KaleidoError

        failures = (RuntimeError, OSError, ValueError, TypeError, KaleidoError, DevtoolsProtocolError)
        with self._lock:
            if self.refused:
                return None
            try:
                self._start()
                return bytes(self._bounded(self._browser.calc_fig(figure, opts={"format": "png", **size})))
            except (*failures, CancelledError) as error:
                if self._browser is None:
                    said = str(error).partition("\n")[0] or "it took too long"
                    self.refused = f"the browser did not start: {said}"
                self._close()  # it may hang or be gone: the next picture gets a new one
                return None

    def _start(self) -> None:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            threading.Thread(target=self._loop.run_forever, name="pictures", daemon=True).start()
            atexit.register(self._close)
        if self._browser is None:
            self._browser = self._bounded(_opened())

    def _bounded(self, work: Any, bound_s: float = _BOUND_S) -> Any:
        assert self._loop is not None
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(bound_s)
        finally:
            future.cancel()

    def _close(self) -> None:
        browser, self._browser = self._browser, None
        if browser is not None:
            with suppress(RuntimeError, OSError, CancelledError):  # it may be gone already
                self._bounded(browser.close(), _CLOSE_S)


async def _opened() -> Any:
    from kaleido import Kaleido

    browser = Kaleido(n=1, mathjax=False, timeout=_BOUND_S)  # MathJax would come from the network
    try:
        await browser.open()
    except BaseException:
        await browser.close()
        raise
    return browser


_painter = _Painter()
