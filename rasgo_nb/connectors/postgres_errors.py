"""What Postgres and libpq say, as errors that a person or the model can act on; one table, by SQLSTATE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.errors import ErrorKind, QueryError

if TYPE_CHECKING:
    import psycopg

# The longest beginning of an SQLSTATE decides: https://www.postgresql.org/docs/current/errcodes-appendix.html
_KINDS: dict[str, ErrorKind] = {
    "08": "network",
    "22": "type",
    "22012": "other",  # division by zero
    "25": "other",
    "25006": "permission",  # a write in a read-only transaction
    "25P03": "network",  # idle in a transaction for too long
    "28": "permission",
    "3D": "missing_object",
    "3F": "missing_object",
    "42": "syntax",
    "42501": "permission",
    "42703": "missing_object",
    "42704": "missing_object",
    "42725": "type",
    "42804": "type",
    "42846": "type",
    "42883": "missing_object",  # a function; an operator that does not take such types is told apart below
    "42P01": "missing_object",
    "42P18": "type",
    "42P21": "type",
    "42P22": "type",
    "53": "quota",
    "54": "quota",
    "55P03": "timeout",  # a lock was not to be had
    "57014": "timeout",  # cancelled by statement_timeout: a stop by the person is told elsewhere
    "57P": "network",
}
_OPERATORS = frozenset("+-*/<>=~!@#%^&|`?")
_HINTS = {
    "57014": "Narrow it, or connect with a longer --timeout.",
    "53300": "Close other connections to the server, and ask again.",
    "40001": "Run it again.",
}
_LOST = "Ask again: a new connection is made."


def query_error(error: psycopg.Error, statement: str, *, added: str = "") -> QueryError:
    """The server's own message with its place in the statement.

    ``added`` is the text that was put in front of the statement when it was sent.
    """
    code = error.sqlstate or ""
    if not code:
        return _unknown_or_lost(error, statement)
    diag = error.diag
    sentences = [_one_line(text) for text in (diag.message_primary, diag.message_detail) if text]
    position = int(diag.statement_position or 0) - len(added)
    line, column = _place(statement, position) if position > 0 else (None, None)
    kind = kind_of(code)
    if code == "42883" and statement[max(0, position - 1) :][:1] in _OPERATORS:
        kind = "type"
    hint = _one_line(diag.message_hint or "") or _HINTS.get(code, "") or (_LOST if kind == "network" else "")
    return QueryError(
        _short(". ".join(sentences) or _one_line(str(error))),
        statement=statement,
        line=line,
        column=column,
        hint=hint,
        kind=kind,
    )


def kind_of(code: str) -> ErrorKind:
    """What sort of failure an SQLSTATE is."""
    for length in (5, 4, 3, 2):
        if code[:length] in _KINDS:
            return _KINDS[code[:length]]
    return "other"


def _unknown_or_lost(error: psycopg.Error, statement: str) -> QueryError:
    """Without a code it was libpq that failed, or psycopg itself."""
    import psycopg

    message = _short(_one_line(str(error)))
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        lost = f"The connection to Postgres was lost: {message}."
        return QueryError(lost, statement=statement, hint=_LOST, kind="network")
    return QueryError(message, statement=statement)


def _place(statement: str, position: int) -> tuple[int, int]:
    before = statement[: position - 1]
    return before.count("\n") + 1, position - 1 - before.rfind("\n")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _short(message: str) -> str:
    return message if len(message) <= 600 else f"{message[:600]}..."
