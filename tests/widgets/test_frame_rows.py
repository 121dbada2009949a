"""Pages of a frame: every kind of column readable, sorted and filtered as its type has it, and exported."""

import datetime
import io
import json
import os
import string
import threading
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from rasgo_nb.errors import RasgoError
from rasgo_nb.widgets.frame_columns import MAX_CELL, cell_text
from rasgo_nb.widgets.frame_rows import MAX_ROWS, FrameRows
from rasgo_nb.widgets.rows_state import rows_state

GOLDEN = Path(__file__).parents[1] / "golden" / "grid"
WRITES = "RASGO_NB_WRITE_GOLDEN" in os.environ  # before the settings of whoever runs the tests are put away

ALL = {"sort": [], "filters": []}


def cells(frame, view=ALL, start=0, count=100):
    """The page's rows, read as the page reads them."""
    _, stream = FrameRows(frame).page(start, count, view)
    table = pa.ipc.open_stream(stream).read_all()
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


def column(values, view=ALL, **options):
    return [row[-1] for row in cells(pd.DataFrame({"a": values}, **options), view)]


def sorting(*columns):
    return {"sort": [{"column": abs(c), "descending": False} for c in columns], "filters": []}


def descending(column):
    return {"sort": [{"column": column, "descending": True}], "filters": []}


def filtering(test, text="", column=0):
    return {"sort": [], "filters": [{"column": column, "test": test, "text": text}]}


class Raises:
    def __repr__(self):
        raise ValueError("no")


class Huge:
    def __repr__(self):
        return "x" * 1_000_000


