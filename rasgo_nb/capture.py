"""Catches what code shows while it runs in a shell, in a notebook's kernel and in a terminal alike."""

from __future__ import annotations

import base64
import re
import sys
import threading
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NoReturn

from rasgo_nb.interrupt import raise_if_deferred
from rasgo_nb.outputs import (
    CellError,
    DisplayData,
    MimeBundle,
    OutputLog,
    OutputMessage,
    StreamName,
    UpdateDisplayData,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

_COLOR = re.compile(r"\x1b\[[0-9;]*m")
_current: ContextVar[Capture | None] = ContextVar("rasgo_nb_capture", default=None)


class Capture:
    """While entered, what this task and the threads it starts show goes to ``log`` and nowhere else.

    Streams are caught by replacing ``write`` on the *instances* of sys.stdout and sys.stderr, so handlers of
    `logging` that hold them are caught too. Not caught: what a child process or a C library writes to the
    terminal's own file descriptors. Other tasks and threads of the kernel print as ever. Streams that the
    code puts in their place last until the end: a kernel without its own could never answer again.
    Captures may be nested; they end in the opposite order.

    Attributes
    ----------
    reported : an exception that a magic caught and showed by itself
    """

    def __init__(
        self,
        shell: Any,
        *,
        on_output: Callable[[OutputMessage], None] | None,
        to_error: Callable[[BaseException], CellError],
    ) -> None:
        self.reported: BaseException | None = None
        self.log = OutputLog(self._tell if on_output is not None else _ignore)
        self._on_output = on_output or _ignore
        self._shell = shell
        self._to_error = to_error
        self._patches = ExitStack()

    def __enter__(self) -> Capture:
        self._outer = _current.get()
        self._token = _current.set(self)
        self._older_threads = {thread.ident for thread in threading.enumerate()}
        self._patches.callback(_set_streams, sys.stdin, sys.stdout, sys.stderr)
        self._catch_stream("stdout", sys.stdout)
        self._catch_stream("stderr", sys.stderr)
        self._catch_displays(self._shell.display_pub)
        self._catch_shell(self._shell)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._patches.close()
        _current.reset(self._token)

    def _tell(self, message: OutputMessage) -> None:
        # What the listener itself prints or displays is not the step's.
        token = _current.set(self._outer)
        try:
            self._on_output(message)
        finally:
            _current.reset(token)

    def _is_ours(self) -> bool:
        current = _current.get()
        if current is not None:
            return current is self
        thread = threading.current_thread()
        return thread.ident not in self._older_threads or thread in self._fd_threads()

    def _fd_threads(self) -> tuple[object, ...]:
        """The kernel's threads that pass on what child processes write."""
        return tuple(getattr(stream, "watch_fd_thread", None) for stream in (sys.stdout, sys.stderr))

    def _replace(self, owner: Any, name: str, value: object) -> None:
        self._patches.enter_context(_replaced(owner, name, value))

    def _catch_stream(self, name: StreamName, stream: Any) -> None:
        write, flush, log, is_ours = stream.write, stream.flush, self.log, self._is_ours

        def caught_write(text: str) -> int | None:
            if not is_ours():
                return write(text)  # type: ignore[no-any-return]
            if not isinstance(text, str):
                raise TypeError(f"write() argument must be str, not {type(text).__name__}")
            log.write(name, text)
            raise_if_deferred()
            return len(text)

        def caught_flush() -> None:
            (log.flush if is_ours() else flush)()
            raise_if_deferred()

        self._replace(stream, "write", caught_write)
        self._replace(stream, "flush", caught_flush)

    def _catch_displays(self, publisher: Any) -> None:
        publish, clear_output = publisher.publish, publisher.clear_output

        def caught_publish(
            data: MimeBundle,
            metadata: MimeBundle | None = None,
            *args: object,
            transient: MimeBundle | None = None,
            update: bool = False,
            **others: object,
        ) -> None:
            if not self._is_ours():
                publish(data, metadata, *args, transient=transient, update=update, **others)
                return
            self._add_display(data, metadata or {}, str((transient or {}).get("display_id", "")), update)
            raise_if_deferred()

        def caught_clear(wait: bool = False) -> None:
            if self._is_ours():
                self.log.clear(wait=wait)
                raise_if_deferred()
            else:
                clear_output(wait)

        self._replace(publisher, "publish", caught_publish)
        self._replace(publisher, "clear_output", caught_clear)

    def _add_display(self, data: MimeBundle, metadata: MimeBundle, display_id: str, update: bool) -> None:
        if update:
            self.log.update(UpdateDisplayData(as_text(data), metadata, display_id))
        else:
            self.log.add(DisplayData(as_text(data), metadata, display_id))

    def _catch_shell(self, shell: Any) -> None:
        show_traceback, page = shell._showtraceback, shell.hooks.show_in_pager

        def caught_traceback(kind: type[BaseException], error: BaseException, lines: list[str]) -> None:
            if not self._is_ours():
                show_traceback(kind, error, lines)
            elif _is_formatting():
                self.log.add(self._to_error(error))
            else:
                self.reported = error

        def caught_page(data: Any, *args: object, **others: object) -> None:
            if self._is_ours():
                text = data["text/plain"] if isinstance(data, dict) else str(data)
                self.log.write("stdout", _COLOR.sub("", text))
            else:
                page(data, *args, **others)

        self._replace(shell, "_showtraceback", caught_traceback)
        self._replace(shell, "ask_exit", _refuse_exit)
        self._replace(shell.hooks, "show_in_pager", caught_page)
        # A terminal shell hands `!command` the terminal; piped, its text can be caught.
        self._replace(shell, "system", shell.system_piped)


def as_text(data: MimeBundle) -> MimeBundle:
    """The mime bundle with bytes as base64 text."""
    return {
        mime: base64.b64encode(value).decode("ascii") if isinstance(value, bytes) else value
        for mime, value in data.items()
    }


def _ignore(message: OutputMessage) -> None:
    pass


def _set_streams(stdin: Any, stdout: Any, stderr: Any) -> None:
    sys.stdin, sys.stdout, sys.stderr = stdin, stdout, stderr


def _refuse_exit() -> NoReturn:
    raise SystemExit("A step cannot end the kernel.")


def _is_formatting() -> bool:
    """Whether IPython is about to report a repr that failed, rather than code that failed."""
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_globals.get("__name__") == "IPython.core.formatters":
            return True
        frame = frame.f_back  # type: ignore[assignment]
    return False


@contextmanager
def _replaced(owner: Any, name: str, value: object) -> Iterator[None]:
    """Set an attribute of this instance for a while."""
    before, was_own = getattr(owner, name, None), name in vars(owner)
    setattr(owner, name, value)
    try:
        yield
    finally:
        if was_own or name not in vars(owner):
            setattr(owner, name, before)
        else:
            delattr(owner, name)
