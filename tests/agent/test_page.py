"""Values of every kind as plain data."""

import datetime
import decimal
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasgo_nb.agent.page import bounded, grid, plain


class Rude:
    def __str__(self):
        raise RuntimeError("not now")

    def __getattr__(self, name):
        raise RuntimeError(name)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (float("nan"), None),
        (float("-inf"), "-infinity"),
        (decimal.Decimal("10.50"), 10.5),
        (decimal.Decimal("1e400"), "1E+400"),
        (decimal.Decimal("NaN"), None),
        (decimal.Decimal("sNaN"), None),
        (decimal.Decimal("12345678901234567.89"), "12345678901234567.89"),
        (1 << 700, "an integer of 701 bits"),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (np.datetime64("2024-01-05T00:00:00.000000001"), "2024-01-05T00:00:00.000000001"),
        (pd.Timestamp("2024-01-05"), "2024-01-05"),
        (pd.Timestamp("2024-01-05 10:30", tz="Europe/Berlin"), "2024-01-05T10:30:00+01:00"),
        (pd.NaT, None),
        (pd.NA, None),
        (pd.Period("2024-01", "M"), "2024-01"),
        (datetime.date(2024, 1, 5), "2024-01-05"),
        (datetime.timedelta(hours=1), "1:00:00"),
        (b"\x00\x01", "0001 (2 bytes)"),
        ({"a": [1, {"b": None}]}, {"a": [1, {"b": None}]}),
        ([[[[1, 2]]]], [[["2 items"]]]),
        (list(range(100)), [*range(20), "… 20 of 100 items"]),
        (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
    ],
)
def test_a_value_becomes_what_json_can_hold(value, expected):
    assert plain(value) == expected
    json.dumps(plain(value), allow_nan=False)


def test_a_value_that_fails_at_its_own_text_is_told_by_its_type():
    assert plain([Rude()]) == ["<Rude whose text cannot be made: RuntimeError>"]


def test_a_list_that_holds_itself_comes_to_an_end():
    endless: list[object] = []
    endless.append(endless)
    assert plain(endless) == [[["1 items"]]]


@given(st.text(max_size=500))
def test_a_long_text_says_how_long_it_is(text):
    assert (
        bounded(text) == text if len(text) <= 200 else bounded(text).endswith(f"({len(text):,} characters)")
    )


def test_a_grid_says_how_much_it_shows():
    frame = pd.DataFrame(np.zeros((40, 70)))
    page = grid(frame, rows=3)
    assert (page["shown"], page["columns_shown"]) == ("3 of 40 rows", "60 of 70 columns")


@pytest.mark.parametrize("names", [["a", "a"], [1, "x"], [("a", 1), ("b", 2)]])
def test_a_grid_takes_any_column_names(names):
    columns = pd.MultiIndex.from_tuples(names) if isinstance(names[0], tuple) else names
    page = grid(pd.DataFrame([[1, 2.5]], columns=columns), rows=5)
    assert page["columns"] == [str(name) for name in names]
    assert page["rows"] == [[1, 2.5]]