T = pd.Timestamp("2024-03-01 12:30:00.5")
KINDS = {
    "int64": (pd.Series([1, 2**62]), [1, 2**62]),
    "uint64": (pd.Series([2**64 - 1], dtype="uint64"), [2**64 - 1]),
    "float": (pd.Series([0.5, float("nan"), float("inf")]), [0.5, None, float("inf")]),
    "float16": (pd.Series([0.5], dtype="float16"), [0.5]),
    "longdouble": (pd.Series([0.5], dtype="longdouble"), ["0.5"]),
    "bool": (pd.Series([True, False]), [True, False]),
    "masked": (pd.Series([1, None], dtype="Int8"), [1, None]),
    "boolean": (pd.Series([True, None], dtype="boolean"), [True, None]),
    "arrow int": (pd.Series([1, None], dtype="int32[pyarrow]"), [1, None]),
    "str": (pd.Series(["a", None]), ["a", None]),
    "python str": (pd.Series(["a", None], dtype=pd.StringDtype("python")), ["a", None]),
    "complex": (pd.Series([1 + 2j]), ["(1+2j)"]),
    "category": (pd.Series(["a", None], dtype="category"), ["a", None]),
    "int category": (pd.Series([7], dtype="category"), ["7"]),
    "timestamp": (pd.Series([T, pd.NaT]), ["2024-03-01 12:30:00.500000", None]),
    "midnight": (pd.Series([pd.Timestamp("2024-03-01")]), ["2024-03-01"]),
    "zone": (pd.Series([T.tz_localize("Asia/Tokyo")]), ["2024-03-01 12:30:00.500000+09:00"]),
    "far": (pd.Series(np.array(["20000-01-01"], dtype="datetime64[s]")), ["20000-01-01"]),
    "arrow date": (
        pd.Series([datetime.date(2024, 3, 1)], dtype=pd.ArrowDtype(pa.date32())),
        ["2024-03-01"],
    ),
    "arrow time": (pd.Series([datetime.time(12)], dtype=pd.ArrowDtype(pa.time64("us"))), ["12:00:00"]),
    "timedelta": (pd.Series([pd.Timedelta("26:00:00"), pd.NaT]), ["1 days 02:00:00", None]),
    "period": (pd.Series(pd.period_range("2024-03", periods=1, freq="M")), ["2024-03"]),
    "interval": (pd.Series(pd.interval_range(0, 2, periods=1)), ["(0, 2]"]),
    "decimal": (pd.Series([Decimal("1.50")], dtype=pd.ArrowDtype(pa.decimal128(9, 2))), ["1.50"]),
    "list": (pd.Series([[1, 2]], dtype=pd.ArrowDtype(pa.list_(pa.int8()))), ["[1, 2]"]),
    "struct": (pd.Series([{"x": 1}], dtype=pd.ArrowDtype(pa.struct([("x", pa.int8())]))), ["{'x': 1}"]),
    "bytes": (pd.Series([b"\xff"], dtype=pd.ArrowDtype(pa.binary())), ["b'\\xff'"]),
    "sparse": (pd.Series([0.0, 1.0], dtype="Sparse[float64]"), ["0.0", "1.0"]),
    "objects": (pd.Series([1, "a", None, (1,), Decimal(2)], dtype=object), ["1", "a", None, "(1,)", "2"]),
    "surrogate": (pd.Series(["\ud800"], dtype=object), ["?"]),
    "nothing": (pd.Series([None, None], dtype=object), [None, None]),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_column_reaches_the_page(kind):
    series, expected = KINDS[kind]
    assert column(series) == expected


def as_the_page_has_it(cell, type_):
    """A cell as JSON: 64-bit integers are text there."""
    is_long = pa.types.is_integer(type_) and type_.bit_width == 64
    return str(cell) if cell is not None and (is_long or cell == float("inf")) else cell


def test_the_page_is_the_one_that_the_grid_is_tested_with():
    """Written anew with RASGO_NB_WRITE_GOLDEN=1."""
    ends = {kind: series.take([0, -1]).reset_index(drop=True) for kind, (series, _) in KINDS.items()}
    facts, stream = FrameRows(pd.DataFrame(ends)).page(0, 100, ALL)
    table = pa.ipc.open_stream(stream).read_all()
    columns = [[as_the_page_has_it(cell, column.type) for cell in column.to_pylist()] for column in table]
    expected = json.dumps({"page": facts, "kinds": dict(zip(KINDS, columns, strict=True))}, indent=1)
    if WRITES:
        (GOLDEN / "kinds.arrow").write_bytes(stream)
        (GOLDEN / "kinds.json").write_text(f"{expected}\n", encoding="utf-8")
    assert (GOLDEN / "kinds.json").read_text(encoding="utf-8") == f"{expected}\n"
    assert pa.ipc.open_stream((GOLDEN / "kinds.arrow").read_bytes()).read_all().equals(table)


@pytest.mark.parametrize("kind", KINDS)
def test_a_sorted_page_holds_the_same_cells_as_a_plain_one(kind):
    series, expected = KINDS[kind]
    assert sorted(column(series, sorting(0)), key=str) == sorted(expected, key=str)
    assert sorted(column(series, descending(0)), key=str) == sorted(expected, key=str)


@pytest.mark.parametrize("kind", KINDS)
def test_null_and_not_null_part_every_kind_of_column(kind):
    series, expected = KINDS[kind]
    assert column(series, filtering("is_null")) == [cell for cell in expected if cell is None]
    assert column(series, filtering("not_null")) == [cell for cell in expected if cell is not None]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_column_is_written_to_each_format(kind, tmp_path):
    rows = FrameRows(pd.DataFrame({"a": KINDS[kind][0]}), name="kinds")
    for format in ("csv", "tsv", "parquet"):
        assert rows.export(ALL, format, "file", tmp_path)["path"] == f"kinds.{format}"
    assert parquet.read_table(tmp_path / "kinds.parquet").num_rows == rows.total


def test_a_repr_that_raises_or_never_ends_leaves_a_short_cell():
    first, second = column(pd.Series([Raises(), Huge()], dtype=object))
    assert first.startswith("<Raises instance at")
    assert len(second) <= MAX_CELL


def test_long_texts_are_cut_and_control_characters_replaced():
    assert column(["é" * 5_000, "a\x00b"]) == ["é" * MAX_CELL, "a\ufffdb"]


def test_columns_of_the_same_name_and_of_several_levels_are_told_apart_by_place():
    frame = pd.DataFrame([[1, 2]], columns=["a", "a"])
    assert cells(frame) == [(1, 2)]
    frame.columns = pd.MultiIndex.from_tuples([("a", "x"), ("a", "")])
    assert [one.name for one in FrameRows(frame).columns] == ["a / x", "a"]


def test_an_index_that_counts_more_than_rows_comes_first():
    frame = pd.DataFrame({"n": [1, 2]}, index=pd.Index(["x", "y"], name="key"))
    assert cells(frame) == [("x", 1), ("y", 2)]
    grouped = pd.DataFrame({"n": [1]}, index=pd.MultiIndex.from_tuples([("x", 2)]))
    assert [one.name for one in FrameRows(grouped).columns] == ["index", "index1", "n"]
    assert cells(grouped) == [("x", 2, 1)]


def test_the_page_has_the_columns_that_the_state_names():
    frame = pd.DataFrame(np.zeros((2, 150)), index=["x", "y"])
    assert len(cells(frame)[0]) == len(rows_state(frame, key="1")["columns"])


def test_rows_stay_as_they_were_when_the_frame_changes():
    frame = pd.DataFrame({"a": [1, 2]})
    rows = FrameRows(frame)
    frame.loc[0, "a"] = 99
    frame["b"] = 1
    _, stream = rows.page(0, 10, ALL)
    assert pa.ipc.open_stream(stream).read_all().to_pydict() == {"0": [1, 2]}


@pytest.mark.parametrize(
    ("start", "count", "expected"),
    [
        (0, 2, (0, 2)),
        (8, 5, (8, 2)),
        (10, 5, (10, 0)),
        (10**30, 5, (10, 0)),
        (-3, 2, (0, 2)),
        (0, -1, (0, 0)),
    ],
)
def test_a_page_beyond_the_rows_is_short_or_empty(start, count, expected):
    facts, _ = FrameRows(pd.DataFrame({"a": range(10)})).page(start, count, ALL)
    assert facts == {"start": expected[0], "count": expected[1], "total": 10}


def test_a_page_has_a_most():
    assert FrameRows(pd.DataFrame({"a": range(5_000)})).page(0, 10**9, ALL)[0]["count"] == MAX_ROWS


@pytest.mark.parametrize(
    "view",
    [
        None,
        {"sort": 1},
        {"sort": [1]},
        {"sort": [{"column": 1}]},
        {"sort": [{"column": True}]},
        {"sort": [{"column": -1}]},
        {"filters": [{"column": 0, "test": "drop", "text": ""}]},
        {"filters": [{"column": 0, "test": "equals", "text": 1}]},
        {"filters": [{"column": 0, "test": "is_null"}] * 1_000},
    ],
)
def test_a_view_of_another_shape_is_refused_in_one_sentence(view):
    with pytest.raises(RasgoError, match="Clear its sorting and filters"):
        FrameRows(pd.DataFrame({"a": [1]})).page(0, 1, view)


def test_a_frame_of_nothing_has_empty_pages():
    assert FrameRows(pd.DataFrame()).page(0, 10, ALL)[0]["total"] == 0
    assert cells(pd.DataFrame({"a": pd.Series([], dtype="str")}), sorting(0)) == []


# --- sorting


def test_nulls_come_last_in_both_directions():
    assert column([2.0, None, 1.0], sorting(0)) == [1.0, 2.0, None]
    assert column([2.0, None, 1.0], descending(0)) == [2.0, 1.0, None]


def test_several_columns_sort_in_turn_and_equal_rows_keep_their_order():
    frame = pd.DataFrame({"a": ["y", "x", "y", "x"], "b": [1, 2, 1, 1], "c": [0, 1, 2, 3]})
    assert [row[2] for row in cells(frame, sorting(0, 1))] == [3, 1, 0, 2]


def test_ordered_categories_sort_by_rank_and_others_by_value():
    sizes = pd.Categorical(["L", "S", None, "M"], categories=["S", "M", "L"], ordered=True)
    assert column(sizes, sorting(0)) == ["S", "M", "L", None]
    assert column(pd.Categorical(["b", "a"], categories=["b", "a"]), sorting(0)) == ["a", "b"]


def test_a_filtered_view_is_sorted_among_its_own_rows():
    view = {**sorting(0), "filters": [{"column": 0, "test": "at_least", "text": "3"}]}
    assert column([5, 1, 3, 2, 4], view) == [3, 4, 5]


def test_a_few_views_are_remembered_and_no_more():
    rows = FrameRows(pd.DataFrame({"a": range(10)}))
    for text in map(str, range(8)):
        assert rows.page(0, 10, filtering("at_least", text))[0]["total"] == 10 - int(text)
    assert len(rows._found) == 3


@given(st.lists(st.one_of(st.none(), st.integers(-5, 5)), max_size=30), st.booleans())
def test_numbers_sort_as_pandas_sorts_them(values, falls):
    series = pd.Series(values, dtype="Int64")
    view = {"sort": [{"column": 0, "descending": falls}], "filters": []}
    expected = series.sort_values(ascending=not falls, kind="stable")
    assert column(series, view) == [None if pd.isna(value) else value for value in expected]


# --- filters


@pytest.mark.parametrize(
    ("values", "test", "text", "expected"),
    [
        (["Lake", "lakeside", None, "Sea"], "contains", "LAKE", ["Lake", "lakeside"]),
        (["a.c", "abc"], "contains", "a.c", ["a.c"]),
        (["Lake", "lake"], "equals", "lake", ["lake"]),
        (["a", "b", "c"], "at_least", "b", ["b", "c"]),
        ([10, 2, 1_200], "contains", "1,2", [1_200]),
        ([1_204, 1], "equals", "1,204", [1_204]),
        ([1, 2, 3], "equals", "2.5", []),
        ([1, 2, 3], "at_least", "1.5", [2, 3]),
        ([1, 2, 3], "at_most", "1e99", [1, 2, 3]),
        ([1, 2, 3], "at_least", "Infinity", []),
        ([2**62 + 1, 2**62], "equals", str(2**62 + 1), [2**62 + 1]),
        ([1.5, None, 2.5], "at_most", "1.5", [1.5]),
        ([True, False], "equals", "yes", [True]),
    ],
)
def test_a_filter_reads_what_is_typed_as_the_columns_type(values, test, text, expected):
    assert column(values, filtering(test, text)) == expected


DAYS = pd.Series(pd.to_datetime(["2023-12-31 23:59", "2024-01-01 00:00", "2024-02-29 10:30", None]))


@pytest.mark.parametrize("kind", ["datetime64[ns]", "datetime64[s]", "datetime64[us]"])
@pytest.mark.parametrize(
    ("test", "text", "places"),
    [
        ("equals", "2024", [1, 2]),
        ("equals", "2024-02", [2]),
        ("equals", "2024-02-29", [2]),
        ("equals", "2024-02-29 10", [2]),
        ("equals", "2024-02-29T10:30:00.5", []),
        ("at_most", "2023-12-31", [0]),
        ("at_least", "2024-01", [1, 2]),
        ("at_most", "9999", [0, 1, 2]),
        ("contains", "-02-", [2]),
    ],
)
def test_a_date_means_all_of_the_day_month_or_year(kind, test, text, places):
    series = DAYS.astype(kind)
    assert column(series, filtering(test, text)) == column(series.iloc[places].reset_index(drop=True))


def test_moments_with_a_zone_are_compared_as_their_clocks_show_them():
    series = pd.Series(pd.to_datetime(["2024-03-01 23:30", "2024-03-02 00:30"])).dt.tz_localize("Asia/Tokyo")
    assert len(column(series, filtering("equals", "2024-03-01"))) == 1
    assert len(column(series, filtering("contains", "00:30"))) == 1


@pytest.mark.parametrize(
    ("kind", "test", "text"),
    [
        ("arrow date", "equals", "2024-03-01"),
        ("arrow time", "at_least", "11:59"),
        ("timedelta", "equals", "1 day 02:00"),
        ("timedelta", "contains", "02:00"),
        ("period", "equals", "2024"),
        ("interval", "contains", "2]"),
        ("decimal", "equals", "1.5"),
        ("int category", "at_least", "6.5"),
        ("category", "contains", "A"),
        ("list", "contains", "1, 2"),
        ("complex", "contains", "1+2"),
    ],
)
def test_odd_kinds_are_filtered_too(kind, test, text):
    assert len(column(KINDS[kind][0], filtering(test, text))) == 1


def test_ordered_categories_are_compared_by_rank():
    sizes = pd.Categorical(["L", "S", None, "M"], categories=["S", "M", "L"], ordered=True)
    assert column(sizes, filtering("at_least", "M")) == ["L", "M"]
    with pytest.raises(RasgoError, match="Type one, such as S"):
        column(sizes, filtering("at_least", "XL"))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([1.5], "`a` holds numbers. Type one, such as 12."),
        ([1], "`a` holds numbers. Type one, such as 12."),
        ([True], "`a` holds true and false. Type one, such as true."),
        ([T], "`a` holds dates. Type one, such as 2024-03-01."),
        ([pd.Timedelta("1s")], "`a` holds durations. Type one, such as 1 day 02:30:00."),
    ],
)
@pytest.mark.parametrize("text", ["abc", "", "2024-13", "nan"])
def test_what_cannot_be_read_is_told_in_one_sentence(values, message, text):
    with pytest.raises(RasgoError) as told:
        column(values, filtering("equals", text))
    assert str(told.value) == message


