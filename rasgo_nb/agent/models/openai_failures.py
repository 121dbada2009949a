"""What goes wrong with a request to OpenAI's API, or to one that speaks like it."""

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

# Codes and types of errors, with the status that they stand for in a stream.
_STATUS_OF_CODE = {
    "invalid_request_error": 400,
    "context_length_exceeded": 400,
    "invalid_prompt": 400,
    "content_filter": 400,
    "bio_policy": 400,
    "misalignment_policy_violation": 400,
    "data_residency_mismatch": 400,
    "authentication_error": 401,
    "invalid_api_key": 401,
    "insufficient_quota": 402,
    "permission_error": 403,
    "model_not_found": 404,
    "rate_limit_exceeded": 429,
    "rate_limit_error": 429,
    "server_error": 500,
    "overloaded_error": 529,
    "server_is_overloaded": 529,
}


def opening_errors() -> tuple[type[Exception], ...]:
    """What a request can fail with before anything streams."""
    from httpx2 import HTTPError, InvalidURL
    from openai import OpenAIError

    return (OpenAIError, HTTPError, InvalidURL, OSError, ValueError, TypeError)


def opening_failure(endpoint: Endpoint, model: str, error: Exception) -> ModelFailed:
    """What is said of such an error."""
    from httpx2 import HTTPError
    from openai import APIConnectionError, APIError

    if isinstance(error, APIConnectionError):
        return failure_of_transport(endpoint, model, error.__cause__ or error)
    if isinstance(error, APIError):
        headers = getattr(getattr(error, "response", None), "headers", {})
        return failure_of_status(endpoint, model, status_of(error), words_of(error), headers)
    if isinstance(error, HTTPError | OSError):
        return failure_of_transport(endpoint, model, error)
    return unmade_request(endpoint, model, error)


def reading_errors() -> tuple[type[Exception], ...]:
    """What a stream can fail with, whatever the server sends."""
    from httpx2 import StreamError

    return (*opening_errors(), StreamError, KeyError, AttributeError, RecursionError)


def reading_failure(endpoint: Endpoint, model: str, error: Exception) -> ModelFailed:
    """What is said of such an error."""
    from httpx2 import HTTPError
    from openai import OpenAIError

    if isinstance(error, OpenAIError | HTTPError | OSError):
        return opening_failure(endpoint, model, error)
    return unreadable_event(endpoint, error)


def event_failure(endpoint: Endpoint, model: str, event: dict[str, Any]) -> ModelFailed:
    """What is said of an event that tells that the response failed."""
    said = (event.get("response") or {}).get("error") or event.get("error") or event
    words = str(said.get("message") or said.get("code") or "")
    return failure_of_status(endpoint, model, _stands_for(said), words, {})


def status_of(error: Exception) -> int:
    """The HTTP status of an error, or that which it stands for; 402 for a quota that waiting won't renew."""
    inner = getattr(error, "body", None)
    facts = inner if isinstance(inner, dict) else {}
    status = getattr(error, "status_code", 0)
    if status == 429 and "insufficient_quota" in (facts.get("code"), facts.get("type")):
        return 402
    return status if isinstance(status, int) and status >= 300 else _stands_for(facts)


def words_of(error: Exception) -> str:
    """The provider's own words where there are any."""
    body = getattr(error, "body", None)
    said = body.get("message") if isinstance(body, dict) else body
    return said if isinstance(said, str) and said else str(error)


def param_of(error: Exception) -> str:
    """The argument that the provider says is wrong; empty where it names none."""
    param = getattr(error, "param", None)
    return param if isinstance(param, str) else ""


def _stands_for(facts: dict[str, Any]) -> int:
    words = (str(facts.get("code")), str(facts.get("type")))
    known = next((_STATUS_OF_CODE[word] for word in words if word in _STATUS_OF_CODE), 0)
    if known:
        return known
    # The codes of pictures that can't be read are many, and asking again does not mend one.
    return 400 if "image" in words[0] else 500
