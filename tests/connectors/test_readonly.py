import json
import logging
import os
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasgo_nb.connectors import duckdb_parser
from rasgo_nb.connectors.readonly import check_read_only
from rasgo_nb.errors import QueryRefused

DATA = Path(os.environ.get("RASGO_NB_DATA", Path(__file__).parents[3] / "shared" / "data"))
STATEMENTS = DATA / "sql_devset" / "statements.jsonl"

READS = [
    "SELECT open FROM prices",
    "SELECT 'drop table t; --' AS insert_into FROM t -- delete",
    "FROM t SELECT a WHERE b > 1",
    "WITH a AS (SELECT 1) SELECT * FROM a",
    "(SELECT 1) UNION ALL (SELECT 2)",
    "VALUES (1)",
    "TABLE t",
    "PIVOT t ON a USING sum(b)",
    "PIVOT t ON a USING sum(b) ORDER BY 1 LIMIT 3",
    "UNPIVOT t ON a, b",
    "SHOW ALL TABLES",
    "DESCRIBE t",
    "SUMMARIZE t",
    "EXPLAIN SELECT 1",
    "EXPLAIN (ANALYZE, FORMAT json) SELECT 1",
    "PRAGMA table_info('t')",
    "SELECT list_transform([1], lambda x: x + 1)",
    "SELECT * FROM range(10);",
]
REFUSED = [
    ("INSERT INTO t VALUES (1)", "INSERT"),
    ("SELECT 1; DROP TABLE t", "2 statements"),
    ("WITH x AS (INSERT INTO t VALUES (1) RETURNING *) FROM x", "INSERT"),
    ("FROM (DELETE FROM t RETURNING *)", "not understood"),
    ("EXPLAIN ANALYZE INSERT INTO t VALUES (1)", "INSERT"),
    ("EXPLAIN (ANALYZE) DELETE FROM t", "DELETE"),
    ("SELECT * FROM t FOR UPDATE", "LOCK"),
    ("COPY t TO 'x'", "COPY"),
    ("ATTACH 'x'", "ATTACH"),
    ("SET threads = 1", "SET"),
    ("PRAGMA threads = 1", "PRAGMA"),
    ("CALL pragma_version()", "CALL"),
    ("FROM read_csv('x')", "read_csv"),
    ("FROM \"read_csv\"('x')", "read_csv"),
    ("SELECT 'HOME'.getenv()", "getenv"),
    ("FROM query('DROP TABLE t')", "query"),
    ("FROM 'x.parquet'", "x.parquet"),
    ("SUMMARIZE 'x.csv'", "x.csv"),
    ("PIVOT t ON a USING sum(b) ORDER BY getenv('x')", "getenv"),
    ("SHOW SELECT getenv('x')", "getenv"),
    ("EXPLAIN", "0 statements"),
    ("EXPLAIN 'open", "does not end"),
    ("SHOW CREATE TABLE t AS SELECT 1", "SHOW"),
    ("SELECT nextval('s')", "nextval"),
    ("SELECT 1 +", "not understood"),
    ("", "0 statements"),
]


@pytest.mark.parametrize("statement", READS)
def test_a_read_is_allowed(statement):
    check_read_only(statement, "duckdb")


@pytest.mark.parametrize(("statement", "part"), REFUSED)
def test_what_is_no_read_is_refused_by_the_name_of_its_part(statement, part):
    with pytest.raises(QueryRefused, match="(?i)" + part) as caught:
        check_read_only(statement, "duckdb")
    assert str(caught.value).endswith("Write a single SELECT over the connection's own tables.")


@pytest.mark.parametrize(
    ("dialect", "statement"),
    [
        ("postgres", "SELECT pg_read_file('x')"),
        ("postgres", "SELECT pg_terminate_backend(1)"),
        ("postgres", "SELECT * FROM dblink('x', 'DROP TABLE t') AS t(a int)"),
        ("postgres", "SELECT 1 INTO t"),
        ("snowflake", "SELECT SYSTEM$CANCEL_QUERY('x')"),
        ("snowflake", "SHOW TABLES ->> DROP TABLE t"),
        ("bigquery", "SELECT * FROM EXTERNAL_QUERY('x', 'DROP TABLE t')"),
    ],
)
def test_other_dialects_have_their_own_dangers(dialect, statement):
    with pytest.raises(QueryRefused):
        check_read_only(statement, dialect)


