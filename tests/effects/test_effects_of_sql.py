"""What SQL would do, told from its tree."""

import json
import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rasgo_nb.connectors.readonly import check_read_only
from rasgo_nb.effects import effects_of_sql
from rasgo_nb.effects.sql import effects_of_read
from rasgo_nb.policy import RULES, Policy

DATA = Path(os.environ.get("RASGO_NB_DATA", Path(__file__).parents[3] / "shared" / "data"))
STATEMENTS = DATA / "sql_devset" / "statements.jsonl"

WRITES = "writes to the warehouse"
TOLD = [
    ("duckdb", "SELECT a FROM orders", "read", "reads orders"),
    ("duckdb", "WITH a AS (FROM t) SELECT * FROM a JOIN u USING (id)", "read", "reads u, t"),
    ("duckdb", "FROM 'sales.csv'", "read", "reads the file 'sales.csv'"),
    ("duckdb", "SELECT * FROM read_csv('sales.csv', header = true)", "read", "reads the file 'sales.csv'"),
    ("duckdb", "ATTACH 'x.db' (READ_ONLY)", "read", "reads the file 'x.db'"),
    ("duckdb", "DELETE FROM orders", "write_warehouse", f"{WRITES} (DELETE FROM orders)"),
    ("duckdb", "INSERT INTO a.b.t VALUES (1)", "write_warehouse", f"{WRITES} (INSERT INTO a.b.t)"),
    ("duckdb", "CREATE OR REPLACE TABLE t AS FROM u", "write_warehouse", f"{WRITES} (CREATE TABLE t)"),
    ("duckdb", "DROP TABLE IF EXISTS t", "write_warehouse", f"{WRITES} (DROP TABLE t)"),
    ("duckdb", "TRUNCATE t", "write_warehouse", f"{WRITES} (TRUNCATE t)"),
    ("duckdb", "EXPLAIN ANALYZE UPDATE t SET a = 1", "write_warehouse", f"{WRITES} (UPDATE t)"),
    ("duckdb", "PREPARE p AS DELETE FROM t", "write_warehouse", f"{WRITES} (DELETE)"),
    ("duckdb", "COPY t FROM 'x.csv'", "write_warehouse", f"{WRITES} (COPY INTO t)"),
    ("duckdb", "COPY (FROM t) TO 'x.csv'", "write_file", "writes the file 'x.csv'"),
    ("duckdb", "EXPORT DATABASE 'x'", "write_file", "writes a file (EXPORT)"),
    ("mysql", "SELECT * FROM t INTO OUTFILE '/tmp/x'", "write_file", "writes a file (INTO OUTFILE)"),
    ("duckdb", "FROM 'https://x/y.parquet'", "network", "reaches the network (https://x/y.parquet)"),
    ("duckdb", "FROM read_csv(['s3://b/x.csv'])", "network", "reaches the network (s3://b/x.csv)"),
    ("duckdb", "COPY t TO 's3://b/x.csv'", "network", "reaches the network (s3://b/x.csv)"),
    (
        "bigquery",
        "SELECT * FROM EXTERNAL_QUERY('c', 's')",
        "network",
        "reaches the network (external_query())",
    ),
    (
        "bigquery",
        "EXPORT DATA OPTIONS (uri = 'gs://b/x') AS SELECT 1",
        "network",
        "reaches the network (gs://b/x)",
    ),
    ("snowflake", "PUT file:///x @stage", "network", "reaches the network (PUT)"),
    ("snowflake", "COPY INTO t FROM @stage", "write_warehouse", f"{WRITES} (COPY INTO t)"),
    ("snowflake", "COPY INTO @stage FROM t", "write_file", "writes the file '@stage'"),
    ("duckdb", "INSTALL httpfs", "install", "installs packages (INSTALL)"),
    ("duckdb", "LOAD httpfs", "install", "installs packages (LOAD)"),
    ("postgres", "SELECT 1 INTO x", "write_warehouse", f"{WRITES} (SELECT INTO x)"),
    ("postgres", "SELECT setval('s', 1)", "write_warehouse", f"{WRITES} (setval())"),
    ("postgres", "GRANT ALL ON t TO x", "write_warehouse", f"{WRITES} (GRANT ON t)"),
]
NOT_JUDGED = [
    ("duckdb", "SELEC 1"),
    ("duckdb", "SET threads = 1"),
    ("duckdb", "ATTACH 'x.db'"),
    ("duckdb", "FROM read_csv(getvariable('x'))"),
    ("duckdb", "SELECT getenv('HOME')"),
    ("duckdb", "FROM query('DROP TABLE t')"),
    ("postgres", "CALL f()"),
    ("postgres", "DO $$ BEGIN END $$"),
    ("postgres", "COPY t TO PROGRAM 'rm x'"),
    ("postgres", "SELECT * FROM dblink('c', 'DROP TABLE t') AS t(a int)"),
    ("postgres", "SELECT * FROM t FOR UPDATE"),
    ("snowflake", "EXECUTE IMMEDIATE 'DROP TABLE t'"),
    ("", "SELECT pg_read_file('x')"),
    ("no_such_dialect", "SELECT 1"),
]


