"""Tables are found by the words of a question."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rasgo_nb.catalog.search.catalog import Catalog, split_words
from rasgo_nb.connectors.base import Column, TableDetail, TableName


def table(name, *columns, comment=""):
    return TableDetail(
        TableName("", "main", name), tuple(Column(c, "VARCHAR") for c in columns), comment=comment
    )


SHOP = Catalog(
    [
        table("customers", "id", "fullName", "country", comment="who buys"),
        table("orderItems", "order_id", "qty", "unit_price_eur"),
        table("flights", "carrier", "arr_delay", "dep_delay"),
        table("weather", "station", "precip", comment="hourly conditions at the airports of New York"),
    ]
)


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("customer", "customers"),
        ("which flight was late", "flights"),
        ("delays", "flights"),
        ("order items", "orderItems"),
        ("ordered item", "orderItems"),
        ("buying", "customers"),
        ("airport", "weather"),
        ("full name", "customers"),
        ("quantity of items", "orderItems"),
        ("qty", "orderItems"),
        ("COUNTRY", "customers"),
        ("wether", "weather"),
        ("custmers", "customers"),
    ],
)
def test_the_table_that_is_meant_comes_first(words, first):
    assert SHOP.search(words, limit=3)[0].table.name.table == first


def test_a_word_of_a_hit_is_told_once_in_its_longest_form():
    catalog = Catalog([table("airlines", "code"), table("flights", "number")])
    hits = catalog.search("late flights by airline", limit=2)
    assert {hit.why for hit in hits} == {"name: airline", "name: flights"}


def test_a_hit_says_why():
    assert SHOP.search("late arr delays", limit=1)[0].why == "columns: arr_delay, dep_delay"


def test_a_word_that_matched_in_two_spellings_is_named_once():
    catalog = Catalog([table("stops", "id", comment="Bus, bus and BUS stops, by bus line")])
    assert catalog.search("bus", limit=1)[0].why == "comments: bus"


@pytest.mark.parametrize(
    "words", ["", "  ", "?!*", '"', 'NEAR("a" b)', "a AND OR NOT", "name:x*", "x" * 1_000_000]
)
def test_any_words_can_be_searched(words):
    assert len(SHOP.search(words, limit=10)) == 4


@settings(deadline=None, max_examples=50)
@given(st.text(max_size=80))
def test_any_text_gives_the_same_tables_each_time(words):
    first, second = (SHOP.search(words, limit=3) for _ in range(2))
    assert first == second


def test_an_empty_catalog_finds_nothing():
    assert Catalog([]).search("orders", limit=5) == []
    assert Catalog([]).table("orders") is None


def test_a_million_words_are_searched_in_reasonable_time():
    assert SHOP.search("zebra " * 160_000 + "weather", limit=1)[0].table.name.table == "weather"


@pytest.mark.parametrize("name", ["Customers", "main.customers", '"main"."customers"', "MAIN.CUSTOMERS"])
def test_a_table_is_known_by_any_spelling_of_its_name(name):
    assert SHOP.table(name).name.table == "customers"


def test_a_name_that_several_tables_have_needs_its_schema():
    both = Catalog([TableDetail(TableName("", schema, "t"), ()) for schema in ("a", "b")])
    assert both.table("t") is None
    assert both.table("b.t").name.schema == "b"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("orderItems_qty2", "order Items qty 2"),
        ("HTTPServer", "HTTP Server"),
        ("__", ""),
        ("Größe_cm", "Größe cm"),
    ],
)
def test_names_are_taken_apart(name, words):
    assert split_words(name) == words


def test_a_table_is_learnt_anew_and_forgotten():
    catalog = Catalog([table("orders", "id"), table("customers", "id")])
    catalog.learn(table("orders", "id", "discount"))
    assert [hit.table.name.table for hit in catalog.search("discount", limit=1)] == ["orders"]
    assert len(catalog.tables) == 2
    catalog.forget(TableName("", "main", "orders"))
    assert catalog.table("orders") is None
    assert [hit.table.name.table for hit in catalog.search("discount", limit=1)] == ["customers"]


@pytest.mark.parametrize(
    "name", ["`main.orderItems`", "[main].[orderItems]", '"main"."orderItems"', "`orderItems`"]
)
def test_a_name_is_found_in_the_quotes_of_every_dialect(name):
    assert SHOP.table(name).name.table == "orderItems"


def test_another_number_is_not_taken_for_a_misspelt_one():
    days = Catalog([table("sales_20240131"), table("sales_20240228")])
    assert [hit.is_beside for hit in days.search("20240130", limit=1)] == [True]
    assert [hit.table.name.table for hit in days.search("slaes 20240131", limit=1)] == ["sales_20240131"]


def test_of_names_that_differ_by_case_the_one_spelled_so_is_meant():
    catalog = Catalog([table("Orders", "Amount", "amount"), table("orders", "id")])
    assert [catalog.spelled(name).name.table for name in ("orders", "main.Orders")] == ["orders", "Orders"]
    assert catalog.spelled("ORDERS") is None
    assert catalog.table("orders") is None  # in SQL a dialect says which is meant
