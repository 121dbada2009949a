import time

import psycopg
import pytest

from rasgo_nb.connectors.base import Column, CostEstimate, ForeignKey, TableName
from rasgo_nb.connectors.open import open_connection
from rasgo_nb.errors import UnknownName

SHOP = """
CREATE SCHEMA sales;
CREATE TABLE sales.customers (id int, region text, name varchar(40) NOT NULL, PRIMARY KEY (region, id));
COMMENT ON TABLE sales.customers IS 'who buys';
COMMENT ON COLUMN sales.customers.name IS 'as on the "bill"';
CREATE TABLE orders (
    id bigint PRIMARY KEY, region text, customer int, price numeric(10, 2), tags text[],
    FOREIGN KEY (region, customer) REFERENCES sales.customers (region, id)
);
INSERT INTO sales.customers SELECT n, 'north', 'c' || n FROM generate_series(1, 5000) n;
INSERT INTO orders SELECT n, 'north', n % 5000 + 1, n / 7.0 FROM generate_series(1, 20000) n;
CREATE TABLE days (day date, amount int) PARTITION BY RANGE (day);
CREATE TABLE days_2023 PARTITION OF days FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
CREATE TABLE days_2024 PARTITION OF days FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
INSERT INTO days SELECT date '2023-01-01' + n, n FROM generate_series(0, 599) n;
CREATE VIEW big AS SELECT * FROM orders WHERE price > 1000;
CREATE MATERIALIZED VIEW counts AS SELECT customer, count(*) AS n FROM orders GROUP BY 1;
CREATE TABLE secrets (a int);
CREATE TABLE partly (shown int, hidden int);
ANALYZE;
CREATE TABLE fresh (a int, gone int);
ALTER TABLE fresh DROP COLUMN gone;
"""


@pytest.fixture(scope="module")
def database(postgres):
    return postgres.new_database(SHOP)


@pytest.fixture(scope="module")
def connection(postgres, database):
    connection = open_connection(postgres.url(database), name="shop")
    yield connection
    connection.close()


@pytest.fixture
def described(connection):
    def described(table, schema="public"):
        (detail,) = connection.describe_tables([TableName("", schema, table)])
        return detail

    return described


def test_partitions_are_one_table_and_system_schemas_none(connection):
    names = ["big", "counts", "days", "fresh", "orders", "partly", "secrets"]
    assert [str(name) for name in connection.list_tables()] == [
        *(f"public.{name}" for name in names),
        "sales.customers",
    ]


def test_comments_types_and_keys_are_described(described):
    customers = described("customers", "sales")
    assert (customers.comment, customers.primary_key) == ("who buys", ("region", "id"))
    assert customers.columns == (
        Column("id", "integer", nullable=False),
        Column("region", "text", nullable=False),
        Column("name", "character varying(40)", nullable=False, comment='as on the "bill"'),
    )
    assert [column.type for column in described("orders").columns[3:]] == ["numeric(10,2)", "text[]"]


def test_a_foreign_key_of_two_columns_keeps_their_order(described):
    (key,) = described("orders").foreign_keys
    assert key == ForeignKey(("region", "customer"), TableName("", "sales", "customers"), ("region", "id"))


def test_row_counts_are_those_of_the_last_analyze(described):
    assert (described("orders").row_count, described("fresh").row_count) == (20_000, None)
    assert (described("big").row_count, described("counts").row_count) == (None, 5_000)


def test_a_partitioned_table_has_the_rows_and_the_size_of_its_parts(described):
    days = described("days")
    assert (days.row_count, days.partitioned_by) == (600, ("RANGE (day)",))
    assert days.size_bytes >= 2 * 8192


def test_a_dropped_column_is_not_described(described):
    assert [column.name for column in described("fresh").columns] == ["a"]


def test_kinds_are_table_and_view(described):
    assert [described(name).kind for name in ("orders", "big", "counts")] == ["table", "view", "table"]


def test_only_what_the_role_may_select_is_listed(postgres, database):
    postgres.execute("CREATE ROLE clerk LOGIN; GRANT SELECT ON orders TO clerk", database)
    postgres.execute("GRANT SELECT (shown) ON partly TO clerk", database)
    connection = open_connection(postgres.url(database, "clerk"), name="shop")
    assert [name.table for name in connection.list_tables()] == ["orders", "partly"]
    with pytest.raises(UnknownName, match="orders"):
        connection.describe_tables([TableName("", "sales", "customers")])
    connection.close()


def test_a_name_fits_without_its_schema_and_in_another_case(connection):
    details = connection.describe_tables([TableName("", "", "Customers"), TableName("", "public", "ORDERS")])
    assert [str(detail.name) for detail in details] == ["sales.customers", "public.orders"]


def test_many_tables_are_described_in_a_few_reads(postgres):
    script = """DO $$BEGIN FOR n IN 1..400 LOOP
        EXECUTE format('CREATE TABLE t%s (id int, born date)', n);
    END LOOP; END$$"""
    connection = open_connection(postgres.url(postgres.new_database(script)), name="many")
    started = time.monotonic()
    details = connection.describe_tables()
    assert (len(details), {len(detail.columns) for detail in details}) == (400, {2})
    assert time.monotonic() - started < 5
    connection.close()


def test_a_locked_table_is_described_without_its_size(postgres, database, described):
    with psycopg.connect(postgres.url(database)) as other:
        other.execute("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE")
        assert (described("orders").size_bytes, described("orders").row_count) == (None, 20_000)
        other.rollback()
    assert described("orders").size_bytes > 20_000


def test_a_scan_costs_the_whole_table_and_an_index_its_rows(connection):
    whole = connection.estimate_cost("SELECT * FROM orders WHERE price > 10;")
    assert whole.rows_read == 20_000
    assert whole.bytes_read % 8192 == 0
    one = connection.estimate_cost("SELECT * FROM orders WHERE id = 7 -- by its key")
    assert (one.rows, one.rows_read) == (1, 1)
    assert 0 < one.bytes_read < 8192


def test_all_scans_of_a_join_and_of_partitions_are_counted(connection):
    both = connection.estimate_cost(
        "SELECT count(*) FROM orders o JOIN sales.customers c ON c.id = o.customer"
    )
    assert (both.rows, both.rows_read) == (1, 25_000)
    assert connection.estimate_cost("SELECT * FROM days").rows_read == 600


def test_what_has_no_plan_has_an_estimate_of_nothing(connection):
    assert connection.estimate_cost("SHOW server_version") == CostEstimate()
