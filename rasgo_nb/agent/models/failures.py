"""What went wrong with a request, said to the person; every provider maps its SDK's errors through here."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime
from time import time
from typing import TYPE_CHECKING

from rasgo_nb.errors import ContextOverflow, ModelFailed, ModelUnavailable
from rasgo_nb.provider_settings import without_login

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rasgo_nb.agent.models.endpoint import Endpoint

_OVERFLOW = re.compile(
    r"context.?(length|window|size|limit)|maximum context|too many (input )?tokens|too long",
    re.I,
)
_NO_TOOLS = re.compile(r"(not|n't) support(s|ed)? (tools|tool|function)|tools? .{0,40}not supported", re.I)
_TRANSIENT = {408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529}
_MAX_TEXT = 300


def failure_of_status(
    endpoint: Endpoint, model: str, status: int, message: str, headers: Mapping[str, str]
) -> ModelFailed:
    """The error for an answer of the provider that is none: by HTTP status, or the status it stands for."""
    failure = _failure_of_status(endpoint, model, status, message, headers)
    failure.status = status
    return failure


def _failure_of_status(
    endpoint: Endpoint, model: str, status: int, message: str, headers: Mapping[str, str]
) -> ModelFailed:
    said = plain_text(message, endpoint)
    if status in {400, 413, 422} and _OVERFLOW.search(message):
        return ContextOverflow(f"The run is longer than {model} can read: {said} Ask with `--fresh`.")
    if _NO_TOOLS.search(message):
        return ModelFailed(f"{model} can't call tools: {said} Take another with `--model`.")
    if status in {401, 403}:
        return ModelFailed(
            f"{endpoint.provider} refused the key (status {status}): {said} "
            f"Type `rasgo-nb key set {endpoint.provider}`."
        )
    if status == 404:
        return ModelFailed(f"{endpoint.provider} has no {model} (status 404): {said} Check the model's name.")
    if status in _TRANSIENT:
        words = {429: "is limiting requests", 529: "is overloaded", 503: "is overloaded"}
        return ModelUnavailable(
            f"{endpoint.provider} {words.get(status, 'has trouble')} (status {status}): {said}",
            retry_after_s=retry_after_s(headers),
        )
    return ModelFailed(
        f"{endpoint.provider} refused the request (status {status}): {said} "
        f"`%rasgo doctor {model}` checks why."
    )


def failure_of_transport(endpoint: Endpoint, model: str, error: BaseException) -> ModelFailed:
    """The error for a request that the HTTP library could not bring there and back."""
    if type(error).__name__ == "LocalProtocolError":  # its text shows the header, which may be a secret
        return ModelFailed(
            f"The request to {model} can't be made: a header is no text that HTTP can carry. "
            f"Type `%rasgo config providers.{endpoint.provider}.headers` to see them."
        )
    return failure_of_connection(endpoint, error)


def unmade_request(endpoint: Endpoint, model: str, error: Exception) -> ModelFailed:
    """The error for a request that could not be put together."""
    said = plain_text(str(error), endpoint)
    return ModelFailed(f"The request to {model} can't be made: {said} `%rasgo doctor {model}` checks why.")


def unreadable_event(endpoint: Endpoint, error: Exception) -> ModelUnavailable:
    """The error for an event of a stream that is none."""
    said = plain_text(f"{type(error).__name__}, {error}", endpoint)
    return ModelUnavailable(f"{endpoint.provider} sent an event that can't be read: {said}")


def failure_of_connection(endpoint: Endpoint, error: BaseException) -> ModelUnavailable:
    """The error for a connection that could not be made, or broke."""
    where = without_login(endpoint.base_url) or "its usual address"
    said = plain_text(str(error) or _name_of(error, endpoint), endpoint)
    return ModelUnavailable(f"{endpoint.provider} at {where} can't be reached or broke off: {said}")


def _name_of(error: BaseException, endpoint: Endpoint) -> str:
    """What is said of an error that has no words of its own."""
    name = type(error).__name__
    if name == "ConnectTimeout":
        return f"it took more than {endpoint.connect_timeout_s:g} s to connect."
    return f"it said nothing for {endpoint.timeout_s:g} s." if name == "ReadTimeout" else name


def cut_reply(endpoint: Endpoint) -> ModelUnavailable:
    """The error for a stream that ended before the reply did."""
    return ModelUnavailable(f"The reply of {endpoint.provider} ended in the middle.")


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait as the headers say: ``retry-after-ms``, or ``retry-after`` as seconds or a date."""
    lower = {name.lower(): value for name, value in headers.items()}
    try:
        if "retry-after-ms" in lower:
            return max(0.0, float(lower["retry-after-ms"]) / 1000)
        if "retry-after" in lower:
            return max(0.0, _seconds(lower["retry-after"]))
    except (ValueError, TypeError):
        return None
    return None


def _seconds(text: str) -> float:
    return (
        float(text)
        if re.fullmatch(r"[\d.]+", text.strip())
        else parsedate_to_datetime(text).timestamp() - time()
    )


def plain_text(message: str, endpoint: Endpoint) -> str:
    """A provider's words as one bounded line that ends in a full stop, without the key."""
    if re.search(r"<(!doctype|html|head|body)\b", message, re.I):
        return "it answered with a web page, not JSON; check the base URL."
    for secret in _secrets(endpoint):
        if len(secret) >= 4:
            message = message.replace(secret, "***")
    line = " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f]+", " ", message).split())
    line = line if len(line) <= _MAX_TEXT else f"{line[:_MAX_TEXT]}…"
    return line if line.endswith((".", "!", "?", "…")) else f"{line or 'it gave no reason'}."


def _secrets(endpoint: Endpoint) -> list[str]:
    """What must not be shown; of a header such as ``Bearer TOKEN`` also its last word."""
    headers = [part for text in endpoint.headers.values() for part in (text, text.split(" ")[-1])]
    logins = [
        address.rpartition("@")[0].partition("//")[2] for address in (endpoint.base_url, endpoint.proxy)
    ]
    return [endpoint.key, *headers, *logins, *(login.partition(":")[2] for login in logins)]
