"""An answer that is no stream of events, where one was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rasgo_nb.agent.models.failures import cut_reply, plain_text
from rasgo_nb.errors import ModelFailed

if TYPE_CHECKING:
    from rasgo_nb.agent.models.endpoint import Endpoint

# Some servers name no type, or a plain one.
_STREAMS = {"", "text/event-stream", "text/plain", "application/vnd.amazon.eventstream"}


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
