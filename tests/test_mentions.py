"""What the @names of a question point at."""

from hypothesis import given
from hypothesis import strategies as st

from rasgo_nb.catalog.search import Catalog
from rasgo_nb.connectors.base import TableDetail, TableName
from rasgo_nb.mentions import mentioned

CATALOG = Catalog([TableDetail(TableName("", "main", name), ()) for name in ("orders", "größe")])


def test_tables_and_variables_are_told_apart_and_other_words_left():
    lines = mentioned("@orders, @main.orders. @größe @df @nobody a@orders @@orders", CATALOG, {"df": [1]})
    assert lines == [
        "@orders is the table main.orders.",
        "@main.orders is the table main.orders.",
        "@größe is the table main.größe.",
        "@df is a variable of type list.",
    ]


@given(st.text(max_size=200))
def test_any_question_can_be_read(question):
    assert all(line.startswith("@") for line in mentioned(question, CATALOG, {}))
