"""Queries that would fail are found in the catalog, and those that run are let through."""

import duckdb
import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st

from rasgo_nb.catalog.check.statement import check_statement
from rasgo_nb.catalog.search.catalog import Catalog
from rasgo_nb.connectors.base import Column, TableDetail, TableName

TABLES = """
CREATE TABLE orders (id INTEGER, customer_id INTEGER, amount DOUBLE, placed DATE);
CREATE TABLE customers (id INTEGER, name VARCHAR, country VARCHAR, tags VARCHAR[], home STRUCT(city VARCHAR));
CREATE SCHEMA sales;
CREATE TABLE sales.regions (id INTEGER, "from" VARCHAR);
"""


def table(name, *columns, schema="main", database="", key=()):
    described = tuple(Column(column, "INTEGER") for column in columns)
    return TableDetail(TableName(database, schema, name), described, primary_key=key)


ORDERS = table("orders", "id", "customer_id", "amount", "placed")
CUSTOMERS = table("customers", "id", "name", "country", "tags", "home")
SHOP = Catalog([ORDERS, CUSTOMERS, table("regions", "id", "from", schema="sales")])


@pytest.fixture(scope="module")
def database():
    with duckdb.connect() as database:
        database.execute(TABLES)
        yield database


def what(statement, dialect="duckdb", catalog=SHOP, **frames):
    return [(one.what, one.name) for one in check_statement(statement, dialect, catalog, frames)]


WRONG = [
    ("SELECT * FROM ordres", "table", "ordres"),
    ("SELECT * FROM sales.orders", "table", "orders"),
    ("SELECT * FROM (SELECT * FROM ordres)", "table", "ordres"),
    ("SELECT amout FROM orders", "column", "amout"),
    ("SELECT o.amout FROM orders AS o", "column", "amout"),
    ("SELECT name FROM orders WHERE id IN (SELECT nam FROM customers)", "column", "nam"),
    ("SELECT t.total FROM (SELECT id FROM orders) AS t", "column", "total"),
    ("WITH t AS (SELECT id FROM orders) SELECT amount FROM t", "column", "amount"),
    ("SELECT c.id FROM orders AS o", "alias", "c"),
    ("SELECT orders.id FROM orders AS o", "alias", "orders"),
    ("SELECT id FROM orders JOIN customers ON orders.customer_id = customers.id", "ambiguous", "id"),
    ("SELECT o.id FROM orders AS o JOIN customers USING (name)", "column", "name"),
    ("SELECT country, name, count(*) FROM customers GROUP BY country", "grouping", "name"),
    ("SELECT country, count(*) FROM customers", "grouping", "country"),
    ("SELECT id FROM orders WHERE sum(amount) > 1", "grouping", ""),
    ("SELECT id FROM orders UNION SELECT id, name FROM customers", "shape", ""),
    ("SELECT id FROM orders WHERE id IN (SELECT id, name FROM customers)", "shape", ""),
]


@pytest.mark.parametrize(("statement", "kind", "name"), WRONG)
def test_what_duckdb_would_refuse_is_found(database, statement, kind, name):
    assert (kind, name) in what(statement)
    with pytest.raises(duckdb.Error):
        database.execute(statement)


RIGHT = [
    "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 3) SELECT n FROM t",
    "WITH o AS (SELECT *, amount * 2 AS twice FROM orders) SELECT twice, o.id FROM o",
    "SELECT tag FROM customers, UNNEST(tags) AS u(tag)",
    "SELECT home.city, customers.home.city FROM customers, orders AS o",
    "SELECT amount AS a, a + 1 AS b FROM orders WHERE b > 2 GROUP BY ALL",
    "SELECT country AS c, count(*) FROM customers GROUP BY c HAVING count(*) > 1 ORDER BY c",
    "SELECT country, count(*) FROM customers GROUP BY 1 ORDER BY 2",
    "SELECT id FROM orders JOIN customers USING (id)",
    "SELECT id FROM orders NATURAL JOIN customers",
    "SELECT id FROM orders SEMI JOIN customers ON orders.customer_id = customers.id",
    "SELECT * EXCLUDE (id) REPLACE (upper(name) AS name) FROM customers",
    "SELECT COLUMNS('i.*') FROM orders",
    "SELECT * FROM orders PIVOT (sum(amount) FOR customer_id IN (1, 2))",
    "SELECT rowid, ID, Orders.AMOUNT FROM Orders",
    'SELECT "from" FROM sales.regions',
    "SELECT r FROM range(3) AS t(r)",
    "SELECT table_name FROM information_schema.tables",
    "SELECT table_name FROM duckdb_tables()",
    "SELECT orders FROM orders",
    "SELECT list_transform(tags, lambda x: x || name) FROM customers",
    "SELECT [x FOR x IN tags IF x <> name] FROM customers",
    "SELECT (SELECT max(c.name) FROM customers AS c WHERE c.id = o.customer_id) FROM orders AS o",
    "SELECT id, rank() OVER (PARTITION BY customer_id ORDER BY amount) AS r FROM orders QUALIFY r = 1",
    "SELECT o.id FROM orders AS o, LATERAL (SELECT o.id + 1 AS next) AS l WHERE l.next > 0",
    "SELECT date_trunc('month', placed) AS m, sum(amount) FROM orders GROUP BY m ORDER BY m",
    "SELECT year(placed), count(*) FROM orders GROUP BY year(placed)",
    "FROM orders SELECT id",
    "SELECT * FROM (VALUES (1, 2)) AS v(a, b) WHERE a = b",
    "SELECT corr(id, amount), count(*) FILTER (amount > 1) FROM orders",
    "SELECT a.id FROM orders AS a POSITIONAL JOIN customers AS b",
    "SELECT T.id FROM customers AS T WHERE EXISTS (SELECT 1 FROM orders AS T WHERE T.name IS NULL)",
]


