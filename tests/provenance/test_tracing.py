"""Right numbers are traced, wrong ones are marked."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from provenance.traced_answers import CARRIERS, logged, trace, unverified

from rasgo_nb.provenance.matching import traced

RIGHT = [
    "EV has the highest mean delay: **20.0** minutes, followed by B6 (13.0) and UA (12.1).",
    "AS arrives 9.9 minutes early on average.",
    "The mean delay of AS is -9.9 minutes.",
    "EV, B6 and UA recorded 20.0, 13.0 and 12.1 minutes, respectively.",
    "It was 20.0 minutes for EV versus 13.0 for B6, so the gap is 6.9 minutes.",
    "UA flew 58,665 of 200,916 flights, 29.2 % of all.",
    "In total there were 200,916 flights across 5 carriers.",
    "EV's mean delay (20.0 minutes) is 65 % higher than UA's (12.1 minutes).",
    "With 58,665 flights, UA has 1.8 times the flights of AA (32,729).",
    "EV and B6 together flew 108,808 flights.",
    "Of EV's flights 23.6 % were late; about 54 thousand flew.",
    "| carrier | mean delay | flights |\n|---|---|---|\n| EV | 20.0 | 54,173 |\n| AS | (9.9) | 714 |",
    "The mean delay fell from 20.0 minutes for EV to 8.6 for AA, a drop of 57 %.",
    "Three carriers are named: EV, B6 and UA.",
]
WRONG = [
    ("The mean delay of UA is 20.0 minutes.", "20.0"),
    ("EV has 54,137 flights.", "54,137"),
    ("EV has a mean delay of 200 minutes.", "200"),
    ("The mean delay of AS is 9.9 minutes.", "9.9"),
    ("EV is at 20.1 minutes.", "20.1"),
    ("0.24 % of EV's flights were late.", "0.24 %"),
    ("In total there were 201,916 flights.", "201,916"),
    ("There are 6 carriers.", "6"),
    ("| carrier | mean delay |\n|---|---|\n| EV | 12.1 |", "12.1"),
    ("EV's mean delay (20.0 minutes) is 55 % higher than UA's (12.1 minutes).", "55 %"),
    ("EV and B6 recorded 13.0 and 13.0 minutes, respectively.", "13.0"),
]


@pytest.mark.parametrize("text", RIGHT)
def test_right_numbers_are_traced(text):
    assert unverified(text) == []


@pytest.mark.parametrize(("text", "wrong"), WRONG)
def test_a_wrong_number_is_marked(text, wrong):
    assert unverified(text) == [wrong]


def test_a_trace_says_where_the_value_stands():
    (number,) = trace("EV is late by 19.96 minutes.").numbers
    assert (number.how, number.said) == ("found", "mean_delay of EV in step 1, rounded")
    assert (number.places[0].step, number.places[0].column, number.places[0].row) == (1, "mean_delay", 0)


@pytest.mark.parametrize(
    ("text", "how"),
    [("There are 714 flights where month is 7.", "asked"), ("714 of them where month is 8.", "unverified")],
)
def test_a_condition_of_the_query_is_known(text, how):
    log = logged(CARRIERS, sql='SELECT * FROM flights WHERE "month" = 7')
    numbers = traced(text, log, "How many in July?", longest_s=60.0).numbers
    assert [one.how for one in numbers][-1] == how


def test_what_the_person_said_is_asked():
    assert [one.how for one in trace("Nothing was above 75 %.", question="What is above 75 %?").numbers] == [
        "asked"
    ]


def test_text_without_numbers_has_nothing_to_trace():
    assert trace("EV is late most often.").share is None


def test_a_result_too_large_is_searched_in_part():
    long = pd.DataFrame({"x": range(60_000)})
    assert not trace("The last one is 59,999.", long).is_whole


@given(
    value=st.floats(-1e7, 1e7).filter(lambda value: abs(value) >= 0.01),
    decimals=st.integers(0, 3),
)
def test_a_rounded_copy_of_a_value_is_always_traced(value, decimals):
    frame = pd.DataFrame({"carrier": ["EV", "UA"], "mean_delay": [value, -12345678.9]})
    text = f"{value:,.{decimals}f}"
    assert unverified(f"The mean delay of EV is {text}.", frame) == []


@given(st.lists(st.floats(0, 1_000), min_size=1, max_size=200))
def test_more_rows_never_verify_another_rows_number(values):
    more = pd.DataFrame({"carrier": [f"Z{n}Q" for n in range(len(values))], "mean_delay": values})
    (number,) = trace("The mean delay of UA is 19.9 minutes.", pd.concat([CARRIERS, more])).numbers
    assert number.how != "found"
