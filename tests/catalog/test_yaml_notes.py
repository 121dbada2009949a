"""What people note of tables in YAML."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rasgo_nb.catalog.facts import Fact, Origin
from rasgo_nb.catalog.sources.resolve import Resolver
from rasgo_nb.catalog.sources.source import DoesNotRead, clean
from rasgo_nb.catalog.sources.yaml_notes import read_notes
from rasgo_nb.catalog.sources.yaml_text import read_yaml
from rasgo_nb.connectors.base import TableName

yaml = pytest.importorskip("yaml")

ORDERS = TableName("", "main", "orders")
CUSTOMERS = TableName("", "main", "customers")
NAMES = Resolver([ORDERS, CUSTOMERS], "duckdb")
FILE = Origin("folder:docs", "orders.yml", "Ada", "2024-05-01T10:00:00+00:00")

NOTES = """\
tables:
  orders:
    description: One row per order.
    synonyms: [purchases, sales]
    owner: Ada
    columns:
      status:
        description: Where the order is.
        values: {placed: not paid yet, 2: shipped}
      amount: in euro, with tax
    joins:
      - customer_id = customers.id
metrics:
  - name: revenue
    description: What was paid.
    sql: SUM(orders.amount)
    tables: [orders]
queries:
  - question: How much was sold by country?
    sql: SELECT country, SUM(amount) FROM orders JOIN customers ON id = customer_id GROUP BY 1
notes:
  - Amounts before 2020 are without tax.
  - {text: Test orders have customer 0., tables: [orders]}
"""


def read(text):
    return read_notes(read_yaml(text, FILE.place), NAMES, origin=FILE)


def at(name):
    return Origin(FILE.source, f"{FILE.place}:{name}", FILE.author, FILE.at)


def test_a_file_of_notes_says_what_tables_mean():
    reading = read(NOTES)
    sql = "SELECT country, SUM(amount) FROM orders JOIN customers ON id = customer_id GROUP BY 1"
    asked = "How much was sold by country?"
    assert reading.problems == ()
    assert list(reading.facts) == [
        Fact("description", (ORDERS,), at("orders"), "One row per order."),
        Fact("synonym", (ORDERS,), at("orders"), "purchases"),
        Fact("synonym", (ORDERS,), at("orders"), "sales"),
        Fact("owner", (ORDERS,), at("orders"), "Ada"),
        Fact("description", (ORDERS,), at("orders.status"), "Where the order is.", columns=("status",)),
        Fact(
            "values",
            (ORDERS,),
            at("orders.status"),
            "placed: not paid yet\n2: shipped",
            columns=("status",),
            values=("placed", "2"),
        ),
        Fact("description", (ORDERS,), at("orders.amount"), "in euro, with tax", columns=("amount",)),
        Fact(
            "join",
            (ORDERS, CUSTOMERS),
            at("orders"),
            columns=("customer_id",),
            referenced_columns=("id",),
        ),
        Fact("metric", (ORDERS,), at("revenue"), "What was paid.", "revenue", "SUM(orders.amount)"),
        Fact("query", (ORDERS, CUSTOMERS), at(asked), asked, sql=sql, is_verified=True),
        Fact("note", (), at("notes"), "Amounts before 2020 are without tax."),
        Fact("note", (ORDERS,), at("notes"), "Test orders have customer 0."),
    ]


def test_an_unknown_key_is_told_with_its_line_and_the_rest_is_read():
    reading = read(
        "tables:\n  orders:\n    description: ok\n    synonym: x\n    columns:\n      a: {vals: [1]}\n"
    )
    assert reading.problems == (
        "orders.yml:4: `synonym` is not known here. Did you mean `synonyms`?",
        "orders.yml:6: `vals` is not known here. Did you mean `values`?",
    )
    assert [fact.text for fact in reading.facts] == ["ok"]


def test_tables_that_are_not_in_the_connection_are_named_once():
    reading = read("tables:\n  payments: {description: x}\nnotes:\n- {text: y, tables: [payments]}\n")
    assert reading.facts == ()
    assert reading.problems == ("orders.yml names tables that are not in this connection: payments.",)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("tables: {orders: {joins: [customer]}}", "write a join as `customer_id = customers.id`"),
        ("tables: [orders]", "tables must be a mapping of names"),
        ("queries: [{question: How many?}]", "a query needs both question and sql"),
    ],
)
def test_what_is_half_written_is_told(text, problem):
    (told,) = read(text).problems
    assert problem in told


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: [", r"notes\.yml:2: "),
        ("a: 1\na: 2\n", r"notes\.yml:2: 'a' is there twice"),
        ("a: *b\n", r"notes\.yml:1: "),
        ("a: &a [*a]\n", r"notes\.yml:1: "),
        ("a: 1\n---\nb: 1\n", r"notes\.yml:2: it holds several documents"),
        ("? [a]\n: 1\n", r"notes\.yml:1: a key must be a text"),
        ("[" * 5_000, r"notes\.yml:1: it is nested too deep"),
        ("a: \x00", r"notes\.yml.*: "),
    ],
)
def test_what_is_no_yaml_is_one_line_with_its_place(text, problem):
    with pytest.raises(DoesNotRead, match=problem) as caught:
        read_yaml(text, "notes.yml")
    assert "\n" not in str(caught.value)


def test_aliases_cannot_make_a_small_file_large():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    with pytest.raises(DoesNotRead, match="holds more than 300,000 values"):
        read_yaml("\n".join(lines), "notes.yml")


def test_a_tag_makes_no_object():
    assert read_yaml("a: !!python/object/apply:os.system ['echo']", "notes.yml") == {"a": ["echo"]}


def test_an_anchor_may_be_merged():
    assert read_yaml("a: &a {x: 1, y: 2}\nb: {<<: *a, x: 3}\n", "n.yml")["b"] == {"x": "3", "y": "2"}


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200) | st.text(alphabet="ab:-[]{}&*?|>#'\"%! \n", max_size=60))
def test_whatever_a_file_holds_it_is_read_or_refused_in_a_line(text):
    refusal = ""
    try:
        read_notes(read_yaml(text, "notes.yml"), NAMES, origin=FILE)
    except DoesNotRead as error:
        refusal = str(error)
    assert "\n" not in refusal


_KEYS = [
    "tables", "columns", "joins", "values", "notes", "to", "sql", "name", "text", "question", "orders",
    "synonyms",
]  # fmt: skip
_ANY = st.recursive(
    st.none() | st.text(max_size=6) | st.integers() | st.just("orders") | st.just("SELECT 1 FROM orders"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "tables",
                    "columns",
                    "joins",
                    "values",
                    "notes",
                    "to",
                    "sql",
                    "name",
                    "text",
                    "question",
                    "orders",
                    "synonyms",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from(["tables", "metrics", "queries", "notes"]), _ANY, min_size=1))
def test_whatever_stands_below_known_keys_is_read(value):
    read(yaml.safe_dump(value))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=20).filter(clean), min_size=1, max_size=5, unique_by=clean))
def test_values_come_back_as_they_were_written(values):
    written = {"tables": {"orders": {"columns": {"status": {"values": values}}}}}
    (fact,) = read(yaml.safe_dump(written)).facts
    assert fact.values == tuple(map(clean, values))
