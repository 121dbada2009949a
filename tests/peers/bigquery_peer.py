"""A stand-in for BigQuery on loopback, after its public API reference: the REST half."""

from __future__ import annotations

import json
import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from peers.bigquery_jobs import Job
from peers.bigquery_streams import Streams
from peers.bigquery_tables import Refusal, Tables

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE_ROWS = 10_000
ROUTES = [
    ("POST", r"/projects/([^/]+)/jobs", "insert_job"),
    ("GET", r"/projects/([^/]+)/jobs/([^/]+)", "get_job"),
    ("POST", r"/projects/([^/]+)/jobs/([^/]+)/cancel", "cancel_job"),
    ("POST", r"/projects/([^/]+)/queries", "query"),
    ("GET", r"/projects/([^/]+)/queries/([^/]+)", "get_results"),
    ("GET", r"/projects/([^/]+)/datasets", "list_datasets"),
    ("GET", r"/projects/([^/]+)/datasets/([^/]+)", "get_dataset"),
    ("GET", r"/projects/([^/]+)/datasets/([^/]+)/tables", "list_tables"),
    ("GET", r"/projects/([^/]+)/datasets/([^/]+)/tables/([^/]+)", "get_table"),
]


class BigQueryPeer:
    """What tests prepare and look at.

    ``tokens`` are those that are taken, or None where anyone may ask. ``faults`` are raised one by one by the
    next requests of the method that they are kept under.
    """

    def __init__(self) -> None:
        self.tables = Tables()
        self.jobs: dict[str, Job] = {}
        self.requests: list[str] = []
        self.tokens: set[str] | None = None
        self.faults: dict[str, list[Refusal]] = {}
        self.page_rows = PAGE_ROWS
        self.url = self.storage_url = ""
        self.streams = Streams(self)

    def table_of(self, table_id: str) -> Any:
        return next(job.table for job in self.jobs.values() if job.destination["tableId"] == table_id)

    def insert_job(self, project: str, *, body: dict[str, Any], **_: Any) -> dict[str, Any]:
        job = Job(self.tables, project, body, body.get("jobReference", {}).get("location", ""))
        if job.configuration.get("dryRun"):
            return job.dry_run()
        if job.reference["jobId"] in self.jobs:
            raise Refusal("duplicate", f"Already Exists: Job {job.reference['jobId']}", 409)
        job.start()
        self.jobs[job.reference["jobId"]] = job
        return job.resource()

    def get_job(self, project: str, job_id: str, **_: Any) -> dict[str, Any]:
        return self._job(job_id).resource()

    def cancel_job(self, project: str, job_id: str, **_: Any) -> dict[str, Any]:
        job = self._job(job_id)
        job.cancel()
        return {"job": job.resource()}

    def query(self, project: str, *, body: dict[str, Any], **_: Any) -> dict[str, Any]:
        """jobs.query: waits for a while, then answers with the first page."""
        upper = {name: body[name] for name in ("dryRun", "labels", "jobTimeoutMs") if name in body}
        resource = {
            "configuration": {"query": body} | upper,
            "jobReference": {"location": body.get("location", "")},
        }
        answer = self.insert_job(project, body=resource)
        if body.get("dryRun"):
            return answer["statistics"]["query"] | {"jobComplete": True}
        job = self.jobs[answer["jobReference"]["jobId"]]
        job.finished.wait(10)
        return job.results(0, self.page_rows)

    def get_results(self, project: str, job_id: str, *, options: dict[str, str], **_: Any) -> dict[str, Any]:
        most = min(int(options.get("maxResults", self.page_rows)), self.page_rows)
        start = int(options.get("pageToken") or options.get("startIndex") or 0)
        job = self._job(job_id)
        job.finished.wait(int(options.get("timeoutMs", 10_000)) / 1000)
        return job.results(start, most)

    def list_datasets(self, project: str, **_: Any) -> dict[str, Any]:
        if project not in {of for of, _ in self.tables.datasets}:
            raise Refusal("notFound", f"Not found: Project {project}", 404)
        found = [
            {"datasetReference": {"projectId": of, "datasetId": name}, "location": dataset.location}
            for (of, name), dataset in self.tables.datasets.items()
            if of == project
        ]
        return {"datasets": found}

    def get_dataset(self, project: str, dataset: str, **_: Any) -> dict[str, Any]:
        holder = self._dataset(project, dataset)
        reference = {"projectId": project, "datasetId": dataset}
        return {"datasetReference": reference, "location": holder.location}

    def list_tables(self, project: str, dataset: str, *, options: dict[str, str], **_: Any) -> dict[str, Any]:
        tables = list(self._dataset(project, dataset).tables.values())
        start, most = int(options.get("pageToken", 0)), int(options.get("maxResults", 50))
        told = ("tableReference", "type", "timePartitioning", "clustering")
        page = [{name: one[name] for name in told if name in one} for one in tables[start : start + most]]
        more = {"nextPageToken": str(start + most)} if start + most < len(tables) else {}
        return {"tables": page, "totalItems": len(tables)} | more

    def get_table(self, project: str, dataset: str, table: str, **_: Any) -> dict[str, Any]:
        holder = self._dataset(project, dataset)
        if table not in holder.tables:
            raise Refusal("notFound", f"Not found: Table {project}:{dataset}.{table}", 404)
        return holder.tables[table]

    def _job(self, job_id: str) -> Job:
        if job_id not in self.jobs:
            raise Refusal("notFound", f"Not found: Job {job_id}", 404)
        return self.jobs[job_id]

    def _dataset(self, project: str, dataset: str) -> Any:
        if (project, dataset) not in self.tables.datasets:
            raise Refusal("notFound", f"Not found: Dataset {project}:{dataset}", 404)
        return self.tables.datasets[project, dataset]


class Handler(BaseHTTPRequestHandler):
    """One request to the REST API."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet
    disable_nagle_algorithm = True
    peer: BigQueryPeer

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def log_message(self, *_: object) -> None:
        pass

    def _answer(self, body: bytes) -> None:
        try:
            status, page = 200, self._page(body)
        except Refusal as refusal:
            error = {"code": refusal.status, "message": refusal.message, "errors": [refusal.body]}
            status, page = max(400, refusal.status), {"error": error}
        text = json.dumps(page).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def _page(self, body: bytes) -> dict[str, Any]:
        url = urlsplit(self.path)
        path = unquote(url.path).removeprefix("/bigquery/v2")
        options = {name: values[0] for name, values in parse_qs(url.query).items()}
        for method, pattern, name in ROUTES:
            found = re.fullmatch(pattern, path)
            if method == self.command and found:
                self.peer.requests.append(name)
                self._check_token()
                if self.peer.faults.get(name):
                    raise self.peer.faults[name].pop(0)
                return getattr(self.peer, name)(
                    *found.groups(), options=options, body=json.loads(body or b"{}")
                )
        raise Refusal("notFound", f"No such method: {self.command} {path}", 404)

    def _check_token(self) -> None:
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.peer.tokens is not None and token not in self.peer.tokens:
            raise Refusal("authError", "Request had invalid authentication credentials.", 401)


@contextmanager
def running_bigquery() -> Iterator[BigQueryPeer]:
    """An empty stand-in on free ports of loopback."""
    peer = BigQueryPeer()
    handler = type("PeerHandler", (Handler,), {"peer": peer})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    peer.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        with peer.streams.serving() as port:
            peer.storage_url = f"http://127.0.0.1:{port}"
            yield peer
    finally:
        server.shutdown()
        server.server_close()
        for job in peer.jobs.values():
            job.cancel()
        peer.jobs.clear()
