"""Which memories bear on a question, and what a model is told of them."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasgo_nb.agent.told_facts import source_of
from rasgo_nb.catalog.search.catalog import Catalog
from rasgo_nb.connectors.base import Column, TableDetail, TableName
from rasgo_nb.memory.as_facts import as_facts
from rasgo_nb.memory.memory import Memory, Recalled
from rasgo_nb.memory.recall import MOST_RECALLED, recall, search
from rasgo_nb.memory.told import told


def table(name, *columns):
    return TableDetail(TableName("shop", "main", name), tuple(Column(one, "INTEGER") for one in columns))


SHOP = Catalog([table("orders", "id", "amount"), table("customers", "id", "country"), table("staff", "id")])
NET = Memory("net", "Revenue is net of refunds.", "team", connection="shop")
EURO = Memory("euro", "In euro, whole cents.", "me", connection="shop", tables=("shop.main.orders",))
STAFF = Memory("staff", "Managers approve holidays.", "me", connection="shop", tables=("shop.main.staff",))
ELSEWHERE = Memory("else", "Revenue is gross.", "team", connection="other")
ALL = [NET, EURO, STAFF, ELSEWHERE]


def ids(question, memories=ALL):
    return [one.memory.id for one in recall(question, memories, {"shop": SHOP})]


def test_words_and_tables_of_the_question_recall():
    assert ids("What was the revenue last month?") == ["net"]
    assert ids("How many orders are there?") == ["euro"]
    assert ids("revenue of all orders") == ["net", "euro"] or ids("revenue of all orders") == ["euro", "net"]


def test_each_says_why_and_carries_its_flags():
    [found] = recall("orders", [replace(EURO, columns=("shop.main.orders.price",))], {"shop": SHOP})
    assert found.why == "words: orders; about orders"
    assert found.flags == ("The column shop.main.orders.price is gone.",) or "nearest" in found.flags[0]


def test_what_has_nothing_to_do_with_the_question_stays_out():
    assert ids("Draw me a chart of the weather") == []
    assert ids("What is it that they do?") == []


def test_another_connection_stays_out():
    assert "else" not in ids("revenue gross")


def test_at_most_a_few_come():
    many = [replace(NET, id=f"n{number}") for number in range(50)]
    assert len(ids("revenue", many)) == MOST_RECALLED


def test_memories_are_found_by_the_catalogs_search_too():
    catalog = Catalog([table("orders", "id", "amount")])
    query = Memory("q", "Takings by day", "connection", connection="shop", sql="SELECT 1", dialect="duckdb")
    facts = as_facts(
        [NET, EURO, query, ELSEWHERE, replace(NET, scope="notebook")], catalog.store.named, connection="shop"
    )
    assert [(one.kind, one.origin.place, one.is_verified) for one in facts] == [
        ("note", "net", True),
        ("note", "euro", True),
        ("query", "q", True),
    ]
    catalog.store.put_facts("memory", facts)
    assert catalog.search_facts("takings", limit=3)[0].fact.origin.place == "q"


def test_typed_words_find_memories():
    assert [one.id for one in search("refund", ALL)] == ["net"]


@given(st.text(max_size=300), st.lists(st.text(max_size=100), max_size=4))
def test_no_text_breaks_out_of_its_fence(text, flags):
    one = Recalled(Memory("m", text, "me", author=text, tables=(text,), sql=text), "", tuple(flags))
    said = told([one])
    assert said == "" or said.count("<") == 2
    assert said == "" or len(said.splitlines()) <= 5 + len(flags) + said.count("\x85") * 9 + 40
    assert len(said.encode("utf-8", "replace")) <= 2_000


def test_what_is_told_has_id_date_author_and_flags():
    one = Recalled(replace(EURO, author="ada", at="2026-11-23T20:00:00Z"), "", ("The table is gone.",))
    assert told([one]).splitlines()[2:-1] == [
        '- [euro; 2026-11-23; by ada; shop.main.orders] "In euro, whole cents."',
        "  FLAG: The table is gone.",
    ]
    assert told([]) == ""


@pytest.mark.parametrize(
    ("scope", "by"),
    [
        ("me", "by ada"),
        ("team", "by ada, in the team's folder"),
        ("notebook", "by ada, in the notebook's folder"),
    ],
)
def test_what_others_may_have_written_says_where_it_lies(scope, by):
    one = replace(EURO, scope=scope, author="ada", at="2026-11-23T20:00:00Z")
    assert f"; {by}; shop.main.orders]" in told([Recalled(one, "", ())])
    [fact] = as_facts([one], lambda _: [], connection="shop", scopes=(scope,))
    assert f"confirmed {by}, 2026-11-23" == source_of(fact)


def test_a_file_with_letters_that_do_not_show_is_told_with_them_escaped():
    said = told([Recalled(replace(EURO, text="in \u202eoruE", author="a\u200bda"), "", ())])
    assert "in \\u202eoruE" in said
    assert "a\\u200bda" in said
