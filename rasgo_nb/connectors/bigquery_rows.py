"""A finished job's rows as Arrow batches: small ones by REST, others by the Storage Read API."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rasgo_nb.connectors import bigquery_cells
from rasgo_nb.connectors.bigquery_job import CALL_S, RETRY_S, patient
from rasgo_nb.connectors.bigquery_streams import StreamedBatches

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    import pyarrow as pa
    from google.cloud import bigquery

    from rasgo_nb.connectors.base import Caps
    from rasgo_nb.connectors.bigquery_client import BigQueryLink
    from rasgo_nb.connectors.bigquery_job import RunningJob

FIRST_PAGE = 4_096  # rows; what fits in it needs no read session
MOST_STREAMS = 8
LZ4 = 1
_ORDERED = re.compile(r"\border\s+by\b", re.IGNORECASE)
_logger = logging.getLogger("rasgo_nb")


@dataclass(frozen=True, slots=True)
class Rows:
    """A result's schema, and its batches, which are to be asked for once and closed."""

    schema: pa.Schema
    batches: Generator[pa.RecordBatch]


def read_rows(link: BigQueryLink, job: bigquery.QueryJob, running: RunningJob, caps: Caps) -> Rows:
    """The rows of a job that is done; one more than the cap where there are more."""
    pages = _Pages(link.client, job)
    first = pages.ask(maxResults=min(FIRST_PAGE, caps.max_rows + 1))
    fields = first.get("schema", {}).get("fields", [])
    is_small = "pageToken" not in first or caps.max_rows < FIRST_PAGE
    reader = None if is_small else link.reader()
    if reader is not None and job.destination is not None:
        session = _read_session(link, reader, job)
        if session is not None:
            schema = _session_schema(session)
            return Rows(schema, _checked(running, StreamedBatches(reader, session, schema, running)))
    return Rows(bigquery_cells.arrow_schema(fields), _checked(running, pages.batches(fields, first)))


def _checked(running: RunningJob, batches: Iterable[pa.RecordBatch]) -> Generator[pa.RecordBatch]:
    for batch in batches:
        running.check()
        yield batch
    running.check()


class _Pages:
    """The pages of jobs.getQueryResults."""

    def __init__(self, client: bigquery.Client, job: bigquery.QueryJob) -> None:
        self._connection = client._connection  # the client's own iterators make objects of every cell
        self._path = f"/projects/{job.project}/queries/{job.job_id}"
        self._usual = {"location": job.location, "formatOptions.useInt64Timestamp": "true"}

    def ask(self, **options: object) -> dict[str, Any]:
        query = {name: value for name, value in {**self._usual, **options}.items() if value is not None}
        ask = patient()(self._connection.api_request)
        page: dict[str, Any] = ask(method="GET", path=self._path, query_params=query, timeout=CALL_S)
        return page

    def batches(self, fields: list[dict[str, Any]], page: dict[str, Any]) -> Iterator[pa.RecordBatch]:
        while True:
            if page.get("rows"):
                yield bigquery_cells.record_batch(fields, page["rows"])
            if "pageToken" not in page:
                return
            page = self.ask(pageToken=page["pageToken"])


def _read_session(link: BigQueryLink, reader: Any, job: bigquery.QueryJob) -> Any:
    """A session over the job's result; None where this sign-in may not have one, now and later."""
    from google.api_core.exceptions import PermissionDenied, ServiceUnavailable
    from google.api_core.retry import Retry, if_exception_type
    from google.cloud.bigquery_storage_v1 import types

    options = types.ReadSession.TableReadOptions(
        arrow_serialization_options=types.ArrowSerializationOptions(buffer_compression=LZ4)
    )
    session = types.ReadSession(
        table=job.destination.to_bqstorage(), data_format=types.DataFormat.ARROW, read_options=options
    )
    try:
        return reader.create_read_session(
            parent=f"projects/{link.client.project}",
            read_session=session,
            max_stream_count=1 if _ORDERED.search(job.query) else MOST_STREAMS,
            retry=Retry(predicate=if_exception_type(ServiceUnavailable), initial=0.1, timeout=RETRY_S),
            timeout=CALL_S,
        )
    except PermissionDenied:
        link.do_without_reader()
        _logger.warning(
            "BigQuery lets this sign-in read results in pages only, which is slow for large ones. "
            "The role BigQuery Read Session User (bigquery.readsessions.create) makes it fast."
        )
        return None


def _session_schema(session: Any) -> pa.Schema:
    import pyarrow as pa

    return pa.ipc.read_schema(pa.py_buffer(session.arrow_schema.serialized_schema))
