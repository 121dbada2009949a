"""SQLAlchemy over SQLite: always there, and the odd one of all databases."""

import json
import sqlite3

import pytest
from contract import ODD_NAME, PLENTY, ConnectionContract

from rasgo_nb.connectors.base import CostEstimate, TableName
from rasgo_nb.connectors.open import open_connection
from rasgo_nb.connectors.sqlalchemy_errors import query_error
from rasgo_nb.connectors.sqlalchemy_plan import HOW
from rasgo_nb.connectors.sqlalchemy_schemes import sqlglot_dialect
from rasgo_nb.connectors.tag import tagged
from rasgo_nb.errors import ConnectionFailed, MissingDependency, QueryError, QueryRefused

DATA_SET = f"""
CREATE TABLE people (id INTEGER PRIMARY KEY, name VARCHAR, height DOUBLE, born DATE, active BOOLEAN);
CREATE TABLE visits (person INTEGER REFERENCES people (id), "{ODD_NAME.replace('"', '""')}" TIMESTAMP);
CREATE TABLE empty (a INTEGER);
INSERT INTO people VALUES (1, 'Ada', 1.7, '1815-12-10', true), (2, 'Grace', NULL, '1906-12-09', false),
    (3, NULL, 1.8, NULL, NULL);
INSERT INTO visits VALUES (1, '2024-01-02 03:04:05'), (1, '2024-01-03 00:00:00');
"""
NUMBERS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < {})"


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "people.db"
    writer = sqlite3.connect(path)
    writer.executescript(DATA_SET)
    writer.close()
    return path


@pytest.fixture
def connection(database):
    connection = open_connection(f"sqlite:///{database}", name="people")
    yield connection
    connection.close()


class TestSQLite(ConnectionContract):
    slow_query = f"{NUMBERS.format(1_000_000)} SELECT count(*) FROM n a, n b WHERE a.x * b.x % 7 = 3"
    many_rows = f"{NUMBERS.format(100_000_000)} SELECT x AS n FROM n"
    wrong_type = "SELECT json_extract(name, '$.a') FROM people"  # it takes any value for any other

    @pytest.fixture
    def connection(self, database):
        connection = open_connection(f"sqlite:///{database}", name="people")
        yield connection
        connection.close()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("trino://ada@h/c", "%pip install 'trino\\[sqlalchemy\\]'"),
        ("databricks://token:s3cret@h", "%pip install databricks-sqlalchemy"),
        ("redshift+psycopg2://ada:s3cret@h/x", "%pip install sqlalchemy-redshift"),
        ("mysq://ada:s3cret@h/x", "Nearest: mysql://"),
        ("postgresql+asyncpg://ada:s3cret@h/x", r"postgresql\+psycopg://"),
        ("mysql+pymysql://ada:s3cret@h:port/x", "no URL of a database"),
        ("zzzzzz://ada:s3cret@h/x", "%pip install"),
        ("sqlite://", "in memory is empty"),
    ],
)
def test_a_url_that_cannot_be_opened_is_answered_in_one_line(url, words):
    with pytest.raises((ConnectionFailed, MissingDependency), match=rf"(?i){words}") as caught:
        open_connection(url)
    assert "s3cret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_answered_with_the_nearest(database):
    with pytest.raises(ConnectionFailed, match=r"sqlite:///.*people\.db"):
        open_connection(f"sqlite:///{database.with_name('peeple.db')}")
    assert not database.with_name("peeple.db").exists()


def test_a_file_that_is_no_database_is_told(tmp_path):
    (tmp_path / "notes.txt").write_text("no database, but long enough to be looked into" * 100)
    with pytest.raises(ConnectionFailed, match="not a database"):
        open_connection(f"sqlite:///{tmp_path / 'notes.txt'}")


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO empty VALUES (1)",
        "ATTACH ':memory:' AS other",
        "PRAGMA query_only = 0",
        "SELECT load_extension('x')",
        "CREATE TEMP TABLE mine (a)",
    ],
)
def test_sqlite_itself_refuses_what_the_guard_could_not_see(connection, statement):
    with pytest.raises(QueryError):
        connection._run(statement, lambda job: job.gather(statement, {}, PLENTY, None))
    assert len(connection.run_query("SELECT * FROM empty").frame) == 0


def test_values_of_several_types_in_one_column_become_text(connection):
    frame = connection.run_query(
        "SELECT 1 AS x, 1 AS n, 9007199254740993 AS big UNION ALL SELECT 'a', 2.5, 0.5"
        " UNION ALL SELECT x'ff', NULL, NULL"
    ).frame
    assert frame["x"].tolist() == ["1", "a", "ff"]
    assert frame["n"].tolist()[:2] == [1.0, 2.5]
    assert frame["big"].tolist()[:2] == ["9007199254740993", "0.5"]


def test_a_value_that_is_no_date_leaves_its_column_as_text(tmp_path):
    writer = sqlite3.connect(tmp_path / "odd.db")
    writer.executescript("CREATE TABLE t (d DATE); INSERT INTO t VALUES ('2024-01-02'), ('soon')")
    writer.close()
    connection = open_connection(f"sqlite:///{tmp_path / 'odd.db'}")
    assert connection.run_query("SELECT d FROM t").frame["d"].tolist() == ["2024-01-02", "soon"]
    connection.close()


