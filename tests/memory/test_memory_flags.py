"""Why a memory may no longer hold."""

import pytest

from rasgo_nb.catalog.search.catalog import Catalog
from rasgo_nb.connectors.base import Column, TableDetail, TableName
from rasgo_nb.memory.figures import figures_at_hand
from rasgo_nb.memory.memory import Memory
from rasgo_nb.memory.stale import flags_of, shifts

ORDERS = TableDetail(
    TableName("shop", "main", "orders"), (Column("id", "INTEGER"), Column("amount", "DECIMAL(10,2)"))
)
AMOUNT = "shop.main.orders.amount"


def flags(**known):
    return flags_of(Memory("m", "In euro.", "me", **known), Catalog([ORDERS]))


def test_what_is_there_has_no_flag():
    assert flags(tables=("shop.main.orders",), columns=(AMOUNT,)) == ()
    assert flags(tables=("SHOP.MAIN.Orders",), columns=("shop.main.orders.AMOUNT",)) == ()


def test_a_table_that_is_gone_is_told_with_the_nearest():
    assert flags(tables=("shop.main.order",), columns=("shop.main.order.amount",)) == (
        "The table shop.main.order is gone; the nearest is shop.main.orders.",
    )


def test_a_column_that_is_gone_is_told_with_the_nearest():
    assert flags(tables=("shop.main.orders",), columns=("shop.main.orders.ammount",)) == (
        "The column shop.main.orders.ammount is gone; the nearest is amount.",
    )


def test_another_type_is_told():
    kept = {AMOUNT: {"type": "DOUBLE"}}
    assert flags(tables=("shop.main.orders",), columns=(AMOUNT,), profile=kept) == (
        f"The column {AMOUNT} was DOUBLE and is DECIMAL(10,2) now.",
    )


def test_sql_that_would_be_refused_is_told():
    [flag] = flags(tables=("shop.main.orders",), sql="SELECT amont FROM orders", dialect="duckdb")
    assert flag.startswith("Its SQL would be refused: ")


def test_nothing_is_said_where_no_catalog_tells():
    assert flags_of(Memory("m", "x", "me", tables=("gone",)), None) == ()
    assert flags_of(Memory("m", "x", "me", tables=("gone",)), Catalog([])) == ()


@pytest.mark.parametrize(
    ("kept", "now", "says"),
    [
        ({"null_share": "0.02"}, {"null_share": "0.12"}, "Of c 2% were null, and 12% are now."),
        ({"null_share": "0.02"}, {"null_share": "0.11"}, ""),
        ({"distinct": "10"}, {"distinct": "20"}, "c had 10 distinct values, and has 20 now."),
        ({"distinct": "2"}, {"distinct": "4"}, ""),
        (
            {"min": "0", "max": "9"},
            {"min": "10", "max": "19"},
            "c went from 0 to 9, and goes from 10 to 19 now.",
        ),
        ({"min": "0", "max": "9"}, {"min": "0", "max": "18"}, ""),
        (
            {"min": "0", "max": "9"},
            {"min": "0", "max": "900"},
            "c went from 0 to 9, and goes from 0 to 900 now.",
        ),
        ({"values": '["EUR"]'}, {"values": '["EUR", "USD"]'}, "c holds 'USD' now, which it did not."),
        ({"values": '["EUR", "USD"]'}, {"values": '["EUR"]'}, "c no longer holds 'USD'."),
        ({"values": "[broken"}, {"values": '["EUR"]'}, ""),
        ({"min": "nan", "max": "many"}, {"min": "1", "max": "2"}, ""),
    ],
)
def test_a_shift_is_what_growth_could_not_make(kept, now, says):
    assert shifts("c", kept, now) == ([says] if says else [])


def test_figures_are_taken_where_looking_is_free(shop):
    link = shop.connection()
    catalog = Catalog(link.describe_tables())
    column = f"{catalog.table('customers').name}.country"
    figures = figures_at_hand(link, catalog, [column, "gone.x"])
    assert figures == {
        column: {
            "type": "VARCHAR",
            "rows": "3",
            "null_share": "0.0000",
            "distinct": "2",
            "values": '["France", "Germany"]',
        }
    }


@pytest.mark.parametrize("rules", [{"privacy": "stats"}, {"masked": ["customers.country"]}])
def test_no_value_that_the_model_may_not_read_is_kept_or_compared(shop, rules):
    link = shop.connection()
    catalog = Catalog(link.describe_tables())
    column = f"{catalog.table('customers').name}.country"
    [figures] = figures_at_hand(link, catalog, [column], **rules).values()
    assert set(figures) == {"type", "rows", "null_share", "distinct"}
    assert figures_at_hand(link, catalog, [column], privacy="schema") == {}
