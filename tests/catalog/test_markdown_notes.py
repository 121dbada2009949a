"""What people note of tables in Markdown."""

from hypothesis import given, settings
from hypothesis import strategies as st

from rasgo_nb.catalog.facts import Fact, Origin
from rasgo_nb.catalog.sources.markdown_notes import read_markdown
from rasgo_nb.catalog.sources.resolve import Resolver
from rasgo_nb.connectors.base import TableName

ORDERS = TableName("", "main", "orders")
CUSTOMERS = TableName("", "main", "customers")
NAMES = Resolver([ORDERS, CUSTOMERS], "duckdb")
FILE = Origin("folder:docs", "shop.md", "Ada", "2024-05-01T10:00:00+00:00")

PAGE = """\
---
title: Shop
---
# orders

One row per order; test orders have `customers` 0.

## `orders.status`

`placed` until it is paid.

## Who bought most?

Without test orders.

```sql
SELECT name, COUNT(*) FROM orders JOIN customers ON customers.id = customer_id GROUP BY 1
```

# How we count

Revenue is counted in `orders` when it is paid.

# old_orders

Gone since 2020.
"""


def at(line):
    return Origin(FILE.source, f"shop.md:{line}", FILE.author, FILE.at)


def test_headings_name_the_table_the_column_or_the_question():
    reading = read_markdown(PAGE, NAMES, origin=FILE)
    sql = "SELECT name, COUNT(*) FROM orders JOIN customers ON customers.id = customer_id GROUP BY 1"
    asked = "Who bought most?\nWithout test orders."
    assert list(reading.facts) == [
        Fact("note", (ORDERS,), at(4), "One row per order; test orders have `customers` 0."),
        Fact("note", (ORDERS,), at(8), "`placed` until it is paid.", columns=("status",)),
        Fact("query", (ORDERS, CUSTOMERS), at(12), asked, sql=sql, is_verified=True),
        Fact("note", (ORDERS,), at(20), "Revenue is counted in `orders` when it is paid.", "How we count"),
    ]
    assert reading.problems == ("shop.md names tables that are not in this connection: old_orders.",)


def test_a_heading_inside_a_block_of_code_is_none():
    (fact,) = read_markdown("# orders\n```\n# customers\n```\n", NAMES, origin=FILE).facts
    assert (fact.tables, fact.text) == ((ORDERS,), "# customers")


def test_a_block_that_is_not_closed_is_still_read():
    (fact,) = read_markdown("# How many?\n```sql\nSELECT COUNT(*) FROM orders", NAMES, origin=FILE).facts
    assert (fact.kind, fact.sql) == ("query", "SELECT COUNT(*) FROM orders")


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="# `sqlordes.\n-~é", max_size=120))
def test_whatever_a_page_holds_it_is_read(text):
    read_markdown(text, NAMES, origin=FILE)
