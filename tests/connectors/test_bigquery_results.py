import datetime
import decimal
import logging
import threading
import time

import pandas as pd
import pyarrow as pa
import pytest
from peers.bigquery_data import load_data_set
from peers.bigquery_jobs import json_cell
from peers.bigquery_peer import running_bigquery
from peers.bigquery_tables import Refusal, arrow_type
from test_bigquery import request_for

from rasgo_nb.connectors import bigquery_cells
from rasgo_nb.connectors.base import Caps
from rasgo_nb.connectors.bigquery import connect
from rasgo_nb.connectors.tag import tagged
from rasgo_nb.errors import QueryError, QueryStopped

MANY = "SELECT n FROM UNNEST(GENERATE_ARRAY(1, 300000)) AS n"
MILLION = "UNNEST(GENERATE_ARRAY(1, 1000000))"
SLOW = f"SELECT count(*) FROM {MILLION} a, {MILLION} b WHERE MOD(a * b, 7) = 3"
PLENTY = Caps(10_000_000, 10**9)
FIELDS = [
    {"name": "whole", "type": "INTEGER"},
    {"name": "real", "type": "FLOAT"},
    {"name": "yes", "type": "BOOLEAN"},
    {"name": "text", "type": "STRING"},
    {"name": "raw", "type": "BYTES"},
    {"name": "price", "type": "NUMERIC"},
    {"name": "huge", "type": "BIGNUMERIC"},
    {"name": "day", "type": "DATE"},
    {"name": "clock", "type": "TIME"},
    {"name": "at", "type": "TIMESTAMP"},
    {"name": "local", "type": "DATETIME"},
    {"name": "place", "type": "GEOGRAPHY"},
    {"name": "page", "type": "JSON"},
    {"name": "span", "type": "INTERVAL"},
    {"name": "stay", "type": "RANGE", "rangeElementType": {"type": "DATE"}},
    {"name": "tags", "type": "STRING", "mode": "REPEATED"},
    {
        "name": "lines",
        "type": "RECORD",
        "mode": "REPEATED",
        "fields": [
            {"name": "sku", "type": "STRING"},
            {"name": "sizes", "type": "INTEGER", "mode": "REPEATED"},
        ],
    },
]
DAY = datetime.date(2024, 2, 29)
ROW = {
    "whole": -(2**63), "real": float("inf"), "yes": True, "text": "naïve 😀", "raw": b"\x00\xff",
    "price": decimal.Decimal("1.5"), "huge": decimal.Decimal("1e-38"), "day": DAY,
    "clock": datetime.time(23, 59, 59, 1), "at": datetime.datetime(2024, 2, 29, 1, 2, 3, 4, datetime.UTC),
    "local": datetime.datetime(1, 1, 1), "place": "POINT(1 2)", "page": '{"a": [1]}',  # noqa: DTZ001
    "span": pa.MonthDayNano([-14, 3, -3_600_000_001_000]), "stay": {"start": DAY, "end": None},
    "tags": ["a", "b"], "lines": [{"sku": "x", "sizes": [1, 2]}, {"sku": None, "sizes": []}],
}  # fmt: skip
EMPTY = {field["name"]: [] if field.get("mode") else None for field in FIELDS}


@pytest.fixture(scope="module")
def own():
    """A stand-in of this file alone, whose streams may be broken."""
    with running_bigquery() as peer:
        load_data_set(peer.tables)
        yield peer


@pytest.fixture
def peer(own):
    own.streams.is_forbidden = own.streams.breaks_for_good = False
    own.streams.break_after, own.streams.pause_s = None, 0.0
    own.streams.sent = own.streams.sessions = own.streams.ended_early = 0
    own.faults.clear()
    own.jobs.clear()
    return own


@pytest.fixture
def connection(peer):
    connection = connect(request_for(peer))
    yield connection
    connection.close()


def answered(peer, rows):
    schema = pa.schema([(field["name"], arrow_type(field)) for field in FIELDS])
    statement = f"SELECT * FROM odd WHERE {len(rows)} > 0"
    peer.tables.answers[statement] = FIELDS, pa.Table.from_pylist(rows, schema)
    return statement


def only_job(peer):
    (job,) = peer.jobs.values()
    return job


def test_all_types_survive_a_page(peer, connection):
    frame = connection.run_query(answered(peer, [ROW, EMPTY])).frame
    assert peer.streams.sessions == 0
    assert frame.loc[0, "text"] == "naïve 😀"
    assert frame["at"].dtype == "datetime64[us, UTC]"
    assert frame["huge"].iloc[0] == decimal.Decimal("1e-38")
    assert frame["span"].iloc[0] == pd.DateOffset(months=-14, days=3, microseconds=-3_600_000_001)
    assert frame["lines"].iloc[0] == ROW["lines"]
    assert frame["stay"].iloc[0] == ROW["stay"]
    assert frame.iloc[1].drop(["tags", "lines"]).isna().all()


