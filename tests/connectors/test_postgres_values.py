import datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import psycopg
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rasgo_nb.connectors import postgres_text
from rasgo_nb.connectors.open import open_connection
from rasgo_nb.connectors.postgres_nested import lists
from rasgo_nb.connectors.postgres_numbers import NumericGatherer
from rasgo_nb.connectors.postgres_text import same

TYPES = """
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE place AS (x int, label text, price numeric, at timestamp);
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE TABLE prices (fixed numeric(20, 4), free numeric);
INSERT INTO prices VALUES (1.5, 0.1234567890123456789), ('NaN', 2);
"""
EXAMPLES = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def url(postgres):
    return postgres.url(postgres.new_database(TYPES))


@pytest.fixture(scope="module")
def connection(url):
    connection = open_connection(url, name="values")
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def driver(url):
    with psycopg.connect(url) as driver:
        yield driver


@pytest.fixture
def column(connection):
    """A column of the SQL values given, each a row."""

    def column(*values):
        return connection.run_query(
            "SELECT a FROM (VALUES " + ", ".join(f"({one})" for one in values) + ") t(a)"
        ).frame["a"]

    return column


@pytest.mark.parametrize(
    ("value", "dtype", "expected"),
    [
        ("1::smallint", "int16", 1),
        ("9223372036854775807", "int64", 2**63 - 1),
        ("4294967295::oid", "uint32", 2**32 - 1),
        ("0.1::real", "float32", np.float32(0.1)),
        ("'-infinity'::float8", "float64", -np.inf),
        ("true", "bool", True),
        ("'{\"a\": [1, null]}'::json", "str", '{"a": [1, null]}'),
        ("'{\"a\":1}'::jsonb", "str", '{"a": 1}'),
        ("'10.0.0.1/8'::inet", "str", "10.0.0.1/8"),
        ("'[1,5)'::int4range", "str", "[1,5)"),
        ("'{[1,2),[5,6)}'::int4multirange", "str", "{[1,2),[5,6)}"),
        ("'12.34'::money", "str", "$12.34"),
        ("'12:00+05:30'::timetz", "str", "12:00:00+05:30"),
        ("B'0101'", "str", "0101"),
        ("'(1,2)'::point", "str", "(1,2)"),
        ("'a b'::tsvector", "str", "'a' 'b'"),
        ("'abc'::char(5)", "str", "abc  "),
        ("5::positive", "int32", 5),
        ("'00000000-0000-0000-0000-000000000001'::uuid", "str", "00000000-0000-0000-0000-000000000001"),
        ("'2020-01-02'::date", "datetime64[us]", pd.Timestamp(2020, 1, 2)),
        ("'10000-01-02'::date", "datetime64[us]", pd.Timestamp(np.datetime64("10000-01-02"))),
        ("'infinity'::date", "datetime64[s]", pd.Timestamp(np.datetime64("5874897-12-31"))),
        ("'0044-03-15 BC'::date", "datetime64[us]", pd.Timestamp(np.datetime64("-0043-03-15"))),
        ("'3 days 04:05:06.789'::interval", "timedelta64[us]", pd.Timedelta("3 days 04:05:06.789")),
        ("'-1 days +02:03:00'::interval", "timedelta64[us]", pd.Timedelta(days=-1, hours=2, minutes=3)),
        ("'12:00:00.5'::time", "time64[us][pyarrow]", datetime.time(12, 0, 0, 500_000)),
        ("'24:00'::time", "str", "24:00:00"),
        ("'\\xdeadbeef'::bytea", "large_binary[pyarrow]", b"\xde\xad\xbe\xef"),
        ("ARRAY[1, NULL]", "large_list<item: int32>[pyarrow]", [1, None]),
        ("'[0:1]={5,6}'::int[]", "large_list<item: int32>[pyarrow]", [5, 6]),
        ("ARRAY['ok']::mood[]", "large_list<item: string>[pyarrow]", ["ok"]),
    ],
)  # fmt: skip
def test_a_value_keeps_its_type(column, value, dtype, expected):
    found = column(value)
    assert (str(found.dtype), found.iloc[0]) == (dtype, expected)


