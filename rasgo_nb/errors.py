"""Every error says who must act.

    RasgoError            the person; one line, no traceback, ending with what to type next
      UnknownName           a flag, model, connection or setting does not exist
      ConnectionFailed      a database could not be opened
        OpenInOtherMode       this kernel has it open, read-only or writable as the new one would not be
        SignInFailed          the warehouse does not take the sign-in, or takes it no longer
      QueryError            the database refused or failed a statement; carries the place
        QueryRefused          our guard refused it before the database saw it
        QueryStopped          somebody stopped it
      MissingDependency     an optional library is not installed
      ModelFailed           a provider refused or failed; the run cannot go on as it is
        ModelUnavailable      it may work in a while; the loop tries again
        ContextOverflow       the messages do not fit the model; the loop shortens them
      LimitReached          a run crossed one of its limits
      Stopped               the person stopped a run
      CannotDraw            a frame and an encoding make no readable chart
    ToolError             the model; says what would have worked

Anything else is ours: it crashes with its traceback.
"""

from __future__ import annotations

from typing import Literal


class RasgoError(Exception):
    """An error that the person can mend; its text is one line that ends with what to type."""

    def _render_traceback_(self) -> list[str]:
        # IPython asks an exception for this before it formats a traceback of its own.
        return [f"{type(self).__name__}: {self}"]


class UnknownName(RasgoError):
    """A flag, model, connection or setting that does not exist."""


class ConnectionFailed(RasgoError):
    """A database could not be opened."""


class OpenInOtherMode(ConnectionFailed):
    """This kernel has the database open in the other mode; ``name`` is what the new connection would be."""

    name = ""


class SignInFailed(ConnectionFailed):
    """The warehouse does not take the sign-in, or takes it no longer: expired, revoked, mistyped.

    It may come in the middle of a run; the run ends with it, and goes on after the person signed in again.
    """


class MissingDependency(RasgoError):
    """An optional library is not installed; the message says how to install it."""


class ModelFailed(RasgoError):
    """A provider refused or failed a request; ``status`` is that of its answer, 0 where there was none."""

    status = 0


class ModelUnavailable(ModelFailed):
    """The request may work in a while; ``retry_after_s`` is when the provider said so."""

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class ContextOverflow(ModelFailed):
    """The messages are longer than the model's context window."""


class LimitReached(RasgoError):
    """A run crossed one of its limits."""


class Stopped(RasgoError):
    """The person stopped a run; what its steps made is kept."""


class CannotDraw(RasgoError):
    """A frame and an encoding make no readable chart; the message says why and what would."""


ErrorKind = Literal["missing_object", "permission", "type", "syntax", "timeout", "quota", "network", "other"]


class QueryError(RasgoError):
    """The database refused or failed a statement.

    Attributes
    ----------
    message : the database's own message
    statement : the SQL as it was sent
    line, column : the place in the statement, counted from 1, where known
    hint : what would have worked, where known
    kind : what sort of failure it is, told by the driver's codes rather than by the message
    query_id : as the warehouse names the query in its history, where it got so far
    """

    def __init__(
        self,
        message: str,
        *,
        statement: str = "",
        line: int | None = None,
        column: int | None = None,
        hint: str = "",
        kind: ErrorKind = "other",
        query_id: str = "",
    ) -> None:
        self.message = message
        self.statement = statement
        self.line = line
        self.column = column
        self.hint = hint
        self.kind: ErrorKind = kind
        self.query_id = query_id
        place = f" (line {line}, column {column})" if line is not None else ""
        super().__init__(f"{message}{place}{' ' + hint if hint else ''}")

    def with_hint(self, hint: str) -> QueryError:
        """The same error, which says what would have worked."""
        return type(self)(
            self.message,
            statement=self.statement,
            line=self.line,
            column=self.column,
            hint=hint,
            kind=self.kind,
            query_id=self.query_id,
        )


class QueryRefused(QueryError):
    """The guard refused the statement before the database saw it; the message names the part and why."""


class QueryStopped(QueryError):
    """Somebody stopped the statement while it ran."""


class ToolError(Exception):
    """A tool call that cannot work, told to the model with what would have worked.

    Attributes
    ----------
    page : further facts for the model, merged into the tool result
    """

    def __init__(self, message: str, **page: object) -> None:
        super().__init__(message)
        self.page = page
