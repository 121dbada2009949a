"""One query job: begun, watched until it is done, cancelled on the server when somebody asks for it."""

from __future__ import annotations

import threading
import time
import uuid
from typing import TYPE_CHECKING, Any

from rasgo_nb.connectors.base import Progress
from rasgo_nb.connectors.bigquery_errors import told_error
from rasgo_nb.connectors.tag import APPLICATION
from rasgo_nb.errors import QueryError, QueryStopped

if TYPE_CHECKING:
    from collections.abc import Callable

    from google.api_core.retry import Retry
    from google.cloud import bigquery

CALL_S = 30.0  # for one request
RETRY_S = 30.0  # for a request and its repetitions
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.02, 0.5
TELL_EVERY_S = 0.1
GRACE_S = 10.0  # for how long BigQuery may overrun its own timeout


def patient(timeout_s: float = RETRY_S) -> Retry:
    """BigQuery's own choice of what to ask again, but neither for its 10 minutes nor after a whole second."""
    from google.cloud.bigquery.retry import DEFAULT_RETRY

    retry: Retry = DEFAULT_RETRY.with_delay(initial=0.1, maximum=5.0, multiplier=2.0).with_timeout(timeout_s)
    return retry


class RunningJob:
    """``run`` in one thread, ``cancel`` in any other, at any time and as often as one likes."""

    def __init__(
        self,
        client: bigquery.Client,
        statement: str,
        config: bigquery.QueryJobConfig,
        *,
        timeout_s: float,
        location: str = "",
        on_progress: Callable[[Progress], None] | None = None,
    ) -> None:
        self.id = f"{APPLICATION}_{uuid.uuid4().hex}"
        self._client = client
        self._statement = statement
        self._config = config
        self._timeout_s = timeout_s
        self._location = location or None  # BigQuery finds it by the tables otherwise
        self._on_progress = on_progress
        self._job: bigquery.QueryJob | None = None
        self._asked_to_stop = threading.Event()
        self._cancelled = threading.Event()  # BigQuery knows
        self._started = time.monotonic()
        self._told = float("-inf")

    def run(self) -> bigquery.QueryJob:
        """The job when it is done.

        Raises
        ------
        QueryStopped
            as soon as BigQuery was told to cancel.
        QueryError
            as the job ended, or when it overran its time.
        """
        self.check()
        self._job = job = self._begin()
        pause = FIRST_PAUSE_S
        while not job.done(retry=patient(), timeout=CALL_S):
            self._tell(job)
            self._check_time()
            self._cancelled.wait(pause)
            self.check()
            pause = min(pause * 1.5, LONGEST_PAUSE_S)
        if job.error_result:
            raise told_error(job.error_result, self._statement, self.id)
        return job

    def check(self) -> None:
        """Raises ``QueryStopped`` when BigQuery was told to cancel, or needs not be told."""
        if self._cancelled.is_set() or (self._asked_to_stop.is_set() and self._job is None):
            raise QueryStopped("The query was stopped.", statement=self._statement, query_id=self.id)

    def cancel(self) -> None:
        """Tell BigQuery to cancel, once it knows the job; raises nothing."""
        from google.api_core.exceptions import GoogleAPIError
        from google.auth.exceptions import GoogleAuthError
        from requests.exceptions import RequestException

        self._asked_to_stop.set()
        job = self._job
        if job is None or self._cancelled.is_set():
            return
        try:
            job.cancel(retry=None, timeout=5.0)
        except (GoogleAPIError, GoogleAuthError, RequestException, OSError):
            return  # it is asked again
        self._cancelled.set()

    @property
    def is_cancelled(self) -> bool:
        """Whether BigQuery was told to cancel."""
        return self._cancelled.is_set()

    def _begin(self) -> bigquery.QueryJob:
        from google.api_core.exceptions import Conflict

        try:
            return self._client.query(
                self._statement,
                job_config=self._config,
                job_id=self.id,
                location=self._location,
                retry=patient(),
                timeout=CALL_S,
                job_retry=None,
            )
        except Conflict:  # the answer to an earlier try was lost
            found: Any = self._client.get_job(
                self.id, location=self._location, retry=patient(), timeout=CALL_S
            )
            return found  # type: ignore[no-any-return]

    def _check_time(self) -> None:
        if time.monotonic() - self._started < self._timeout_s + GRACE_S:
            return
        self.cancel()
        raise QueryError(
            f"The query ran for longer than {self._timeout_s:,.0f} seconds and was stopped.",
            statement=self._statement,
            hint="Ask for less, or raise `timeout_s` of this connection.",
            kind="timeout",
            query_id=self.id,
        )

    def _tell(self, job: bigquery.QueryJob) -> None:
        now = time.monotonic()
        if self._on_progress is None or now - self._told < TELL_EVERY_S:
            return
        self._told = now
        stage: Any = "waiting" if job.state == "PENDING" else "running"
        self._on_progress(Progress(stage, now - self._started, share=_share(job)))


def _share(job: bigquery.QueryJob) -> float | None:
    """Of the units of work in the stages that are known so far."""
    stages = job.query_plan or ()
    planned = sum(stage.parallel_inputs or 0 for stage in stages)
    done = sum(stage.completed_parallel_inputs or 0 for stage in stages)
    return min(1.0, done / planned) if planned else None