@pytest.mark.parametrize(
    ("values", "dtype", "expected"),
    [
        (["1::numeric", "2"], "int64", [1, 2]),
        (["1::numeric", "NULL"], "Int64", [1, pd.NA]),
        (["1::numeric", "2.5"], "float64", [1.0, 2.5]),
        (["'infinity'::numeric", "1"], "float64", [np.inf, 1.0]),
        (["2::numeric(10, 2)"], "float64", [2.0]),
        (["2::numeric(10, 0)"], "int64", [2]),
        (["12345678901234567::numeric", "0.5"], None, [Decimal(12345678901234567), Decimal("0.5")]),
        (["1.5::numeric", "123456789012345.67"], None, [Decimal("1.5"), Decimal("123456789012345.67")]),
        (["1e40::numeric"], None, [Decimal(10**40)]),
        (["1e90::numeric"], "object", [Decimal(10**90)]),
    ],
)
def test_numerics_are_integers_floats_or_exact(column, values, dtype, expected):
    found = column(*values)
    assert dtype is None or str(found.dtype) == dtype
    assert dtype is not None or "decimal" in str(found.dtype)
    assert found.tolist() == expected


def test_an_average_is_a_float_and_a_stored_fraction_is_exact(connection):
    frame = connection.run_query("SELECT avg(n) AS a FROM generate_series(1, 3, 2) n").frame
    assert frame["a"].tolist() == [2.0]
    assert connection.run_query("SELECT 10 / 3.0 AS a").frame["a"].dtype == "float64"
    free = connection.run_query("SELECT free FROM prices").frame["free"]
    assert free.tolist() == [Decimal("0.1234567890123456789"), Decimal(2)]


def test_a_numeric_that_is_not_a_number_is_nan(connection):
    fixed = connection.run_query("SELECT fixed FROM prices").frame["fixed"]
    assert fixed.dtype == "float64"
    assert fixed.isna().tolist() == [False, True]


def test_an_empty_text_is_no_null_and_no_text_is_taken_for_one(column):
    texts = ["''", "NULL", "'NULL'", "'NA'", "'t'", "'\\.'", "'a\"b'", "' '", "E'x\\r\\ny'", "U&'\\FEFFbom'"]
    found = column(*texts).tolist()
    assert np.isnan(found[1])
    assert found[:1] + found[2:] == ["", "NULL", "NA", "t", "\\.", 'a"b', " ", "x\r\ny", "\ufeffbom"]


def test_a_text_that_begins_with_a_byte_order_mark_keeps_it(column):
    assert column("U&'\\FEFFbom'").tolist() == ["\ufeffbom"]


def test_nulls_alone_in_a_row_are_rows(column):
    assert column("NULL::int", "1", "NULL").tolist() == [pd.NA, 1, pd.NA]


def test_moments_beyond_the_calendar_of_python_are_the_last_ones(column):
    found = column("'infinity'::timestamp", "'0044-03-15 12:00:00.5 BC'", "'2020-01-02 03:04:05.6'", "NULL")
    assert found.dtype == "datetime64[us]"
    assert found.dt.year.tolist()[:3] == [294247, -43, 2020]


def test_moments_bear_the_time_zone_of_the_session(url, monkeypatch):
    monkeypatch.setenv("PGTZ", "Europe/Paris")
    connection = open_connection(url, name="paris")
    moments = connection.run_query(
        "SELECT timestamptz '1800-01-01 00:00Z' AS old, timestamptz 'infinity' AS last"
    ).frame
    assert str(moments["old"].dtype) == "datetime64[us, Europe/Paris]"
    assert moments["old"].iloc[0] == pd.Timestamp("1800-01-01", tz="UTC")
    assert str(moments["last"].dtype) == "datetime64[us, UTC]"
    assert "294247" in str(moments)
    connection.close()


def test_an_enum_is_a_category_in_the_order_of_its_type(column):
    found = column("'ok'::mood", "NULL", "'sad'")
    assert found.cat.categories.tolist() == ["sad", "ok", "happy"]
    assert found.tolist()[::2] == ["ok", "sad"]


def test_intervals_with_months_are_date_offsets(column):
    assert column("'1 year 2 mons 3 days'::interval").tolist() == [
        pd.DateOffset(months=14, days=3, microseconds=0)
    ]


def test_rows_are_structs_also_in_arrays(column):
    row = {"x": 1, "label": 'a "b", c', "price": 1.5, "at": datetime.datetime(2020, 1, 1)}  # noqa: DTZ001
    assert column("ROW(1, 'a \"b\", c', 1.5, '2020-01-01')::place").tolist() == [row]
    nothing = {"x": None, "label": "", "price": None, "at": None}
    assert column("ARRAY[ROW(NULL, '', NULL, NULL)::place]").iloc[0] == [nothing]


