"""BigQuery: statements are jobs of the analyst's own project, read with their own rights."""

from __future__ import annotations

import threading
import time
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from rasgo_nb._optional import load
from rasgo_nb.connectors import bigquery_history
from rasgo_nb.connectors.base import (
    Caps,
    CostEstimate,
    Identity,
    Progress,
    QueryResult,
    TableDetail,
    TableName,
)
from rasgo_nb.connectors.bigquery_call import LeavableCall
from rasgo_nb.connectors.bigquery_catalog import BigQueryCatalog
from rasgo_nb.connectors.bigquery_client import BigQueryLink, check_place
from rasgo_nb.connectors.bigquery_errors import translated_errors
from rasgo_nb.connectors.bigquery_guard import check_kind, check_text
from rasgo_nb.connectors.bigquery_job import CALL_S, RunningJob, patient
from rasgo_nb.connectors.bigquery_place import read_place
from rasgo_nb.connectors.bigquery_rows import read_rows
from rasgo_nb.connectors.bigquery_sign_in import sign_in
from rasgo_nb.connectors.frames import default_caps, gather_frame, told
from rasgo_nb.connectors.refusals import check_open, refuse_frames
from rasgo_nb.connectors.running import RunningStatements
from rasgo_nb.connectors.tag import current_tag
from rasgo_nb.errors import SignInFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import pandas as pd
    from google.cloud import bigquery

    from rasgo_nb.connectors.base import PastStatement
    from rasgo_nb.connectors.bigquery_place import BigQueryPlace
    from rasgo_nb.connectors.bigquery_rows import Rows
    from rasgo_nb.connectors.request import ConnectRequest

T = TypeVar("T")

MOST_ROWS_OF_CATALOG = 5_000_000
MOST_BYTES_OF_CATALOG = 2_000_000_000
KNOWN_READS = 256  # statements that BigQuery has called a SELECT are not asked about again


def connect(request: ConnectRequest) -> BigQueryConnection:
    """Open ``bigquery``, ``bigquery:project.dataset`` or ``bigquery://project/dataset?location=EU``.

    Raises
    ------
    ConnectionFailed, SignInFailed
        when there is no such place, or it may not be read; with what to type.
    MissingDependency
        without google-cloud-bigquery.
    """
    load("google.cloud.bigquery", extra="bigquery", purpose="BigQuery")
    place = read_place(request)
    connection = BigQueryConnection(request, place)
    connection.check()
    return connection