def test_statements_left_unparsed_make_no_noise(caplog):
    with caplog.at_level(logging.WARNING):
        check_read_only("EXPLAIN SELECT 1", "duckdb")
    assert caplog.records == []


@pytest.mark.skipif(not STATEMENTS.exists(), reason="the statements of others lie beside the repository")
@pytest.mark.parametrize(
    ("dialect", "share"), [("duckdb", 0.99), ("bigquery", 0.99), ("snowflake", 0.99), ("postgres", 0.98)]
)
def test_real_statements_are_told_apart(dialect, share):
    cases = [json.loads(line) for line in STATEMENTS.read_text().splitlines()]
    cases = [case for case in cases if case["dialect"] == dialect]
    allowed = [case for case in cases if is_allowed(case["sql"], dialect)]
    assert [case for case in allowed if case["kind"] != "read"] == []
    assert len(allowed) >= share * sum(case["kind"] == "read" for case in cases)


def is_allowed(statement, dialect="duckdb"):
    try:
        check_read_only(statement, dialect)
    except QueryRefused:
        return False
    return True


WORDS = st.sampled_from(
    [
        "SELECT",
        "FROM",
        "WITH",
        "AS",
        "t",
        "(",
        ")",
        ",",
        ";",
        "*",
        "1",
        "'x'",
        "x",
        "INSERT",
        "INTO",
        "VALUES",
        "DELETE",
        "UPDATE",
        "SET",
        "a",
        "=",
        "CREATE",
        "TABLE",
        "DROP",
        "COPY",
        "TO",
        "EXPLAIN",
        "ANALYZE",
        "DESCRIBE",
        "SHOW",
        "SUMMARIZE",
        "PIVOT",
        "ON",
        "USING",
        "sum(b)",
        "ATTACH",
        "LOAD",
        "CALL",
        "pragma_version()",
        "PRAGMA",
        "version",
        "RETURNING",
        "UNION",
        "ALL",
        "--",
        "/*",
        "*/",
        "$$",
        "E'\\'",
        '"t"',
        "query('x')",
        "BEGIN",
        "TABLES",
        "ORDER",
        "BY",
        "LIMIT",
    ]
)


@given(st.lists(WORDS, min_size=1, max_size=9).map(" ".join))
def test_nothing_that_duckdb_takes_for_more_than_a_read_is_allowed(statement):
    if is_allowed(statement):
        kinds = duckdb_parser.statement_kinds(statement)
        assert kinds is None or (len(kinds) == 1 and kinds[0] in {"SELECT", "EXPLAIN", "MULTI", "PRAGMA"})


WRITES = [
    "INSERT INTO t VALUES (1)",
    "DELETE FROM t",
    "UPDATE t SET a = 2",
    "DROP TABLE t",
    "CREATE TABLE n (a INTEGER)",
]
WRAPS = [
    "{}",
    "({})",
    "WITH x AS ({}) SELECT 1",
    "EXPLAIN ANALYZE {}",
    "SELECT 1; {}",
    "FROM ({})",
    "PIVOT ({}) ON a USING sum(a)",
]


@given(st.sampled_from(WRITES), st.lists(st.sampled_from(WRAPS), max_size=3))
def test_an_allowed_statement_leaves_the_database_as_it_was(write, wraps):
    for wrap in wraps:
        write = wrap.format(write)
    if is_allowed(write):
        with duckdb.connect() as database:
            database.execute("CREATE TABLE t AS SELECT 1 AS a")
            before = database.execute(
                "SELECT (SELECT list(a) FROM t), (SELECT count(*) FROM duckdb_tables())"
            ).fetchall()
            try:
                database.execute(write).fetchall()
            except duckdb.Error:
                return
            after = database.execute(
                "SELECT (SELECT list(a) FROM t), (SELECT count(*) FROM duckdb_tables())"
            ).fetchall()
            assert after == before