def test_arrays_of_several_dimensions_are_lists_of_lists(column):
    assert column("ARRAY[[1, 2], [3, 4]]", "NULL").iloc[0] == [[1, 2], [3, 4]]
    assert column("ARRAY[1]", "ARRAY[[1, 2]]").tolist() == ["{1}", "{{1,2}}"]


def test_rows_without_a_column_are_counted(connection):
    assert connection.run_query("SELECT FROM prices").frame.shape == (2, 0)


@pytest.mark.parametrize(
    "statement",
    ["SELECT 1 AS a;", "SELECT 1 AS a -- end", "SELECT 1 AS a; -- end", "SELECT 1 AS a; /* ; */",
     "(SELECT 1 AS a);;", "WITH x AS (SELECT 1 AS a) TABLE x", "VALUES (1)", "/* a; */ SELECT 1 AS a"],
)  # fmt: skip
def test_any_way_to_end_a_statement_works(connection, statement):
    assert connection.run_query(statement).frame.iloc[:, 0].tolist() == [1]


def test_statements_that_copy_does_not_take_work_too(connection):
    assert connection.run_query("SHOW server_encoding").frame.iloc[0, 0] == "UTF8"
    assert "Result" in connection.run_query("EXPLAIN SELECT 1").frame.iloc[0, 0]


def test_styles_of_the_role_do_not_change_what_is_read(postgres, url):
    postgres.execute("CREATE ROLE german LOGIN; ALTER ROLE german SET datestyle = 'German'")
    postgres.execute("ALTER ROLE german SET intervalstyle = 'iso_8601'")
    postgres.execute("ALTER ROLE german SET bytea_output = 'escape'")
    connection = open_connection(url.replace("postgres@", "german@"), name="german")
    frame = connection.run_query("SELECT date '02.03.2020' AS d, interval '1 day' AS i, bytea 'a' AS b").frame
    assert frame.values.tolist() == [[pd.Timestamp(2020, 3, 2), pd.Timedelta(days=1), b"a"]]
    connection.close()


@EXAMPLES
@given(texts=st.lists(st.none() | st.text(st.characters(exclude_characters="\0", codec="utf-8"))))
def test_any_text_comes_as_the_server_has_it(driver, connection, texts):
    values = driver.execute("SELECT quote_nullable(t) FROM unnest(%s::text[]) t", [texts]).fetchall()
    rows = ", ".join(f"({value}::text)" for (value,) in values) or "(NULL::text)"
    frame = connection.run_query(f"SELECT a FROM (VALUES {rows}) t(a)").frame
    assert [None if pd.isna(one) else one for one in frame["a"]] == (texts or [None])


@EXAMPLES
@given(values=st.lists(st.none() | st.decimals(allow_nan=False, allow_infinity=False, places=3), min_size=1))
def test_any_decimal_is_exact_in_the_digits_that_it_has(values):
    gatherer = NumericGatherer()
    for value in values:
        gatherer.add(pa.array([None if value is None else format(value, "f")], pa.string()))
    found = pd.Series(gatherer.finish()).tolist()
    for value, own in zip(values, found, strict=True):
        assert (
            pd.isna(own) if value is None else Decimal(repr(own) if isinstance(own, float) else own) == value
        )


@EXAMPLES
@given(texts=st.lists(st.none() | st.text(st.characters(exclude_characters="\0", codec="utf-8")), max_size=5))
def test_any_array_of_texts_is_read_back(driver, texts):
    (written,) = driver.execute("SELECT %s::text[]::text", [texts]).fetchone()
    assert lists(same)(pa.array([written], pa.string())).to_pylist() == [texts]


@EXAMPLES
@given(day=st.dates())
def test_days_are_counted_as_python_does(day):
    assert (
        postgres_text.days_from_1970(day.year, day.month, day.day) == (day - datetime.date(1970, 1, 1)).days
    )


@EXAMPLES
@given(moment=st.datetimes(timezones=st.timezones()))
def test_any_moment_comes_as_the_server_has_it(driver, connection, moment):
    (text,) = driver.execute("SELECT %s::timestamptz::text", [moment]).fetchone()
    frame = connection.run_query(f"SELECT timestamptz '{text}' AS a").frame
    expected = driver.execute("SELECT extract(epoch FROM %s::timestamptz) * 1000000", [moment]).fetchone()
    assert frame["a"].dt.tz_convert("UTC").astype("int64").tolist() == [int(expected[0])]