def test_a_table_that_vanished_is_told_and_the_next_question_works(database, connection):
    assert TableName("", "main", "visits") in connection.list_tables()
    writer = sqlite3.connect(database)
    writer.execute("DROP TABLE visits")
    writer.commit()
    writer.close()
    with pytest.raises(QueryError, match="no such table: visits") as caught:
        connection.run_query("SELECT * FROM visits")
    assert caught.value.kind == "missing_object"
    assert len(connection.run_query("SELECT * FROM people").frame) == 3


def test_a_query_bears_its_run_and_step(url_with_log):
    connection, sent = url_with_log
    with tagged("run-7 */ DROP", 3):
        connection.run_query("SELECT 1")
    assert sent[-1] == "/* rasgo_nb run=run-7  DROP step=3 */ SELECT 1"


@pytest.fixture
def url_with_log(connection):
    sqlalchemy = pytest.importorskip("sqlalchemy")
    sent = []
    sqlalchemy.event.listen(
        connection._engine, "before_cursor_execute", lambda *arguments: sent.append(arguments[2])
    )
    return connection, sent


class OfMySQL(Exception):
    pass


class OfPostgres(Exception):
    sqlstate = "42501"


class OfTrino(Exception):
    error_name = "COLUMN_NOT_FOUND"
    error_location = (2, 8)
    message = "line 2:8: Column 'nope' cannot be resolved"


@pytest.mark.parametrize(
    ("error", "dialect", "kind"),
    [
        (OfMySQL(1054, "Unknown column 'nope' in 'field list'"), "mysql", "missing_object"),
        (OfMySQL(1064, "You have an error in your SQL syntax"), "mysql", "syntax"),
        (OfMySQL(3024, "maximum statement execution time exceeded"), "mysql", "timeout"),
        (OfMySQL(2013, "Lost connection"), "mariadb", "network"),
        (OfPostgres("permission denied"), "postgresql", "permission"),
        (OfTrino(), "trino", "missing_object"),
        (Exception("ORA-00942: table or view does not exist"), "oracle", "missing_object"),
        (
            Exception("42S22", "[42S22] Invalid column name 'nope'. (207) (SQLExecDirectW)"),
            "mssql",
            "missing_object",
        ),
        (
            Exception("[UNRESOLVED_COLUMN.WITH_SUGGESTION] nope SQLSTATE: 42703"),
            "databricks",
            "missing_object",
        ),
        (Exception("something else"), "hana", "other"),
    ],
)
def test_a_drivers_codes_tell_the_kind(error, dialect, kind):
    assert query_error(error, "SELECT 1,\n       nope", dialect).kind == kind


def test_the_place_that_a_driver_names_is_found():
    error = query_error(OfTrino(), "SELECT 1,\n       nope", "trino")
    assert (error.line, error.column) == (2, 8)
    error = query_error(
        OfMySQL(1054, "Unknown column 'o.nope' in 'field list'"), "SELECT\n  o.`nope`", "mysql"
    )
    assert (error.line, error.column) == (2, 3)


@pytest.mark.parametrize(
    ("name", "dialect"),
    [
        ("mssql", "tsql"),
        ("postgresql", "postgres"),
        ("awsathena", "athena"),
        ("trino", "trino"),
        ("hana", ""),
    ],
)
def test_each_dialect_has_its_name_in_sqlglot(name, dialect):
    assert sqlglot_dialect(name) == dialect


def test_mysqls_plan_is_read():
    plan = {
        "query_block": {
            "nested_loop": [
                {"table": {"table_name": "o", "rows_examined_per_scan": 100, "rows_produced_per_join": 10}},
                {"table": {"table_name": "c", "rows_examined_per_scan": 5, "rows_produced_per_join": 50}},
            ]
        }
    }
    estimate = HOW["mysql"].read([(json.dumps(plan),)])
    assert (estimate.rows_read, estimate.rows) == (105, 50)


def test_trinos_plan_is_read():
    table = {"estimate": {"outputRowCount": 7.0, "outputSizeInBytes": 70.0}}
    plan = {"inputTableColumnInfos": [table], "estimate": {"outputRowCount": "NaN"}}
    estimate = HOW["trino"].read([(json.dumps(plan),)])
    assert (estimate.rows_read, estimate.bytes_read, estimate.rows) == (7, 70, None)


def test_a_write_that_is_allowed_has_no_estimate_and_is_not_refused(database):
    connection = open_connection(f"sqlite:///{database}", name="people", read_only=False)
    assert connection.estimate_cost("INSERT INTO empty VALUES (7)") == CostEstimate()
    assert connection.run_query("SELECT * FROM empty").frame.empty
    connection.close()


def test_what_is_no_read_is_refused_in_the_guards_words(database):
    with pytest.raises(QueryRefused, match="DELETE is no read"):
        open_connection(f"sqlite:///{database}", name="people").run_query("DELETE FROM people")
