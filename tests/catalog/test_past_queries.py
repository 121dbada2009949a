"""Past statements become facts: tables used together, joins seen, and no value of the data."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rasgo_nb.catalog.crawl.history import Gathering, KnownTables, facts_of_run, keep_run
from rasgo_nb.catalog.crawl.past_read import read_past
from rasgo_nb.catalog.facts import Fact, Origin
from rasgo_nb.catalog.stores.sqlite_store import SqliteStore
from rasgo_nb.connectors.base import Column, PastStatement, TableDetail, TableName
from rasgo_nb.connectors.statement import without_values


def table(name, *columns, key=(), schema="shop"):
    return TableDetail(
        TableName("", schema, name), tuple(Column(one, "INT") for one in columns), primary_key=key
    )


ORDERS = table("orders", "id", "customer_id", "day", "amount", key=("id",))
CUSTOMERS = table("customers", "id", "country", key=("id",))
EVENTS = table("events_*", "id", "kind")


@pytest.fixture(scope="module")
def store():
    made = SqliteStore()
    made.put_tables([(one, "") for one in (ORDERS, CUSTOMERS, EVENTS)])
    yield made
    made.close()


@pytest.fixture(scope="module")
def known(store):
    return KnownTables(store)


def read(known, statement, dialect="duckdb"):
    return read_past(statement, dialect, known.resolve, known.detail_of)


def test_a_join_points_at_the_key(known):
    found = read(
        known, "SELECT country, sum(amount) FROM orders o JOIN customers c ON c.id = o.customer_id GROUP BY 1"
    )
    (join,) = found.joins
    assert (join.table, join.columns, join.other, join.other_columns) == (
        ORDERS.name, ("customer_id",), CUSTOMERS.name, ("id",),
    )  # fmt: skip
    assert found.columns[ORDERS.name] == ("amount", "customer_id")
    assert found.columns[CUSTOMERS.name] == ("country", "id")


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 1 FROM orders, customers WHERE customer_id = customers.id",
        "WITH o AS (SELECT * FROM orders) SELECT 1 FROM shop.orders JOIN customers c ON (customer_id = c.id)",
        "SELECT 1 FROM (SELECT country FROM customers c JOIN orders ON c.id = orders.customer_id) x",
    ],
)
def test_joins_are_seen_wherever_they_stand(known, statement):
    assert [join.columns for join in read(known, statement).joins] == [("customer_id",)]


def test_joins_by_using_are_seen(known):
    (join,) = read(known, "SELECT 1 FROM orders JOIN customers USING (id)").joins
    assert (join.columns, join.other_columns) == (("id",), ("id",))


@settings(deadline=None)
@given(st.text(min_size=8, max_size=30, alphabet="abcdefghijklmnopqrstuvwxyzäß漢 '%"))
def test_no_text_of_a_statement_is_kept(known, text):
    quoted = text.replace("'", "''")
    found = read(
        known, f"SELECT id FROM customers /* {quoted[:5]} */ WHERE country IN ('{quoted}', 'x') LIMIT 77"
    )
    assert found.sql == "SELECT id FROM customers WHERE country IN ('***') LIMIT 0"


@pytest.mark.parametrize(
    ("dialect", "written"),
    [("postgres", one) for one in ("U&'Ada'", "$$Ada$$", "$t$Ada$t$", "E'Ada'", "N'Ada'", "'x' 'Ada'")]
    + [("bigquery", one) for one in ('"Ada"', "r'Ada'", "b'Ada'", "'''Ada'''")]
    + [("duckdb", "json_extract(a, '$.b[?(@.name == \"Ada\")]')"), ("tsql", "N'Ada'")],
)
def test_no_text_is_kept_however_a_dialect_writes_it(dialect, written):
    statement = f"SELECT a FROM t WHERE a = {written}"
    resolve = {"t": TableName("", "", "t")}.get
    past = read_past(statement, dialect, resolve, lambda _: None)
    assert "Ada" not in (past.sql if past else "")
    assert "Ada" not in without_values(statement, dialect)


@pytest.mark.parametrize(
    "statement",
    ["", "SELECT 1", "DELETE FROM orders", "SELECT 1 FROM gone", "SELECT ((", "x" * 30_000, "\x00"],
)
def test_what_reads_no_known_table_is_left_out(known, statement):
    assert read(known, statement) is None


def test_a_table_a_day_counts_for_its_family(known):
    found = read(known, "SELECT kind FROM `shop.events_20240131`", "bigquery")
    assert found.tables == (EVENTS.name,)


def test_statements_that_differ_in_literals_are_one(known):
    gathering = Gathering("duckdb", known.resolve, known.detail_of)
    for number in (1, 2, 3):
        gathering.add(PastStatement(f"SELECT amount FROM orders WHERE id = {number}", times=number))
    assert gathering.facts() == [
        Fact(
            "query",
            (ORDERS.name,),
            Origin("history"),
            sql="SELECT amount FROM orders WHERE id = 0",
            columns=("amount", "id"),
            weight=6,
        )
    ]


def test_a_statement_means_the_tables_of_its_own_schema():
    store = SqliteStore()
    store.put_tables([(table("orders", "id", schema=schema), "") for schema in ("dev", "prod")])
    known = KnownTables(store)
    gathering = Gathering("duckdb", known.resolve, known.detail_of)
    gathering.add(PastStatement("SELECT id FROM orders", times=1, schema="prod"))
    gathering.add(PastStatement("SELECT id, id FROM orders", times=1))
    assert [fact.tables for fact in gathering.facts()] == [(TableName("", "prod", "orders"),)]


def test_an_answer_teaches_its_question_and_the_tables_that_it_rests_on(known):
    statements = ["SELECT id FROM customers WHERE country = 'DE'", "SELECT sum(amount) FROM orders"]
    (query,) = facts_of_run("How much did Germans buy?", statements, "duckdb", known.resolve, known.detail_of)
    assert (query.text, query.tables, query.origin.source) == (
        "How much did Germans buy?", (CUSTOMERS.name, ORDERS.name), "runs",
    )  # fmt: skip
    assert "DE" not in query.sql


def test_runs_are_kept_beside_each_other_and_their_joins_counted(store, known):
    for question in ("first", "second"):
        statements = ["SELECT 1 FROM orders JOIN customers ON customer_id = customers.id"]
        keep_run(store, facts_of_run(question, statements, "duckdb", known.resolve, known.detail_of))
    assert {fact.text for fact in store.facts(source="runs", kinds=["query"])} == {"first", "second"}
    assert [fact.weight for fact in store.facts(source="runs", kinds=["join"])] == [2.0]
