"""Frames of every kind: the right picture, or a reason and what would work."""

import datetime
import decimal
import json
from contextlib import suppress

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rasgo_nb.errors import CannotDraw
from rasgo_nb.figure import Encoding, axis_title, draw

DAYS = [datetime.date(2024, 1, 2), datetime.date(2024, 1, 1), None]


def drawn(columns, **encoding):
    frame = columns if isinstance(columns, pd.DataFrame) else pd.DataFrame(columns)
    figure, settled = draw(frame, Encoding(**encoding))
    figure.to_json().encode("utf-8")
    return figure, settled.mark


@pytest.mark.parametrize(
    ("x", "mark"),
    [
        (pd.date_range("2024", periods=3, tz="Europe/Berlin"), "line"),
        (DAYS, "line"),
        (pd.array(DAYS, dtype=pd.ArrowDtype(pa.date32())), "line"),
        (["2024-02", "2024-01", "2024-03"], "line"),
        (pd.period_range("2024-01", periods=3, freq="M"), "line"),
        (["2024-Q2", "2024-Q1", "2023-Q4"], "bar"),
        (["b", "a", None], "bar"),
        ([True, False, None], "bar"),
        (pd.Categorical(["S", "M", "L"]), "bar"),
        (pd.cut(pd.Series([1, 5, 9]), 3), "bar"),
        ([[1], {"a": 2}, None], "bar"),
        ([1.5, 2.5, np.inf], "scatter"),
        ([1, 2, 3], "scatter"),
    ],
)
def test_auto_takes_the_mark_that_suits_the_column(x, mark):
    assert drawn({"thing": x, "n": [1, 2, 3]}, x="thing", y="n")[1] == mark


def test_whole_years_are_drawn_along_time():
    assert drawn({"year": [2021, 2022], "n": [1, 2]}, x="year", y="n")[1] == "line"


@pytest.mark.parametrize(
    "y",
    [
        pd.array([decimal.Decimal("1.5"), None], dtype=pd.ArrowDtype(pa.decimal128(10, 2))),
        pd.array([1, None], dtype="Int64"),
        pd.Series([decimal.Decimal("1.5"), None], dtype="object"),
        [1.5, np.nan],
        [1.5, -np.inf],
    ],
)
def test_numbers_of_any_kind_are_drawn_and_gaps_left_out(y):
    figure, _ = drawn({"c": ["a", "b"], "y": y}, x="c", y="y")
    assert list(figure.data[0].y) in ([1.0], [1.5])


def test_text_months_are_drawn_in_their_order():
    figure, _ = drawn({"m": ["2024-03", "2024-01", "2024-02"], "n": [3, 1, 2]}, x="m", y="n")
    assert list(figure.data[0].y) == [1, 2, 3]


def test_a_time_with_a_zone_keeps_its_own_clock():
    figure, _ = drawn(
        {"t": pd.date_range("2024-01-01 08:00", periods=2, tz="Asia/Tokyo"), "n": [1, 2]}, x="t", y="n"
    )
    assert str(figure.data[0].x[0]).startswith("2024-01-01T08:00")


def test_a_number_as_colour_of_lines_makes_a_series_for_each():
    frame = {"month": [1, 2] * 2, "n": range(4), "year": [2023, 2023, 2024, 2024]}
    figure, _ = drawn(frame, x="month", y="n", color="year", mark="line")
    assert [trace.name for trace in figure.data] == ["2023", "2024"]


def test_long_labels_that_start_alike_stay_apart():
    figure, _ = drawn({"c": ["x" * 90, "x" * 91], "n": [1, 2]}, x="c", y="n")
    assert len(set(figure.data[0].y)) == 2
    assert figure.data[0].orientation == "h"


def test_a_histogram_holds_counts_and_not_rows():
    figure, mark = drawn({"v": np.random.default_rng(0).normal(size=200_000)}, x="v")
    assert mark == "histogram"
    assert sum(figure.data[0].y) == 200_000
    assert len(figure.data[0].y) <= 50


def test_html_in_names_and_values_is_text():
    figure, _ = drawn(
        {"<b>c</b>": ["<script>alert(1)</script>", "b"], "n": [1, 2]}, x="<b>c</b>", y="n", title="<i>t</i>"
    )
    assert "<b>" not in (text := json.dumps(figure.to_plotly_json(), default=str))
    assert "<script>" not in text
    assert "<i>" not in text


