"""The nearest names for a wrong one."""

import json

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sample_data import data_folder

from rasgo_nb.catalog.near_miss import nearest_names

NAMES = ["customer_id", "order_id", "order_date", "amount", "unit_price", "country", "countryCode", "year"]


@pytest.mark.parametrize(
    ("wrong", "first"),
    [
        ("amuont", "amount"),
        ("Amount", "amount"),
        ("orderdate", "order_date"),
        ("date_order", "order_date"),
        ("price", "unit_price"),
        ("country_code", "countryCode"),
        ("main.amout", "amount"),
    ],
)
def test_the_nearest_name_comes_first(wrong, first):
    assert nearest_names(wrong, NAMES)[0] == first


def test_what_is_far_from_all_gets_none():
    assert nearest_names("zzzzzz", NAMES) == []
    assert nearest_names("x" * 1_000_000, NAMES) == []


@given(st.text(max_size=30), st.lists(st.text(max_size=30), max_size=8))
def test_any_names_can_be_compared(wrong, names):
    assert set(nearest_names(wrong, names)) <= set(names)


@given(st.sampled_from(NAMES), st.integers(0, 20), st.sampled_from("abcxyz_"))
def test_one_slip_of_the_pen_is_forgiven(name, place, letter):
    wrong = name[: place % len(name)] + letter + name[place % len(name) + 1 :]
    assume(wrong not in NAMES)
    assert nearest_names(wrong, NAMES)[0] == name


def test_slips_in_the_names_of_real_databases_are_forgiven():
    folder = data_folder()
    path = folder / "retrieval" / "spider_catalog.jsonl" if folder else None
    if path is None or not path.exists():
        pytest.skip("the shared data sets are not at hand")
    with path.open(encoding="utf-8") as lines:
        names = [name for line in lines for name in _long_names(json.loads(line))]
    sample = list(dict.fromkeys(names))[:200]
    right = sum(nearest_names(_swapped(name), sample)[:1] == [name] for name in sample)
    assert right / len(sample) >= 0.97


def _long_names(entry):
    columns = entry.get("columns", [])
    return [
        column["name"] for column in columns if isinstance(column, dict) and len(column.get("name", "")) > 4
    ]


def _swapped(name):
    return name[:2] + name[3] + name[2] + name[4:]