@given(st.text(alphabet=string.printable + "é\x00\ud800", max_size=12), st.sampled_from(sorted(KINDS)))
def test_no_text_breaks_a_filter(text, kind):
    for test in ("contains", "equals", "at_least", "at_most"):
        try:
            column(KINDS[kind][0], filtering(test, text))
        except RasgoError as error:
            assert "Type one" in str(error)  # noqa: PT017 - most texts raise nothing


@given(
    st.lists(st.integers(-(2**63), 2**63 - 1), max_size=10),
    st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**20), max_value=10**20),
)
def test_integers_are_compared_exactly(values, bound):
    found = column(pd.Series(values, dtype="int64"), filtering("at_least", str(bound)))
    assert found == [value for value in values if value >= bound]


@given(st.one_of(st.binary(), st.floats(), st.dictionaries(st.text(), st.text()), st.datetimes(), st.uuids()))
def test_any_value_has_a_short_text(value):
    assert len(cell_text(value) or "") <= MAX_CELL


# --- export


def test_a_copy_is_tab_separated_text_of_the_view():
    frame = pd.DataFrame({"a": ["x", "tab\there", None], "b": [1.5, float("nan"), 3.0]})
    copied = FrameRows(frame).export(sorting(0), "tsv", "copy", None)
    again = pd.read_csv(io.StringIO(copied["text"]), sep="\t")
    assert copied["rows"] == 3
    pd.testing.assert_frame_equal(again, frame.iloc[[1, 0, 2]].reset_index(drop=True))


