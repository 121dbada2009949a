"""What Snowflake's driver raises, as errors of ours: by the vendor's codes, once for the whole connector."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rasgo_nb.errors import ConnectionFailed, ErrorKind, QueryError, SignInFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

NO_WAREHOUSE = 606
CANCELLED = 604
TOO_MUCH_METADATA = 90030
SYNTAX = 1003

# By the codes of the vendor's error messages, and of the driver's own `errorcode`.
_KINDS: dict[int, ErrorKind] = {
    904: "missing_object",  # invalid identifier
    2003: "missing_object",  # object does not exist or not authorized
    2043: "missing_object",  # the same, in another statement
    2140: "missing_object",  # unknown function
    2141: "missing_object",  # unknown user-defined function
    2139: "missing_object",  # unknown table function
    90105: "missing_object",  # no current database
    90106: "missing_object",  # no current schema
    3001: "permission",  # insufficient privileges
    3003: "permission",
    90237: "permission",  # the role may not do so
    938: "type",  # not enough arguments for function
    939: "type",  # too many arguments for function
    1007: "type",  # invalid type for parameter
    1038: "type",  # cannot convert parameter to expected type
    1044: "type",  # invalid argument types for function
    1065: "type",  # function does not support argument type
    2016: "type",  # extract does not support type
    100035: "type",  # timestamp not recognized
    100037: "type",  # boolean not recognized
    100038: "type",  # numeric value not recognized
    100039: "type",  # numeric value out of range
    100040: "type",  # date not recognized
    100069: "type",  # failed to parse JSON
    100071: "type",  # failed to cast variant
    100108: "type",  # time not recognized
    SYNTAX: "syntax",
    979: "syntax",  # not a valid group by expression
    2049: "syntax",  # invalid parameter in a function of a group
    2028: "syntax",  # ambiguous column name
    2076: "syntax",  # window function outside of its place
    630: "timeout",  # statement timeout
    631: "timeout",  # as above, while it was queued
    90073: "quota",  # a resource monitor has suspended the warehouse
    TOO_MUCH_METADATA: "quota",
    100132: "quota",  # result too large for one value
    300005: "quota",  # memory limit
}
_KINDS_BY_STATE: dict[str, ErrorKind] = {
    "42S02": "missing_object",
    "42501": "permission",
    "42601": "syntax",
    "22007": "type",
    "22018": "type",
    "57014": "timeout",
    "08001": "network",
    "08003": "network",
    "08006": "network",
}
_NETWORK = range(250_000, 256_000)  # the driver's own: it could not reach the server, or a chunk of a result
_HTTP = range(290_000, 291_000)  # the driver's own: 290000 and the status of the answer

# Neither the session nor what it was opened with is taken any longer.
SIGNED_OUT = frozenset({
    390100, 390101, 390102, 390103, 390104, 390110, 390111, 390112, 390113, 390114, 390115, 390144, 390145,
    390186, 390190, 390191, 390195, 390197, 390303, 390305, 390307, 390318, 390420, 390422, 390432,
    394300, 394301, 394302, 394303, 394304, 394400, 394401, 394512, 394513,
})  # fmt: skip
SESSION_LOST = SIGNED_OUT | {250002}  # the driver has closed the connection
_WRONG_NAMES = {390189: "role=", 390201: "database=, schema= and warehouse="}

_HINTS = {
    NO_WAREHOUSE: "Connect again with `warehouse=NAME`.",
    90105: "Write database.schema.table, or connect again with `database=NAME`.",
    90106: "Write schema.table, or connect again with `schema=NAME`.",
    90073: "Connect again with another `warehouse=NAME`, or ask who looks after its resource monitor.",
    2003: "",
}
_PLACE = re.compile(r"(?:(?:(?<=error: )|^)error )?line (?P<line>\d+) at position (?P<position>-?\d+)\s*")
# How the driver's HTTP library names a request: with its whole URL, which may be a signed one of a chunk.
_REQUEST = re.compile(r"[:,]? *HTTPS?ConnectionPool\(.*")


class SessionLost(Exception):
    """The session is over; ``error`` says it in the driver's words."""

    def __init__(self, error: Any) -> None:
        super().__init__(str(error))
        self.error = error


