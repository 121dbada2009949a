"""Postgres tells which tables changed, what was asked of them and which values are usual."""

import pytest

from rasgo_nb.connectors.base import KnowsChanges, KnowsHistory, KnowsValues, TableName
from rasgo_nb.connectors.open import open_connection

SHOP = """
    CREATE TYPE size AS ENUM ('S', 'M');
    CREATE TABLE customers (id int PRIMARY KEY, email text);
    CREATE TABLE orders (id int, customer int REFERENCES customers, state text, size size);
    INSERT INTO orders SELECT n, NULL, CASE n % 3 WHEN 0 THEN 'open' ELSE 'paid' END, 'M'
    FROM generate_series(1, 300) n;
    INSERT INTO customers SELECT n, n || '@example.com' FROM generate_series(1, 300) n;
    ANALYZE;
"""
ORDERS, CUSTOMERS = TableName("", "public", "orders"), TableName("", "public", "customers")


@pytest.fixture
def database(postgres):
    return postgres.new_database(SHOP)


@pytest.fixture
def connection(postgres, database):
    opened = open_connection(postgres.url(database), name="shop")
    yield opened
    opened.close()


def test_a_postgres_knows_changes_history_and_values(connection):
    assert isinstance(connection, KnowsChanges)
    assert isinstance(connection, KnowsHistory)
    assert isinstance(connection, KnowsValues)


@pytest.mark.parametrize(
    "change",
    [
        "COMMENT ON TABLE orders IS 'what was bought'",
        "COMMENT ON COLUMN orders.state IS 'where it is'",
        "ALTER TABLE orders ADD COLUMN note text",
        "ALTER TABLE orders ALTER COLUMN id TYPE bigint",
        "ALTER TABLE orders ALTER COLUMN state SET NOT NULL",
        "ALTER TABLE orders RENAME COLUMN state TO status",
        "ALTER TABLE orders ADD PRIMARY KEY (id)",
        "ALTER TABLE orders DROP CONSTRAINT orders_customer_fkey",
        "ALTER TABLE customers RENAME COLUMN id TO number",
        "ALTER TYPE size RENAME TO sizes",
        "CREATE ROLE owner_of_marks; ALTER TABLE orders OWNER TO owner_of_marks",
    ],
)
def test_what_changes_the_description_changes_the_mark(postgres, database, connection, change):
    before = connection.table_marks()
    postgres.execute(change, database)
    after = connection.table_marks()
    assert after[ORDERS] != before[ORDERS]
    assert (after[CUSTOMERS] == before[CUSTOMERS]) == ("customers" not in change)


def test_rows_that_come_change_no_mark(postgres, database, connection):
    before = connection.table_marks()
    postgres.execute("INSERT INTO orders SELECT 1 FROM generate_series(1, 10); ANALYZE orders", database)
    assert connection.table_marks() == before


def test_an_owner_is_told(connection):
    assert [detail.owner for detail in connection.describe_tables()] == ["postgres", "postgres"]


def test_usual_values_are_those_of_columns_with_few(connection):
    assert connection.usual_values([ORDERS, CUSTOMERS]) == {
        ORDERS: {"state": ("paid", "open"), "size": ("M",)}
    }


def test_a_database_without_counted_statements_has_no_history(connection):
    assert connection.past_statements(days=30, most=10) == []


COUNTED = """
    CREATE VIEW pg_stat_statements AS
    SELECT d.oid AS dbid, s.userid, s.query, s.calls FROM pg_database d, (VALUES
        (10, 'select state from orders where id = $1', 3),
        (11, 'select state from orders where id = $1', 4),
        (10, 'WITH o AS (SELECT * FROM orders) SELECT 1 FROM o', 9),
        (10, 'insert into orders values ($1)', 90),
        (10, '<insufficient privilege>', 50),
        (10, 'SELECT 1 FROM pg_catalog.pg_class', 50)
    ) AS s (userid, query, calls) WHERE d.datname = current_database()
"""


def test_counted_statements_are_told_most_frequent_first(postgres, database, connection):
    """The view has the columns that the extension documents."""
    postgres.execute(COUNTED, database)
    told = [(one.sql[:6], one.times, one.people) for one in connection.past_statements(days=30, most=10)]
    assert told == [("WITH o", 9, 1), ("select", 7, 2)]
