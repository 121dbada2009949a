"""Frames, values, texts and figures then and now."""

from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rasgo_nb.connectors.statement_order import is_ordered
from rasgo_nb.replay.frame_drift import compared_frames
from rasgo_nb.replay.number_ways import Parts, way_of, written_number
from rasgo_nb.replay.outcome import Change
from rasgo_nb.replay.same_value import same_value
from rasgo_nb.replay.value_drift import _text_changes, compared_figures, compared_values
from rasgo_nb.trace.frames import frame_of, summary_of

cells = st.one_of(
    st.integers(-5, 5),
    st.floats(allow_infinity=False, width=32),
    st.text(max_size=3),
    st.none(),
    st.booleans(),
    st.dates(),
    st.decimals(-5, 5, places=2),
    st.lists(st.integers(0, 3), max_size=2),
)
frames = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.tuples(*[cells] * width), min_size=1, max_size=8).map(
        lambda rows: pd.DataFrame(rows, columns=list("abcd")[:width], dtype=object)
    )
)


@given(frames)
@settings(deadline=None)
def test_a_frame_is_the_same_as_itself_and_as_what_was_kept_of_it(frame):
    assert compared_frames(frame, frame.copy(), is_ordered=True).is_same
    assert compared_frames(frame_of(summary_of(frame)), frame, is_ordered=True).is_same


@given(frames, st.randoms())
@settings(deadline=None)
def test_the_order_of_rows_counts_only_where_it_was_asked_for(frame, random):
    places = list(range(len(frame)))
    random.shuffle(places)
    shuffled = frame.iloc[places].reset_index(drop=True)
    assert compared_frames(frame, shuffled, is_ordered=False).is_same
    found = compared_frames(frame, shuffled, is_ordered=True)
    assert found.is_same == compared_frames(frame_of(summary_of(frame)), shuffled, is_ordered=True).is_same


@given(frames, st.data())
@settings(deadline=None)
def test_a_changed_cell_is_always_told(frame, data):
    row, column = data.draw(st.integers(0, len(frame) - 1)), data.draw(st.integers(0, frame.shape[1] - 1))
    changed = frame.copy()
    changed.iat[row, column] = "another value"
    assert not compared_frames(frame, changed, is_ordered=False).is_same
    assert not compared_frames(frame_of(summary_of(frame)), changed, is_ordered=False).is_same


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=20), st.integers(100, 500))
@settings(deadline=None)
def test_floats_may_differ_in_their_last_digits(values, times):
    frame = pd.DataFrame({"value": values * times})
    noisy = frame * (1 + 1e-13)
    assert compared_frames(frame, noisy, is_ordered=True).is_same
    assert compared_frames(frame_of(summary_of(frame)), noisy, is_ordered=True).is_same


def test_large_frames_are_compared_whole():
    frame = pd.DataFrame({"key": np.arange(300_000), "value": np.arange(300_000) / 7})
    changed = frame.copy()
    changed.loc[250_000, "value"] += 1
    assert compared_frames(frame, frame.copy(), is_ordered=True).is_same
    found = compared_frames(frame, changed, is_ordered=True).changes
    assert [change.what for change in found] == ["value of row 250,001"]
    shuffled = frame.sample(frac=1, random_state=1).reset_index(drop=True)
    assert compared_frames(frame, shuffled, is_ordered=False).said.endswith("the same rows in another order")


def test_columns_types_and_rows_are_named():
    then = pd.DataFrame({"carrier": ["AA", "UA"], "delay": [1.5, 2.0], "old": [1, 2]})
    now = pd.DataFrame({"carrier": ["AA", "DL"], "delay": [1.5, 4.0], "new": [1, 2]})
    found = compared_frames(then, now, is_ordered=False)
    assert Change("column old", "int64", "") in found.changes
    assert Change("column new", "", "int64") in found.changes
    assert Change("row where carrier=UA", "delay 2.0", "") in found.changes
    assert Change("row where carrier=DL", "", "delay 4.0") in found.changes


def test_rows_that_nothing_identifies_are_told_by_their_place():
    then, now = pd.DataFrame({"delay": [1.5, 1.5, 2.0]}), pd.DataFrame({"delay": [1.5, 1.5, 4.0]})
    assert Change("delay of row 3", "2.0", "4.0") in compared_frames(then, now, is_ordered=True).changes


