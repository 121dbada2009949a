"""A provider of our own on loopback: real HTTP, scripted replies, faults on demand.

A protocol (one file each under ``protocols/``) says how a ``Line`` of the scripted model looks on its wire.
"""

from __future__ import annotations

import asyncio
import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from rasgo_nb.agent.models.scripted import Line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rasgo_nb.agent.messages import StopReason


class WireProtocol(Protocol):
    """One provider's way of streaming."""

    name: str
    content_type: str

    def stream(self, line: Line, *, stop_reason: StopReason, request: Request) -> list[bytes]:
        """The pieces of one whole reply."""

    def error(self, status: int, message: str) -> bytes:
        """The body of an HTTP error."""


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """What the server does with one request.

    ``line`` is streamed by the protocol; ``body`` or ``pieces`` are sent as they are. A ``status`` other than
    200 sends the protocol's error body. ``cut_after`` closes the connection after so many pieces,
    ``end_after`` ends the stream there as if it were whole. ``pause_s`` is waited before each piece;
    ``split`` sends the stream in pieces of so many bytes; ``buffered`` sends it all at the end.
    """

    line: Line = field(default_factory=Line)
    status: int = 200
    message: str = "something went wrong"
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    pieces: list[bytes] | None = None
    content_type: str = ""
    stop_reason: StopReason = "unknown"  # unknown means: what fits the line
    pause_s: float = 0.0
    cut_after: int | None = None
    end_after: int | None = None
    split: int | None = None
    buffered: bool = False


@dataclass
class Server:
    """Plays ``replies`` in order; keeps every request, and when each connection was closed by the client."""

    protocol: WireProtocol
    replies: list[Reply | Callable[[Request], Reply]] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    hung_up: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await _read_request(reader):
                self.requests.append(request)
                reply = self.replies.pop(0) if self.replies else Reply(status=500, message="no line is left")
                reply = reply(request) if callable(reply) else reply
                if not await self._answer(request, reply, reader, writer):
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            self.hung_up.set()
        except asyncio.CancelledError:
            pass  # the server stops; whoever is still connected is cut off
        finally:
            writer.close()

    async def _answer(
        self, request: Request, reply: Reply, reader: Any, writer: asyncio.StreamWriter
    ) -> bool:
        if reply.status != 200 or reply.body is not None:
            body = reply.body if reply.body is not None else self.protocol.error(reply.status, reply.message)
            kind = reply.content_type or "application/json"
            _write_head(
                writer, reply.status, {"content-type": kind, "content-length": str(len(body))} | reply.headers
            )
            writer.write(body)
            await writer.drain()
            return True
        pieces = self._pieces(request, reply)
        kind = reply.content_type or self.protocol.content_type
        _write_head(writer, 200, {"content-type": kind, "transfer-encoding": "chunked"} | reply.headers)
        await writer.drain()
        for place, piece in enumerate(pieces):
            if place == reply.cut_after:
                writer.transport.abort()
                return False
            if reply.pause_s:
                await asyncio.sleep(reply.pause_s)
            if reader.at_eof() or writer.transport.is_closing():
                raise ConnectionError
            writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            await writer.drain()
        if reply.cut_after is not None:
            writer.transport.abort()
            return False
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        return True

    def _pieces(self, request: Request, reply: Reply) -> list[bytes]:
        stop = reply.stop_reason
        if stop == "unknown":
            stop = "tool_calls" if reply.line.calls else "end_turn"
        pieces = reply.pieces
        if pieces is None:
            pieces = self.protocol.stream(reply.line, stop_reason=stop, request=request)
        if reply.end_after is not None:
            pieces = pieces[: reply.end_after]
        if reply.split:
            whole = b"".join(pieces)
            pieces = [whole[at : at + reply.split] for at in range(0, len(whole), reply.split)]
        return [b"".join(pieces)] if reply.buffered else pieces


@contextmanager
def serving(protocol: WireProtocol, *replies: Reply | Callable[[Request], Reply]) -> Iterator[Server]:
    """A server on a free port, in a thread and a loop of its own, until the block ends."""
    server = Server(protocol, list(replies))
    loop = asyncio.new_event_loop()
    started = threading.Event()

    async def main() -> None:
        listener = await asyncio.start_server(server.serve, "127.0.0.1", 0, limit=64_000_000)
        server.port = listener.sockets[0].getsockname()[1]
        started.set()
        await stopping.wait()
        listener.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    stopping = asyncio.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(main()), daemon=True)
    thread.start()
    started.wait(10)
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(stopping.set)
        thread.join(10)
        loop.close()


async def _read_request(reader: asyncio.StreamReader) -> Request | None:
    first = await reader.readline()
    if not first.strip():
        return None
    method, path, _ = first.decode().split(" ", 2)
    headers = {}
    while (line := await reader.readline()).strip():
        name, _, value = line.decode().partition(":")
        headers[name.strip().lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(method, path, headers, body)


def _write_head(writer: asyncio.StreamWriter, status: int, headers: dict[str, str]) -> None:
    lines = [f"HTTP/1.1 {status} X", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    writer.write("\r\n".join(lines).encode())


def sse(data: object, event: str = "") -> bytes:
    """One server-sent event."""
    head = f"event: {event}\n" if event else ""
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    return f"{head}data: {text}\n\n".encode()


def argument_pieces(text: str, size: int = 9) -> list[str]:
    """A call's arguments as they trickle in; huge ones come in larger pieces."""
    size = max(size, len(text) // 200)
    return [text[at : at + size] for at in range(0, len(text), size)]
