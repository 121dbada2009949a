import contextvars
import subprocess
import sys

import duckdb
import pandas as pd
import pytest
from contract import ODD_NAME, PLENTY, ConnectionContract

from rasgo_nb.connectors.base import CostEstimate, TableName
from rasgo_nb.connectors.duckdb import connect
from rasgo_nb.errors import ConnectionFailed, QueryError, QueryRefused

DATA_SET = f"""
CREATE TABLE people (id INTEGER PRIMARY KEY, name VARCHAR, height DOUBLE, born DATE, active BOOLEAN);
CREATE TABLE visits (person INTEGER REFERENCES people (id), "{ODD_NAME.replace('"', '""')}" TIMESTAMP);
CREATE TABLE empty (a INTEGER);
INSERT INTO people VALUES (1, 'Ada', 1.7, '1815-12-10', true), (2, 'Grace', NULL, '1906-12-09', false),
    (3, NULL, 1.8, NULL, NULL);
INSERT INTO visits VALUES (1, '2024-01-02 03:04:05'), (1, '2024-01-03 00:00:00');
"""
stage = contextvars.ContextVar("stage", default="outside")


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "people.duckdb"
    with duckdb.connect(str(path)) as writer:
        writer.execute(DATA_SET)
    return path


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "data folder"
    (folder / "parts.parquet").mkdir(parents=True)
    with duckdb.connect() as writer:
        for path, value in [
            ("sales.parquet", 1),
            ("Sales.csv", 2),
            ("it's [odd] 😀.parquet", 3),
            ("parts.parquet/a.parquet", 4),
            ("parts.parquet/b.parquet", 5),
        ]:
            target = str(folder / path).replace("'", "''")
            writer.execute(f"COPY (SELECT {value} AS a) TO '{target}'")
    (folder / "readme.md").write_text("not data")
    return folder


class TestDuckDB(ConnectionContract):
    @pytest.fixture
    def connection(self, database):
        connection = connect(database, name="people")
        yield connection
        connection.close()


def test_comments_are_described(tmp_path):
    connection = connect(":memory:", name="scratch", read_only=False)
    connection.run_query("CREATE TABLE t (a INTEGER)")
    connection.run_query("COMMENT ON TABLE t IS 'of the table'")
    connection.run_query("COMMENT ON COLUMN t.a IS 'of the column'")
    (detail,) = connection.describe_tables()
    assert (detail.comment, detail.columns[0].comment) == ("of the table", "of the column")


def test_each_data_file_of_a_folder_is_a_view(folder):
    connection = connect(folder, name="files")
    names = {str(name) for name in connection.list_tables()}
    assert names == {"main.Sales", "main.sales_2", "main.it's [odd] 😀", "main.parts"}
    assert connection.run_query('SELECT a FROM "it\'s [odd] 😀"').frame["a"].tolist() == [3]
    assert sorted(connection.run_query("SELECT a FROM parts").frame["a"]) == [4, 5]


def test_one_data_file_is_one_view(folder):
    connection = connect(folder / "sales.parquet", name="file")
    assert connection.list_tables() == [TableName("", "main", "sales")]
    assert connection.run_query("FROM sales").frame["a"].tolist() == [1]


@pytest.mark.parametrize(
    "statement",
    [
        "COPY people TO 'out.csv'",
        "EXPLAIN ANALYZE COPY people TO 'out.csv'",
        "ATTACH 'other.db'",
        "INSTALL httpfs",
        "SET threads = 1",
        "SELECT * FROM read_text('/etc/hostname')",
        "WITH gone AS (DELETE FROM people RETURNING *) SELECT * FROM gone",
    ],
)
def test_a_read_only_connection_has_no_way_out(database, statement):
    with pytest.raises(QueryRefused):
        connect(database, name="people").run_query(statement)


@pytest.mark.parametrize(
    "statement", ["COPY people TO 'x.csv'", "FROM read_text('/etc/hostname')", "ATTACH 'x'"]
)
def test_the_database_itself_is_locked_too(database, statement):
    connection = connect(database, name="people")
    with pytest.raises(QueryError, match=r"Permission|read-only"):
        connection._rows(statement)


def test_writing_works_where_it_was_asked_for(database):
    connection = connect(database, name="people", read_only=False)
    connection.run_query("INSERT INTO empty VALUES (7)")
    assert connection.run_query("FROM empty").frame["a"].tolist() == [7]


