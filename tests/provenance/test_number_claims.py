"""Which numbers a text claims, and what they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasgo_nb.provenance.numbers import claims_in


def said(text):
    return [(one.text, one.value) for one in claims_in(text)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,234.5", 1234.5),
        ("12.3 %", 12.3),
        ("1.2 M", 1_200_000),
        ("50k", 50_000),
        ("3.4 billion", 3.4e9),
        ("$3.40", 3.4),
        ("\u22125", -5),
        ("-5.3", -5.3),
        ("1e6", 1e6),
        ("2 h 15 min", 135),
        ("02:15", 135),
        ("1.5 GB", 1.5e9),
        ("2013-07-10", 20130710),
        ("July 10, 2013", 20130710),
    ],
)
def test_a_number_is_read_as_it_is_written(text, value):
    assert said(f"It was {text} there") == [(text, pytest.approx(value))]


def test_the_habit_of_the_text_decides_what_a_comma_is():
    assert [value for _, value in said("Es sind 1.234,5 und 3,25 von 12.000 Euro")] == [1234.5, 3.25, 12000]


@pytest.mark.parametrize(
    "text",
    [
        "1. first\n2. second",
        "# Top 5 of 12",
        "see step 2 and steps 3, 4",
        "`12` and\n\n```\n13\n```",
        "[here](http://a.b/12?c=13)",
        "N14228, B6 and 9E",
        "a Boeing 737-800",
        "version 1.2.3",
    ],
)
def test_what_only_looks_like_a_number_claims_nothing(text):
    assert said(text) == []


def test_words_that_count_are_numbers():
    assert said("twelve airlines and two thirds of the flights") == [
        ("twelve", 12),
        ("two thirds", pytest.approx(200 / 3)),
    ]


def test_cells_of_tables_are_numbers_and_brackets_there_a_minus():
    assert said("| a | b |\n|---|---|\n| x | (5) |\n| y | 1,234 |") == [("5", -5), ("1,234", 1234)]


@given(
    st.text(alphabet="0123456789.,-%$|()*`#:\n ehkM\u2212\u00a0Jabunsteptwo", max_size=120)
    | st.text(max_size=200)
)
def test_any_text_is_read_and_its_numbers_stand_in_order(text):
    claims = claims_in(text)
    assert all(text[one.start : one.end] == one.text for one in claims)
    ends = [0, *(one.end for one in claims)]
    assert all(end <= one.start < one.end for end, one in zip(ends, claims, strict=False))
