"""Tables that are one but for a date are told as one."""

import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rasgo_nb.catalog.facts import Fact, Origin
from rasgo_nb.catalog.search.catalog import Catalog
from rasgo_nb.catalog.search.families import families_of, folded, kind_of
from rasgo_nb.connectors.base import Column, TableDetail, TableName


def names(*tables, schema="main"):
    return [TableName("", schema, table) for table in tables]


def found(*tables):
    return sorted({str(family) for family in families_of(names(*tables)).values()})


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("events_20240101", "events_20240102"),
        ("events_2024_01", "events_2024_02"),
        ("events_2024-01-31", "events_2024-02-01"),
        ("orders_y2023m05", "orders_y2023m06"),
        ("sales_2023q1", "sales_2023_Q2"),
        ("gsod1929", "gsod2021"),
        ("county_2014_5yr", "county_2015_5yr"),
    ],
)
def test_tables_of_days_months_or_years_are_a_family(first, last):
    kinds = {kind_of(first)[:2], kind_of(last)[:2]}
    if len(kinds) == 1:
        assert found(first, last) == [f"2 tables, {first} to {last}"]
    else:  # dates that are written in two ways
        assert found(first, last) == []


@pytest.mark.parametrize(
    "tables",
    [
        ("model_1", "model_2", "model_3", "model_4", "model_5"),
        ("layer_1", "layer_2"),
        ("s3", "s4"),
        ("events_20240101",),
        ("events_20241399", "events_20249999"),
        ("20240101", "20240102"),
        ("orders", "orders_old"),
        ("form_1040", "form_1099"),
    ],
)
def test_single_tables_and_near_names_are_no_family(tables):
    assert found(*tables) == []


def test_many_tables_that_differ_in_a_number_are_a_family():
    assert found(*(f"shard_{number:03}" for number in range(12))) == ["12 tables, shard_000 to shard_011"]


def test_families_keep_to_their_schema():
    assert families_of([*names("e_20240101", schema="a"), *names("e_20240102", schema="b")]) == {}


@given(st.sets(st.dates(datetime.date(1990, 1, 1), datetime.date(2030, 1, 1)), min_size=2, max_size=20))
def test_all_days_of_a_table_are_one_family_oldest_first(days):
    tables = names(*(f"clicks_{day:%Y%m%d}" for day in days))
    [family] = set(families_of(tables).values())
    assert list(family.members) == sorted(tables)


@given(st.lists(st.text("ab_12 09", min_size=1, max_size=12), max_size=20, unique=True))
def test_every_table_is_in_at_most_one_family_and_none_is_lost(tables):
    all_names = names(*tables)
    families = families_of(all_names)
    kept = folded(all_names, families)
    covered = {member for name in kept for member in (families[name].members if name in families else [name])}
    assert covered == set(all_names)
    assert all(len(family.members) > 1 for family in families.values())


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_name_has_a_kind_or_none(table):
    kind = kind_of(table)
    assert kind is None or kind[2] in table


def test_a_search_tells_a_family_once_with_all_columns_and_its_range():
    days = [
        TableDetail(TableName("", "main", f"events_202401{day:02}"), (Column("user_id", "INT"), *more))
        for day, more in ((1, (Column("referrer", "TEXT"),)), (2, ()), (3, (Column("campaign", "TEXT"),)))
    ]
    [hit, *rest] = Catalog.of([*days, TableDetail(TableName("", "main", "orders"), ())]).search(
        "events by referrer", limit=5
    )
    assert hit.family == "3 tables, events_20240101 to events_20240103"
    assert [column.name for column in hit.table.columns] == ["user_id", "campaign", "referrer"]
    assert len(hit.members) == 3
    assert [one.table.name.table for one in rest] == ["orders"]


def test_the_year_that_is_asked_for_stands_for_its_family():
    years = [
        TableDetail(TableName("", "main", f"gsod{year}"), (Column("temp", "INT"),))
        for year in range(1990, 2020)
    ]
    [hit] = Catalog.of(years).search("temperature in gsod 2003", limit=3)
    assert hit.table.name.table == "gsod2003"


def test_a_vote_for_one_of_a_family_counts_for_it():
    days = [
        TableDetail(TableName("", "main", f"ga_2024010{day}"), (Column("x", "INT"),)) for day in (1, 2, 3)
    ]
    others = [TableDetail(TableName("", "main", f"t{at}"), (Column("y", "INT"),)) for at in "abcdefghijkl"]
    past = Fact("query", (days[0].name,), Origin("history"), text="bounce rate of visits")
    assert Catalog.of([*days, *others], [past]).search("bounce rate of visits", limit=1)[0].past_queries == 1
