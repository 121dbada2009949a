"""A real Postgres as the judge of the guard: what it lets through changes nothing."""

import contextlib
import json
import os
import tomllib
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rasgo_nb.connectors.readonly import check_read_only
from rasgo_nb.errors import QueryRefused

HERE = Path(__file__).parent
DATA = Path(os.environ.get("RASGO_NB_DATA", HERE.parents[2] / "shared" / "data"))
STATEMENTS = DATA / "sql_devset" / "statements.jsonl"
READ_ONLY_VIOLATION = "25006"
SCRIPT = "CREATE TABLE t (a int, b text); INSERT INTO t VALUES (1, 'x'); CREATE SEQUENCE s"
STATE = (
    "SELECT (SELECT array_agg(t::text) FROM t), (SELECT count(*) FROM pg_class), (SELECT last_value FROM s)"
)

PIECES = st.sampled_from(
    [
        *(
            "SELECT",
            "1",
            "a",
            "b",
            "FROM t",
            "WHERE",
            "=",
            ",",
            "(",
            ")",
            "AS",
            "'x'",
            "'",
            '"',
            "\\",
            "E'",
            "\\'",
        ),
        *(
            "$$",
            "$a$",
            "--",
            "\n",
            "/*",
            "*/",
            "/* /* */",
            ";",
            "U&'",
            "x'",
            "||",
            "::text",
            "::",
            "WITH x AS (",
        ),
        *(
            "DELETE FROM t",
            "INSERT INTO t VALUES (2)",
            "UPDATE t SET a = 3",
            "DROP TABLE t",
            "INTO u",
            "TABLE t",
        ),
        *(
            "CREATE TABLE u (a int)",
            "RETURNING a",
            "UNION ALL",
            "EXPLAIN ANALYZE",
            "nextval('s')",
            "nextval",
            "('s')",
        ),
        *(
            "VALUES (1)",
            "TRUNCATE t",
            "setval('s', 5)",
            "query_to_xml('DELETE FROM t', true, true, '')",
        ),
        *(
            "DO $$ BEGIN DELETE FROM t; END $$",
            "ALTER TABLE t ADD c int",
            "SELECT * FROM x",
            "LATERAL",
            "LIMIT 1",
        ),
    ]
)

WRITES = st.sampled_from(
    [
        *(
            "DELETE FROM t",
            "; DELETE FROM t; --",
            "'; DELETE FROM t; --",
            "*/; DELETE FROM t; --",
            "nextval('s')",
        ),
        *(
            "\n; DELETE FROM t",
            "$$; DELETE FROM t; $$",
            "\\'; DELETE FROM t; --",
            '"; DELETE FROM t; --',
            "$a$; DROP TABLE t",
        ),
    ]
)
WRAPS = st.sampled_from(
    [
        *(
            "SELECT '@'",
            "SELECT E'@'",
            "SELECT $$@$$",
            "SELECT $a$@$a$",
            "SELECT 1 /* @ */",
            "SELECT 1 -- @",
            "SELECT 1 -- @\n",
        ),
        *(
            'SELECT 1 AS "@"',
            "SELECT a AS x FROM t WHERE b = '@'",
            "WITH x AS (@) SELECT 1",
            "SELECT (@)",
            "/* @ */ SELECT 1",
        ),
        *(
            "'@'",
            "/* @ */",
            "$$@$$",
            '"@"',
            "E'@'",
            "--@\n",
            "@ @",
            "SELECT 1 AS @",
            "SELECT 1, @",
            "SELECT U&'@'",
            "SELECT x'@'",
        ),
    ]
)


def _wrapped(case):
    statement, wraps = case
    for wrap in wraps:
        statement = wrap.replace("@", statement)
    return statement


STATEMENTS_TO_TRY = st.one_of(
    st.lists(PIECES, min_size=1, max_size=10).map(" ".join),
    st.tuples(WRITES, st.lists(WRAPS, min_size=1, max_size=3)).map(_wrapped),
    st.tuples(WRITES, st.lists(WRAPS, min_size=1, max_size=2)).map(_wrapped).map("SELECT {}".format),
)


@pytest.fixture(scope="module")
def url(postgres):
    return postgres.url(postgres.new_database(SCRIPT))


@pytest.fixture(scope="module")
def writable(url):
    with psycopg.connect(url, autocommit=True, cursor_factory=psycopg.ClientCursor) as connection:
        connection.execute("SET statement_timeout = '5s'")
        yield connection


def is_allowed(statement):
    try:
        check_read_only(statement, "postgres")
    except QueryRefused:
        return False
    return True


def state_of(connection):
    return connection.execute(STATE).fetchone()


@given(STATEMENTS_TO_TRY)
@settings(deadline=None, max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_let_through_changes_nothing_even_where_it_could(writable, statement):
    if not is_allowed(statement):
        return
    before = state_of(writable)
    with contextlib.suppress(psycopg.Error):
        writable.execute(statement)
    assert state_of(writable) == before


def _reads():
    for name in ("any", "postgres"):
        page = tomllib.loads((HERE / "hostile" / f"{name}.toml").read_text(encoding="utf-8"))
        yield from (one for verdict in page.values() for group in verdict.values() for one in group)
    if STATEMENTS.exists():
        cases = map(json.loads, STATEMENTS.read_text(encoding="utf-8").splitlines())
        yield from (case["sql"] for case in cases if case["dialect"] == "postgres")


def test_only_locks_that_are_let_through_violate_a_read_only_transaction(url):
    failed = []
    with psycopg.connect(url, autocommit=True, cursor_factory=psycopg.ClientCursor) as connection:
        connection.execute("SET default_transaction_read_only = on")
        connection.execute("SET statement_timeout = '5s'")
        for statement in filter(is_allowed, _reads()):
            try:
                connection.execute(statement)
            except psycopg.Error as error:
                failed += [str(error)] if error.sqlstate == READ_ONLY_VIOLATION else []
    assert [text for text in failed if "cannot execute SELECT FOR" not in text] == []