def test_streams_give_the_same_frame_as_pages(peer, connection):
    paged = connection.run_query(answered(peer, [ROW, EMPTY] * 10)).frame
    streamed = connection.run_query(answered(peer, [ROW, EMPTY] * 3_000)).frame
    assert peer.streams.sessions == 1
    pd.testing.assert_frame_equal(streamed.head(20), paged)


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field["name"])
def test_a_cell_is_read_as_the_storage_api_would_send_it(field):
    value = ROW[field["name"]]
    array = bigquery_cells.arrow_array(
        field, [json_cell(value, field), json_cell(EMPTY[field["name"]], field)]
    )
    assert array.type == arrow_type(field)
    assert array.to_pylist()[0] == value


def test_a_large_result_comes_by_several_streams(peer, connection):
    frame = connection.run_query(MANY, caps=PLENTY).frame
    assert sorted(frame["n"]) == list(range(1, 300_001))
    assert peer.streams.sent == 300_000


def test_the_order_of_an_ordered_result_is_kept(peer, connection):
    frame = connection.run_query(f"{MANY} ORDER BY n DESC", caps=PLENTY).frame
    assert frame["n"].tolist() == list(range(300_000, 0, -1))


def test_a_cap_ends_the_streams_on_the_server(peer, connection):
    peer.streams.pause_s = 0.005
    result = connection.run_query(MANY, caps=Caps(20_000, 10**9))
    assert len(result.frame) == 20_000
    assert "20,000 rows" in result.cut
    assert peer.streams.sent < 300_000


def test_a_broken_stream_goes_on_where_it_broke(peer, connection):
    peer.streams.break_after = 2
    frame = connection.run_query(f"{MANY} ORDER BY n", caps=PLENTY).frame
    assert frame["n"].tolist() == list(range(1, 300_001))


def test_a_stream_that_stays_broken_is_a_failure_of_the_network(peer, connection):
    peer.streams.break_after, peer.streams.breaks_for_good = 2, True
    with pytest.raises(QueryError, match="the stream broke") as caught:
        connection.run_query(MANY, caps=PLENTY)
    assert (caught.value.kind, caught.value.query_id) == ("network", only_job(peer).reference["jobId"])
    peer.streams.break_after = None
    assert len(connection.run_query(MANY, caps=PLENTY).frame) == 300_000


def test_without_the_role_for_streams_pages_come_and_it_is_said_once(peer, connection, caplog):
    peer.streams.is_forbidden = True
    with caplog.at_level(logging.WARNING, "rasgo_nb"):
        for rows in (20_000, 25_000):
            statement = f"SELECT n FROM UNNEST(GENERATE_ARRAY(1, {rows})) AS n ORDER BY n"
            assert connection.run_query(statement).frame["n"].tolist() == list(range(1, rows + 1))
    assert [record.message.count("readsessions.create") for record in caplog.records] == [1]


def test_a_job_bears_its_run_and_step(peer, connection):
    with tagged("Run7", 3):
        result = connection.run_query("SELECT 1 AS a")
    job = only_job(peer)
    assert job.labels == {"application": "rasgo_nb", "run": "run7", "step": "3"}
    assert result.query_id == job.reference["jobId"]


def test_an_interrupted_job_is_cancelled_on_the_server(peer, connection):
    began = interrupt_when_it_runs(peer, connection)
    with pytest.raises(QueryStopped):
        connection.run_query(SLOW)
    assert time.monotonic() - began[0] < 2  # measured: below 0.1
    assert only_job(peer).was_cancelled
    assert only_job(peer).finished.wait(5)


def interrupt_when_it_runs(peer, connection):
    """When that was, as the only item of a list."""
    began = []

    def interrupt():
        while not peer.jobs:
            time.sleep(0.01)
        began.append(time.monotonic())
        connection.interrupt()

    threading.Thread(target=interrupt, daemon=True).start()
    return began


def test_a_stop_does_not_wait_for_the_dry_run(peer, connection):
    answer = peer.insert_job
    peer.insert_job = lambda *names, **options: time.sleep(1.5) or answer(*names, **options)
    threading.Timer(0.2, connection.interrupt).start()
    started = time.monotonic()
    with pytest.raises(QueryStopped):
        connection.run_query("SELECT 1 AS a")
    assert time.monotonic() - started < 1
    peer.insert_job = answer


def test_an_interrupt_ends_a_result_that_is_on_its_way(peer, connection):
    peer.streams.pause_s = 0.2
    threading.Timer(1.0, connection.interrupt).start()
    with pytest.raises(QueryStopped):
        connection.run_query(f"{MANY} ORDER BY n", caps=PLENTY)
    assert peer.streams.sent < 300_000


