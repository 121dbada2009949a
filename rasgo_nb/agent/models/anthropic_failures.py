"""What goes wrong with a request to the Messages API, whichever way it is reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rasgo_nb.agent.models.failures import (
    failure_of_status,
    failure_of_transport,
    unmade_request,
    unreadable_event,
)

if TYPE_CHECKING:
    from rasgo_nb.agent.models.endpoint import Endpoint
    from rasgo_nb.errors import ModelFailed

_STATUS_OF_TYPE = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
    # The frames of Bedrock's event stream.
    "validationException": 400,
    "throttlingException": 429,
    "internalServerException": 500,
    "modelStreamErrorException": 500,
    "serviceUnavailableException": 503,
    "modelTimeoutException": 504,
}


def opening_errors() -> tuple[type[Exception], ...]:
    """What a request can fail with before anything streams."""
    from anthropic import AnthropicError
    from httpx2 import HTTPError, InvalidURL

    return (AnthropicError, HTTPError, InvalidURL, OSError, ValueError)


def opening_failure(endpoint: Endpoint, model: str, error: Exception) -> ModelFailed:
    """What is said of such an error."""
    from anthropic import APIConnectionError, APIStatusError
    from httpx2 import HTTPError

    if isinstance(error, APIStatusError):
        headers = error.response.headers
        return failure_of_status(endpoint, model, status_of(error), words_of(error), headers)
    if isinstance(error, APIConnectionError):
        return failure_of_transport(endpoint, model, error.__cause__ or error)
    if isinstance(error, HTTPError | OSError):
        return failure_of_transport(endpoint, model, error)
    return unmade_request(endpoint, model, error)


def reading_errors() -> tuple[type[Exception], ...]:
    """What a stream can fail with, whatever the server sends."""
    from httpx2 import StreamError

    return (*opening_errors(), StreamError, KeyError, TypeError, AttributeError, RecursionError)


def reading_failure(endpoint: Endpoint, model: str, error: Exception) -> ModelFailed:
    """What is said of such an error."""
    from anthropic import AnthropicError
    from httpx2 import HTTPError

    if isinstance(error, AnthropicError | HTTPError | OSError):
        return opening_failure(endpoint, model, error)
    return unreadable_event(endpoint, error)


def status_of(error: Exception) -> int:
    """The HTTP status of an error, or that which an error in the stream stands for; 0 where it is neither."""
    status = getattr(error, "status_code", 0)
    if not isinstance(status, int) or status != 200:
        return status if isinstance(status, int) else 0
    inner = _inner(error)
    code = inner.get("code")
    if isinstance(code, int) and code >= 400:
        return code
    return _STATUS_OF_TYPE.get(str(inner.get("type")), 500)


def words_of(error: Exception) -> str:
    """The provider's own words where there are any."""
    body = getattr(error, "body", None)
    said = _inner(error).get("message") or (body if isinstance(body, str) else "")
    return str(said or error)


def _inner(error: Exception) -> dict[str, Any]:
    """The object that says what is wrong: under ``error``, or, as AWS has it, the whole body."""
    body = getattr(error, "body", None)
    if isinstance(body, list) and body:
        body = body[0]
    if not isinstance(body, dict):
        return {}
    inner = body.get("error")
    return inner if isinstance(inner, dict) else body
