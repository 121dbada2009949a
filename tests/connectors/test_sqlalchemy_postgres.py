"""SQLAlchemy over a real Postgres, with psycopg."""

import gc
import threading
import time

import pytest
from contract import ODD_NAME, ConnectionContract

from rasgo_nb.connectors.base import CostEstimate
from rasgo_nb.connectors.open import open_connection
from rasgo_nb.connectors.request import ConnectRequest
from rasgo_nb.errors import QueryError, QueryStopped

DATA_SET = f"""
CREATE TABLE people (
    id integer PRIMARY KEY, name text, height double precision, born date, active boolean
);
CREATE TABLE visits (
    person integer REFERENCES people (id), "{ODD_NAME.replace('"', '""')}" timestamp
);
CREATE TABLE empty (a integer);
INSERT INTO people VALUES (1, 'Ada', 1.7, '1815-12-10', true), (2, 'Grace', NULL, '1906-12-09', false),
    (3, NULL, 1.8, NULL, NULL);
INSERT INTO visits VALUES (1, '2024-01-02 03:04:05'), (1, '2024-01-03 00:00:00');
"""


@pytest.fixture(scope="module")
def url(postgres):
    return postgres.url(postgres.new_database(DATA_SET)).replace("postgresql:", "postgresql+psycopg:")


@pytest.fixture
def connection(url):
    connection = open_connection(url, name="people")
    yield connection
    connection.close()


class TestPostgresBySQLAlchemy(ConnectionContract):
    schema = "public"
    slow_query = (
        "SELECT count(*) FROM generate_series(1, 1000000::bigint) a, generate_series(1, 1000000) b "
        "WHERE a * b % 7 = 3"
    )
    many_rows = "SELECT generate_series(1, 100000000) AS n"

    @pytest.fixture
    def connection(self, url):
        connection = open_connection(url, name="people")
        yield connection
        connection.close()


def test_types_survive(connection):
    frame = connection.run_query(
        "SELECT 1234567890123456789.12 AS money, timestamptz '2024-01-02 03:04:05+02' AS moment, "
        "interval '1 day 2 hours' AS pause, array[1, 2] AS list, '{\"a\": [1]}'::jsonb AS doc, "
        "'c2d29867-3d0b-d497-9191-18a9d8ee7830'::uuid AS id, '10.0.0.1'::inet AS host, "
        "int4range(1, 3) AS span, 'x'::bytea AS raw, time '03:04:05' AS clock, 'NaN'::numeric AS odd"
    ).frame
    row = {name: str(frame[name].iloc[0]) for name in frame}
    assert row["money"] == "1234567890123456789.12"
    assert row["moment"] == "2024-01-02 01:04:05+00:00"
    assert (row["pause"], row["list"], row["doc"]) == ("1 days 02:00:00", "[1, 2]", '{"a": [1]}')
    assert (row["id"], row["host"], row["span"]) == (
        "c2d29867-3d0b-d497-9191-18a9d8ee7830",
        "10.0.0.1",
        "[1, 3)",
    )
    assert (row["raw"], row["clock"], row["odd"]) == ("b'x'", "03:04:05", "NaN")


def test_a_result_whose_types_widen_later_keeps_all_digits(connection):
    frame = connection.run_query(
        "SELECT CASE WHEN n < 1000 THEN NULL WHEN n < 2000 THEN n ELSE n + 0.000000000000000001 END AS x "
        "FROM generate_series(1, 3000) n"
    ).frame
    assert (str(frame["x"].iloc[-1]), frame["x"].isna().sum()) == ("3000.000000000000000001", 999)


def test_the_planner_tells_rows(connection):
    estimate = connection.estimate_cost("SELECT * FROM people WHERE id = 1")
    assert (estimate.rows, estimate.is_exact) == (1, False)
    assert estimate.rows_read is not None


def test_the_server_refuses_writes_that_the_guard_could_not_see(connection, postgres):
    with pytest.raises(QueryError) as caught:
        connection._run("x", lambda job: job.gather("INSERT INTO empty VALUES (1)", {}, None, None))
    assert caught.value.kind == "permission"


def test_a_statement_beyond_its_time_is_ended(url):
    connection = open_connection(url, ConnectRequest(timeout_s=0.3), name="hasty")
    with pytest.raises(QueryError) as caught:
        connection.run_query(TestPostgresBySQLAlchemy.slow_query)
    assert caught.value.kind == "timeout"
    assert connection.run_query("SELECT 1 AS a").frame["a"].tolist() == [1]
    connection.close()


# psycopg cannot close a cursor whose server is gone, and says so
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_connection_dropped_in_the_middle_is_opened_anew(connection, postgres, url):
    database = "test_" + url.partition("/test_")[2].partition("?")[0]
    end = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE state = 'active' AND datname = current_database() AND pid <> pg_backend_pid()"
    )
    threading.Timer(0.3, postgres.execute, [end, database]).start()
    with pytest.raises(QueryError) as caught:
        connection.run_query(TestPostgresBySQLAlchemy.slow_query)
    assert caught.value.kind == "network"
    assert connection.run_query("SELECT 1 AS a").frame["a"].tolist() == [1]
    del caught
    gc.collect()


def test_a_stop_is_heard_between_two_fetches(connection):
    threading.Timer(0.3, connection.interrupt).start()
    started = time.monotonic()
    with pytest.raises(QueryStopped):
        connection.run_query(TestPostgresBySQLAlchemy.many_rows)
    assert time.monotonic() - started < 5


def test_an_estimate_of_several_statements_runs_none_of_them(url):
    connection = open_connection(url, name="people", read_only=False)
    assert connection.estimate_cost("SELECT 1; DROP TABLE visits") == CostEstimate()
    assert len(connection.run_query("SELECT * FROM visits").frame) == 2
    connection.close()
