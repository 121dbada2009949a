"""The setting names the embedder; a provider that fails or is slow breaks no search."""

import asyncio
import time

import numpy as np
import pytest
from minilm_model import minilm_model

from rasgo_nb.agent.messages import Usage
from rasgo_nb.catalog.kept import opened, store_of
from rasgo_nb.catalog.vectors.minilm import MiniLM
from rasgo_nb.connectors.base import Column, TableDetail, TableName
from rasgo_nb.connectors.open import open_connection
from rasgo_nb.embedders import Embedders, ProviderEmbedder, open_text_embedder
from rasgo_nb.errors import ModelFailed, RasgoError
from rasgo_nb.provider_settings import ProviderSettings


class Provider:
    """An ``Embedder`` that sends one vector for all, after a while."""

    name, usage = "peer:model", Usage()

    def __init__(self, delay_s=0.0):
        self.delay_s, self.is_closed = delay_s, False

    async def embed(self, texts, *, kind):
        await asyncio.sleep(self.delay_s)
        return np.tile(np.array([[1.0, 0.0]], dtype=np.float32), (len(texts), 1))

    async def aclose(self):
        self.is_closed = True


def test_a_provider_is_waited_for_and_closed():
    provider = Provider()
    embedder = ProviderEmbedder(provider)
    assert embedder.name == "peer:model"
    assert embedder.embed(["a", "b"], kind="document").tolist() == [[1.0, 0.0], [1.0, 0.0]]
    embedder.close()
    embedder.close()
    assert provider.is_closed
    with pytest.raises(RasgoError, match="closed"):
        embedder.embed(["a"], kind="query")


def test_a_slow_provider_is_left_after_a_while():
    embedder = ProviderEmbedder(Provider(delay_s=60), question_s=0.05)
    began_s = time.monotonic()
    with pytest.raises(ModelFailed, match=r"within 0\.05 s"):
        embedder.embed(["a"], kind="query")
    embedder.close()
    assert time.monotonic() - began_s < 20


def test_nothing_is_opened_where_nothing_is_named_or_installed(tmp_path):
    assert open_text_embedder("", {}, folder=tmp_path) is None
    assert open_text_embedder("none", {}, folder=minilm_model()) is None


def test_the_local_model_is_taken_where_it_is_installed():
    embedder = open_text_embedder("", {}, folder=minilm_model())
    assert isinstance(embedder, MiniLM)
    embedder.close()


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("minilm", "%rasgo embeddings install"),
        ("anthropic:claude", "has no embeddings"),
        ("openai:", "openai:NAME"),
        ("openai:text-embedding-3-small", "key"),
    ],
)
def test_an_embedder_that_cannot_be_used_says_what_to_type(tmp_path, setting, said):
    with pytest.raises(RasgoError, match=said):
        open_text_embedder(setting, {}, folder=tmp_path)


@pytest.fixture
def local():
    connection = open_connection(":memory:", name="local")
    column = Column("rain", "INTEGER")
    store_of(connection).put_tables([(TableDetail(TableName("", "shop", "weather"), (column,)), "1")])
    yield connection
    connection.close()


@pytest.fixture
def model_at_home(monkeypatch):
    """The model where the settings of the tests look for it."""
    from rasgo_nb.catalog.vectors.minilm import minilm_folder

    source, folder = minilm_model(), minilm_folder()
    folder.parent.mkdir(parents=True)
    folder.symlink_to(source)


def test_a_catalog_is_searched_by_the_embedder_that_settings_name(local, model_at_home):
    embedders = Embedders()
    embedders.follow(local, "", {})
    similar = opened(local).similar
    for _ in range(400):
        if similar.similar("precipitation", 1).tables:
            break
        time.sleep(0.02)
    assert similar.similar("precipitation", 1).tables[0][0].table == "weather"
    assert embedders.states({"local": local})["local"].texts == 1
    embedders.follow(local, "none", {})
    assert opened(local).similar is None
    embedders.close()


def test_an_embedder_that_cannot_be_opened_is_a_note(local):
    embedders = Embedders()
    embedders.follow(local, "openai:text-embedding-3-small", {"openai": ProviderSettings()})
    assert opened(local).similar is None
    assert "key" in embedders.note
    embedders.close()
