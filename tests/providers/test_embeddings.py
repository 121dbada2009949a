"""Embeddings through the real SDKs: exact requests, batches, order, faults."""

import asyncio
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from server import Reply, serving
from subjects import KEY, one_line

from rasgo_nb.agent.models.embeddings import (
    MAX_BATCH_CHARS,
    MAX_TEXT_CHARS,
    BatchingEmbedder,
    Vectors,
    open_embedder,
)
from rasgo_nb.agent.retry import RetryPolicy
from rasgo_nb.errors import ModelFailed, RasgoError, UnknownName
from rasgo_nb.provider_settings import ProviderSettings

QUICK = RetryPolicy(max_retries=2, first_wait_s=0.01, max_wait_s=0.01)
NAMES = ["openai:small", "azure:small", "openai-compatible:small", "cohere:small"]
ENVIRONMENT = dict.fromkeys(
    ["OPENAI_API_KEY", "AZURE_OPENAI_API_KEY", "OPENAI_COMPATIBLE_API_KEY", "COHERE_API_KEY"], KEY
)


class Errors:
    """Bodies of HTTP errors, as both kinds of provider read them."""

    name = "embeddings"
    content_type = "application/json"

    def stream(self, line, *, stop_reason, request):
        raise NotImplementedError

    def error(self, status, message):
        return json.dumps({"message": message, "error": {"message": message}}).encode()


def vectors(request):
    """One vector for each text, told by its length; OpenAI's come in reverse, with their places."""
    body = request.json
    if "texts" in body:
        rows = [[3.0 * len(text), 4.0 * len(text), 0.0] for text in body["texts"]]
        units = {"billed_units": {"input_tokens": len(rows)}}
        return {"id": "1", "embeddings": {"float": rows}, "texts": body["texts"], "meta": units}
    data = [
        {"object": "embedding", "index": place, "embedding": [float(len(text)), 1.0, 0.0]}
        for place, text in enumerate(body["input"])
    ]
    usage = {"prompt_tokens": len(data), "total_tokens": len(data)}
    return {"object": "list", "model": body["model"], "data": data[::-1], "usage": usage}


def good(request):
    return Reply(body=json.dumps(vectors(request)).encode())


def embedded(name, replies, texts, **options):
    """What came back and what was sent: ``rows, server, embedder``."""
    with serving(Errors(), *replies) as server:
        rows, embedder = embed_at(server.url, name, texts, **options)
        return rows, server, embedder


def embed_at(url, name, texts, *, kind="document", **own):
    async def main():
        entry = name.partition(":")[0]
        settings = {entry: ProviderSettings(base_url=url, **own)}
        embedder = open_embedder(name, settings, retries=QUICK, environment=ENVIRONMENT)
        try:
            return await embedder.embed(texts, kind=kind), embedder
        finally:
            await embedder.aclose()

    return asyncio.run(main())


@pytest.mark.parametrize(
    ("name", "own", "path"),
    [
        ("openai:small", {}, "/embeddings"),
        ("openai-compatible:small", {}, "/embeddings"),
        ("azure:small", {}, "/openai/v1/embeddings"),
        (
            "azure:small",
            {"api_version": "2027-01-01"},
            "/openai/deployments/small/embeddings?api-version=2027-01-01",
        ),
    ],
)
def test_the_request_of_the_openai_sdk(name, own, path):
    _rows, server, embedder = embedded(name, [good], ["orders", "people"], **own)
    (request,) = server.requests
    assert (request.method, request.path) == ("POST", path)
    assert request.json == {"model": "small", "input": ["orders", "people"], "encoding_format": "float"}
    assert KEY in (request.headers.get("authorization", "") + request.headers.get("api-key", ""))
    assert (embedder.name, embedder.usage.input_tokens, embedder.usage.requests) == (name, 2, 1)


@pytest.mark.parametrize(("kind", "says"), [("query", "search_query"), ("document", "search_document")])
def test_cohere_is_told_what_a_text_is_for(kind, says):
    _rows, server, embedder = embedded("cohere:small", [good], ["orders"], kind=kind)
    (request,) = server.requests
    assert request.path == "/v2/embed"
    assert request.json == {
        "model": "small",
        "texts": ["orders"],
        "input_type": says,
        "embedding_types": ["float"],
        "truncate": "END",
    }
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert embedder.usage.input_tokens == 1


@pytest.mark.parametrize("name", NAMES)
def test_rows_keep_the_order_of_the_texts_and_have_unit_length(name):
    rows, _server, _embedder = embedded(name, [good], ["a", "bbb", "cccccc"])
    assert (rows.dtype, rows.shape) == (np.float32, (3, 3))
    assert np.allclose(np.linalg.norm(rows, axis=1), 1)
    assert name.startswith("cohere") or rows[0, 1] > rows[1, 1] > rows[2, 1]


def test_empty_texts_are_not_sent_and_get_zeros():
    rows, server, _embedder = embedded("openai:small", [good], ["", "orders", " \n"])
    assert server.requests[0].json["input"] == ["orders"]
    assert rows.any(axis=1).tolist() == [False, True, False]


