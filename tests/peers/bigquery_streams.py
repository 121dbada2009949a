"""The Storage Read API of the BigQuery stand-in: sessions and streams of Arrow batches over gRPC."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import grpc
import pyarrow as pa
from google.cloud.bigquery_storage import types

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVICE = "google.cloud.bigquery.storage.v1.BigQueryRead"
BATCH_ROWS = 16_384


class Streams:
    """``sent`` counts the rows that went out; ``is_forbidden`` refuses sessions to this role.

    ``break_after`` breaks a stream after so many batches, once; with ``breaks_for_good`` whenever it is asked
    for again, too. ``pause_s`` is waited before each batch.
    """

    def __init__(self, peer: Any) -> None:
        self._peer = peer
        self._tables: dict[str, pa.Table] = {}
        self.sent = 0
        self.sessions = 0
        self.ended_early = 0
        self.is_forbidden = False
        self.break_after: int | None = None
        self.breaks_for_good = False
        self.pause_s = 0.0

    @contextmanager
    def serving(self) -> Iterator[int]:
        server = grpc.server(
            ThreadPoolExecutor(16), options=[("grpc.max_send_message_length", -1), ("grpc.so_reuseport", 0)]
        )
        create = grpc.unary_unary_rpc_method_handler(
            self.create_session,
            request_deserializer=types.CreateReadSessionRequest.deserialize,
            response_serializer=types.ReadSession.serialize,
        )
        read = grpc.unary_stream_rpc_method_handler(
            self.read_rows, request_deserializer=types.ReadRowsRequest.deserialize, response_serializer=bytes
        )
        handlers = {"CreateReadSession": create, "ReadRows": read}
        server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(SERVICE, handlers)])
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        try:
            yield port
        finally:
            server.stop(0).wait()

    def create_session(self, request: Any, context: grpc.ServicerContext) -> Any:
        self.sessions += 1
        if self.is_forbidden:
            message = "request failed: the user does not have 'bigquery.readsessions.create' permission"
            context.abort(grpc.StatusCode.PERMISSION_DENIED, message)
        table = self._peer.table_of(request.read_session.table.split("/")[-1])
        count = max(1, min(request.max_stream_count or 4, 4, table.num_rows // BATCH_ROWS))
        name = f"{request.parent}/locations/us/sessions/session_{self.sessions}"
        streams = [f"{name}/streams/{number}" for number in range(count)] if table.num_rows else []
        share = -(-table.num_rows // count)
        for number, stream in enumerate(streams):
            self._tables[stream] = table.slice(number * share, share)
        codec = request.read_session.read_options.arrow_serialization_options.buffer_compression
        self._codec = "lz4" if codec else None
        return types.ReadSession(
            name=name,
            data_format=types.DataFormat.ARROW,
            arrow_schema=_schema(table),
            streams=[types.ReadStream(name=stream) for stream in streams],
        )

    def read_rows(self, request: Any, context: grpc.ServicerContext) -> Iterator[bytes]:
        table = self._tables[request.read_stream].slice(request.offset)
        options = pa.ipc.IpcWriteOptions(compression=self._codec)
        for number, batch in enumerate(table.to_batches(max_chunksize=BATCH_ROWS)):
            self._break(context, number)
            time.sleep(self.pause_s)
            if not context.is_active():
                self.ended_early += 1
                return
            part = types.ArrowRecordBatch(serialized_record_batch=_message(batch, options))
            head = {} if number else {"arrow_schema": _schema(table)}  # with the first batch alone
            answer = types.ReadRowsResponse(arrow_record_batch=part, row_count=batch.num_rows, **head)
            self.sent += batch.num_rows
            yield types.ReadRowsResponse.serialize(answer)

    def _break(self, context: grpc.ServicerContext, number: int) -> None:
        if self.break_after is not None and number >= self.break_after:
            if not self.breaks_for_good:
                self.break_after = None
            code = grpc.StatusCode.DATA_LOSS if self.breaks_for_good else grpc.StatusCode.UNAVAILABLE
            context.abort(code, "the stream broke")


def _schema(table: pa.Table) -> types.ArrowSchema:
    return types.ArrowSchema(serialized_schema=table.schema.serialize().to_pybytes())


def _message(batch: pa.RecordBatch, options: pa.ipc.IpcWriteOptions) -> bytes:
    """The batch alone: a stream without its schema before and its end of 8 bytes behind."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema, options=options) as writer:
        head = sink.tell()
        writer.write_batch(batch)
    return sink.getvalue().to_pybytes()[head or batch.schema.serialize().size : -8]
