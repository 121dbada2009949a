"""Vectors follow a store: only what has changed is embedded, and what is gone is not found."""

import threading
import time

import numpy as np
import pytest

from rasgo_nb.catalog.facts import Fact, Origin
from rasgo_nb.catalog.stores.postgres_store import PostgresStore
from rasgo_nb.catalog.stores.postgres_store_rows import TeamRows
from rasgo_nb.catalog.stores.sqlite_store import SqliteStore
from rasgo_nb.catalog.vectors.catalog_vectors import CatalogVectors
from rasgo_nb.catalog.vectors.postgres_vectors import NoPgvector, PostgresVectors
from rasgo_nb.catalog.vectors.texts import fact_text, table_text
from rasgo_nb.connectors.base import Column, TableDetail, TableName
from rasgo_nb.errors import RasgoError

WORDS = ["order", "customer", "amount", "weather", "rain", "city", "staff", "salary", "refund", "revenue"]


class WordEmbedder:
    """Counts known words: texts are alike that share them. Keeps what it was given."""

    def __init__(self, name="words", *, dimensions=64):
        self.name, self.given, self.error = name, [], None
        self._dimensions = dimensions

    def embed(self, texts, *, kind):
        if self.error is not None:
            raise self.error
        self.given += [(kind, text) for text in texts]
        rows = np.zeros((len(texts), self._dimensions), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for place, word in enumerate(WORDS):
                row[place] = text.casefold().count(word)
        norms = np.linalg.norm(rows, axis=1, keepdims=True)
        return np.divide(rows, norms, out=np.zeros_like(rows), where=norms > 0)

    def close(self):
        pass

    def documents(self):
        return [text for kind, text in self.given if kind == "document"]


def name(table):
    return TableName("", "shop", table)


def table(table_name, *columns, comment=""):
    return TableDetail(name(table_name), tuple(Column(one, "VARCHAR") for one in columns), comment=comment)


def note(text, *tables, source="folder", kind="note"):
    return Fact(kind, tuple(map(name, tables)), Origin(source), text=text)


@pytest.fixture
def store():
    store = SqliteStore()
    tables = [
        table("orders", "customer_id", "amount"),
        table("weather", "city", "rain"),
        table("staff", "salary"),
    ]
    store.put_tables([(one, "1") for one in tables])
    yield store
    store.close()


@pytest.fixture
def vectors(store):
    made = CatalogVectors(store, WordEmbedder())
    made.catch_up()
    yield made
    made.close()


def embedder_of(vectors):
    return vectors._embedder


def tables_of(similar):
    return [one.table for one, _ in similar.tables]


def test_tables_are_found_by_what_their_texts_share_with_the_question(vectors):
    similar = vectors.similar("rain in the city", 2)
    assert tables_of(similar)[0] == "weather"
    assert similar.note == ""


def test_only_what_has_changed_is_embedded_again(store, vectors):
    embedder_of(vectors).given.clear()
    store.put_tables([(table("staff", "salary", "city"), "2"), (table("refunds", "refund"), "1")])
    vectors.catch_up()
    assert sorted(embedder_of(vectors).documents()) == ["shop refunds. refund", "shop staff. salary, city"]
    assert vectors.state().done == vectors.state().wanted == 2


def test_the_same_text_is_embedded_once(store, vectors):
    store.put_tables([(table("orders", "customer_id", "amount"), "9")])
    embedder_of(vectors).given.clear()
    vectors.catch_up()
    assert embedder_of(vectors).given == []


def test_a_dropped_table_is_not_found_and_its_vector_goes(store, vectors):
    store.drop_tables([name("weather")])
    vectors.catch_up()
    assert "weather" not in tables_of(vectors.similar("rain in the city", 3))
    assert len(vectors._own["table"]) == 2


def test_a_description_from_elsewhere_is_part_of_the_text_of_a_table(store, vectors):
    store.put_facts("dbt", [note("revenue after each refund", "orders", source="dbt", kind="description")])
    vectors.catch_up()
    assert tables_of(vectors.similar("revenue refund", 1)) == ["orders"]


def test_facts_are_found_with_all_they_say(store, vectors):
    fact = note("Revenue is without refunds", "orders")
    store.put_facts("folder", [fact])
    vectors.catch_up()
    assert vectors.similar("refund and revenue", 3).facts[0][0] == fact


def test_what_a_person_has_forgotten_is_not_found_even_before_the_next_look(store, vectors):
    store.put_facts("memory", [note("Revenue is without refunds", "orders", source="memory")])
    vectors.catch_up()
    assert vectors.similar("revenue", 3).facts
    store.put_facts("memory", [])
    assert vectors.similar("revenue", 3).facts == ()


def test_no_values_and_no_statements_reach_the_embedder(store, vectors):
    told = Fact("values", (name("staff"),), Origin("crawl"), columns=("salary",), values=("secret 42",))
    past = Fact(
        "query", (name("staff"),), Origin("history"), text="Who earns most?", sql="SELECT 'secret 42'"
    )
    store.put_facts("crawl", [told])
    store.put_facts("history", [past])
    vectors.catch_up()
    assert "Who earns most?" in embedder_of(vectors).documents()
    assert "secret" not in str(embedder_of(vectors).given)


def test_another_embedder_makes_all_anew_and_the_old_vectors_go(store, tmp_path):
    first = CatalogVectors(store, WordEmbedder("one"), path=tmp_path / "vectors")
    first.catch_up()
    first.close()
    embedder = WordEmbedder("two", dimensions=32)
    second = CatalogVectors(store, embedder, path=tmp_path / "vectors")
    second.catch_up()
    assert len(embedder.documents()) == 3
    assert second._file.count("one", "table") == 0
    second.close()


def test_vectors_that_are_kept_are_not_made_again(store, tmp_path):
    first = CatalogVectors(store, WordEmbedder(), path=tmp_path / "vectors")
    first.catch_up()
    first.close()
    embedder = WordEmbedder()
    second = CatalogVectors(store, embedder, path=tmp_path / "vectors")
    assert tables_of(second.similar("rain", 1)) == ["weather"]
    second.catch_up()
    assert embedder.documents() == []
    second.close()


def test_an_embedder_whose_vectors_have_another_length_now_makes_all_anew(store, tmp_path):
    first = CatalogVectors(store, WordEmbedder(), path=tmp_path / "vectors")
    first.catch_up()
    first.close()
    second = CatalogVectors(store, WordEmbedder(dimensions=32), path=tmp_path / "vectors")
    assert second.similar("rain", 1).tables == ()
    second.catch_up()
    assert tables_of(second.similar("rain", 1)) == ["weather"]
    second.close()


def test_an_embedder_that_fails_costs_a_note_and_is_not_asked_with_each_search(vectors):
    embedder_of(vectors).error = RasgoError("Out of reach. Try again later.")
    assert vectors.similar("rain", 3).note == "Out of reach. Try again later."
    embedder_of(vectors).error = AssertionError("asked again")
    assert vectors.similar("city", 3).note == "Out of reach. Try again later."


def test_a_question_that_was_asked_before_is_not_embedded_again(vectors):
    vectors.similar("rain", 3)
    embedder_of(vectors).given.clear()
    vectors.similar("rain", 3)
    assert embedder_of(vectors).given == []


def test_what_was_embedded_before_a_failure_is_kept(store, tmp_path):
    class Failing(WordEmbedder):
        def embed(self, texts, *, kind):
            if len(self.documents()) >= 128:
                raise RasgoError("No more. Try again later.")
            return super().embed(texts, kind=kind)

    store.put_tables([(table(f"city_{number}", "rain"), "1") for number in range(300)])
    first = CatalogVectors(store, Failing(), path=tmp_path / "vectors")
    with pytest.raises(RasgoError, match="No more"):
        first.catch_up()
    first.close()
    embedder = WordEmbedder()
    second = CatalogVectors(store, embedder, path=tmp_path / "vectors")
    second.catch_up()
    assert len(embedder.documents()) == 303 - 128
    second.close()


def test_it_follows_the_store_until_it_is_closed(store):
    made = CatalogVectors(store, WordEmbedder())
    made.start()
    for _ in range(400):
        if tables_of(made.similar("rain", 1)) == ["weather"]:
            break
        time.sleep(0.02)
    assert tables_of(made.similar("rain", 1)) == ["weather"]
    made.close()
    made.close()
    assert "rasgo_nb vectors" not in [thread.name for thread in threading.enumerate()]
    assert made.similar("rain in the city", 1).note


def test_a_team_embeds_a_text_once(store, postgres):
    url = postgres.url(postgres.new_database())
    first, second = WordEmbedder(), WordEmbedder()
    for embedder in (first, second):
        team = PostgresStore(None, TeamRows(url, "shop"))
        made = CatalogVectors(store, embedder, shared=team.shared_vectors(embedder.name))
        made.catch_up()
        assert tables_of(made.similar("rain in the city", 1)) == ["weather"]
        made.close()
        team.close()
    assert len(first.documents()) == 3
    assert second.documents() == []


def test_a_server_without_pgvector_says_what_its_owner_types(store, postgres):
    database = postgres.new_database("CREATE ROLE plain LOGIN")
    index = PostgresVectors(postgres.url(database, user="plain"), "shop", "table", "words")
    with pytest.raises(NoPgvector, match="CREATE EXTENSION vector"):
        index.held([])
    made = CatalogVectors(store, WordEmbedder(), shared={"table": index})
    made.catch_up()
    assert tables_of(made.similar("rain in the city", 1)) == ["weather"]
    assert "CREATE EXTENSION vector" in made.state().note
    made.close()


def test_a_server_out_of_reach_is_told_without_its_address(tmp_path):
    index = PostgresVectors(f"postgresql://me:hidden@/x?host={tmp_path}", "shop", "table", "words")
    with pytest.raises(RasgoError) as told:
        index.held([1])
    assert "hidden" not in str(told.value)
    assert "Postgres" in str(told.value)


def test_the_text_of_a_table_has_its_words_and_is_bounded():
    found = table_text(table("orderItems", "unitPrice", "order_date", comment="What  was\nbought"))
    assert found == "shop order Items. What was bought. unit Price, order date"
    assert len(table_text(table("t", *(f"column_{number}" for number in range(10_000))))) <= 900
    assert fact_text(Fact("metric", (), Origin("dbt"), name="net_revenue", text="after refunds")) == (
        "net revenue: after refunds"
    )
