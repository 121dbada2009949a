"""One ranking says which name was meant."""

import pytest

from rasgo_nb.catalog.near_miss import near_misses
from rasgo_nb.catalog.search.catalog import Catalog
from rasgo_nb.connectors.base import Column, TableDetail, TableName
from rasgo_nb.connectors.duckdb import connect
from rasgo_nb.connectors.nearest import nearest_names

COLUMNS = [
    "customer_id",
    "order_quantity",
    "totalAmount",
    "ship_address",
    "department_name",
    "favorite_color",
]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("cust_id", "customer_id"),
        ("order_qty", "order_quantity"),
        ("total_amt", "totalAmount"),
        ("shipping_addr", "ship_address"),
        ("name_department", "department_name"),
        ("favourite_colour", "favorite_color"),
        ("client_id", "customer_id"),
        ("OrderQuantities", "order_quantity"),
        ("ordr_quantiy", "order_quantity"),
    ],
)
def test_other_ways_to_write_a_name_are_known(wrong, right):
    assert nearest_names(wrong, COLUMNS)[0] == right


@pytest.mark.parametrize(
    "wrong", ["dim_customer", "customer", "stg_customers", "sales.customers", "custmers"]
)
def test_a_prefix_a_number_or_a_schema_more_or_less_does_not_matter(wrong):
    assert nearest_names(wrong, ["public.orders", "public.customers", "public.consumer_prices"])[0] == (
        "public.customers"
    )


def test_of_equals_the_one_in_the_named_schema_goes_first():
    assert nearest_names("slaes.order", ["main.orders", "sales.orders"])[0] == "sales.orders"


def test_one_name_is_found_among_fifty_thousand():
    names = [
        f"{word}_{number}"
        for word in ("orders", "events", "stock", "prices", "calls")
        for number in range(10_000)
    ]
    assert nearest_names("evnts_4711", names)[0] == "events_4711"
    assert nearest_names("StocksNo77", names)[0] == "stock_77"


def test_what_else_is_known_decides_between_likes():
    assert nearest_names("order", ["orders", "orderz"], likely={"orderz": 1.0})[0] == "orderz"


def test_a_table_with_the_columns_of_the_statement_goes_first():
    catalog = Catalog([_table("order_a", "id"), _table("order_b", "id", "amount")])
    [miss, *_] = near_misses("SELECT amount FROM orders_", _link(), catalog, {})
    assert miss.nearest[0] == "main.order_b"


def test_a_column_of_another_table_is_offered_with_that_table():
    catalog = Catalog([_table("orders", "id"), _table("customers", "id", "name")])
    statement = "SELECT o.name FROM orders AS o JOIN customers AS c ON o.id = c.id"
    [miss] = near_misses(statement, _link(), catalog, {})
    assert (miss.name, miss.nearest[0]) == ("name", "customers.name")


def _table(name, *columns):
    return TableDetail(TableName("", "main", name), tuple(Column(column, "INTEGER") for column in columns))


def _link():
    return connect(":memory:", name="empty")
