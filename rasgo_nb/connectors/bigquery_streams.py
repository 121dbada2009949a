"""Streams of the Storage Read API, read at once in threads, given out as one sequence of Arrow batches."""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from rasgo_nb.connectors.bigquery_job import RunningJob

TRIES = 5  # for a stream that breaks without a row in between
LOOK_EVERY_S = 0.05


class StreamedBatches:
    """Iterate once; leaving the iteration, however it comes, ends the streams on the server."""

    def __init__(self, reader: Any, session: Any, schema: pa.Schema, running: RunningJob) -> None:
        self._reader = reader
        self._names = [stream.name for stream in session.streams]
        self._schema = schema
        self._running = running
        self._left = threading.Event()
        self._calls: dict[str, Any] = {}
        # a little ahead of the one who takes them, so that memory stays bounded
        self._queue: queue.Queue[pa.RecordBatch | BaseException | None] = queue.Queue(len(self._names) + 1)

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        for name in self._names:
            threading.Thread(target=self._pump, args=(name,), daemon=True).start()
        ended = 0
        try:
            while ended < len(self._names):
                item = self._next()
                if isinstance(item, BaseException):
                    raise item
                if item is None:
                    ended += 1
                else:
                    yield item
        finally:
            self._left.set()
            for call in list(self._calls.values()):
                call.cancel()

    def _next(self) -> pa.RecordBatch | BaseException | None:
        while True:
            self._running.check()
            try:
                return self._queue.get(timeout=LOOK_EVERY_S)
            except queue.Empty:
                continue

    def _pump(self, name: str) -> None:
        try:
            for batch in self._batches(name):
                self._put(batch)
        except BaseException as error:  # noqa: BLE001 - raised again where the batches are taken
            self._put(error)
        else:
            self._put(None)

    def _put(self, item: pa.RecordBatch | BaseException | None) -> None:
        while not self._left.is_set():
            try:
                self._queue.put(item, timeout=LOOK_EVERY_S)
                break
            except queue.Full:
                continue

    def _batches(self, name: str) -> Iterator[pa.RecordBatch]:
        """Of one stream; where the line breaks, it is taken up again at the row that was next."""
        import pyarrow as pa
        from google.api_core.exceptions import InternalServerError, ServiceUnavailable

        offset, tries = 0, 0
        while not self._left.is_set():
            try:
                # no deadline: one call lasts as long as its stream
                call = self._reader.read_rows(read_stream=name, offset=offset, retry=None, timeout=None)
                self._calls[name] = call
                for response in call:
                    if self._left.is_set():
                        return
                    offset, tries = offset + response.row_count, 0
                    data = response.arrow_record_batch.serialized_record_batch
                    yield pa.ipc.read_record_batch(pa.py_buffer(data), self._schema)
            except (ServiceUnavailable, InternalServerError):
                tries += 1
                if tries >= TRIES:
                    raise
                self._left.wait(0.1 * 2**tries)
            else:
                return
