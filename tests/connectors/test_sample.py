import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from rasgo_nb.connectors import sample
from rasgo_nb.errors import ConnectionFailed

ROOT = Path(__file__).resolve().parents[2]
ORIGINALS = Path(os.environ.get("RASGO_NB_DATA", ROOT.parent / "shared" / "data")) / "real_data"
PACKED = ROOT / "rasgo_nb" / "connectors" / "sample_data"

ROW_COUNTS = {
    "flights.airlines": 16,
    "flights.airports": 1_458,
    "flights.flights": 336_776,
    "flights.planes": 3_322,
    "flights.weather": 26_115,
    "jaffle.customers": 931,
    "jaffle.items": 105_416,
    "jaffle.orders": 71_948,
    "jaffle.products": 10,
    "jaffle.stores": 6,
    "jaffle.supplies": 65,
    "jaffle.tweets": 22_520,
}

PRIMARY_KEYS = {
    "airlines": ["carrier"],
    "airports": ["faa"],
    "planes": ["tailnum"],
    "weather": ["origin", "time_hour"],
    "flights": ["time_hour", "carrier", "flight"],
    "customers": ["id"],
    "stores": ["id"],
    "products": ["sku"],
    "supplies": ["id", "sku"],
    "orders": ["id"],
    "items": ["id"],
    "tweets": ["id"],
}

FOREIGN_KEYS = {
    "flights.carrier -> airlines.carrier",
    "flights.origin -> airports.faa",
    "weather.origin -> airports.faa",
    "supplies.sku -> products.sku",
    "orders.customer -> customers.id",
    "orders.store_id -> stores.id",
    "items.order_id -> orders.id",
    "items.sku -> products.sku",
    "tweets.user_id -> customers.id",
}

# A column as it is at the source, where the sample database has another type or unit.
AT_THE_SOURCE = {
    "jaffle.customers": "id::VARCHAR AS id",
    "jaffle.items": "id::VARCHAR AS id, order_id::VARCHAR AS order_id",
    "jaffle.orders": """id::VARCHAR AS id, customer::VARCHAR AS customer, store_id::VARCHAR AS store_id,
        subtotal * 100 AS subtotal, tax_paid * 100 AS tax_paid, order_total * 100 AS order_total""",
    "jaffle.products": "price * 100 AS price",
    "jaffle.stores": "id::VARCHAR AS id",
    "jaffle.supplies": "cost * 100 AS cost",
    "jaffle.tweets": "id::VARCHAR AS id, user_id::VARCHAR AS user_id",
}


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return sample.build(tmp_path_factory.mktemp("sample") / "new" / "sample.duckdb")


@pytest.fixture(scope="module")
def con(path):
    import duckdb

    with duckdb.connect(path, read_only=True) as con:
        yield con


def tables(con):
    return [
        f"{schema}.{table}"
        for schema, table in con.execute(
            "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT temporary ORDER BY ALL"
        ).fetchall()
    ]


def test_every_table_has_all_its_rows(con):
    counts = {table: con.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables(con)}
    assert counts == ROW_COUNTS


def test_every_table_has_its_primary_key(con):
    keys = con.execute(
        "SELECT table_name, constraint_column_names FROM duckdb_constraints() "
        "WHERE constraint_type = 'PRIMARY KEY'"
    ).fetchall()
    assert dict(keys) == PRIMARY_KEYS


def test_the_foreign_keys_that_hold_are_declared(con):
    keys = con.execute(
        "SELECT table_name || '.' || constraint_column_names[1] || ' -> ' || referenced_table || '.' "
        "|| referenced_column_names[1] FROM duckdb_constraints() WHERE constraint_type = 'FOREIGN KEY'"
    ).fetchall()
    assert {key for (key,) in keys} == FOREIGN_KEYS


@pytest.mark.parametrize(
    ("column", "reference", "broken"),
    [
        ("tailnum", "planes (tailnum)", 50_094),
        ("dest", "airports (faa)", 7_602),
        ("origin, time_hour", "weather (origin, time_hour)", 1_556),
    ],
)
def test_a_key_that_does_not_hold_fully_is_told_in_the_comment(con, column, reference, broken):
    table, columns = reference.removesuffix(")").split(" (")
    count = con.execute(
        f"SELECT count(*) FROM (SELECT {column} FROM flights.flights) AS f({columns}) "
        f"ANTI JOIN flights.{table} USING ({columns}) WHERE {columns.split(', ')[-1]} IS NOT NULL"
    ).fetchone()
    comment = con.execute(
        "SELECT comment FROM duckdb_columns() WHERE table_name = 'flights' AND column_name = ?",
        [column.split(", ")[-1]],
    ).fetchone()[0]
    assert count == (broken,)
    assert "No foreign key" in comment
    assert f"{broken:,} flights" in comment


