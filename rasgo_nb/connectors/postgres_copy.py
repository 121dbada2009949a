"""The rows of a statement as CSV: streamed by COPY where the server can, else written from a plain result."""

from __future__ import annotations

import io
import queue
import threading
import time
from collections import deque
from contextlib import contextmanager, suppress
from itertools import islice
from typing import TYPE_CHECKING, Any

from rasgo_nb.connectors.postgres_pool import CANCEL_S, DRAIN_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg
    from psycopg.pq.abc import PGresult

    Link = psycopg.Connection[Any]

COPY = "COPY (\n"
_COPY_END = "\n) TO STDOUT (FORMAT csv)"
FIRST_ROWS = 1_000
MOST_ROWS = 122_880
BLOCK_BYTES = 8_000_000
MOST_BYTES = 64_000_000  # of a block, but for its last row; Arrow's parser takes no 2 GB
_LOOKED_AT = 64  # rows that are taken between two looks at the size
_LONG = 1_000_000  # bytes of rows that are looked at one by one
_BOM = b"\xef\xbb\xbf"
_AHEAD = 2  # blocks that wait to be parsed


@contextmanager
def copied_blocks(link: Link, statement: str) -> Iterator[Iterator[bytes]]:
    """CSV blocks of whole rows. What is not taken when the block ends is cancelled on the server.

    A thread reads from the server while the caller parses: each holds a core.
    """
    reader = _Reader(link, f"{COPY}{statement}{_COPY_END}")
    thread = threading.Thread(target=reader.read, daemon=True)
    thread.start()
    try:
        yield reader.blocks()
    finally:
        reader.stop()
        thread.join(CANCEL_S + DRAIN_S)
        if thread.is_alive():
            link.close()


class _Reader:
    def __init__(self, link: Link, statement: str) -> None:
        self._link = link
        self._statement = statement
        self._queue: queue.Queue[bytes | BaseException | None] = queue.Queue(_AHEAD)
        self._is_stopped = threading.Event()
        self._is_done = threading.Event()

    def blocks(self) -> Iterator[bytes]:
        while (block := self._queue.get()) is not None:
            if isinstance(block, BaseException):
                raise block
            yield block

    def read(self) -> None:
        """Put every block, then None, or the error that came instead."""
        last: BaseException | None = None
        try:
            with self._link.cursor() as cursor, cursor.copy(self._statement.encode()) as copy:
                self._read_rows(iter(copy))
                if self._is_stopped.is_set():
                    self._drain(iter(copy))
        except BaseException as error:  # noqa: BLE001 - raised again where the blocks are taken
            last = error
        finally:
            self._is_done.set()
        self._put(last)

    def stop(self) -> None:
        """Read no more, and have the server send no more."""
        import psycopg

        if self._is_done.is_set():
            return
        self._is_stopped.set()
        with suppress(psycopg.Error):
            self._link.cancel_safe(timeout=CANCEL_S)
        with suppress(queue.Empty):
            while True:  # the reader may wait for a place
                self._queue.get_nowait()

    def _read_rows(self, rows: Iterator[Any]) -> None:
        wanted = FIRST_ROWS
        while not self._is_stopped.is_set():
            block = _joined(islice(rows, wanted))
            if not block:
                return
            self._put(_BOM + block if block.startswith(_BOM) else block)  # a parser takes one BOM away
            wanted = min(MOST_ROWS, 4 * wanted, max(1, BLOCK_BYTES * wanted // len(block)))

    def _drain(self, rows: Iterator[Any]) -> None:
        """Read up to the server's word that it has stopped, so that the link can be used again."""
        given_up = time.monotonic() + DRAIN_S
        while time.monotonic() < given_up and _joined(islice(rows, 1_000)):
            pass

    def _put(self, block: bytes | BaseException | None) -> None:
        while not self._is_stopped.is_set():
            with suppress(queue.Full):
                self._queue.put(block, timeout=0.2)
                return


def _joined(rows: Iterator[Any]) -> bytes:
    """The rows in one piece, as many as a block can hold; nothing when there are none.

    Each is copied out and freed as it comes: keeping them all is far slower.
    """
    whole = io.BytesIO()
    taken, size, more = 1, 0, True
    while more and size < MOST_BYTES:
        deque(map(whole.write, islice(rows, taken)), maxlen=0)
        more, taken = whole.tell() > size, _LOOKED_AT if whole.tell() - size < _LONG else 1
        size = whole.tell()
    return whole.getvalue()


def block_of_result(result: PGresult) -> bytes:
    """A plain result in the form that COPY gives: a text is quoted, a null is nothing at all."""
    lines = []
    for row in range(result.ntuples):
        cells = (result.get_value(row, column) for column in range(result.nfields))
        lines.append(b",".join(b"" if cell is None else _quoted(cell) for cell in cells) + b"\n")
    return b"".join(lines)


def _quoted(cell: bytes) -> bytes:
    return b'"' + cell.replace(b'"', b'""') + b'"'