@pytest.mark.parametrize(
    ("frame", "encoding", "reason"),
    [
        ({"a": [], "b": []}, {"x": "a", "y": "b"}, "no rows"),
        ({"a": ["x"], "b": [None]}, {"x": "a", "y": "b"}, "must be a number|No row has a value"),
        ({"a": ["x"], "b": [np.inf]}, {"x": "a", "y": "b"}, "No row has a value"),
        ({"a": [1], "b": ["x"]}, {"x": "a", "y": "b"}, "Swap x and y"),
        ({"a": [1j]}, {"x": "a"}, "complex"),
        ({"amount": [1]}, {"x": "amuont"}, "Use one of amount"),
        ({"a": range(5000), "b": range(5000)}, {"x": "a", "y": "b", "color": "b", "mark": "line"}, "colours"),
        ({"a": [str(n) for n in range(5000)], "b": range(5000)}, {"x": "a", "y": "b"}, "top 60"),
        ({"a": range(60_000), "b": range(60_000)}, {"x": "a", "y": "b"}, "Aggregate or sample"),
        ({"a": ["x"] * 9, "b": range(9)}, {"x": "a", "y": "b"}, "repeats"),
        ({"a": ["x", "y"], "b": [1, -1]}, {"x": "a", "y": "b", "mark": "pie"}, "negative"),
        ({"a": ["x", "y"]}, {"x": "a", "mark": "bar"}, "histogram"),
        ({"a": ["x", "y"]}, {"x": ""}, "Name one"),
    ],
)
def test_what_cannot_be_drawn_gets_a_reason(frame, encoding, reason):
    with pytest.raises(CannotDraw, match=reason):
        drawn(frame, **encoding)


def test_repeated_column_names_are_refused_only_where_they_matter():
    frame = pd.DataFrame([[1, 2, 3]], columns=["a", "a", "b"])
    assert drawn(frame, x="b")[1] == "histogram"
    with pytest.raises(CannotDraw, match="several columns"):
        drawn(frame, x="a")


@pytest.mark.parametrize("columns", [[0, 1], pd.MultiIndex.from_tuples([("a", "x"), ("b", "y")])])
def test_columns_are_named_as_they_are_shown(columns):
    frame = pd.DataFrame([[1, 2], [3, 4]], columns=columns)
    assert drawn(frame, x=str(frame.columns[0]), y=str(frame.columns[1]))[1] == "scatter"


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("avg_delay_min", "avg delay (min)"),
        ("share_pct", "share (%)"),
        ("min", "min"),
        ("🎲", "🎲"),
        ("_", "_"),
    ],
)
def test_axis_titles_read_as_words_with_units(name, title):
    assert axis_title(name) == title


COLUMNS = st.sampled_from(
    [
        st.integers(-99, 99),
        st.floats(),
        st.text(max_size=9),
        st.dates(),
        st.booleans(),
        st.decimals(allow_nan=False),
    ]
)
CELLS = COLUMNS.flatmap(lambda cell: st.lists(cell | st.none(), min_size=4, max_size=4))
MARKS = ["auto", "line", "area", "bar", "scatter", "histogram", "box", "pie", "heatmap"]


@settings(deadline=None, max_examples=20)
@given(CELLS, CELLS, st.none() | CELLS, st.sampled_from(MARKS))
def test_any_frame_is_drawn_or_refused_with_a_reason(x, y, color, mark):
    frame = pd.DataFrame({"x": x, "y": y} | ({"c": color} if color else {}))
    # Anything else that is raised fails the test.
    with suppress(CannotDraw):
        drawn(frame, x="x", y="y", mark=mark, color="c" if color else "")


@pytest.mark.parametrize(
    "values", [[datetime.date(2006, 1, 1)], [1e16, 1e16 + 2] + [1e16] * 30, [0.1 + 0.2, 0.3, 5e-324], [1e300]]
)
def test_values_too_near_each_other_to_be_told_apart_still_make_bars(values):
    figure, _ = drawn({"x": values}, x="x", mark="histogram")
    assert sum(figure.data[0].y) == len(values)


def test_a_single_day_is_a_bar_of_a_day():
    figure, _ = drawn({"x": [datetime.date(2006, 1, 1)]}, x="x", mark="histogram")
    low, high = (pd.Timestamp(edge) for edge in figure.data[0].customdata[0][-2:])
    assert high - low == pd.Timedelta(days=1)
