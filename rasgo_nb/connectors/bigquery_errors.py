"""BigQuery's errors in our words: by their reason where they have one, else by their status."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rasgo_nb.errors import ErrorKind, QueryError, QueryStopped, SignInFailed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# https://cloud.google.com/bigquery/docs/error-messages; 'invalidQuery' and 'invalid' are told by their text
KIND_OF_REASON: dict[str, ErrorKind] = {
    "notFound": "missing_object",
    "accessDenied": "permission",
    "blocked": "permission",
    "policyViolation": "permission",
    "billingNotEnabled": "permission",
    "quotaExceeded": "quota",
    "rateLimitExceeded": "quota",
    "jobRateLimitExceeded": "quota",
    "bytesBilledLimitExceeded": "quota",
    "billingTierLimitExceeded": "quota",
    "resourcesExceeded": "quota",
    "responseTooLarge": "quota",
    "timeout": "timeout",
    "backendError": "network",
    "jobBackendError": "network",
    "internalError": "network",
    "jobInternalError": "network",
    "badGateway": "network",
    "tableUnavailable": "network",
}
KIND_OF_STATUS: dict[int, ErrorKind] = {
    403: "permission",
    404: "missing_object",
    429: "quota",
    500: "network",
    502: "network",
    503: "network",
    504: "network",
}
_KIND_OF_TEXT: list[tuple[ErrorKind, re.Pattern[str]]] = [
    ("timeout", re.compile(r"timed out", re.I)),
    ("syntax", re.compile(r"^Syntax error|^Unclosed|^Illegal", re.I)),
    (
        "missing_object",
        re.compile(
            r"^Unrecognized name|^Function not found|not found inside|^Not found"
            r"|^(Type|Table-valued function|Name) .*not found|does not exist in|must be qualified with",
            re.I,
        ),
    ),
    (
        "type",
        re.compile(
            r"^No matching signature|^Invalid cast|^Could not (cast|parse)|^Bad (int|double|bool|float)"
            r"|cannot be coerced|incompatible types|^Failed to parse"
            r"|^Invalid (date|datetime|timestamp|time|NUMERIC|BIGNUMERIC)\b|Cannot access field"
            r"|has type .* which cannot",
            re.I,
        ),
    ),
]
_CAUSE = re.compile(r"\(Caused by \w+\([\"'](?:HTTPS?Connection\(.*?\): )?(.*)[\"']\)\)$", re.S)
_PLACE = re.compile(r"\s*\bat \[(\d+):(\d+)\]$")
_HINTS = {
    "bytesBilledLimitExceeded": (
        "Read fewer columns, filter on the partition column, or raise `max_billed_gb` of this connection."
    ),
    "rateLimitExceeded": "Wait a minute and ask again.",
    "quotaExceeded": "Ask again when the quota is free, or have it raised.",
}
LONGEST = 600


@contextmanager
def translated_errors(statement: str, mend: str, query_id: str = "") -> Iterator[None]:
    """Errors of Google's libraries as ours; ``mend`` is what to type when the sign-in is not taken."""
    from google.api_core.exceptions import GoogleAPICallError, RetryError
    from google.auth.exceptions import GoogleAuthError, TransportError
    from requests.exceptions import RequestException

    try:
        yield
    except RetryError as error:
        cause = error.cause if isinstance(error.cause, GoogleAPICallError) else error
        raise query_error(cause, statement, mend, query_id) from None
    except GoogleAPICallError as error:
        raise query_error(error, statement, mend, query_id) from None
    except (TransportError, RequestException, OSError) as error:
        raise _unreachable(error, statement, query_id) from None
    except GoogleAuthError as error:
        raise sign_in_failed(error, mend) from None


def query_error(error: Any, statement: str, mend: str, query_id: str = "") -> Exception:
    """The error of a call: a ``QueryError``, or ``SignInFailed`` where the token was refused."""
    from google.api_core.exceptions import ServerError

    details = getattr(error, "errors", None) or ()
    first = details[0] if details and isinstance(details[0], dict) else {}
    status = int(getattr(error, "code", 0) or (500 if isinstance(error, ServerError) else 0))
    if status == 401 or first.get("reason") == "authError":
        return sign_in_failed(error, mend)
    if not details and getattr(error, "cause", None) is not None:
        return _unreachable(error.cause, statement, query_id)
    message = first.get("message") or getattr(error, "message", "") or str(error)
    reason = str(first.get("reason", ""))
    return told_error({"reason": reason, "message": message}, statement, query_id, status=status)


def told_error(
    told: Mapping[str, Any], statement: str, query_id: str = "", *, status: int = 400
) -> QueryError:
    """The error from its reason and message, as a job's ``errorResult`` has them."""
    reason, message = str(told.get("reason", "")), str(told.get("message", ""))
    text = one_line(message)
    place = _PLACE.search(text)
    kind = _kind(reason, text, status)
    if reason == "stopped" and kind == "other":
        return QueryStopped("The query was stopped.", statement=statement, query_id=query_id)
    return QueryError(
        text[: place.start()] if place else text,
        statement=statement,
        line=int(place[1]) if place else None,
        column=int(place[2]) if place else None,
        hint=_hint(reason, text, kind),
        kind=kind,
        query_id=query_id,
    )


def _kind(reason: str, text: str, status: int) -> ErrorKind:
    if reason in KIND_OF_REASON:
        return KIND_OF_REASON[reason]
    by_text = next((kind for kind, pattern in _KIND_OF_TEXT if pattern.search(text)), None)
    return by_text or KIND_OF_STATUS.get(status, "other")


def _hint(reason: str, text: str, kind: ErrorKind) -> str:
    if reason in _HINTS:
        return _HINTS[reason]
    if re.search(r"Dataset \S+ was not found in location", text):
        return "If it lies elsewhere, connect again with its location, as in `location=EU`."
    return "Ask again." if kind == "network" else ""


def sign_in_failed(error: Exception, mend: str) -> SignInFailed:
    """What the token endpoint or the API said, and what to type."""
    args = [part for part in error.args if isinstance(part, str)]
    said = one_line(getattr(error, "message", "") or (args[0] if args else "") or type(error).__name__)
    return SignInFailed(f"Google does not take the sign-in: {said.rstrip('.')}. {mend}")


def _unreachable(error: object, statement: str, query_id: str) -> QueryError:
    caused = _CAUSE.search(str(error))  # the rest of it is the URL, which a person did not type
    message = f"BigQuery cannot be reached: {one_line(caused[1] if caused else str(error))}"
    hint = "Look at the network, then ask again."
    return QueryError(message, statement=statement, hint=hint, kind="network", query_id=query_id)


def one_line(message: str) -> str:
    """The message without breaks, Google's footer and what is too long for a line."""
    text = " ".join(message.partition("\n\nLocation:")[0].split())
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
