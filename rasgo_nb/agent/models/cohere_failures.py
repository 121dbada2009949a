"""What goes wrong with a request to Cohere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.agent.models.failures import (
    failure_of_status,
    failure_of_transport,
    unmade_request,
    unreadable_event,
)
from rasgo_nb.errors import ModelFailed, ModelUnavailable

if TYPE_CHECKING:
    from rasgo_nb.agent.models.endpoint import Endpoint

_INVALID_TOKEN = 498  # Cohere's own, for a key that is none


def opening_errors() -> tuple[type[Exception], ...]:
    """What a request can fail with before anything streams."""
    from cohere.core.api_error import ApiError
    from httpx import HTTPError, InvalidURL, StreamError

    # ValueError and RecursionError come of error bodies, which the SDK reads as JSON.
    return (ApiError, HTTPError, InvalidURL, StreamError, OSError, ValueError, RecursionError)


def opening_failure(endpoint: Endpoint, model: str, error: Exception) -> ModelFailed:
    """What is said of such an error."""
    from cohere.core.api_error import ApiError
    from httpx import HTTPError

    if isinstance(error, ApiError):
        return failure_of_status(endpoint, model, status_of(error), words_of(error), error.headers or {})
    if isinstance(error, HTTPError | OSError):
        return failure_of_transport(endpoint, model, error)
    if isinstance(error, UnicodeDecodeError | RecursionError):
        return ModelUnavailable(f"{endpoint.provider} sent an error that can't be read.")
    return unmade_request(endpoint, model, error)


def reading_errors() -> tuple[type[Exception], ...]:
    """What a stream can fail with, whatever the server sends."""
    return (*opening_errors(), KeyError, TypeError, AttributeError, OverflowError)


def reading_failure(endpoint: Endpoint, model: str, error: Exception) -> ModelFailed:
    """What is said of such an error."""
    from httpx import HTTPError

    if isinstance(error, HTTPError | OSError):
        return opening_failure(endpoint, model, error)
    return unreadable_event(endpoint, error)


def status_of(error: Exception) -> int:
    """The HTTP status of an error; 0 where it has none."""
    status = getattr(error, "status_code", None) or 0
    return 401 if status == _INVALID_TOKEN else int(status)


def words_of(error: Exception) -> str:
    """The provider's own words; never the SDK's, which show all headers."""
    body = getattr(error, "body", "")
    inner = body.get("error") if isinstance(body, dict) else None  # where gateways put it
    found = inner if isinstance(inner, dict) else body
    said = found.get("message") if isinstance(found, dict) else found
    return str(said or "")