@pytest.mark.parametrize(
    ("then", "now", "is_same"),
    [
        (float("nan"), None, True),
        (pd.NaT, pd.NA, True),
        (None, 0, False),
        (1, 1.0, True),
        (True, 1, False),
        (Decimal("1.10"), Decimal("1.1"), True),
        (Decimal("1.1"), 1.1, True),
        (pd.Timestamp("2024-01-05"), date(2024, 1, 5), False),
        ({"a": [1.0, None]}, {"a": [1.0 + 1e-12, np.nan]}, True),
        ([1, 2], [2, 1], False),
        (np.array([1, 2]), [1, 2], True),
        (pd.Timestamp("2024-01-05", tz="UTC"), pd.Timestamp("2024-01-05"), False),
    ],
)
def test_what_counts_as_the_same_value(then, now, is_same):
    assert same_value(then, now) is is_same


@pytest.mark.parametrize(
    ("statement", "ordered"),
    [
        ("SELECT 1 ORDER BY 1", True),
        ("(SELECT a FROM t ORDER BY a)", True),
        ("WITH x AS (SELECT a FROM t ORDER BY a LIMIT 3) SELECT * FROM x", False),
        ("SELECT a FROM t UNION SELECT b FROM u ORDER BY 1", True),
        ("SELECT row_number() OVER (ORDER BY a) FROM t", False),
        ("no sql at all (", False),
    ],
)
def test_an_order_at_the_top_is_seen(statement, ordered):
    assert is_ordered(statement, "duckdb") is ordered


def test_text_differs_by_its_numbers_or_by_its_lines():
    assert list(_text_changes("printed", "mean 15.770 of 3", "mean 16.02 of 3")) == [
        Change("printed mean", "15.770", "16.02")
    ]
    assert list(_text_changes("printed", "a\nb", "a\nc")) == [Change("printed, line 2", "b", "c")]
    assert list(_text_changes("printed", "total 1,000", "total 1000.0")) == []


def test_values_of_another_kind_are_told_with_it():
    assert compared_values("top", 1, "one") == [Change("top", "int 1", "str one")]
    assert compared_values("top", 1, 2) == [Change("top", "1", "2")]


def test_figures_are_compared_by_points_and_titles():
    then = {"data": [{"type": "bar", "name": "AA", "x": ["a"], "y": [1]}], "layout": {"title": {"text": "A"}}}
    now = {"data": [{"type": "bar", "name": "AA", "x": ["a"], "y": [2]}], "layout": {"title": {"text": "B"}}}
    assert compared_figures(then, now).changes == (
        Change("y of AA, point 1", "1", "2"),
        Change("title", "A", "B"),
    )
    packed = {"data": [{"type": "bar", "name": "AA", "x": ["a"], "y": {"dtype": "i1", "bdata": "AQ=="}}]}
    assert compared_figures(packed, {**then, "layout": {}}).is_same


@pytest.mark.parametrize(
    ("text", "then", "now", "said"),
    [
        ("15.8", [15.77], [16.02], "16.0"),
        ("$1.2 million", [1_234_567.0], [1_390_000.0], "$1.4 million"),
        ("12.5%", [0.125], [0.5], "50.0%"),
        ("1,234", [1234.0], [999.0], "999"),
        ("30", [10.0, 20.0], [10.0, 25.0], "35"),
        ("-5", [5.0, 10.0], [8.0, 10.0], "-2"),
        ("2.0", [20.0, 10.0], [30.0, 10.0], "3.0"),
        ("25%", [12.5, 10.0], [15.0, 10.0], "50%"),
    ],
)
def test_a_number_is_made_of_todays_values_as_it_was_of_then(text, then, now, said):
    written = written_number(text)
    made = way_of(written, Parts(tuple(then)))
    assert written.with_value(made(Parts(tuple(now)))) == said


def test_shares_and_sums_of_a_column_are_made_anew():
    old, new = Parts((20.0,), (20.0, 30.0, 50.0)), Parts((30.0,), (30.0, 30.0, 60.0))
    for text, said in (("20 %", "25 %"), ("80%", "75%")):
        written = written_number(text)
        assert written.with_value(way_of(written, old, "share of all n")(new)) == said
    total = written_number("100 orders")
    assert total.with_value(way_of(total, Parts((), old.column))(Parts((), new.column))) == "120 orders"
