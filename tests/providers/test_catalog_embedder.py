"""A catalog is searched through a provider's embeddings, over the real SDK; a failure costs a note."""

import json
import threading

import pytest
from server import Reply, serving
from test_embeddings import Errors, good

from rasgo_nb.catalog.stores.sqlite_store import SqliteStore
from rasgo_nb.catalog.vectors.catalog_vectors import CatalogVectors
from rasgo_nb.connectors.base import Column, TableDetail, TableName
from rasgo_nb.embedders import open_text_embedder
from rasgo_nb.provider_settings import ProviderSettings


@pytest.fixture
def store():
    store = SqliteStore()
    names = [TableName("", "shop", table) for table in ("orders", "staff")]
    store.put_tables([(TableDetail(name, (Column("city", "VARCHAR"),)), "1") for name in names])
    yield store
    store.close()


def opened(url):
    return open_text_embedder(
        "openai-compatible:small", {"openai-compatible": ProviderSettings(base_url=url)}
    )


def test_a_provider_that_is_named_is_sent_names_and_the_question(store):
    with serving(Errors(), good, good) as server:
        embedder = opened(server.url)
        vectors = CatalogVectors(store, embedder)
        vectors.catch_up()
        found = vectors.similar("how many people work here", 2)
        vectors.close()
        embedder.close()
    sent = [text for request in server.requests for text in request.json["input"]]
    assert sorted(sent) == ["how many people work here", "shop orders. city", "shop staff. city"]
    assert len(found.tables) == 2
    assert vectors.state().embedder == "openai-compatible:small"
    assert "rasgo_nb embedder" not in [thread.name for thread in threading.enumerate()]


def test_a_provider_that_refuses_costs_a_note(store):
    refusal = Reply(status=401, body=json.dumps({"error": {"message": "No such key."}}).encode())
    with serving(Errors(), refusal) as server:
        embedder = opened(server.url)
        vectors = CatalogVectors(store, embedder)
        found = vectors.similar("orders", 2)
        assert found.tables == ()
        assert "openai-compatible" in found.note
        assert vectors.similar("staff", 2).note == found.note
        vectors.close()
        embedder.close()
    assert len(server.requests) == 1