@pytest.mark.parametrize("statement", RIGHT)
def test_what_duckdb_runs_is_let_through(database, statement):
    database.execute(statement)
    assert what(statement) == []


LIKEWISE = [
    ("bigquery", "SELECT x.sku, o FROM shop.orders, UNNEST(items) AS x WITH OFFSET AS o WHERE amount > 1"),
    ("bigquery", "SELECT _TABLE_SUFFIX FROM `p.shop.events_*` WHERE _PARTITIONTIME > '2024-01-01'"),
    ("bigquery", "SELECT state, count(*) FROM (SELECT 1 AS state) GROUP BY state"),
    ("bigquery", "SELECT column_name FROM shop.INFORMATION_SCHEMA.COLUMNS"),
    ("snowflake", "SELECT f.value:a::int, METADATA$FILENAME FROM ORDERS, LATERAL FLATTEN(input => AMOUNT) f"),
    ("snowflake", "SELECT $1, t.$2 FROM @stage (file_format => csv) AS t"),
    ("snowflake", "SELECT id AS a, a + 1 FROM orders AT (OFFSET => -60) WHERE a > 1"),
    ("snowflake", "SELECT LEVEL FROM orders CONNECT BY PRIOR id = customer_id"),
    ("snowflake", "SELECT DATEDIFF(day, placed, CURRENT_TIMESTAMP) FROM orders"),
    ("postgres", "SELECT ctid, xmin, Orders.ID FROM Orders"),
    ("postgres", "SELECT relname FROM pg_class JOIN pg_catalog.pg_namespace AS n ON n.oid = relnamespace"),
    ("postgres", "SELECT extract(year FROM placed), my_function(amount) FROM public.orders"),
    ("postgres", "SELECT * FROM other.orders AS o WHERE o.anything = 1"),
    ("sqlite", 'SELECT id FROM orders WHERE placed = "2024-01-01"'),
]


@pytest.mark.parametrize(("dialect", "statement"), LIKEWISE)
def test_what_other_databases_know_is_let_through(dialect, statement):
    schema = {"postgres": "public", "bigquery": "shop", "snowflake": "PUBLIC"}.get(dialect, "main")
    spelt = str.upper if dialect == "snowflake" else str
    columns = map(spelt, ("id", "customer_id", "amount", "placed", "items"))
    orders = table(spelt("orders"), *columns, schema=schema)
    assert what(statement, dialect, Catalog([orders])) == []


def test_a_name_in_the_wrong_case_is_told_with_its_spelling():
    catalog = Catalog([table("Orders", "Id", schema="public")])
    [problem] = check_statement("SELECT 1 FROM Orders", "postgres", catalog)
    assert 'spelt "Orders", in double quotes' in problem.message
    [problem] = check_statement('SELECT Id FROM "Orders"', "postgres", catalog)
    assert 'spelt "Id", in double quotes' in problem.message


def test_postgres_lets_columns_through_that_a_primary_key_settles():
    catalog = Catalog([table("people", "id", "name", schema="public", key=("id",))])
    statement = "SELECT id, name, count(*) FROM people GROUP BY id"
    assert what(statement, "postgres", catalog) == []
    assert what(statement, "snowflake", Catalog([table("PEOPLE", "ID", "NAME")])) == [("grouping", "name")]


def test_a_problem_has_its_place():
    [problem] = check_statement("SELECT id,\n  o.amout\nFROM orders AS o", "duckdb", SHOP)
    assert (problem.line, problem.column, problem.qualifier, problem.table) == (2, 5, "o", "main.orders")


def test_dataframes_are_known_by_their_columns():
    assert what("SELECT a FROM mine JOIN orders ON mine.a = orders.id", mine=["a"]) == []
    assert what("SELECT b FROM mine", mine=["a"]) == [("column", "b")]
    assert what("SELECT b FROM mine", catalog=Catalog([]), mine=["a"]) == [("column", "b")]


def test_what_the_catalog_was_not_made_from_is_taken_to_exist():
    assert what("SELECT x FROM other.things JOIN db.sales.gone ON y = z") == []
    assert what("SELECT x FROM things", catalog=Catalog([])) == []
    assert what("SELEC", "duckdb") == []


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(RIGHT + [statement for statement, _, _ in WRONG]), st.integers(0, 300), st.integers(1, 9)
)
def test_broken_text_raises_nothing(statement, start, length):
    what(statement[:start] + statement[start + length :])


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(RIGHT), st.booleans())
def test_the_layout_of_a_right_query_does_not_matter(statement, is_pretty):
    assert what(sqlglot.parse_one(statement, dialect="duckdb").sql("duckdb", pretty=is_pretty)) == []
