"""A frame in brief: its first rows, exact figures, and digests that know order from content."""

import math
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rasgo_nb.trace.frame_figures import MOST_SMALL_CELLS
from rasgo_nb.trace.frames import frame_of, measured, outline_of, summary_in, summary_of
from rasgo_nb.widgets.rows_state import rows_state
from rasgo_nb.widgets.text import frame_text

LARGE = MOST_SMALL_CELLS + 1


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(-(2**63), 2**63 - 1), st.text(max_size=5)), min_size=2, max_size=30))
def test_a_digest_tells_order_from_content(rows):
    frame = pd.DataFrame(rows, columns=["n", "text"])
    turned = frame.iloc[::-1].reset_index(drop=True)
    one, other = summary_of(frame), summary_of(turned)
    assert one.set_digest == other.set_digest
    assert (one.digest == other.digest) == (rows == rows[::-1])
    assert one.columns[0].sum == sum(n for n, _ in rows)


def test_large_frames_have_the_same_kind_of_digests():
    frame = pd.DataFrame({"n": range(LARGE), "text": [f"row {n}" for n in range(LARGE)]})
    one, turned = summary_of(frame), summary_of(frame.iloc[::-1].reset_index(drop=True))
    other = summary_of(frame.assign(n=frame["n"].replace(7, 8)))
    assert one.digest == summary_of(frame.copy()).digest
    assert (one.set_digest, one.digest) == (turned.set_digest, one.digest)
    assert one.digest != turned.digest
    assert other.set_digest != one.set_digest


def test_sums_of_integers_and_decimals_are_exact():
    large = summary_of(pd.DataFrame({"n": [2**62 - 1] * LARGE, "price": [Decimal("0.10")] * LARGE}))
    assert [column.sum for column in large.columns] == [(2**62 - 1) * LARGE, Decimal("0.10") * LARGE]
    unsigned = summary_of(pd.DataFrame({"n": np.full(LARGE, 2**64 - 1, dtype="uint64")}))
    negative = summary_of(pd.DataFrame({"n": [-(2**62)] * LARGE}))
    assert (unsigned.columns[0].sum, negative.columns[0].sum) == ((2**64 - 1) * LARGE, -(2**62) * LARGE)


@pytest.mark.parametrize("times", [1, LARGE])
def test_small_and_large_frames_have_the_same_figures(times):
    values = {
        "n": pd.array([1, None, 3] * times, dtype="Int64"),
        "x": [0.5, math.nan, 2.0] * times,
        "text": ["b", None, "a"] * times,
        "at": pd.to_datetime(["2024-01-02", None, "2024-01-01"] * times),
        "yes": [True, False, True] * times,
    }
    n, x, text, at, yes = summary_of(pd.DataFrame(values)).columns
    assert (n.nulls, n.min, n.max, n.sum) == (times, 1, 3, 4 * times)
    assert (x.nulls, x.min, x.max, x.sum) == (times, 0.5, 2.0, 2.5 * times)
    assert (text.nulls, text.min, text.max, text.sum) == (times, "a", "b", None)
    assert (str(at.min)[:10], str(at.max)[:10], at.sum) == ("2024-01-01", "2024-01-02", None)
    assert (yes.min, yes.max, yes.sum) == (False, True, 2 * times)


ODD = {
    "no rows": pd.DataFrame({"n": pd.Series([], dtype="int64")}),
    "no columns": pd.DataFrame(index=range(3)),
    "names that come twice": pd.DataFrame([[1, 2]], columns=["a", "a"]),
    "names in levels": pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", 1), ("a", 2)])),
    "labels in levels": pd.DataFrame({"n": [1]}, index=pd.MultiIndex.from_tuples([("a", 1)])),
    "labels of dates": pd.DataFrame({"n": [1]}, index=pd.to_datetime(["2024-01-01"])),
    "lists": pd.DataFrame({"n": [[1, 2], None]}),
    "lists of many": pd.DataFrame({"n": [[1, 2]] * LARGE}),
    "values of all kinds": pd.DataFrame({"n": [1, "a", None, object(), 2.5]}),
    "categories": pd.DataFrame({"n": pd.Categorical(["a", "b", None])}),
    "infinities": pd.DataFrame({"n": [math.inf, -math.inf]}),
    "moments apart": pd.DataFrame({"n": [pd.Timestamp("2024-01-01"), pd.Timestamp("2024-01-01", tz="UTC")]}),
    "bytes": pd.DataFrame({"n": [b"\x00\xff"]}),
    "durations": pd.DataFrame({"n": pd.to_timedelta([1, None], unit="s")}),
    "periods": pd.DataFrame({"n": pd.period_range("2024-01", periods=2, freq="M")}),
    "complex": pd.DataFrame({"n": [1 + 2j]}),
    "half a character": pd.DataFrame({"n": pd.Series(["\ud800"], dtype=object)}),
    "very many columns": pd.DataFrame([range(1_500)]),
}


@pytest.mark.parametrize("kind", ODD)
def test_odd_frames_are_kept_and_come_back(kind):
    from rasgo_nb.trace.codec import decoded_value, encoded_value

    frame = ODD[kind]
    summary = summary_of(frame)
    again = decoded_value(encoded_value(frame))
    assert summary.shape == frame.shape
    assert summary_in(again).digest == summary.digest == summary_of(frame).digest != ""
    assert len(again.columns) == min(frame.shape[1], 1_000)


def test_a_frame_comes_back_with_its_first_rows_and_says_how_many_there_were():
    frame = pd.DataFrame({"n": range(5_000)}, index=[f"row {n}" for n in range(5_000)])
    again = frame_of(summary_of(frame, rows=20))
    pd.testing.assert_frame_equal(again, frame.head(20))
    assert rows_state(again, key="k")["total"] == 5_000
    assert frame_text(again, rows=8)[-1] == "… 8 of 5,000 rows, 1 of 1 columns"


def test_an_outline_is_completed_later():
    frame = pd.DataFrame({"n": range(LARGE)})
    outline = outline_of(frame, rows=10)
    assert (outline.digest, outline.columns[0].sum, len(outline.first)) == ("", None, 10)
    assert measured(outline, frame) == summary_of(frame, rows=10)
