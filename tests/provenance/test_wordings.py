"""Numbers as analysts word them: each right one is traced, and each wrong one in its place is not."""

from __future__ import annotations

import pandas as pd
import pytest
from traced_answers import CARRIERS, unverified

PLANES = pd.DataFrame(
    {
        "manufacturer": ["BOEING", "AIRBUS", "EMBRAER", "CESSNA"],
        "planes": [1630, 336, 299, 9],
        "avg_seats": [175.2, 221.2, 45.6, 4.4],
        "oldest": [1965, 2002, 1998, 1959],
    }
)
ZONES = pd.DataFrame(
    {"tzone": ["America/New_York", "America/Chicago", "America/Denver"], "airports": [519, 342, 119]}
)
WEATHER = pd.DataFrame(
    {
        "origin": ["EWR", "EWR", "JFK", "JFK"],
        "month": [1, 7, 1, 7],
        "avg_temp": [35.562, 80.703, 31.386, 78.735],
        "rain": [3.53, 3.74, 2.44, 2.26],
    }
)
MONTHS = pd.DataFrame(
    {
        "month": pd.to_datetime(["2019-05-01", "2019-06-01", "2019-07-01", "2019-08-01"]),
        "orders": [9264, 9043, 9724, 10224],
    }
)
STORES = pd.DataFrame(
    {
        "store": ["Philadelphia", "Brooklyn"],
        "avg_order": [10.795, 10.858],
        "first_order": pd.to_datetime(["2018-09-01", "2019-03-12"]),
    }
)
PRODUCTS = pd.DataFrame(
    {
        "product": ["pourover", "adele-ade", "mel-bun", "krautback"],
        "type": ["beverage", "beverage", "jaffle", "jaffle"],
        "price": [7.0, 4.0, 12.0, 11.0],
        "sold": [16553, 16542, 4718, 4589],
    }
)
FLIGHTS = pd.DataFrame(
    {"carrier": ["UA", "EV", "HA"], "flights": [58665, 54173, 342], "cancelled": [686, 2817, 0]}
)
WHOLE = pd.DataFrame({"flights": [336776], "mean_delay": [6.8954], "miles": [350217607.0]})

# The text with a gap, what is right there, what is wrong.
WORDINGS = [
    (PLANES, "The oldest Boeing dates from {}.", "1965", "1998"),
    (PLANES, "Embraer ranks {} with 299 planes.", "third", "second"),
    (PLANES, "Embraer has the {} most planes.", "third", "fourth"),
    (PLANES, "Embraer is in {} place by planes.", "3rd", "2nd"),
    (PLANES, "{} of them have more than 100 planes.", "Three", "Two"),
    (PLANES, "Boeing has 1,630 of the {} planes listed.", "2,274", "2,247"),
    (PLANES, "The top {} makers have 2,265 planes together.", "three", "two"),
    (ZONES, "Most airports lie in the New York zone ({}), then Chicago (342).", "519", "119"),
    (ZONES, "The zone of Denver has {} airports.", "119", "342"),
    (WEATHER, "| month | EWR | JFK |\n|---|---|---|\n| 7 | {} | 78.7 |", "80.7", "78.7"),
    (WEATHER, "January's rain at JFK was 2.44 inches, {} less than at EWR.", "1.09", "1.90"),
    (WEATHER, "In July it rained 3.74 inches at EWR versus {} at JFK.", "2.26", "2.44"),
    (MONTHS, "June 2019 dipped by {} orders.", "221", "212"),
    (MONTHS, "Summer (June to August) brought {} orders.", "28,991", "28,919"),
    (STORES, "Brooklyn opened on {}.", "March 12, 2019", "September 1, 2018"),
    (STORES, "Brooklyn's order is {} cents larger than Philadelphia's.", "6", "7"),
    (STORES, "Brooklyn's order is larger ($10.86 vs. {}).", "$10.80", "$10.86"),
    (PRODUCTS, "Beverages: {} sold in all.", "33,095", "33,905"),
    (PRODUCTS, "The {} beverages sold most.", "two", "four"),
    (PRODUCTS, "pourover leads with 16,553 sold, just {} ahead of adele-ade.", "11", "21"),
    (FLIGHTS, "In all 3,503 flights were cancelled, or {}.", "3.10%", "3.01%"),
    (FLIGHTS, "That is about {} flights a day in total.", "310", "342"),
    (WHOLE, "Planes flew {} miles per flight.", "1,040", "1,400"),
    (WHOLE, "The mean delay is {}.", "6 min 54 s", "6 min 45 s"),
]


@pytest.mark.parametrize(("frame", "text", "right", "wrong"), WORDINGS)
def test_a_right_number_is_traced_and_a_wrong_one_in_its_place_is_not(frame, text, right, wrong):
    assert unverified(text.format(right), frame) == []
    assert wrong.lstrip("$") in " ".join(unverified(text.format(wrong), frame))


def test_gaps_in_a_result_do_not_stop_the_tracing_of_others():
    seats = pd.DataFrame({"column": ["seats", "year"], "mean": [154.316, None], "max": [450, float("inf")]})
    years = pd.DataFrame({"column": ["year", "seats"], "nulls": [70, 0]})
    assert unverified("year has a ratio of 16 to seats, whose mean is 154.3.", seats, years) == ["16"]
    assert unverified("The maximum of seats is 450 times that of year.", seats, years) != []


def test_printed_lines_are_found_by_their_words_and_as_percentages():
    from rasgo_nb.provenance.matching import explained
    from rasgo_nb.provenance.numbers import claims_in
    from rasgo_nb.provenance.shown import Results, add_text

    results = Results()
    add_text(results, (1, "call_1"), "rows: 336776\nmean: 12.639\nmedian: -2.0\nshare: 0.2437\nmax: 1301")

    def passed(text: str) -> list[str]:
        numbers = explained(text, "", claims_in(text), results, float("inf")).numbers
        return [one.text for one in numbers if one.how != "unverified"]

    assert passed("The median is -2, and 24.4% are late.") == ["-2", "24.4%"]
    assert passed("The median is -3, and 42.4% are late.") == []


@pytest.mark.parametrize("index", [None, "carrier"])
def test_a_number_of_another_row_of_a_printed_frame_is_marked(index):
    from rasgo_nb.provenance.matching import explained
    from rasgo_nb.provenance.numbers import claims_in
    from rasgo_nb.provenance.shown import Results, add_text

    results = Results()
    add_text(results, (1, "call_1"), str(CARRIERS.set_index(index) if index else CARRIERS))

    def marked(text: str) -> list[str]:
        numbers = explained(text, "", claims_in(text), results, float("inf")).numbers
        return [one.text for one in numbers if one.how == "unverified"]

    assert marked("UA had 58,665 flights, with a mean delay of 12.1 minutes.") == []
    assert marked("UA had 54,635 flights, with a mean delay of 13.0 minutes.") == ["54,635", "13.0"]


def test_printed_frames_have_gaps_commas_and_rows_left_out():
    from rasgo_nb.provenance.printed import printed_frames

    rows = [
        "    name flights  share",
        "0     UA  58,665  17.4%",
        "..   ...     ...    ...",
        "9     OO     NaN   0.0%",
    ]
    text = "\n".join(["All:", *rows])
    (frame,), rest = printed_frames(text)
    assert frame["flights"].iloc[0] == 58_665
    assert frame["flights"].isna().tolist() == [False, True]
    assert frame["share"].tolist() == [17.4, 0.0]
    assert rest == "All:"
