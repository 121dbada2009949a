"""Semantic views that Snowflake itself holds."""

from dataclasses import replace

import pytest

from rasgo_nb.catalog.stores.sqlite_store import SqliteStore
from rasgo_nb.catalog.sync import sync
from rasgo_nb.connectors.base import KnowsMeaning, SemanticModel
from rasgo_nb.connectors.open import open_connection
from rasgo_nb.connectors.request import ConnectRequest
from rasgo_nb.secret_store import SecretsInMemory

VIEW = """
name: SALES
tables:
  - name: purchases
    description: One row per order.
    base_table: {database: T_MEANING, schema: PUBLIC, table: ORDERS}
    metrics:
      - {name: revenue, expr: SUM(purchases.amount)}
verified_queries:
  - {name: count, question: How many orders?, sql: SELECT COUNT(*) FROM __purchases}
"""


@pytest.fixture
def connection(snowflake_peer):
    store = SecretsInMemory()
    store.keep("wh.password", "secret")
    options = snowflake_peer.options | {"database": "T_MEANING"}
    asked = ConnectRequest(name="wh", secrets=store, options=options, read_only=False)
    writer = open_connection("snowflake", asked, name="wh", read_only=False)
    writer.run_query("CREATE TABLE IF NOT EXISTS ORDERS (ID INT, AMOUNT INT)")
    writer.close()
    snowflake_peer.set(semantic_views={"T_MEANING.PUBLIC.SALES": VIEW, "ELSEWHERE.PUBLIC.X": "name: X"})
    connection = open_connection("snowflake", replace(asked, read_only=True), name="wh")
    yield connection
    connection.close()
    snowflake_peer.set()


def test_semantic_views_of_the_database_are_read(connection):
    assert isinstance(connection, KnowsMeaning)
    model = SemanticModel("T_MEANING.PUBLIC.SALES", "snowflake_semantic_view", VIEW)
    assert connection.semantic_models() == [model]


def test_a_sync_takes_their_words_in(connection, snowflake_peer):
    store = SqliteStore()
    store.put_tables((detail, "") for detail in connection.describe_tables())
    report = sync(store, (), connection=connection)
    snowflake_peer.set()  # they are gone, which is seen when they are asked for again
    assert sync(store, (), connection=connection, models_every_s=3600).facts == {"snowflake:SALES": 4}
    told = {fact.kind: (fact.text, fact.sql) for fact in store.facts(source="snowflake:SALES")}
    assert sync(store, (), connection=connection).facts == {}
    store.close()
    assert (report.read, report.notes) == (1, ())
    assert told == {
        "description": ("One row per order.", ""),
        "synonym": ("purchases", ""),
        "metric": ("", "SUM(ORDERS.amount)"),
        "query": ("How many orders?", "SELECT COUNT(*) FROM PUBLIC.ORDERS"),
    }
