"""Facts from Open Semantic Interchange."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rasgo_nb.catalog.facts import Fact, Origin
from rasgo_nb.catalog.sources.osi import is_osi, read_osi
from rasgo_nb.catalog.sources.resolve import Resolver
from rasgo_nb.catalog.sources.source import DoesNotRead, cleaned
from rasgo_nb.catalog.sources.yaml_text import read_yaml
from rasgo_nb.connectors.base import TableName

ORDERS = TableName("", "main", "orders")
CUSTOMERS = TableName("", "main", "customers")
NAMES = Resolver([ORDERS, CUSTOMERS], "snowflake")

MODEL = """
semantic_model:
  - name: shop
    ai_context: {instructions: Revenue is without tax.}
    datasets:
      - name: purchases
        source: shop.main.orders
        description: One row per order.
        ai_context: {synonyms: [sales]}
        primary_key: [id]
        fields:
          - name: ordered
            expression: {dialects: [{dialect: ANSI_SQL, expression: ordered_at}]}
            description: When it was ordered.
            ai_context: {synonyms: [order date]}
          - name: net
            expression: {dialects: [{dialect: ANSI_SQL, expression: purchases.amount - purchases.tax}]}
      - name: customers
        source: shop.main.customers
      - {name: active, source: SELECT * FROM customers}
    relationships:
      - {name: who, from: purchases, to: customers, from_columns: [customer_id], to_columns: [id]}
    metrics:
      - name: revenue
        description: What was paid.
        expression:
          dialects:
            - {dialect: TABLEAU, expression: "SUM([amount])"}
            - {dialect: ANSI_SQL, expression: SUM(purchases.amount)}
            - {dialect: SNOWFLAKE, expression: "SUM(purchases.amount::NUMBER)"}
"""


def at(name):
    return Origin("osi:shop", f"shop.yml:{name}")


def test_a_model_is_read_in_terms_of_tables():
    reading = read_osi(read_yaml(MODEL, "shop.yml"), NAMES, place="shop.yml")
    ordered = at("purchases.ordered")
    assert list(reading.facts) == [
        Fact("note", (ORDERS, CUSTOMERS), at("shop"), "Revenue is without tax.", "shop"),
        Fact("description", (ORDERS,), at("purchases"), "One row per order."),
        Fact("synonym", (ORDERS,), at("purchases"), "purchases"),
        Fact("synonym", (ORDERS,), at("purchases"), "sales"),
        Fact("test", (ORDERS,), at("purchases"), name="primary_key", columns=("id",)),
        Fact("description", (ORDERS,), ordered, "When it was ordered.", columns=("ordered_at",)),
        Fact("synonym", (ORDERS,), ordered, "ordered", columns=("ordered_at",)),
        Fact("synonym", (ORDERS,), ordered, "order date", columns=("ordered_at",)),
        Fact("note", (ORDERS,), at("purchases.net"), "net (computed)", "net", "orders.amount - orders.tax"),
        Fact("join", (ORDERS, CUSTOMERS), at("who"), columns=("customer_id",), referenced_columns=("id",)),
        Fact("metric", (ORDERS,), at("revenue"), "What was paid.", "revenue", "SUM(orders.amount::NUMBER)"),
    ]
    assert reading.problems == ("1 of 3 datasets of shop.yml are queries, no tables.",)


def test_datasets_that_are_not_in_the_connection_are_counted():
    value = {"semantic_model": {"name": "s", "datasets": [{"name": "x", "source": "a.b.c"}]}}
    reading = read_osi(value, NAMES, place="s.yml")
    assert (reading.facts, reading.problems) == (
        (),
        ("1 of 1 datasets of s.yml are not in this connection.",),
    )


_KEYS = [
    "name", "source", "expression", "dialects", "dialect", "fields", "ai_context", "synonyms",
    "primary_key", "from", "to", "metrics",
]  # fmt: skip
_ANY = st.recursive(
    st.none() | st.text(max_size=5) | st.sampled_from(["orders", "a.b", "purchases.x", "SELECT a FROM b"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=5),
    max_leaves=15,
)


@settings(max_examples=100, deadline=None)
@given(_ANY, _ANY, _ANY)
def test_whatever_a_model_holds_it_is_read(dataset, relationships, metrics):
    own = {"name": "purchases", "source": "main.orders"} | (dataset if isinstance(dataset, dict) else {})
    model = {"name": "x", "datasets": [own, dataset], "relationships": relationships, "metrics": metrics}
    for fact in read_osi({"semantic_model": [model]}, NAMES, place="x.yml").facts:
        cleaned(fact)


@pytest.mark.parametrize("value", [None, [], {"semantic_model": 1}, {"semantic_model": [{"name": "x"}]}])
def test_what_is_no_model_is_told_in_a_line(value):
    assert not is_osi(value)
    with pytest.raises(DoesNotRead, match="holds no semantic_model"):
        read_osi(value, NAMES, place="s.yml")
