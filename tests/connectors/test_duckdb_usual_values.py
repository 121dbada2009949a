"""DuckDB tells usual values of local files by their first rows."""

import duckdb
import pytest

from rasgo_nb.connectors.base import KnowsValues
from rasgo_nb.connectors.duckdb import connect


@pytest.fixture
def shop():
    connection = connect(":memory:", name="shop", read_only=False)
    connection._rows(
        """CREATE TABLE "the orders" AS SELECT range AS id, 'c' || range AS "who bought",
        CASE WHEN range % 3 = 0 THEN 'open' ELSE 'paid' END AS state, NULL::TEXT AS note,
        CAST('M' AS ENUM('S', 'M')) AS size FROM range(1000)"""
    )
    connection._rows('CREATE VIEW slow AS SELECT state, count(*) FROM "the orders" GROUP BY 1')
    connection._rows("CREATE TABLE nothing (state TEXT)")
    yield connection
    connection.close()


def test_columns_with_few_values_tell_them_most_frequent_first(shop):
    assert isinstance(shop, KnowsValues)
    found = shop.usual_values(shop.list_tables())
    assert {str(table): values for table, values in found.items()} == {
        "main.the orders": {"state": ("paid", "open"), "size": ("M",)}
    }


def test_files_of_a_folder_are_looked_at(tmp_path):
    duckdb.sql(f"COPY (SELECT 'x' AS kind FROM range(9)) TO '{tmp_path}/events.parquet'")
    connection = connect(tmp_path, name="files")
    (values,) = connection.usual_values(connection.list_tables()).values()
    assert values == {"kind": ("x",)}
    connection.close()


def test_a_file_that_is_gone_has_none(tmp_path):
    duckdb.sql(f"COPY (SELECT 'x' AS kind FROM range(9)) TO '{tmp_path}/events.parquet'")
    connection = connect(tmp_path, name="files")
    (tmp_path / "events.parquet").unlink()
    assert connection.usual_values(connection.list_tables()) == {}
    connection.close()