def test_an_estimate_of_several_statements_runs_none_of_them(database):
    connection = connect(database, name="people", read_only=False)
    assert connection.estimate_cost("SELECT 1; DROP TABLE visits") == CostEstimate()
    assert len(connection.run_query("FROM visits").frame) == 2


def test_a_missing_file_is_answered_with_the_nearest(database):
    with pytest.raises(ConnectionFailed, match=r"people\.duckdb"):
        connect(database.with_name("poeple.duckdb"), name="people")


def test_a_file_that_is_no_database_is_named_so(tmp_path):
    (tmp_path / "notes.db").write_text("no database " * 1000)
    with pytest.raises(ConnectionFailed, match="no DuckDB database"):
        connect(tmp_path / "notes.db", name="notes")


def test_a_folder_without_data_says_what_to_give(tmp_path):
    with pytest.raises(ConnectionFailed, match="no data files"):
        connect(tmp_path, name="nothing")


def test_a_database_open_elsewhere_says_how_to_go_on(database):
    hold = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout.readline()
        with pytest.raises(ConnectionFailed, match="another process"):
            connect(database, name="people")
        other.communicate(b"\n")


def test_a_database_can_be_connected_twice(database):
    first, second = connect(database, name="first"), connect(database, name="second")
    first.close()
    assert len(second.run_query("FROM people").frame) == 3


def test_a_database_open_for_writing_in_the_same_kernel_says_so(database):
    writer = connect(database, name="writer", read_only=False)
    with pytest.raises(ConnectionFailed, match="another mode"):
        connect(database, name="reader")
    writer.close()


def test_context_variables_reach_the_query(database):
    connection = connect(":memory:", name="scratch", read_only=False)
    seen = []
    connection._parent.create_function("look", lambda: seen.append(stage.get()) or 1, [], "INTEGER")
    stage.set("inside")
    connection.run_query("SELECT look()")
    assert set(seen) == {"inside"}


def test_a_table_of_5000_columns_is_described_and_read():
    connection = connect(":memory:", name="wide", read_only=False)
    connection.run_query("CREATE TABLE wide AS SELECT " + ", ".join(f"{n} AS c{n}" for n in range(5000)))
    assert len(connection.describe_tables()[0].columns) == 5000
    assert connection.run_query("FROM wide", caps=PLENTY).frame.shape == (1, 5000)


def test_the_name_of_the_database_shows_only_where_there_are_several(tmp_path):
    connection = connect(":memory:", name="two", read_only=False)
    connection.run_query("CREATE TABLE a (x INTEGER)")
    assert [str(name) for name in connection.list_tables()] == ["main.a"]
    connection.run_query(f"ATTACH '{tmp_path / 'second.duckdb'}' AS second")
    connection.run_query("CREATE TABLE second.b (x INTEGER)")
    assert [str(name) for name in connection.list_tables()] == ["memory.main.a", "second.main.b"]


def test_importing_the_connector_loads_no_heavy_library():
    heavy = "{'duckdb', 'pandas', 'sqlglot', 'pyarrow', 'numpy'}"
    code = f"import sys, rasgo_nb.connectors.duckdb; print(sorted({heavy} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "frame", [pd.DataFrame(), pd.DataFrame({"month": pd.period_range("2024-01", periods=2, freq="M")})]
)
def test_a_frame_that_duckdb_cannot_read_is_named_with_what_to_do(frame):
    connection = connect(":memory:", name="memory")
    with pytest.raises(QueryError, match=r"DataFrame odd cannot be queried.*new name"):
        connection.run_query("FROM odd", frames={"odd": frame})
    connection.close()


def test_a_csv_in_another_encoding_is_named_so(tmp_path):
    (tmp_path / "names.csv").write_bytes("name\nJosé\n".encode("latin-1"))
    with pytest.raises(ConnectionFailed, match=r"names\.csv .* not utf-8 encoded\. Mend or move the file"):
        connect(tmp_path, name="names")


def test_python_ends_well_while_queries_run(database):
    code = f"""
import threading, time
from contextlib import suppress
from rasgo_nb.connectors.duckdb import connect
from rasgo_nb.errors import QueryStopped

connection = connect({str(database)!r}, name="people")

def ask():
    with suppress(QueryStopped):
        while True:
            connection.describe_tables()

for _ in range(4):
    threading.Thread(target=ask, daemon=True).start()
time.sleep(0.3)
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, timeout=30)
    assert ended.returncode == 0