@pytest.mark.parametrize("texts", [[], ["", " "]])
def test_nothing_to_embed_asks_nobody(texts):
    rows, server, _embedder = embedded("openai:small", [], texts)
    assert rows.shape == (len(texts), 0)
    assert server.requests == []


@pytest.mark.parametrize(("name", "sizes"), [("openai:small", [200]), ("cohere:small", [96, 96, 8])])
def test_many_texts_go_in_batches(name, sizes):
    rows, server, embedder = embedded(name, [good, good, good], [f"table {n}" for n in range(200)])
    assert [len(r.json.get("input") or r.json["texts"]) for r in server.requests] == sizes
    assert rows.shape == (200, 3)
    assert embedder.usage.requests == len(sizes)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("status", [429, 503])
def test_what_may_pass_is_tried_again(name, status):
    busy = Reply(status=status, message="busy", headers={"retry-after": "0"})
    rows, server, _embedder = embedded(name, [busy, busy, good], ["orders"])
    assert rows.shape == (1, 3)
    assert len(server.requests) == 3


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("reply", "attempts", "says"),
    [
        (Reply(status=401, message=f"bad key {KEY}"), 1, "refused the key"),
        (Reply(status=404, message="no such model"), 1, "status 404"),
        (Reply(status=429, message="slow down"), 3, "Tried 3 times"),
        (Reply(body=b"<html>hello</html>", content_type="text/html"), 1, "base URL"),
        (Reply(body=b"{}"), 1, "small"),
        (Reply(body=b"[1, 2"), 1, "small"),
    ],
)
def test_a_fault_is_one_line(name, reply, attempts, says):
    sent = []
    with pytest.raises(ModelFailed) as caught:
        embedded(name, [lambda request: sent.append(request) or reply] * attempts, ["orders"])
    assert says in one_line(caught.value)
    assert len(sent) == attempts


@pytest.mark.parametrize("name", NAMES)
def test_nobody_listening_is_one_line(name):
    with serving(Errors()) as gone:
        url = gone.url
    with pytest.raises(ModelFailed) as caught:
        embed_at(url, name, ["orders"])
    assert "can't be reached" in one_line(caught.value)


class Answers:
    """Answers each request with the next of the given rows."""

    max_texts = 5

    def __init__(self, *answers):
        self.answers = list(answers)
        self.sent = []

    async def embed(self, texts, kind):
        self.sent.append(list(texts))
        return Vectors(self.answers.pop(0) if self.answers else [[1.0, 2.0]] * len(texts))

    async def aclose(self):
        pass


@pytest.mark.parametrize(
    "rows",
    [[], [[]], [[1.0], [2.0]], [[0.0, 0.0]], [[float("nan"), 1.0]], [[float("inf"), 1.0]], [["a", "b"]]],
)
def test_what_is_no_vector_is_refused(rows):
    with pytest.raises(ModelFailed, match="Take another embedding model"):
        asyncio.run(BatchingEmbedder("own:model", Answers(rows)).embed(["orders"], kind="query"))


def test_vectors_that_change_their_length_are_refused():
    embedder = BatchingEmbedder("own:model", Answers([[1.0, 2.0]], [[1.0, 2.0, 3.0]]))
    asyncio.run(embedder.embed(["orders"], kind="query"))
    with pytest.raises(ModelFailed, match="of 3 numbers, and of 2 before"):
        asyncio.run(embedder.embed(["orders"], kind="query"))


@settings(max_examples=50)
@given(
    st.lists(st.text(max_size=20) | st.integers(0, 3).map(lambda n: "x" * (n * MAX_TEXT_CHARS)), max_size=40)
)
def test_every_text_is_sent_once_in_bounded_batches(texts):
    requests = Answers()
    rows = asyncio.run(BatchingEmbedder("own:model", requests).embed(texts, kind="document"))
    sent = [text for batch in requests.sent for text in batch]
    assert sent == [text.strip()[:MAX_TEXT_CHARS] for text in texts if text.strip()]
    assert all(len(batch) <= 5 and sum(map(len, batch)) <= MAX_BATCH_CHARS for batch in requests.sent)
    assert rows.any(axis=1).tolist() == [bool(text.strip()) for text in texts] if len(sent) else True


@pytest.mark.parametrize("name", ["anthropic:any", "bedrock:any", "vertex:any"])
def test_a_provider_without_embeddings_says_which_have_them(name):
    with pytest.raises(UnknownName, match=r"has no embeddings.*openai, azure, openai-compatible, cohere"):
        open_embedder(name, {}, environment=ENVIRONMENT)


@pytest.mark.parametrize(
    ("name", "environment", "says"),
    [
        ("openai:small", {}, "no key for openai"),
        ("openai:", ENVIRONMENT, "Which embedding model"),
        ("nobody:small", ENVIRONMENT, "no provider"),
        ("openai-compatible:small", ENVIRONMENT, "Where is openai-compatible"),
        ("azure:small", ENVIRONMENT, "Where is azure"),
    ],
)
def test_what_is_missing_is_said_before_anything_is_sent(name, environment, says):
    with pytest.raises(RasgoError, match=says):
        open_embedder(name, {}, environment=environment)
