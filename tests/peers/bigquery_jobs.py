"""Query jobs of the BigQuery stand-in: they run in threads, and can be watched, cancelled and read."""

from __future__ import annotations

import base64
import datetime
import itertools
import threading
import time
from typing import TYPE_CHECKING, Any

from peers.bigquery_tables import Refusal

if TYPE_CHECKING:
    import pyarrow as pa
    from peers.bigquery_tables import Plan, Tables

_numbers = itertools.count(1)


class Job:
    """One query job. ``was_cancelled`` is what tests look at, besides ``configuration`` and ``state``."""

    def __init__(self, tables: Tables, project: str, resource: dict[str, Any], location: str) -> None:
        self.reference = dict(resource.get("jobReference", {}), projectId=project)
        self.reference.setdefault("jobId", f"job_{next(_numbers)}")
        self.reference["location"] = self.reference.get("location") or location or "US"
        self.configuration = resource["configuration"]
        self.state = "RUNNING"
        self.was_cancelled = False
        self.error: Refusal | None = None
        self.fields: list[dict[str, Any]] = []
        self.table: pa.Table | None = None
        self.started = time.time()
        self._timed_out = False
        self.finished = threading.Event()
        query = self.configuration["query"]
        asked_location = resource.get("jobReference", {}).get("location") or location
        self._statement = query["query"]
        self._make = lambda: tables.plan(
            self._statement, project, query.get("defaultDataset"), asked_location
        )
        self._plan: Plan | None = None

    @property
    def labels(self) -> dict[str, str]:
        return self.configuration.get("labels", {})

    def dry_run(self) -> dict[str, Any]:
        plan = self._make()
        self.fields = plan.schema()
        self.state = "DONE"
        statistics = {
            "statementType": "SELECT",
            "totalBytesProcessed": str(plan.read_bytes),
            "schema": {"fields": self.fields},
        }
        return self.resource() | {
            "statistics": {"query": statistics, "totalBytesProcessed": str(plan.read_bytes)}
        }

    def start(self) -> None:
        self._plan = plan = self._make()
        most = self.configuration["query"].get("maximumBytesBilled")
        if most is not None and plan.read_bytes > int(most):
            message = f"Query exceeded limit for bytes billed: {most}. {plan.read_bytes} or higher required."
            self._end(Refusal("bytesBilledLimitExceeded", message))
            return
        timeout_ms = self.configuration.get("jobTimeoutMs")
        if timeout_ms is not None:
            timer = threading.Timer(int(timeout_ms) / 1000, self._time_out)
            timer.daemon = True
            timer.start()
        threading.Thread(target=self._run, daemon=True).start()

    def cancel(self) -> None:
        """Answers at once, as jobs.cancel does."""
        self.was_cancelled = True
        threading.Thread(target=self._interrupt, daemon=True).start()

    def _time_out(self) -> None:
        self._timed_out = not self.finished.is_set()
        self._interrupt()

    def _interrupt(self) -> None:
        """Until it is over: DuckDB forgets an interrupt that comes before a statement."""
        while not self.finished.is_set() and (plan := self._plan) is not None:
            plan.interrupt()
            self.finished.wait(0.01)

    def _run(self) -> None:
        try:
            self.fields, self.table = self._plan.run()  # type: ignore[union-attr]
        except Refusal as refusal:
            seconds = int(self.configuration.get("jobTimeoutMs", 0)) / 1000
            timed_out = Refusal(
                "stopped", f"Job execution was cancelled: Job timed out after {seconds:g} sec"
            )
            self._end(timed_out if self._timed_out else refusal)
        else:
            self._end(None)

    def _end(self, error: Refusal | None) -> None:
        self.error = error
        self.state = "DONE"
        self.finished.set()
        self._plan, self._make = None, None  # with their cursor

    def resource(self) -> dict[str, Any]:
        """As jobs.get answers."""
        status: dict[str, Any] = {"state": self.state}
        if self.error is not None:
            status |= {"errorResult": self.error.body, "errors": [self.error.body]}
        query = self.configuration["query"] | {"destinationTable": self.destination}
        stages = [{"parallelInputs": "4", "completedParallelInputs": "4" if self.table else "1"}]
        return {
            "kind": "bigquery#job",
            "id": f"{self.reference['projectId']}:{self.reference['jobId']}",
            "jobReference": self.reference,
            "configuration": self.configuration | {"query": query, "jobType": "QUERY"},
            "status": status,
            "statistics": {
                "startTime": str(int(self.started * 1000)),
                "query": {"statementType": "SELECT", "queryPlan": stages},
            },
        }

    @property
    def destination(self) -> dict[str, str]:
        name = self.reference["jobId"].replace("-", "_")
        return {"projectId": self.reference["projectId"], "datasetId": "_anon", "tableId": f"anon_{name}"}

    def results(self, start: int, most: int) -> dict[str, Any]:
        """As jobs.getQueryResults answers."""
        if self.error is not None:
            raise self.error
        if self.table is None:
            return {"jobReference": self.reference, "jobComplete": False}
        end = min(start + most, self.table.num_rows)
        page = self.table.slice(start, end - start).to_pylist() if most else []
        answer = {
            "jobReference": self.reference,
            "jobComplete": True,
            "totalRows": str(self.table.num_rows),
            "schema": {"fields": self.fields},
            "rows": [self._row(row) for row in page],
        }
        return answer | ({"pageToken": str(end)} if end < self.table.num_rows else {})

    def _row(self, row: dict[str, Any]) -> dict[str, Any]:
        return {"f": [{"v": json_cell(row[one["name"]], one)} for one in self.fields]}


def json_cell(value: Any, one: dict[str, Any]) -> Any:
    """A value as the REST API writes it, with ``formatOptions.useInt64Timestamp``."""
    if one.get("mode") == "REPEATED":
        return [{"v": json_cell(item, one | {"mode": "NULLABLE"})} for item in value or []]
    if value is None:
        return None
    if one["type"] == "RECORD":
        return {"f": [{"v": json_cell(value[sub["name"]], sub)} for sub in one["fields"]]}
    if one["type"] == "RANGE":
        ends = [value["start"], value["end"]]
        texts = ["UNBOUNDED" if end is None else json_cell(end, one["rangeElementType"]) for end in ends]
        return f"[{texts[0]}, {texts[1]})"
    return _scalar(value, one["type"])


def _scalar(value: Any, type_: str) -> str:
    if type_ == "BOOLEAN":
        return "true" if value else "false"
    if type_ == "TIMESTAMP":
        epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
        return str((value - epoch) // datetime.timedelta(microseconds=1))
    if type_ == "BYTES":
        return base64.b64encode(value).decode()
    if type_ == "INTERVAL":
        return interval_text(value)
    if type_ in ("DATE", "DATETIME", "TIME"):
        return str(value.isoformat())
    return str(value)


def interval_text(value: Any) -> str:
    months, micros = abs(value.months), abs(value.nanoseconds) // 1000
    seconds, fraction = divmod(micros, 1_000_000)
    clock = f"{seconds // 3600}:{seconds // 60 % 60}:{seconds % 60}" + (f".{fraction:06}" if fraction else "")
    sign = "-" if value.nanoseconds < 0 else ""
    return f"{'-' if value.months < 0 else ''}{months // 12}-{months % 12} {value.days} {sign}{clock}"
