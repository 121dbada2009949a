"""Which table of a connection is meant by a name in a file."""

import pytest

from rasgo_nb.catalog.sources.resolve import Resolver, name_parts
from rasgo_nb.connectors.base import TableName

ORDERS = TableName("shop", "main", "orders")
STAGED = TableName("shop", "staging", "Orders")
CUSTOMERS = TableName("shop", "main", "customers")


@pytest.fixture
def names():
    return Resolver([ORDERS, STAGED, CUSTOMERS])


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("shop.main.orders", ORDERS),
        ('"SHOP"."MAIN"."ORDERS"', ORDERS),
        ("`shop`.`staging`.`orders`", STAGED),
        ("main.customers", CUSTOMERS),
        ("elsewhere.main.customers", CUSTOMERS),
        ("dev_ada.customers", CUSTOMERS),
        ("[customers]", CUSTOMERS),
        ("orders", ORDERS),  # of two that differ by case, the one as it is written
        ("ORDERS", None),
        ("dev_ada.orders_2", None),
        ("", None),
    ],
)
def test_a_name_is_found_by_what_is_written_of_it(names, name, table):
    assert names.spelt(name) == table


def test_a_dot_inside_quotes_is_part_of_a_name():
    assert name_parts('"my.shop".main.[order.items]') == ("my.shop", "main", "order.items")


def test_a_table_that_one_name_means_surely_is_not_taken_for_another():
    names = Resolver([CUSTOMERS])
    wanted = [("raw", "public", "customers"), ("shop", "main", "customers")]
    assert names.find_all(wanted) == {("shop", "main", "customers"): CUSTOMERS}


def test_of_two_names_that_may_mean_a_table_neither_is_guessed():
    assert Resolver([CUSTOMERS]).find_all([("a", "customers"), ("b", "customers")]) == {}


def test_a_connection_of_one_database_leaves_it_out_of_its_names():
    table = TableName("", "MAIN", "ORDERS")
    assert Resolver([table]).spelt("prod.main.orders") == table