@contextmanager
def translated_errors(statement: str) -> Iterator[None]:
    """The driver's errors as ``QueryError``, and as ``SessionLost`` where a new sign-in may help."""
    from snowflake.connector.errors import Error

    try:
        yield
    except Error as error:
        if error.errno in SESSION_LOST:
            raise SessionLost(error) from None
        raise query_error(error, statement) from None


def query_error(error: Any, statement: str) -> QueryError:
    """The vendor's message without its codes, and the place as line and column counted from 1."""
    text = _message(error)
    place = _PLACE.search(text)
    line = int(place["line"]) if place else None
    position = int(place["position"]) if place else None
    if place:
        text = text[: place.start()] + text[place.end() :]
    text = _REQUEST.sub("", " ".join(text.removeprefix("SQL compilation error:").split()))
    return QueryError(
        text[:600] or "Snowflake cannot be reached.",
        statement=statement,
        line=line if position is not None and position >= 0 else None,
        column=position + 1 if position is not None and position >= 0 else None,
        hint=_HINTS.get(error.errno, ""),
        kind=kind_of(error.errno, error.sqlstate),
        query_id=error.sfqid or "",
    )


def kind_of(code: int | None, sql_state: str | None) -> ErrorKind:
    """What sort of failure it is, by the vendor's code, else by the SQL state."""
    code = code or -1
    if code in _KINDS:
        return _KINDS[code]
    if code in _NETWORK or code in _HTTP:
        return "network"
    if code in SIGNED_OUT:
        return "permission"
    return _KINDS_BY_STATE.get(sql_state or "", "other")


def connection_error(error: Any, place: str) -> ConnectionFailed:
    """Why it could not be opened, and what to type; ``place`` is what to give to ``%rasgo connect``."""
    code = error.errno or -1
    text = " ".join(_message(error).split())
    if code in _WRONG_NAMES:
        return ConnectionFailed(
            f"{_bare(text)} Give another {_WRONG_NAMES[code]} to `%rasgo connect {place}`."
        )
    if code in SIGNED_OUT:
        return sign_in_error(error, place)
    if code in (290_403, 290_404) or _is_unknown_host(text):
        return ConnectionFailed(
            "Snowflake knows no such account. Give `account=ORGANISATION-ACCOUNT`, as in the address of your "
            f"Snowflake, to `%rasgo connect {place}`."
        )
    if code in _NETWORK or code in _HTTP:
        return ConnectionFailed(
            f"Snowflake cannot be reached: {_bare(_REQUEST.sub('', text))[:200]} "
            f"Look at `account=` and `host=`, at VPN and proxy, and type `%rasgo connect {place}` again."
        )
    return ConnectionFailed(
        f"Snowflake did not open: {_bare(text)[:300]} Then type `%rasgo connect {place}`."
    )


def sign_in_error(error: Any, place: str) -> SignInFailed:
    """That the sign-in is not taken, and the command that mends it."""
    text = _bare(" ".join(_message(error).split()))[:200]
    return SignInFailed(
        f"Snowflake does not take the sign-in: {text} Type `%rasgo connect {place}` to sign in again."
    )


def _is_unknown_host(text: str) -> bool:
    return any(words in text for words in ("NameResolutionError", "getaddrinfo", "404 Not Found"))


def _bare(text: str) -> str:
    """Without the codes before it and the address that the driver puts into it."""
    text = re.sub(r"^\d{6} \([0-9A-Z]{5}\): ", "", text)
    text = re.sub(r"^(None: )?Failed to connect to DB: \S+?:\d+[,.]? ", "", text)
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _message(error: Any) -> str:
    return str(getattr(error, "raw_msg", None) or error.msg or error)
