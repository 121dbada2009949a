"""What a join did to rows is counted in the database, and told where it matters."""

from dataclasses import replace

import pandas as pd
import pytest

from rasgo_nb.catalog.join_guard.guard import guard_joins
from rasgo_nb.catalog.search.catalog import Catalog
from rasgo_nb.connectors.base import CostEstimate
from rasgo_nb.connectors.duckdb import connect
from rasgo_nb.connectors.open import open_connection

SCRIPT = """
CREATE TABLE customers (id INTEGER PRIMARY KEY, name VARCHAR(20), credit INTEGER);
CREATE TABLE orders (id INTEGER, customer_id INTEGER, amount INTEGER);
CREATE TABLE items (order_id INTEGER, price INTEGER);
INSERT INTO customers VALUES (1, 'Ada', 10), (2, 'Grace', 20), (3, 'Joan', 30);
INSERT INTO orders VALUES (1, 1, 5), (2, 1, 6), (3, 2, 7), (4, NULL, 8), (5, 99, 9);
INSERT INTO items VALUES (1, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 6);
"""


@pytest.fixture(params=["duckdb", "postgres"], scope="module")
def shop(request):
    if request.param == "duckdb":
        link = connect(":memory:", name="shop", read_only=False)
        for statement in SCRIPT.split(";")[:-1]:
            link.run_query(statement)
    else:
        postgres = request.getfixturevalue("postgres")
        script = f"{SCRIPT} ANALYZE customers; ANALYZE orders; ANALYZE items"
        name = postgres.new_database()
        for statement in script.split(";"):
            postgres.execute(statement, name)
        link = open_connection(postgres.url(name), name="shop")
    yield link, Catalog(link.describe_tables())
    link.close()


def told(shop, statement, *, elapsed_s=1.0, frames=None, **options):
    link, catalog = shop
    return guard_joins(statement, link, catalog, frames or {}, elapsed_s=elapsed_s, **options)


def test_a_sum_over_repeated_rows_is_told(shop):
    statement = "SELECT sum(o.amount) FROM orders AS o JOIN items AS i ON o.id = i.order_id"
    [finding] = told(shop, statement)
    assert finding.text.startswith(
        "items.order_id is not unique: 5 rows of orders became 6, so SUM(o.amount)"
    )
    assert (finding.kind, finding.rows, finding.of_rows) == ("fan_out", 6, 5)


def test_a_sum_on_the_side_of_the_many_is_no_news(shop):
    statement = "SELECT sum(i.price) FROM orders AS o JOIN items AS i ON o.id = i.order_id"
    assert told(shop, statement) == []


def test_rows_that_an_inner_join_lost_are_counted(shop):
    statement = "SELECT name, amount FROM orders JOIN customers ON customer_id = customers.id"
    texts = [finding.text for finding in told(shop, statement)]
    assert "1 of 5 rows of orders have no customer_id to match customers by." in texts
    assert "1 of 5 rows of orders (20 %) match none of customers and are left out." in texts
    assert "1 of 3 rows of customers (33 %) match none of orders and are left out." in texts


def test_what_a_filter_left_out_is_not_called_lost(shop):
    statement = (
        "SELECT sum(o.amount) FROM orders o JOIN customers c ON o.customer_id = c.id WHERE c.credit > 15"
    )
    assert [finding.kind for finding in told(shop, statement)] == ["null_keys", "lost_rows"]


def test_a_left_join_loses_nothing(shop):
    statement = "SELECT name, amount FROM customers LEFT JOIN orders ON customers.id = customer_id"
    assert told(shop, statement) == []


def test_two_joins_that_multiply_each_other_are_told(shop):
    statement = """SELECT c.id, sum(i.price), sum(p.price) FROM orders AS c
        JOIN items AS i ON c.id = i.order_id JOIN items AS p ON c.id = p.order_id GROUP BY c.id"""
    assert {finding.kind for finding in told(shop, statement)} == {"fan_out"}


def test_a_key_that_is_unique_on_neither_side_is_told(shop):
    statement = "SELECT o.id FROM orders AS o JOIN orders AS p ON o.customer_id = p.customer_id"
    text = told(shop, statement)[0].text
    assert "unique in neither (customer_id)" in text
    assert "5 rows of o and 5 of p became 6" in text


def test_subqueries_and_common_tables_are_counted_too(shop):
    statement = """WITH dear AS (SELECT * FROM items WHERE price > 0)
        SELECT sum(amount) FROM orders AS o JOIN dear ON dear.order_id = o.id"""
    assert [(one.kind, one.left, one.right) for one in told(shop, statement)] == [
        ("fan_out", "orders", "dear")
    ]


def test_what_would_take_long_is_not_checked(shop):
    link, catalog = shop
    big = Catalog([replace(table, row_count=10**9) for table in catalog.tables])
    statement = "SELECT name FROM orders AS o JOIN customers AS c ON o.customer_id = c.id"
    [finding] = guard_joins(statement, link, big, {}, elapsed_s=1.0)
    assert finding.kind == "not_checked"
    assert finding.text.endswith("was not checked: its tables are large.")


def test_what_cannot_be_priced_is_not_checked_where_bytes_are_billed():
    link = connect(":memory:", name="none")  # DuckDB tells no bytes
    frames = {"a": pd.DataFrame({"k": [1]}), "b": pd.DataFrame({"k": [1]})}
    billed = CostEstimate(bytes_read=10, is_exact=True)
    statement = "SELECT * FROM a JOIN b USING (k)"
    [finding] = guard_joins(statement, link, Catalog([]), frames, elapsed_s=0.1, estimate=billed)
    assert finding.text.endswith("was not checked: that would bill too much.")


def test_dataframes_are_counted_as_tables_are():
    link = connect(":memory:", name="none")
    frames = {"a": pd.DataFrame({"k": [1, 2], "x": [1, 2]}), "b": pd.DataFrame({"k": [1, 1], "y": [3, 4]})}
    found = guard_joins("SELECT sum(x) FROM a JOIN b USING (k)", link, Catalog([]), frames, elapsed_s=0.1)
    assert [finding.kind for finding in found] == ["fan_out", "lost_rows"]