def test_values_are_exported_as_they_are():
    frame = pd.DataFrame({"a": ["=1+1", '"', "x"]})
    assert pd.read_csv(io.StringIO(FrameRows(frame).export(ALL, "csv", "copy", None)["text"])).equals(frame)


def test_a_copy_stops_at_a_hundred_thousand_rows():
    copied = FrameRows(pd.DataFrame({"a": range(100_500)})).export(ALL, "csv", "copy", None)
    assert copied["rows"] == 100_000
    assert copied["text"].count("\n") == 100_001


def test_a_copy_of_long_texts_stops_at_what_a_message_holds():
    copied = FrameRows(pd.DataFrame({"a": ["x" * 10_000] * 10_000})).export(ALL, "csv", "copy", None)
    assert 0 < copied["rows"] < 10_000


@pytest.mark.parametrize("late", ["a", 1.5, None, (1,)])
def test_objects_whose_kind_changes_further_down_are_copied_whole(late):
    frame = pd.DataFrame({"a": pd.Series([1] * 5_000 + [late], dtype=object)})
    lines = FrameRows(frame).export(ALL, "csv", "copy", None)["text"].splitlines()
    assert len(lines) == 5_002
    assert lines[-1].strip('"') == ("" if late is None else str(late))


def test_files_take_free_names_and_leave_no_parts(tmp_path):
    rows = FrameRows(pd.DataFrame({"a": [2, 1]}), name="a b/../c")
    paths = [rows.export(sorting(0), "csv", "file", tmp_path)["path"] for _ in range(2)]
    assert paths == ["a_b_c.csv", "a_b_c_2.csv"]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(paths)
    assert pd.read_csv(tmp_path / paths[1]).a.tolist() == [1, 2]


