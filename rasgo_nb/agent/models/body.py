"""The body of an answer: a stream of events, or something else where one was asked for."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, Any

from rasgo_nb.agent.models.failures import cut_reply, plain_text
from rasgo_nb.errors import ModelFailed

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable, Callable

    from rasgo_nb.agent.models.base import Fragment
    from rasgo_nb.agent.models.endpoint import Endpoint

# Some servers name no type, or a plain one.
_STREAMS = {"", "text/event-stream", "text/plain", "application/vnd.amazon.eventstream"}
_REST_S = 0.2  # for the last bytes of a reply that is whole, after which the connection is free again


async def fragments_of(
    stream: Any,
    from_wire: Callable[[AsyncIterable[Any], Endpoint, str], AsyncGenerator[Fragment, None]],
    endpoint: Endpoint,
    model: str,
    errors: tuple[type[Exception], ...],
) -> AsyncGenerator[Fragment, None]:
    """What an SDK's stream says, translated; ``errors`` are what reading it may raise.

    Raises
    ------
    ModelFailed
        when the answer is no stream, such as a web page.
    """
    if body := await unstreamed_body(stream.response, endpoint):
        raise no_stream(stream.response, body, endpoint)
    async with aclosing(events_of(stream)) as events:
        async with aclosing(from_wire(events, endpoint, model)) as fragments:
            async for fragment in fragments:
                yield fragment
        with suppress(TimeoutError, *errors):  # the reply is whole, whatever follows it
            async with asyncio.timeout(_REST_S):
                async for _ in events:
                    pass


async def events_of(stream: Any) -> AsyncGenerator[Any, None]:
    """The events of an SDK's stream, one by one, by a generator that closes cleanly at any point."""
    while True:
        try:
            event = await anext(stream)
        except StopAsyncIteration:
            return
        yield event


async def unstreamed_body(response: Any, endpoint: Endpoint) -> str:
    """The whole body where the answer calls itself something else than a stream; empty where it is one.

    Raises
    ------
    ModelUnavailable
        when there is nothing in it.
    """
    if kind_of(response) in _STREAMS:
        return ""
    said: str = (await response.aread()).decode("utf-8", "replace").strip()
    if not said:
        raise cut_reply(endpoint)
    return said


def no_stream(response: Any, body: str, endpoint: Endpoint) -> ModelFailed:
    """The error for such an answer, where it is of no use."""
    said = plain_text(body, endpoint)
    return ModelFailed(f"{endpoint.provider} sent {kind_of(response)}, not a stream of events: {said}")


def kind_of(response: Any) -> str:
    """The bare content type."""
    return str(response.headers.get("content-type", "")).partition(";")[0].strip().lower()[:60]