@pytest.mark.parametrize(("dialect", "sql", "kind", "sentence"), TOLD, ids=[case[1] for case in TOLD])
def test_each_statement_is_told_with_its_kind(dialect, sql, kind, sentence):
    effects = effects_of_sql(sql, dialect)
    assert kind in effects.kinds
    assert sentence in effects.sentences


@pytest.mark.parametrize(("dialect", "sql"), NOT_JUDGED)
def test_what_is_not_understood_is_said_and_asked(dialect, sql):
    effects = effects_of_sql(sql, dialect)
    assert effects.unknown
    assert Policy().judge(effects) != "allow"


@pytest.mark.parametrize(
    ("dialect", "sql", "name"),
    [
        ("snowflake", "SELECT AI_COMPLETE('m', a) FROM t", "ai_complete"),
        ("snowflake", "SELECT SNOWFLAKE.CORTEX.SUMMARIZE(a) FROM t", "snowflake.cortex.summarize"),
        ("bigquery", "SELECT AI.GENERATE(a) FROM t", "ai.generate"),
        ("bigquery", "SELECT * FROM ML.GENERATE_TEXT(MODEL d.m, TABLE t)", "ml.generate_text"),
    ],
)
def test_a_read_that_asks_a_paid_model_is_asked_about_even_where_only_reads_run(dialect, sql, name):
    check_read_only(sql, dialect)
    effects = effects_of_read(sql, dialect)
    assert any(f"calls {name}(), which asks a model" in said for said in effects.sentences)
    assert Policy().judge(effects) == "ask"


def test_other_reads_are_not_asked_about_where_only_reads_run():
    for sql in ("SELECT ai_score FROM t", "SELECT * FROM ML.PREDICT(MODEL d.m, TABLE t)", "DROP TABLE t"):
        assert Policy().judge(effects_of_read(sql, "bigquery")) == "allow"


def test_a_part_that_is_understood_counts_beside_one_that_is_not():
    effects = effects_of_sql("DELETE FROM t; SELEC 1; SELECT ';'", "duckdb")
    assert effects.sentences[0] == "writes to the warehouse (DELETE FROM t)"
    assert effects.unknown


def test_nothing_at_all_does_nothing():
    assert effects_of_sql(" ; -- no", "duckdb").kinds <= {"read"}


@given(st.text(), st.sampled_from(["duckdb", "postgres", "snowflake", "bigquery", ""]))
@settings(deadline=None)
def test_no_text_makes_it_raise(text, dialect):
    effects_of_sql(text, dialect)


@given(st.sampled_from(TOLD), st.sampled_from(TOLD))
@settings(deadline=None)
def test_a_further_statement_never_lessens_the_effects(first, second):
    dialect = second[0]
    alone = [Policy().judge(effects_of_sql(case[1], dialect)) for case in (first, second)]
    both = Policy().judge(effects_of_sql(f"{first[1]};\n{second[1]}", dialect))
    assert RULES.index(both) >= max(map(RULES.index, alone))


@pytest.mark.skipif(not STATEMENTS.exists(), reason="the statements of others are not on this machine")
def test_real_statements_are_judged_as_the_guard_does_and_by_kind():
    counts: Counter[tuple[bool, str]] = Counter()
    lines = STATEMENTS.read_text(encoding="utf-8").splitlines()[::7]
    for one in map(json.loads, lines):
        effects = effects_of_sql(one["sql"], one["dialect"])
        rule = Policy().judge(effects)
        counts[one["kind"] == "read", rule] += 1
        if rule == "allow" and not any(said.startswith("reads the file") for said in effects.sentences):
            check_read_only(one["sql"], one["dialect"])
    reads = sum(number for (is_read, _), number in counts.items() if is_read)
    assert counts[True, "allow"] / reads > 0.98
    assert counts[False, "allow"] <= 1