def test_a_query_that_runs_too_long_is_ended_by_the_warehouse(peer):
    connection = connect(request_for(peer, timeout_s=0.3))
    with pytest.raises(QueryError, match=r"timed out after 0\.3 sec") as caught:
        connection.run_query(SLOW)
    assert caught.value.kind == "timeout"
    connection.close()


def test_progress_tells_the_share_of_the_work(peer, connection):
    heard = []

    def hear(progress):
        heard.append((progress.stage, progress.share))
        connection.interrupt()

    with pytest.raises(QueryStopped):
        connection.run_query(SLOW, on_progress=hear)
    assert set(heard) == {("running", 0.25)}


def test_a_query_that_would_bill_too_much_is_refused_by_the_warehouse(peer):
    connection = connect(request_for(peer, max_bytes_billed=500))
    with pytest.raises(QueryError, match=r"exceeded limit for bytes billed.*max_billed_gb") as caught:
        connection.run_query("SELECT * FROM people")
    assert caught.value.kind == "quota"
    assert connection.estimate_cost("SELECT * FROM people").bytes_read == 1_000
    connection.close()


def test_the_cost_is_told_to_the_byte_without_a_job(peer, connection):
    estimate = connection.estimate_cost("SELECT p.id FROM people p, visits")
    assert (estimate.bytes_read, estimate.is_exact, peer.jobs) == (2_000, True, {})


def test_an_estimated_statement_is_not_asked_about_again(peer, connection):
    connection.estimate_cost("SELECT id FROM people")
    before = peer.requests.count("insert_job")
    connection.run_query("SELECT id FROM people")
    assert peer.requests.count("insert_job") == before + 1


@pytest.mark.parametrize("reason", ["rateLimitExceeded", "backendError"])
def test_what_passes_by_itself_is_tried_again(peer, connection, reason):
    peer.faults["insert_job"] = [
        Refusal(reason, "Exceeded rate limits", 403 if reason[0] == "r" else 503)
    ] * 2
    peer.faults["get_results"] = [Refusal(reason, "Exceeded rate limits", 403)]
    assert connection.run_query("SELECT 1 AS a").frame["a"].tolist() == [1]


def test_a_lost_answer_does_not_run_the_query_twice(peer, connection):
    taken = peer.insert_job

    def lose_the_answer(*names, **options):
        taken(*names, **options)
        raise Refusal("backendError", "lost", 503)

    connection.estimate_cost("SELECT 1 AS a")
    peer.insert_job = lose_the_answer
    threading.Timer(0.05, lambda: setattr(peer, "insert_job", taken)).start()
    assert connection.run_query("SELECT 1 AS a").frame["a"].tolist() == [1]
    assert len(peer.jobs) == 1


@pytest.mark.parametrize(
    ("reason", "status", "kind"),
    [
        ("accessDenied", 403, "permission"),
        ("quotaExceeded", 403, "quota"),
        ("responseTooLarge", 403, "quota"),
        ("invalid", 400, "other"),
    ],
)
def test_a_reason_tells_the_kind(peer, connection, reason, status, kind):
    connection.estimate_cost("SELECT 1 AS a")
    peer.faults["insert_job"] = [Refusal(reason, "No.", status)]
    with pytest.raises(QueryError) as caught:
        connection.run_query("SELECT 1 AS a")
    assert caught.value.kind == kind


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("Function not found: FOO at [1:8]", "missing_object"),
        ('Table "t" must be qualified with a dataset (e.g. dataset.table).', "missing_object"),
        ("Name x not found inside t at [1:10]", "missing_object"),
        ("Bad int64 value: x", "type"),
        ('Could not cast literal "x" to type DATE at [1:20]', "type"),
        ("Query column 1 has type STRING which cannot be inserted into column", "type"),
        ('Syntax error: Expected end of input but got identifier "x" at [1:10]', "syntax"),
        ("division by zero: 1 / 0", "other"),
        ("Operation timed out after 6.0 hours. Consider reducing the amount of work", "timeout"),
    ],
)
def test_an_invalid_query_is_told_apart_by_its_text(peer, connection, said, kind):
    connection.estimate_cost("SELECT 1 AS a")
    peer.faults["insert_job"] = [Refusal("invalidQuery", said)]
    with pytest.raises(QueryError) as caught:
        connection.run_query("SELECT 1 AS a")
    assert caught.value.kind == kind


def test_a_table_that_vanished_is_told_with_its_name(peer, connection):
    peer.tables.add("shop", "main", "brief", "SELECT 1 AS a")
    assert connection.describe_tables([name for name in connection.list_tables() if name.table == "brief"])
    peer.tables.drop("shop", "main", "brief")
    with pytest.raises(QueryError, match=r"brief was not found") as caught:
        connection.run_query("SELECT * FROM brief")
    assert caught.value.kind == "missing_object"
