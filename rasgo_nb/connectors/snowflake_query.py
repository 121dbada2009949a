"""One statement on Snowflake: submitted, with its id known at once, then watched, read or cancelled."""

from __future__ import annotations

import math
import threading
import time
from typing import TYPE_CHECKING, Any, Literal

from rasgo_nb.connectors.base import Progress
from rasgo_nb.errors import QueryStopped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

_FIRST_PAUSE_S, _LONGEST_PAUSE_S, _GROWTH = 0.02, 0.5, 1.3
_TELL_EVERY_S = 0.1
_STOPPING_PAUSE_S = 0.02  # a person waits for the end
_CANCEL_TIMEOUT_S = 5
_UNKNOWN_FOR_S = 30.0  # the server tells nothing of a statement for some moments after it took it
_WAITING = frozenset({"NO_DATA", "QUEUED", "RESUMING_WAREHOUSE", "QUEUED_REPARING_WAREHOUSE", "BLOCKED"})


def statement_parameters(tag: str, timeout_s: float) -> dict[str, Any]:
    """What Snowflake is told with a statement, for that statement alone."""
    return {
        "QUERY_TAG": tag,
        "STATEMENT_TIMEOUT_IN_SECONDS": max(1, math.ceil(timeout_s)),
        "MULTI_STATEMENT_COUNT": 1,
    }


class SnowflakeQuery:
    """``query_id`` is empty until the server took the statement."""

    def __init__(
        self,
        link: Any,
        statement: str,
        parameters: dict[str, Any],
        on_progress: Callable[[Progress], None] | None = None,
    ) -> None:
        self._link = link
        self._statement = statement
        self._parameters = parameters
        self._on_progress = on_progress
        self._started = time.monotonic()
        self._told_s = -_TELL_EVERY_S
        self._is_stopped = threading.Event()
        self.query_id = ""

    def run(self) -> Any:
        """The driver's cursor over the result; raises what the driver raises."""
        submitting = self._link.cursor()
        submitting.execute_async(self._statement, _statement_params=self._parameters)
        self.query_id = submitting.sfqid
        self._wait()
        cursor: Any = self._link.cursor()
        return cursor.query_result(self.query_id)

    def cancel(self) -> None:
        """Have the server end it, if it was submitted; called again where it was not yet."""
        from snowflake.connector.errors import Error

        self._is_stopped.set()
        if not self.query_id:
            return
        try:
            self._link.cursor().execute(_cancel_statement(self.query_id), timeout=_CANCEL_TIMEOUT_S)
        except Error:  # it has just ended, or the session has
            return
        except AttributeError:  # as the driver has it where another thread closes the session meanwhile
            if not self._link.is_closed():
                raise

    def until_stopped(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The batches; after a stop no further one is waited for."""
        for batch in batches:
            if self._is_stopped.is_set():
                raise QueryStopped("The query was stopped.", query_id=self.query_id)
            yield batch

    def _wait(self) -> None:
        pause_s = _FIRST_PAUSE_S
        while self._is_running():
            if self._is_stopped.is_set():
                time.sleep(_STOPPING_PAUSE_S)
            else:
                self._is_stopped.wait(pause_s)
            pause_s = min(pause_s * _GROWTH, _LONGEST_PAUSE_S)

    def _is_running(self) -> bool:
        status = self._link.get_query_status(self.query_id)
        elapsed_s = time.monotonic() - self._started
        if status.name == "NO_DATA" and elapsed_s > _UNKNOWN_FOR_S:
            return False  # its result, asked for now, says why
        is_running = status.name == "ABORTING" or bool(self._link.is_still_running(status))
        if is_running and self._on_progress is not None and elapsed_s - self._told_s >= _TELL_EVERY_S:
            self._told_s = elapsed_s
            stage: Literal["waiting", "running"] = "waiting" if status.name in _WAITING else "running"
            self._on_progress(Progress(stage, elapsed_s))
        return is_running


def _cancel_statement(query_id: str) -> str:
    from sqlglot import exp

    cancel = exp.Anonymous(this="SYSTEM$CANCEL_QUERY", expressions=[exp.Literal.string(query_id)])
    return exp.select(cancel).sql(dialect="snowflake")
