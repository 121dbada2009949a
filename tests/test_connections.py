"""Which connections are open, and when one is opened anew."""

import shutil

import duckdb
import pytest

from rasgo_nb.connections import Connections


@pytest.fixture
def connections():
    connections = Connections()
    yield connections
    connections.close()


def test_a_database_that_is_open_already_is_not_opened_anew(connections, tmp_path):
    duckdb.connect(str(tmp_path / "shop.duckdb")).close()
    opened = connections.connect(tmp_path / "shop.duckdb")
    connections.connect(":memory:")
    assert connections.connect(tmp_path / "shop.duckdb", name="shop") is opened
    assert connections.current == "shop"


def test_tables_in_memory_outlive_connecting_again(connections):
    connections.connect(":memory:", read_only=False).run_query("CREATE TABLE t AS SELECT 1 AS n")
    again = connections.connect(":memory:", read_only=False)
    assert again.run_query("SELECT n FROM t").frame["n"].tolist() == [1]


def test_another_file_in_its_place_is_opened_anew(connections, tmp_path):
    for name, number in (("old", 1), ("new", 2)):
        with duckdb.connect(str(tmp_path / f"{name}.duckdb")) as database:
            database.execute(f"CREATE TABLE t AS SELECT {number} AS n")
    connections.connect(tmp_path / "old.duckdb")
    shutil.copy(tmp_path / "new.duckdb", tmp_path / "copy.duckdb")
    (tmp_path / "copy.duckdb").replace(tmp_path / "old.duckdb")
    again = connections.connect(tmp_path / "old.duckdb")
    assert again.run_query("SELECT n FROM t").frame["n"].tolist() == [2]


def test_a_folder_is_looked_at_anew(connections, tmp_path):
    (tmp_path / "a.csv").write_text("x\n1\n")
    connections.connect(tmp_path, name="files")
    (tmp_path / "b.csv").write_text("x\n1\n")
    tables = connections.connect(tmp_path, name="files").list_tables()
    assert [table.table for table in tables] == ["a", "b"]


def test_what_was_closed_by_hand_is_opened_again(connections):
    connections.connect(":memory:").close()
    assert connections.connect(":memory:").run_query("SELECT 1 AS n").frame["n"].tolist() == [1]


def test_it_is_known_what_each_was_opened_from(connections, tmp_path):
    (tmp_path / "a.csv").write_text("x\n1\n")
    connections.connect(tmp_path / "a.csv", name="mine")
    assert connections.sources == {"mine": str(tmp_path / "a.csv")}
