"""Copies of what goes over the wire: addresses without their query, bodies as text, never headers."""

from __future__ import annotations

import json
import re
import sys
import zlib
from asyncio import CancelledError
from base64 import b64decode
from collections.abc import AsyncGenerator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping

MOST_BYTES = 8_000_000  # of one body
STOPPED = "Stopped before the reply had ended."

_FRAMES = "application/vnd.amazon.eventstream"
_PRELUDE, _CRC = 12, 4  # bytes of one of its frames before the headers, and after the payload
_SECRET = re.compile(r"auth|key|token|secret|cookie", re.I)  # in names of headers
_SHORTEST = 8  # a shorter value may be a word of any text
_ADDRESS = re.compile(r"[\w+.-]+://[^\s'\"]+")


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its response; ``status`` is 0 where none came, ``failure`` says what broke."""

    address: str
    request: str
    status: int
    response: str
    failure: str = ""


_TAKE: ContextVar[Callable[[Exchange], None] | None] = ContextVar("rasgo_nb_wire", default=None)


@contextmanager
def tapped(take: Callable[[Exchange], None]) -> Iterator[None]:
    """Requests sent within the block are told to ``take``, each when its response ended or broke off."""
    token = _TAKE.set(take)
    try:
        yield
    finally:
        _TAKE.reset(token)


@cache
def tapped_client(library: Any) -> Any:
    """The ``AsyncClient`` of ``httpx2``, or of another library with the same names, that can be tapped."""

    class TappedClient(library.AsyncClient):  # type: ignore[misc]
        async def send(self, request: Any, **options: Any) -> Any:
            take = _TAKE.get()
            if take is None:
                return await super().send(request, **options)
            body = _text_of(await request.aread())
            telling = _Telling(take, _address(request.url), body, _secrets(request.headers))
            try:
                response = await super().send(request, **options)
            finally:
                if (error := sys.exception()) is not None:
                    telling.tell(0, "", _failure(error))
            if response.is_stream_consumed:
                telling.tell(response.status_code, _text_of(response.content))
            else:
                response.stream = _tee(library)(response, telling)
            return response

    return TappedClient


@cache
def _tee(library: Any) -> Any:
    """A stream that hands on what comes at once and keeps a copy of it."""

    class Tee(library.AsyncByteStream):  # type: ignore[misc]
        def __init__(self, response: Any, telling: _Telling) -> None:
            self.stream, self.headers, self.status = response.stream, response.headers, response.status_code
            self.telling, self.copy, self.failure = telling, _Copy(), ""

        async def __aiter__(self) -> AsyncIterator[bytes]:
            pieces = aiter(self.stream)
            try:
                async for piece in pieces:
                    self.copy.add(piece)
                    yield piece
            finally:
                error = sys.exception()
                self.failure = "" if error is None or isinstance(error, GeneratorExit) else _failure(error)
                if isinstance(pieces, AsyncGenerator):
                    await pieces.aclose()

        async def aclose(self) -> None:
            try:
                await self.stream.aclose()
            finally:
                self.telling.tell(self.status, self.copy.text(self.headers), self.failure)

    return Tee


@dataclass(slots=True)
class _Telling:
    """Tells of one request, once; what an endpoint repeats of its keys is left out."""

    take: Callable[[Exchange], None]
    address: str
    request: str
    secrets: frozenset[str] = frozenset()
    is_told: bool = False

    def tell(self, status: int, response: str, failure: str = "") -> None:
        if not self.is_told:
            self.is_told = True
            for secret in self.secrets:
                response, failure = response.replace(secret, "***"), failure.replace(secret, "***")
            self.take(Exchange(self.address, self.request, status, response, failure))


@dataclass(slots=True)
class _Copy:
    """The first bytes of a body as they came, and how many there were."""

    pieces: list[bytes] = field(default_factory=list)
    kept: int = 0
    length: int = 0

    def add(self, piece: bytes) -> None:
        piece_kept = piece[: MOST_BYTES - self.kept]
        self.pieces.append(piece_kept)
        self.kept += len(piece_kept)
        self.length += len(piece)

    def text(self, headers: Mapping[str, str]) -> str:
        body = _unpacked(b"".join(self.pieces), headers.get("content-encoding", ""))
        if headers.get("content-type", "").startswith(_FRAMES):
            body = b"\n".join(_payloads(body))
        return _text_of(body, cut_from=self.length if self.length > self.kept else 0)


def _text_of(body: bytes, cut_from: int = 0) -> str:
    """A body as text, cut where it is too long, and that said."""
    length = cut_from or len(body)
    text = body[:MOST_BYTES].decode("utf-8", "replace")
    return text if length <= MOST_BYTES else f"{text}\n[cut: {length:,} bytes in all]"


def _unpacked(body: bytes, encoding: str) -> bytes:
    """What a compressed body holds, as far as it came."""
    if encoding.strip().lower() in ("", "identity"):
        return body
    if encoding.strip().lower() not in ("gzip", "x-gzip", "deflate"):
        return f"[{len(body):,} bytes in {encoding}]".encode()
    try:
        return zlib.decompressobj(wbits=zlib.MAX_WBITS | 32).decompress(body, MOST_BYTES)
    except zlib.error:
        return f"[{len(body):,} bytes in {encoding}, broken]".encode()


def _payloads(body: bytes) -> Iterator[bytes]:
    """What the frames of an event stream of AWS hold, in order.

    https://docs.aws.amazon.com/transcribe/latest/dg/event-stream.html
    """
    at = 0
    while at + _PRELUDE + _CRC <= len(body):
        length, headers = int.from_bytes(body[at : at + 4]), int.from_bytes(body[at + 4 : at + 8])
        if length < _PRELUDE + _CRC + headers:
            break
        yield _event_in(body[at + _PRELUDE + headers : at + length - _CRC])
        at += length
    if rest := body[at:]:
        yield f"[{len(rest):,} bytes that are no whole frame]".encode()


def _event_in(payload: bytes) -> bytes:
    """The event that a frame carries in base64; the payload itself where it is none."""
    try:
        held = json.loads(payload)
        return b64decode(held["bytes"]) if isinstance(held, dict) and "bytes" in held else payload
    except (ValueError, TypeError):
        return payload


def _secrets(headers: Mapping[str, str]) -> frozenset[str]:
    """The words of those headers that may be keys."""
    words = (word for name, value in headers.items() if _SECRET.search(name) for word in value.split())
    return frozenset(word for word in words if len(word) >= _SHORTEST)


def _address(url: Any) -> str:
    return f"{url.scheme}://{url.host}{'' if url.port is None else f':{url.port}'}{url.path}"


def _failure(error: BaseException) -> str:
    """What broke, in a line; addresses are left out, which may hold a password."""
    if isinstance(error, CancelledError | KeyboardInterrupt):
        return STOPPED
    said = _ADDRESS.sub("…", " ".join(str(error).split()))
    return f"{type(error).__name__}: {said}" if said else type(error).__name__
