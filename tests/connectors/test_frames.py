import datetime
import decimal
import math

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasgo_nb.connectors.base import Caps
from rasgo_nb.connectors.duckdb import connect
from rasgo_nb.connectors.frames import gather_frame, unique_names

PLENTY = Caps(max_rows=10**9, max_bytes=10**12)
int64s = st.integers(-(2**63), 2**63 - 1)
moments = st.datetimes(datetime.datetime(1, 1, 1), datetime.datetime(9999, 12, 31))  # noqa: DTZ001
VALUES = {
    pa.int64(): int64s,
    pa.int8(): st.integers(-128, 127),
    pa.uint64(): st.integers(0, 2**64 - 1),
    pa.float64(): st.floats(allow_nan=False),
    pa.bool_(): st.booleans(),
    pa.string(): st.text(st.characters(exclude_categories=("Cs",))),
    pa.large_string(): st.text(st.characters(exclude_categories=("Cs",))),
    pa.date32(): st.dates(),
    pa.timestamp("us"): moments,
    pa.decimal128(38, 0): st.integers(-(10**37), 10**37).map(decimal.Decimal),
    pa.decimal128(20, 4): st.decimals(-(10**15), 10**15, places=4),
    pa.decimal128(38, 9): st.decimals(-(10**9), 10**9, places=3),
    pa.list_(pa.int64()): st.lists(int64s),
    pa.binary(): st.binary(),
}


def gathered(type_, parts):
    """The column that the parts make, each part a batch that begins in the midst of its buffers."""
    schema = pa.schema([("a", type_)])
    batches = [pa.record_batch([pa.array([None, *part], type_)[1:]], schema=schema) for part in parts]
    return gather_frame(schema, batches, PLENTY).frame["a"]


def python_value(value):
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return None
    return value.to_pydatetime(warn=False) if isinstance(value, pd.Timestamp) else value


@pytest.mark.parametrize("type_", VALUES, ids=str)
@given(data=st.data())
def test_every_value_comes_back_through_any_batches(type_, data):
    parts = data.draw(st.lists(st.lists(st.none() | VALUES[type_]), max_size=4))
    expected = [value for part in parts for value in part]
    if type_ == pa.date32():
        expected = [value and datetime.datetime(*value.timetuple()[:3]) for value in expected]  # noqa: DTZ001
    column = gathered(type_, parts)
    back = [python_value(value) for value in column]
    if pa.types.is_decimal(type_) and column.dtype == "float64":
        back = [None if value is None else decimal.Decimal(repr(value)) for value in back]
    assert back == expected


@given(st.lists(st.sampled_from(["a", "a_2", "a_3", "b", "", "A"])))
def test_names_become_unique_and_the_first_of_each_stays(names):
    unique, renamed = unique_names(names)
    assert len(set(unique)) == len(names)
    assert [names[position] for position, _ in renamed] == [name for _, name in renamed]
    assert all(unique[names.index(name)] == name for name in names)


@pytest.mark.parametrize(
    ("expression", "dtype"),
    [
        ("1", "int32"),
        ("1::BIGINT", "int64"),
        ("sum(1)", "int64"),
        ("170141183460469231731687303715884105727::HUGEINT", "decimal128(38, 0)[pyarrow]"),
        ("1.5::DECIMAL(18, 2)", "float64"),
        ("1234567890123456.78::DECIMAL(18, 2)", "decimal128(18, 2)[pyarrow]"),
        ("12345678.5::DECIMAL(38, 9)", "float64"),
        ("12345678.123456789::DECIMAL(38, 9)", "decimal128(38, 9)[pyarrow]"),
        ("'x'", "str"),
        ("uuid()", "str"),
        ("'a'::ENUM ('a', 'b')", "category"),
        ("DATE '2024-01-01'", "datetime64[us]"),
        ("DATE 'infinity'", "datetime64[s]"),
        ("TIMESTAMP 'infinity'", "datetime64[us]"),
        ("TIMESTAMPTZ '2024-01-01'", "datetime64[us, UTC]"),
        ("INTERVAL 90 MINUTE", "timedelta64[us]"),
        ("INTERVAL 1 MONTH", "object"),
        ("TIME '10:00'", "time64[us][pyarrow]"),
        ("'NaN'::DOUBLE", "float64"),
        ("NULL", "object"),
    ],
)
def test_a_type_has_the_dtype_of_the_table(expression, dtype):
    connection = connect(":memory:", name="types", read_only=False)
    connection._parent.execute("SET TimeZone = 'Etc/UTC'")
    assert str(connection.run_query(f"SELECT {expression} AS a").frame["a"].dtype) == dtype


def test_nulls_make_integers_and_booleans_nullable():
    connection = connect(":memory:", name="types")
    frame = connection.run_query("FROM (VALUES (1, true, 1.5), (NULL, NULL, NULL)) t(i, b, x)").frame
    assert [str(dtype) for dtype in frame.dtypes] == ["Int32", "boolean", "float64"]
    assert frame["i"].sum() == 1


def test_nan_and_infinity_survive():
    values = gathered(pa.float64(), [[math.nan, math.inf], [-math.inf]]).tolist()
    assert (math.isnan(values[0]), values[1:]) == (True, [math.inf, -math.inf])


def test_every_type_of_duckdb_becomes_a_column_that_can_be_shown():
    connection = connect(":memory:", name="types")
    frame = connection.run_query("FROM test_all_types()").frame
    assert len(frame) == 3
    assert frame["uhugeint"].tolist()[1] == str(2**128 - 1)
    assert repr(frame.drop(columns=["date_array", "timestamp_array", "timestamptz_array"]))
    with duckdb.connect() as database:
        assert tuple(frame.columns) == tuple(database.sql("FROM test_all_types()").columns)


def test_a_column_does_not_hold_its_batch():
    batch = pa.record_batch({"a": np.arange(1000), "b": ["x" * 1000] * 1000})
    frame = gather_frame(batch.schema, [batch], PLENTY).frame
    assert not np.shares_memory(frame["a"].to_numpy(), batch.column(0).to_numpy())
