"""Profiles in the dialects of other databases: run where there is a server, else as SQL to be read."""

import math
import sqlite3
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from sqlglot import parse_one

from rasgo_nb.connectors.base import TableName
from rasgo_nb.connectors.duckdb import connect as connect_duckdb
from rasgo_nb.connectors.open import open_connection
from rasgo_nb.connectors.profile import EXACT_BELOW_ROWS, profile_columns
from rasgo_nb.connectors.profile_kinds import SHARES, Kind, ProfiledColumn
from rasgo_nb.connectors.profile_sql import TableStatements
from rasgo_nb.connectors.readonly import check_read_only

GOLDEN = Path(__file__).parents[1] / "golden" / "profile"
ROWS = 2_000
COLUMNS = (
    '"Id n" integer, x double precision, money numeric(12, 2), born date, seen timestamp, '
    "city varchar(20), active boolean"
)
TYPES = ("integer", "double precision", "numeric", "date", "timestamp", "varchar(20)", "boolean")
KINDS = (Kind.INTEGER, Kind.FLOAT, Kind.DECIMAL, Kind.DATE, Kind.TIMESTAMP, Kind.TEXT, Kind.BOOLEAN)
NAMES = ("Id n", "x", "money", "born", "seen", "city", "active")


def frame_of(rows=ROWS):
    number = pd.Series(range(rows))
    return pd.DataFrame(
        {
            "Id n": number,
            "x": (number * 7919 % 1000 / 8).where(number % 10 != 3),
            "money": number * 31 % 500 / 100,
            "born": pd.Timestamp("2000-01-01") + pd.to_timedelta(number % 366, unit="D"),
            "seen": pd.Timestamp("2024-01-01 10:30:00") + pd.to_timedelta(number, unit="h"),
            "city": number.map(lambda n: ["Bonn", "Rom", "Roma", "Oslo", "it's"][n // 7 % 5]),
            "active": number % 3 == 0,
        }
    )


def plain_rows(frame):
    texts = frame.assign(born=frame["born"].dt.strftime("%Y-%m-%d"), seen=frame["seen"].astype(str))
    return [[None if value != value else value for value in row] for row in texts.values.tolist()]


def in_sqlite(tmp_path, _postgres):
    path = tmp_path / "t.db"
    writer = sqlite3.connect(path)
    writer.execute(f"CREATE TABLE t ({COLUMNS})")
    writer.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?)", plain_rows(frame_of()))
    writer.commit()
    writer.close()
    return open_connection(f"sqlite:///{path}", name="t"), "main"


def in_duckdb(tmp_path, _postgres):
    path = tmp_path / "t.duckdb"
    with duckdb.connect(str(path)) as writer:
        writer.execute(f"CREATE TABLE t ({COLUMNS})")
        writer.register("frame", frame_of())
        writer.execute("INSERT INTO t SELECT * FROM frame")
    return connect_duckdb(path, name="t"), "main"


def in_postgres(_tmp_path, postgres):
    import psycopg

    url = postgres.url(postgres.new_database(f"CREATE TABLE t ({COLUMNS})"))
    with psycopg.connect(url) as writer, writer.cursor() as cursor:
        cursor.executemany("INSERT INTO t VALUES (%s, %s, %s, %s, %s, %s, %s)", plain_rows(frame_of()))
    return open_connection(url.replace("postgresql:", "postgresql+psycopg:"), name="t"), "public"


PLACES = {"duckdb": in_duckdb, "sqlite": in_sqlite, "postgres": in_postgres}


@pytest.fixture(scope="module", params=PLACES)
def profiles(request, tmp_path_factory, postgres):
    connection, schema = PLACES[request.param](tmp_path_factory.mktemp("profiled"), postgres)
    profiled = profile_columns(connection, TableName("", schema, "t"), look_for=["rom", "7", "it's"])
    yield connection.dialect, {profile.name: profile for profile in profiled}
    connection.close()


def test_figures_are_those_of_pandas(profiles):
    _, of = profiles
    frame = frame_of()
    for name in NAMES:
        values = frame[name].dropna()
        profile = of[name]
        assert (profile.rows, profile.nulls, profile.distinct) == (ROWS, ROWS - len(values), values.nunique())
        assert not profile.is_approximate
        if name in ("Id n", "x", "money"):
            assert (profile.min, profile.max) == pytest.approx((values.min(), values.max()))
            assert profile.mean == pytest.approx(values.mean())
            assert sum(profile.histogram.counts) == len(values)


def test_quantiles_are_those_of_pandas_where_the_database_has_them(profiles):
    dialect, of = profiles
    frame = frame_of()
    for name in ("Id n", "x", "money"):
        expected = tuple(zip(SHARES, frame[name].quantile(list(SHARES)), strict=True))
        assert [value for _, value in of[name].quantiles] == (
            [] if dialect == "sqlite" else [pytest.approx(value) for _, value in expected]
        )
    if dialect != "sqlite":
        middle = frame["born"].quantile(0.5, interpolation="lower")
        assert dict(of["born"].quantiles)[0.5] == middle.date()


def test_dates_have_bins(profiles):
    _, of = profiles
    for name in ("born", "seen"):
        assert len(of[name].histogram.counts) == 10
        assert sum(of[name].histogram.counts) == ROWS
    assert str(of["born"].min) == "2000-01-01"
    assert str(of["seen"].max) == str(frame_of()["seen"].max())


def test_top_values_are_those_of_pandas(profiles):
    _, of = profiles
    frame = frame_of()
    assert dict(of["city"].top_values) == frame["city"].value_counts().to_dict()
    assert dict(of["active"].top_values) == frame["active"].value_counts().to_dict()
    assert (of["active"].min, of["active"].max) == (False, True)


def test_texts_and_numbers_are_found(profiles):
    _, of = profiles
    assert of["city"].found == {"rom": ("Rom", "Roma"), "it's": ("it's",)}
    assert of["Id n"].found == {"7": ("7",)}


def test_a_large_table_in_postgres_is_sampled(postgres):
    script = (
        "CREATE TABLE big AS SELECT n AS id, n % 7 AS few, 'name ' || n AS name, n / 8.0::float8 AS x, "
        "CASE WHEN n % 2 = 0 THEN 'often' ELSE 'rare ' || n END AS mixed "
        f"FROM generate_series(1, {EXACT_BELOW_ROWS + 10}) n"
    )
    name = postgres.new_database(script)
    postgres.execute("ANALYZE big", name)
    url = postgres.url(name).replace("postgresql:", "postgresql+psycopg:")
    connection = open_connection(url, name="big")
    of = {own.name: own for own in profile_columns(connection, TableName("", "public", "big"))}
    assert all(profile.is_approximate and profile.rows == EXACT_BELOW_ROWS + 10 for profile in of.values())
    assert (of["id"].min, of["id"].max, of["few"].distinct) == (1, EXACT_BELOW_ROWS + 10, 7)
    assert of["id"].distinct == pytest.approx(EXACT_BELOW_ROWS, rel=0.2)
    assert dict(of["x"].quantiles)[0.5] == pytest.approx(EXACT_BELOW_ROWS / 16, rel=0.1)
    assert of["mixed"].top_values[0] == ("often", (EXACT_BELOW_ROWS + 10) // 2)
    connection.close()


def test_numbers_that_are_none_are_counted_apart_in_postgres(postgres):
    script = "CREATE TABLE odd AS SELECT unnest(ARRAY[1, 3, 'NaN', 'Infinity', NULL]::float8[]) AS x"
    url = postgres.url(postgres.new_database(script)).replace("postgresql:", "postgresql+psycopg:")
    connection = open_connection(url, name="odd")
    (profile,) = profile_columns(connection, TableName("", "public", "odd"))
    assert (profile.nulls, profile.not_finite, profile.mean) == (1, 2, 2.0)
    assert (profile.min, profile.max, sum(profile.histogram.counts)) == (1.0, math.inf, 2)
    connection.close()


DIALECTS = ("snowflake", "bigquery", "mysql", "tsql", "oracle", "trino", "databricks", "")


def statements_in(dialect, names=NAMES):
    """All statements of a profile of a large table, one after another."""
    sql = TableStatements(TableName("", "sales", "order lines"), dialect)
    own = {"bigquery": {"double precision": "FLOAT64", "varchar(20)": "STRING"}}.get(dialect, {})
    columns = [
        ProfiledColumn(name, own.get(type_, type_), kind)
        for name, type_, kind in zip(NAMES, TYPES, KINDS, strict=True)
        if name in names
    ]
    known = {"Id n": (1, 5, 9), "born": ("2024-01-01", "2024-02-01", "2024-03-01")}
    edges = [known.get(column.name, ()) for column in columns]
    likely = [{"Id n": None, "city": ["Rom"], "active": None}.get(column.name, []) for column in columns]
    return [
        sql.count_rows(),
        sql.figures(columns, is_approximate=False, is_sampled=False, rows=10, top=3),
        sql.figures(columns, is_approximate=True, is_sampled=False, rows=10**7, top=3),
        sql.frequencies(columns, edges, likely, 3),
        sql.find(columns, ["Rom", "7"], 5),
    ]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_statements_are_those_that_can_be_read(dialect):
    made = [statement for statement in statements_in(dialect, ("Id n", "born", "city")) if statement]
    shown = [
        parse_one(statement, dialect=dialect or None).sql(dialect=dialect or None, pretty=True)
        for statement in made
    ]
    path = GOLDEN / f"{dialect or 'plain'}.sql"
    assert path.read_text(encoding="utf-8") == ";\n\n".join(shown) + "\n"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_guard_knows_the_statements_as_reads(dialect):
    for statement in filter(None, statements_in(dialect)):
        check_read_only(statement, dialect)