class BigQueryConnection:
    """A ``Connection`` to BigQuery. Each statement is a job, labelled with its run and step.

    After ``SignInFailed`` the credentials are looked for anew, so that a new sign-in is found.
    """

    dialect = "bigquery"

    def __init__(self, request: ConnectRequest, place: BigQueryPlace) -> None:
        self.name = request.name
        self.read_only = request.read_only
        self.is_closed = False
        self._request = request
        self._place = place
        self._link: BigQueryLink | None = None
        self._opening = threading.Lock()
        self._running = RunningStatements()
        self._known_reads: dict[str, None] = {}
        self._history_gap = ""

    def __repr__(self) -> str:
        return f"BigQueryConnection({self.name!r}, read_only={self.read_only})"

    def check(self) -> None:
        """Look whether the place is there.

        Raises
        ------
        ConnectionFailed, SignInFailed
            as ``connect``.
        """
        link = self._opened()
        with self._forgetting_what_is_refused():
            self._call(lambda: check_place(link, self._place))

    def list_tables(self) -> list[TableName]:
        """All tables and views of the dataset or project, in order of name; one a day is ``events_*``."""
        return self._catalog().names()

    def describe_tables(self, tables: Sequence[TableName] | None = None) -> list[TableDetail]:
        """As in ``Connection``; nested columns with their whole type."""
        return self._catalog().describe(tables)

    def past_statements(self, *, days: int, most: int) -> list[PastStatement]:
        """As in ``KnowsHistory``: the project's where the sign-in may see them, else the person's own.

        Billed as a query: 10 MB at least for each location, usually some tens.
        """
        past, self._history_gap = bigquery_history.past_statements(
            self._rows, self._opened().project, self._catalog().locations(), days=days, most=most
        )
        return past

    def gaps(self) -> list[str]:
        """As in ``TellsGaps``."""
        return [self._history_gap] if self._history_gap else []

    def run_query(
        self,
        statement: str,
        *,
        frames: Mapping[str, pd.DataFrame] | None = None,
        caps: Caps | None = None,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> QueryResult:
        """As in ``Connection``; a job's id is the query's."""
        check_open(self, statement)
        refuse_frames("BigQuery", statement, self.dialect, frames)
        if self.read_only and statement not in self._known_reads:
            check_text(statement, self._dry_run)
            self._check_kind(self._dry_run(statement), statement)
        started = time.perf_counter()
        used = caps or default_caps()
        job_id, gathered = self._run_job(
            statement,
            lambda rows: gather_frame(rows.schema, told(rows.batches, on_progress), used),
            caps=used,
            on_progress=on_progress,
        )
        elapsed_s = time.perf_counter() - started
        return QueryResult(
            gathered.frame, elapsed_s, cut=gathered.cut, renamed=gathered.renamed, query_id=job_id
        )

    def estimate_cost(
        self, statement: str, *, frames: Mapping[str, pd.DataFrame] | None = None
    ) -> CostEstimate:
        """The bytes that will be billed, by a dry run."""
        check_open(self, statement)
        refuse_frames("BigQuery", statement, self.dialect, frames)
        if self.read_only:
            check_text(statement, self._dry_run)
        job = self._dry_run(statement)
        if self.read_only:
            self._check_kind(job, statement)
        return CostEstimate(bytes_read=job.total_bytes_processed, is_exact=True)

    def identity(self) -> Identity:
        """The project, and the dataset where only that is listed."""
        place = self._place
        project = place.data_project or str(self._opened().project)
        return Identity("bigquery", (place.api_endpoint, project, place.dataset_name), place.impersonate)

    def interrupt(self) -> None:
        """Cancel every job that runs now."""
        self._running.stop()

    def close(self) -> None:
        """Cancel what runs and let go of the network connections."""
        self.is_closed = True
        self.interrupt()
        link, self._link = self._link, None
        if link is not None:
            link.close()

    def _catalog(self) -> BigQueryCatalog:
        link = self._opened()
        project = self._place.data_project or link.project
        return BigQueryCatalog(project, self._place.dataset_name, self._rows, self._ask)

    def _ask(self, work: Callable[[bigquery.Client], T]) -> T:
        """What a call of the API gives."""
        client = self._opened().client
        with self._translated(""):
            return self._call(lambda: work(client))

    def _call(self, call: Callable[[], T]) -> T:
        leavable = LeavableCall(call)
        return self._running.run(leavable.run, cancel=leavable.cancel)

    def _rows(self, statement: str, location: str) -> list[tuple[Any, ...]]:
        """Of a statement of ours over INFORMATION_SCHEMA."""
        caps = Caps(MOST_ROWS_OF_CATALOG, MOST_BYTES_OF_CATALOG)
        _, rows = self._run_job(statement, _tuples, caps=caps, location=location)
        return rows

    def _run_job(
        self,
        statement: str,
        take: Callable[[Rows], T],
        *,
        caps: Caps,
        on_progress: Callable[[Progress], None] | None = None,
        location: str = "",
    ) -> tuple[str, T]:
        """The job's id, and what was taken of its rows."""
        link = self._opened()
        running = RunningJob(
            link.client,
            statement,
            self._config(),
            timeout_s=self._request.timeout_s,
            location=location,
            on_progress=on_progress,
        )

        def work() -> T:
            rows = read_rows(link, running.run(), running, caps)
            with closing(rows.batches):
                return take(rows)

        with self._translated(statement, running.id):
            return running.id, self._running.run(work, cancel=running.cancel)

    def _dry_run(self, statement: str) -> bigquery.QueryJob:
        config = self._config(is_limited=False)  # beyond the limit the figure is wanted all the more
        config.dry_run = True
        client = self._opened().client
        with self._translated(statement):
            return self._call(
                lambda: client.query(
                    statement, job_config=config, retry=patient(), timeout=CALL_S, job_retry=None
                )
            )

    def _check_kind(self, job: bigquery.QueryJob, statement: str) -> None:
        check_kind(job.statement_type, statement)
        if len(self._known_reads) >= KNOWN_READS:
            self._known_reads.clear()
        self._known_reads[statement] = None

    def _config(self, *, is_limited: bool = True) -> bigquery.QueryJobConfig:
        from google.cloud import bigquery

        config = bigquery.QueryJobConfig(
            labels=current_tag().labels, use_query_cache=True, use_legacy_sql=False
        )
        config.job_timeout_ms = int(self._request.timeout_s * 1000)
        if is_limited and self._request.max_bytes_billed:  # None would be sent as a text
            config.maximum_bytes_billed = self._request.max_bytes_billed
        if self._place.dataset:
            project = self._place.data_project or self._opened().project
            config.default_dataset = bigquery.DatasetReference(project, self._place.dataset_name)
        return config

    def _opened(self) -> BigQueryLink:
        """The clients, made with credentials of now where there are none."""
        check_open(self, "")
        with self._opening:
            if self._link is None:
                self._link = BigQueryLink(self._place, sign_in(self._place, self._request))
            return self._link

    @contextmanager
    def _translated(self, statement: str, query_id: str = "") -> Iterator[None]:
        mend = self._opened().mend
        with self._forgetting_what_is_refused(), translated_errors(statement, mend, query_id):
            yield

    @contextmanager
    def _forgetting_what_is_refused(self) -> Iterator[None]:
        try:
            yield
        except SignInFailed:
            link, self._link = self._link, None  # the next statement takes the credentials of then
            if link is not None:
                link.forget_sign_in()
            raise


def _tuples(rows: Rows) -> list[tuple[Any, ...]]:
    return [
        row
        for batch in rows.batches
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True)
    ]
