"""What the @names of a question point at."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasgo_nb.catalog.search.catalog import Catalog
from rasgo_nb.connectors.base import Column, TableDetail, TableName
from rasgo_nb.mentions import as_mention, can_be_mentioned, mentioned

COLUMNS = (Column("Menge", "INTEGER"), Column('a "b".c', "VARCHAR"))
NAMES = ("orders", "größe", "line items", 'we"ird.name')
CATALOG = Catalog([TableDetail(TableName("", "main", name), COLUMNS) for name in NAMES])


def test_tables_and_variables_are_told_apart_and_other_words_left():
    lines = mentioned("@orders, @main.orders. @größe @df @nobody a@orders @@orders", CATALOG, {"df": [1]})
    assert lines == [
        "@orders is the table main.orders.",
        "@main.orders is the table main.orders.",
        "@größe is the table main.größe.",
        "@df is a variable of type list.",
    ]


@pytest.mark.parametrize(
    ("mention", "meaning"),
    [
        ("@orders.menge", "the column Menge (INTEGER) of the table main.orders"),
        ("@main.orders.Menge", "the column Menge (INTEGER) of the table main.orders"),
        ("@df.price", "the column 'price' of the DataFrame df"),
        ('@df."per cent"', "the column 'per cent' of the DataFrame df"),
        ('@"line items"', "the table main.line items"),
        ('@main."line items".Menge', "the column Menge (INTEGER) of the table main.line items"),
        ('@"we""ird.name"', 'the table main.we"ird.name'),
        ('@orders."a ""b"".c"', 'the column a "b".c (VARCHAR) of the table main.orders'),
    ],
)
def test_columns_and_quoted_names_are_found(mention, meaning):
    frame = pd.DataFrame({"price": [1], "per cent": [2]})
    assert mentioned(f"Look at {mention}!", CATALOG, {"df": frame}) == [f"{mention} is {meaning}."]


def test_a_sentence_may_go_on_right_after_a_name():
    assert mentioned("Count @orders.Then stop", CATALOG, {}) == ["@orders is the table main.orders."]


@given(st.text(max_size=200))
def test_any_question_can_be_read(question):
    assert all(line.startswith("@") for line in mentioned(question, CATALOG, {}))


@given(st.text(min_size=1, max_size=30).filter(can_be_mentioned))
def test_any_name_that_can_be_mentioned_is_found_again(name):
    catalog = Catalog([TableDetail(TableName("", "main", name), ())])
    if catalog.table(name) is not None:  # a name of quotes alone has nothing to be found by
        assert mentioned(f"@{as_mention([name])}", catalog, {}) == [
            f"@{as_mention([name])} is the table main.{name}."
        ]