def test_every_table_and_column_has_a_comment(con):
    without = con.execute(
        "SELECT table_name FROM duckdb_tables() WHERE comment IS NULL UNION ALL "
        "SELECT table_name || '.' || column_name FROM duckdb_columns() WHERE NOT internal AND comment IS NULL"
    ).fetchall()
    assert without == []


def test_nothing_but_the_tables_is_left_in_the_file(con):
    left = con.execute(
        "SELECT view_name FROM duckdb_views() WHERE NOT internal UNION ALL "
        "SELECT function_name FROM duckdb_functions() WHERE NOT internal"
    ).fetchall()
    assert left == []


@pytest.mark.skipif(not ORIGINALS.exists(), reason="the originals are not on this machine")
@pytest.mark.parametrize("table", ROW_COUNTS)
def test_every_value_is_that_of_the_original(con, table):
    schema, name = table.split(".")
    file = {"flights": f"nycflights13/{name}", "jaffle": f"jaffle_shop/raw_{name}"}[schema]
    replaced = f"REPLACE ({AT_THE_SOURCE[table]})" if table in AT_THE_SOURCE else ""
    ours, original = f"SELECT * {replaced} FROM {table}", f"SELECT * FROM '{ORIGINALS / file}.parquet'"
    assert con.sql(original).columns == con.sql(ours).columns
    assert con.sql(f"({ours}) EXCEPT ALL ({original})").fetchall() == []
    assert con.sql(f"({original}) EXCEPT ALL ({ours})").fetchall() == []


def test_money_is_exact_dollars(con):
    types = con.execute(
        "SELECT DISTINCT data_type FROM duckdb_columns() WHERE schema_name = 'jaffle' "
        "AND column_name IN ('price', 'cost', 'subtotal', 'tax_paid', 'order_total')"
    ).fetchall()
    assert types == [("DECIMAL(10,2)",)]


def test_the_data_folder_is_small():
    assert sum(file.stat().st_size for file in PACKED.iterdir()) < 6_000_000


def test_a_database_that_is_there_is_left_alone(path):
    before = path.stat()
    assert sample.build(path) == path
    assert path.stat().st_mtime_ns == before.st_mtime_ns


def test_two_processes_may_build_at_once_and_say_nothing(tmp_path):
    import duckdb

    path = tmp_path / "sample.duckdb"
    build = (
        f"from pathlib import Path; from rasgo_nb.connectors.sample import build; build(Path({str(path)!r}))"
    )
    command = [sys.executable, "-W", "error", "-c", build]
    started = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for _ in range(2)
    ]
    assert [process.communicate()[0] for process in started] == [b"", b""]
    assert [file.name for file in tmp_path.iterdir()] == ["sample.duckdb"]
    with duckdb.connect(path, read_only=True) as con:
        assert tables(con) == sorted(ROW_COUNTS)


@pytest.fixture
def not_a_folder(tmp_path):
    file = tmp_path / "file"
    file.touch()
    sample._temporary_folder.cache_clear()
    yield file
    sample._temporary_folder.cache_clear()


def test_where_the_folder_cannot_be_written_a_temporary_one_is_used(not_a_folder, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    built = sample.build(not_a_folder / "sample.duckdb")
    assert built.parent.parent == tmp_path
    assert sample.build(not_a_folder / "sample.duckdb") == built


def test_where_nothing_can_be_written_the_person_is_told(not_a_folder, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(not_a_folder))
    with pytest.raises(ConnectionFailed, match="restart the kernel and run `%rasgo connect sample` again"):
        sample.build(not_a_folder / "sample.duckdb")


def test_a_build_that_fails_leaves_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setattr(sample, "_SCHEMAS", ("flights", "missing"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    sample._temporary_folder.cache_clear()
    with pytest.raises(ConnectionFailed):
        sample.build(tmp_path / "sample.duckdb")
    assert list(tmp_path.iterdir()) == []


def test_the_default_path_names_database_and_version():
    path = sample.default_path()
    assert path.name == "sample.duckdb"
    assert path.parent.name == f"sample-{sample.VERSION}"
