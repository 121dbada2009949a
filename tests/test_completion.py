"""What an @name can become while it is typed."""

import json
import time
import types
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasgo_nb.catalog.search.catalog import Catalog
from rasgo_nb.completion import MOST, completions, typed_mention
from rasgo_nb.connectors.base import Column, TableDetail, TableName
from rasgo_nb.mentions import mentioned
from rasgo_nb.table_names import NO_NAMES, TableNames, known_count, names_of

GOLDEN = Path(__file__).parent / "golden" / "protocol"
DELAY = (Column("dep_delay", "BIGINT"), Column("Größe in m²", "DOUBLE"))


def table(name, schema="main", columns=DELAY, **more):
    return TableDetail(TableName("", schema, name), tuple(columns), **more)


FLIGHTS = TableNames(
    Catalog([table("flights", row_count=1200), table("line items"), table("days", "a"), table("days", "b")])
)


def texts(typed, tables=FLIGHTS, user_ns=None):
    return [one.text for one in completions(typed, tables, user_ns or {}, {})[0]]


@pytest.mark.parametrize("case", json.loads((GOLDEN / "lab_mentions.json").read_text("utf-8")), ids=str)
def test_the_name_that_is_being_typed_is_told_from_other_text(case):
    assert typed_mention(case["before"]) == case["typed"]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("fl", ["flights"]),
        ("FL", ["flights"]),
        ("main.fl", ["main.flights"]),
        ("flights.", ["flights.dep_delay", 'flights."Größe in m²"']),
        ("flights.DEP", ["flights.dep_delay"]),
        ("flights.grö", ['flights."Größe in m²"']),
        ("line", ['"line items"']),
        ('"line it', ['"line items"']),
        ('"line items".d', ['"line items".dep_delay']),
        ("da", ["a.days", "b.days"]),
        ("ights", ["flights"]),
        ("nothing", []),
    ],
)
def test_tables_and_columns_are_offered_as_they_can_be_written(typed, first):
    assert texts(typed)[: len(first)] == first
    assert bool(first) == bool(texts(typed))


def test_a_column_is_found_without_its_table():
    assert "flights.dep_delay" in texts("dep_d")


def test_frames_come_before_tables_and_those_before_other_variables():
    names = {"flat": 1, "fl": pd.DataFrame({"a b": [1], "c": [2]}), "fm": types, "_fl": 1, "flight": print}
    assert texts("f", user_ns=names) == ["fl", "flights", "flat"]
    assert texts("fl.", user_ns=names) == ['fl."a b"', "fl.c"]


def test_each_says_what_it_is():
    found, is_all = completions("flig", FLIGHTS, {"flights_2": [1, 2]}, {})
    assert [(one.text, one.kind, one.detail) for one in found] == [
        ("flights", "table", "table, 1,200 rows"),
        ("flights_2", "variable", "list, 2 items"),
    ]
    assert is_all
    assert completions("flights.dep", FLIGHTS, {}, {})[0][0].detail == "BIGINT"


def test_a_name_that_is_complete_is_offered_first():
    assert texts("flights")[0] == "flights"


def test_a_long_list_is_cut_and_says_so():
    many = TableNames(Catalog([table(f"table_{number:04}") for number in range(1_000)]))
    found, is_all = completions("tab", many, {}, {})
    assert (len(found), is_all) == (MOST, False)
    assert completions("table_0999", many, {}, {})[1]


@given(st.text(max_size=20))
def test_anything_can_be_typed(typed):
    completions(typed, FLIGHTS, {"df": pd.DataFrame({"a": [1]})}, {})


@given(st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=5, unique=True))
def test_whatever_is_offered_points_at_something(names):
    tables = [table(name, columns=[Column(name, "INTEGER")]) for name in names]
    catalog = Catalog(tables)
    for one in completions("", TableNames(catalog), {}, {})[0]:
        found = mentioned(f"@{one.text}", catalog, {})
        assert len(found) <= 1
        assert catalog.table(one.text) is None or found


class Slow:
    """A database that answers when it is told to, and counts how often it was asked."""

    is_closed = False

    def __init__(self):
        self.asked = 0
        self.may_answer = False

    def describe_tables(self):
        self.asked += 1
        while not self.may_answer:
            time.sleep(0.001)
        return [table("flights")]


def test_names_are_read_once_and_nobody_waits_long_for_them():
    slow = Slow()
    assert names_of(slow, wait_s=0.0) is NO_NAMES
    assert known_count(slow) is None
    slow.may_answer = True
    assert names_of(slow, wait_s=30).count == 1
    assert [names_of(slow, wait_s=0).count for _ in range(100)] == [1] * 100
    assert slow.asked == 1
    assert known_count(slow) == 1


def test_a_closed_connection_has_no_names(shop):
    connection = shop.connection()
    connection.close()
    assert names_of(connection, wait_s=30) is NO_NAMES