def test_columns_of_the_same_name_are_told_apart_in_a_file(tmp_path):
    FrameRows(pd.DataFrame([[1, 2]], columns=["a", "a"])).export(ALL, "parquet", "file", tmp_path)
    assert pd.read_parquet(tmp_path / "rows.parquet").to_dict("list") == {"a": [1], "a_2": [2]}


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(RasgoError, match="could not be written"):
        FrameRows(pd.DataFrame({"a": [1]})).export(ALL, "csv", "file", tmp_path / "none")


@pytest.mark.parametrize(("format", "to"), [("parquet", "copy"), ("xlsx", "file"), ("csv", "mail")])
def test_other_formats_are_refused(format, to, tmp_path):
    with pytest.raises(RasgoError, match="csv, tsv or parquet"):
        FrameRows(pd.DataFrame({"a": [1]})).export(ALL, format, to, tmp_path)


def test_pages_come_from_one_thread_while_another_changes_the_frame():
    frame = pd.DataFrame({"a": range(1_000)})
    rows = FrameRows(frame)
    seen = []
    worker = threading.Thread(target=lambda: seen.extend(rows.page(n, 1, descending(0)) for n in range(200)))
    worker.start()
    for n in range(200):
        frame.loc[n, "a"] = -1
    worker.join()
    firsts = [pa.ipc.open_stream(stream).read_all()["0"][0].as_py() for _, stream in seen]
    assert firsts == list(range(999, 799, -1))
