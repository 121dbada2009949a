"""Facts from the YAML of Snowflake's semantic views and models."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rasgo_nb.catalog.facts import Fact, Origin
from rasgo_nb.catalog.sources.resolve import Resolver
from rasgo_nb.catalog.sources.snowflake_semantic import read_semantic_model
from rasgo_nb.catalog.sources.source import cleaned
from rasgo_nb.catalog.sources.yaml_text import read_yaml
from rasgo_nb.connectors.base import TableName

ORDERS = TableName("", "PUBLIC", "ORDERS")
CUSTOMERS = TableName("", "PUBLIC", "Customers")
NAMES = Resolver([ORDERS, CUSTOMERS], "snowflake")

MODEL = """
name: SHOP
custom_instructions: Round money to two decimals.
tables:
  - name: purchases
    description: One row per order.
    synonyms: [sales]
    base_table: {database: PROD, schema: PUBLIC, table: ORDERS}
    primary_key: {columns: [id]}
    dimensions:
      - name: status
        expr: STATUS
        description: Where it is.
        synonyms: [state]
        sample_values: [placed, paid]
      - {name: country, expr: UPPER(land)}
    time_dimensions:
      - {name: order_date, expr: ordered_at, data_type: DATE}
    facts:
      - {name: amount, expr: amount, unique: false}
    filters:
      - {name: paid, expr: purchases.status = 'paid'}
    metrics:
      - {name: revenue, expr: SUM(purchases.amount), synonyms: [turnover]}
  - name: people
    base_table: {database: PROD, schema: PUBLIC, table: customers}
relationships:
  - name: who
    left_table: purchases
    right_table: people
    relationship_columns: [{left_column: customer_id, right_column: id}]
"""


def at(name, author="", date=""):
    return Origin("snowflake:SHOP", f"shop.yml:{name}", author, date)


def read(text):
    return read_semantic_model(read_yaml(text, "shop.yml"), NAMES, place="shop.yml")


def test_a_model_is_read_in_terms_of_tables():
    status, date = at("purchases.status"), at("purchases.order_date")
    country = "country (dimension)"
    assert list(read(MODEL).facts) == [
        Fact("description", (ORDERS,), at("purchases"), "One row per order."),
        Fact("synonym", (ORDERS,), at("purchases"), "purchases"),
        Fact("synonym", (ORDERS,), at("purchases"), "sales"),
        Fact("test", (ORDERS,), at("purchases"), name="primary_key", columns=("id",)),
        Fact("description", (ORDERS,), status, "Where it is.", columns=("STATUS",)),
        Fact("synonym", (ORDERS,), status, "state", columns=("STATUS",)),
        Fact("values", (ORDERS,), status, columns=("STATUS",), values=("placed", "paid")),
        Fact("note", (ORDERS,), at("country"), country, "country", "UPPER(land)"),
        Fact("synonym", (ORDERS,), date, "order_date", columns=("ordered_at",)),
        Fact("metric", (ORDERS,), at("revenue"), "Also: turnover", "revenue", "SUM(ORDERS.amount)"),
        Fact("note", (ORDERS,), at("paid"), "paid (filter)", "paid", "ORDERS.STATUS = 'paid'"),
        Fact("synonym", (CUSTOMERS,), at("people"), "people"),
        Fact("join", (ORDERS, CUSTOMERS), at("who"), columns=("customer_id",), referenced_columns=("id",)),
        Fact(
            "note",
            (ORDERS, CUSTOMERS),
            at("custom_instructions"),
            "Round money to two decimals.",
            "custom instructions",
        ),
    ]


def asked(sql):
    query = "verified_queries:\n  - {name: q, question: How?, verified_by: Ada, verified_at: 1715187400}\n"
    value = read_yaml(MODEL + query, "shop.yml")
    value["verified_queries"][0]["sql"] = sql
    *_, fact = [one for one in read_semantic_model(value, NAMES, place="shop.yml").facts if one.is_verified]
    assert fact.origin == at("q", "Ada", "2024-05-08T16:56:40+00:00")
    return fact


@pytest.mark.parametrize(
    ("logical", "real"),
    [
        ("SELECT SUM(amount) FROM __purchases", "SELECT SUM(amount) FROM PUBLIC.ORDERS"),
        ("SELECT p.amount FROM purchases p", "SELECT p.amount FROM PUBLIC.ORDERS p"),
        (
            "WITH a AS (SELECT * FROM __purchases) "
            "SELECT * FROM a JOIN __people ON __people.id = a.customer_id",
            "WITH a AS (SELECT * FROM PUBLIC.ORDERS) "
            'SELECT * FROM a JOIN PUBLIC."Customers" AS __people ON __people.id = a.customer_id',
        ),
        ("SELECT 1 FROM PROD.PUBLIC.ORDERS", "SELECT 1 FROM PROD.PUBLIC.ORDERS"),
    ],
)
def test_a_verified_query_is_rewritten_to_real_tables(logical, real):
    fact = asked(logical)
    assert (fact.kind, fact.text, fact.sql) == ("query", "How?", real)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT order_date FROM __purchases",  # called otherwise in the table
        "SELECT country FROM __purchases",  # an expression
        "SELECT AGG(revenue) FROM shop_view",
        "SELECT revenue FROM __purchases",
        "SELECT FROM WHERE",
    ],
)
def test_a_verified_query_that_cannot_be_rewritten_for_sure_stays_a_note(sql):
    fact = asked(sql)
    assert (fact.kind, fact.sql) == ("note", sql)  # apart from the text: values in it can be left out
    assert fact.text == "How?\nIts SQL is in terms of the semantic model SHOP, not of tables."


_KEYS = [
    "tables", "base_table", "table", "schema", "name", "expr", "dimensions", "metrics", "synonyms",
    "sample_values", "question", "sql",
]  # fmt: skip
_ANY = st.recursive(
    st.none() | st.text(max_size=5) | st.sampled_from(["ORDERS", "a.b", "SELECT a FROM ORDERS", "1e999"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=5),
    max_leaves=15,
)


@settings(max_examples=100, deadline=None)
@given(_ANY, _ANY, _ANY, _ANY)
def test_whatever_a_model_holds_it_is_read(table, relationships, queries, instructions):
    base = {"name": "x", "base_table": {"table": "ORDERS"}}
    value = {
        "tables": [base | (table if isinstance(table, dict) else {}), {"base_table": table}],
        "relationships": relationships,
        "verified_queries": queries,
        "metrics": queries,
        "custom_instructions": instructions,
    }
    for fact in read_semantic_model(value, NAMES, place="x.yml").facts:
        cleaned(fact)
