"""Vectors are blended with words, and their absence costs nothing but them."""

from rasgo_nb.catalog.facts import Fact, Origin
from rasgo_nb.catalog.search.catalog import Catalog
from rasgo_nb.catalog.vectors.base import Similar
from rasgo_nb.connectors.base import Column, TableDetail, TableName


class Given:
    """A search that finds what it was given."""

    def __init__(self, tables=(), facts=(), note=""):
        self.found = Similar(tuple(tables), tuple(facts), note)

    def similar(self, words, limit):
        return self.found


def table(name):
    return TableDetail(TableName("", "main", name), (Column("a", "INT"),))


TABLES = [table(f"t_{letter * 2}") for letter in "abcdefghijklmnop"]


def test_a_table_like_the_question_is_found_without_a_shared_word():
    catalog = Catalog.of(TABLES)
    catalog.similar = Given([(TABLES[7].name, 0.6), (TABLES[3].name, 0.1)])
    hit = catalog.search("unspoken wishes", limit=3)[0]
    assert (hit.table.name, hit.why) == (TABLES[7].name, "like the question")


def test_past_questions_that_are_alike_vote_and_far_ones_do_not():
    near, far = (
        Fact("query", (TABLES[at].name,), Origin("history"), text=text) for at, text in ((2, "xx"), (5, "yy"))
    )
    catalog = Catalog.of(TABLES, [near, far])
    catalog.similar = Given(facts=[(near, 0.8), (far, 0.3)])
    hits = catalog.search("unspoken wishes", limit=16)
    assert [hit.table.name for hit in hits if not hit.is_beside] == [TABLES[2].name]


def test_an_embedder_that_fails_leaves_the_words_and_a_note():
    catalog = Catalog.of([*TABLES, table("orders")])
    catalog.similar = Given(note="The embedder is out of reach.")
    assert catalog.search("orders", limit=1)[0].table.name.table == "orders"
    assert catalog.note == "The embedder is out of reach."


def test_tables_that_are_gone_are_not_found_by_old_vectors():
    catalog = Catalog.of(TABLES)
    catalog.similar = Given([(table("gone").name, 0.9)])
    assert all(hit.is_beside for hit in catalog.search("unspoken wishes", limit=16))
