"""What goes wrong with a request of Chat Completions, whoever serves it."""

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

# What the words under ``code`` and ``type`` stand for, in errors without a number.
_STATUS_OF_WORD = {
    "authentication_error": 401,
    "content_filter": 400,
    "context_length_exceeded": 400,
    "insufficient_quota": 402,
    "invalid_api_key": 401,
    "invalid_request_error": 400,
    "model_not_found": 404,
    "not_found_error": 404,
    "overloaded_error": 529,
    "permission_error": 403,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
}


def opening_errors() -> tuple[type[Exception], ...]:
    """What a request can fail with before anything streams."""
    from httpx2 import HTTPError
    from openai import OpenAIError

    return (OpenAIError, HTTPError, OSError, ValueError)


def opening_failure(endpoint: Endpoint, model: str, error: Exception) -> ModelFailed:
    """What is said of such an error."""
    from openai import APIConnectionError, APIError

    if isinstance(error, APIConnectionError):
        return failure_of_transport(endpoint, model, error.__cause__ or error)
    if isinstance(error, APIError):
        response = getattr(error, "response", None)
        headers = response.headers if response is not None else {}
        return failure_of_status(endpoint, model, status_of(error), words_of(error), headers)
    if not isinstance(error, ValueError):
        return failure_of_transport(endpoint, model, error)
    return unmade_request(endpoint, model, error)


def reading_errors() -> tuple[type[Exception], ...]:
    """What a stream can fail with, whatever the server sends."""
    from httpx2 import StreamError

    return (*opening_errors(), StreamError, KeyError, TypeError, AttributeError, RecursionError)


def reading_failure(endpoint: Endpoint, model: str, error: Exception) -> ModelFailed:
    """What is said of such an error."""
    from httpx2 import HTTPError
    from openai import OpenAIError

    if isinstance(error, OpenAIError | HTTPError | OSError):
        return opening_failure(endpoint, model, error)
    return unreadable_event(endpoint, error)


def status_of(error: Exception) -> int:
    """The HTTP status of an error, or that which an error in the stream stands for; 0 where it is neither."""
    from openai import APIError, APIStatusError

    if isinstance(error, APIStatusError):
        return error.status_code
    return status_of_body(error.body) if isinstance(error, APIError) else 0


def status_of_body(body: object) -> int:
    """The status that an error's object stands for: a number under ``code``, or a word."""
    inner = inner_of(body)
    for fact in (inner.get("code"), inner.get("status"), inner.get("type")):
        if str(fact).isdecimal() and 400 <= int(str(fact)[:4]) < 600:
            return int(str(fact)[:4])
        if str(fact) in _STATUS_OF_WORD:
            return _STATUS_OF_WORD[str(fact)]
    return 500


def words_of(error: Exception) -> str:
    """The provider's own words where there are any, else all that it sent."""
    from openai import APIStatusError

    body = getattr(error, "body", None)
    said = inner_of(body).get("message") or (body if isinstance(body, str) else "")
    sent = error.response.text if isinstance(error, APIStatusError) else ""
    return str(said or sent or error)


def param_of(error: Exception) -> str:
    """The argument that the provider says is wrong, where it says so."""
    return str(inner_of(getattr(error, "body", None)).get("param") or "")


def inner_of(body: object) -> dict[str, Any]:
    """The object that says what is wrong: under ``error``, or the whole body."""
    if not isinstance(body, dict):
        return {}
    inner = body.get("error")
    return inner if isinstance(inner, dict) else body
