"""Past queries vote for the tables that they used."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from rasgo_nb.catalog.facts import Fact, Origin
from rasgo_nb.catalog.search.catalog import Catalog
from rasgo_nb.catalog.search.votes import VOTERS, votes_of
from rasgo_nb.connectors.base import Column, TableDetail, TableName


def name(table):
    return TableName("", "main", table)


def query(text, *tables, sql=""):
    return Fact("query", tuple(map(name, tables)), Origin("history"), text=text, sql=sql)


CRYPTIC = [
    TableDetail(name(f"t{number:03}"), (Column("c1", "INT"), Column("c2", "INT"))) for number in range(30)
]


def first(catalog, words):
    return catalog.search(words, limit=3)[0]


def test_a_query_like_the_question_brings_its_tables_whatever_their_names():
    catalog = Catalog.of(CRYPTIC, [query("monthly churn of premium customers", "t007", "t011")])
    hits = catalog.search("churn of premium customers", limit=5)
    assert {hit.table.name.table for hit in hits[:2]} == {"t007", "t011"}
    assert hits[0].why.startswith("1 past query")
    assert hits[0].facts[0].text == "monthly churn of premium customers"


def test_the_likest_query_counts_more_than_many_that_share_a_word():
    weak = [query(f"customers with {word}", "t001") for word in ("age", "name", "mail")]
    sure = query("premium customers who left", "t002")
    assert first(Catalog.of(CRYPTIC, [*weak, sure]), "premium customers who left").table.name == name("t002")


def test_a_statement_without_a_question_is_found_by_its_own_words():
    past = query("", "t005", sql="SELECT churn_rate FROM t005 WHERE segment = 'premium'")
    assert first(Catalog.of(CRYPTIC, [past]), "churn by segment").table.name == name("t005")


def test_a_verified_query_says_more_than_a_past_one_and_that_more_than_an_unconfirmed_one():
    verified = replace(query("churn of customers", "t003"), is_verified=True)
    past = query("churn of customers", "t002")
    unconfirmed = replace(query("churn of customers", "t001"), weight=0.5)
    votes = votes_of(dict.fromkeys([unconfirmed, past, verified], 0.9))
    assert votes[name("t003")].share > votes[name("t002")].share > votes[name("t001")].share > 0


def test_votes_for_tables_that_are_gone_change_nothing():
    catalog = Catalog.of(CRYPTIC, [query("churn of customers", "gone")])
    assert all(hit.is_beside for hit in catalog.search("churn of customers", limit=5))


def test_a_query_is_found_itself_as_something_to_start_from():
    catalog = Catalog.of(CRYPTIC, [query("churn of customers", "t001", sql="SELECT 1")])
    assert [match.fact.sql for match in catalog.search_facts("customer churn", limit=3)] == ["SELECT 1"]


@given(st.lists(st.tuples(st.floats(0, 1), st.sampled_from("abc")), max_size=3 * VOTERS))
def test_a_share_of_votes_lies_between_none_and_all(alike):
    facts = {query(str(place), table): likeness for place, (likeness, table) in enumerate(alike)}
    assert all(0 < vote.share < 1 for vote in votes_of(facts).values() if vote.share)


@given(st.floats(0.1, 0.9), st.floats(0.1, 0.9))
def test_another_query_for_a_table_never_takes_votes_from_it(one, more):
    alone = votes_of({query("a", "t"): one})[name("t")].share
    both = votes_of({query("a", "t"): one, query("b", "t"): more})[name("t")].share
    assert both >= alone
