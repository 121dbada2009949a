"""Texts as vectors, by the same providers as the models."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, Protocol

from rasgo_nb._optional import load
from rasgo_nb.agent.messages import Usage
from rasgo_nb.agent.models.choose import endpoint_of, provider_of
from rasgo_nb.agent.models.keys import missing_key
from rasgo_nb.agent.retry import RetryPolicy
from rasgo_nb.errors import ModelFailed, ModelUnavailable, RasgoError, UnknownName
from rasgo_nb.provider_settings import ProviderSettings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy as np

Kind = Literal["query", "document"]

MAX_TEXT_CHARS = 6_000  # of one text; what lies beyond is left out, since providers take about 8,000 tokens
MAX_BATCH_CHARS = 200_000

_MODULES = "rasgo_nb.agent.models"
_REQUESTS = {
    "openai": (f"{_MODULES}.openai_embeddings", "OpenAIEmbeddings"),
    "azure": (f"{_MODULES}.openai_embeddings", "AzureEmbeddings"),
    "openai-compatible": (f"{_MODULES}.openai_embeddings", "CompatibleEmbeddings"),
    "cohere": (f"{_MODULES}.cohere_embeddings", "CohereEmbeddings"),
}


class Embedder(Protocol):
    """Turns texts into vectors. ``usage`` is what all calls took so far."""

    name: str  # provider:model
    usage: Usage

    async def embed(self, texts: Sequence[str], *, kind: Kind) -> np.ndarray:
        """One row for each text, in order: float32, shape (n, d), each of unit length.

        A text without words gets a row of zeros, like nothing else. The first ``MAX_TEXT_CHARS`` of a text
        count. Before any text with words was embedded, d is 0.

        Raises
        ------
        ModelFailed
            when the provider refuses, stays out of reach, or sends something else than vectors.
        """

    async def aclose(self) -> None:
        """Close what is open."""


@dataclass(frozen=True, slots=True)
class Vectors:
    """What came of one request, in the order of its texts."""

    rows: list[list[float]]
    input_tokens: int = 0


class Requests(Protocol):
    """A provider's way of embedding one batch; each provider's class is made with ``(model, endpoint)``."""

    max_texts: int  # of one request

    async def embed(self, texts: Sequence[str], kind: Kind) -> Vectors:
        """Send one request, once. Raises as a model's ``stream_reply``."""

    async def aclose(self) -> None:
        """Close the connection."""


def open_embedder(
    name: str,
    settings: Mapping[str, ProviderSettings],
    *,
    retries: RetryPolicy | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Embedder:
    """The embedder of that full name, such as ``openai:text-embedding-3-small``.

    Raises
    ------
    UnknownName
        for a provider that there is not, or that has no embeddings.
    MissingDependency
        when its SDK is not installed.
    RasgoError
        when there is no key, or a setting is wrong.
    """
    entry, _, model = name.partition(":")
    provider = provider_of(entry, settings)
    if provider.name not in _REQUESTS:
        raise UnknownName(f"{entry} has no embeddings. These have: {', '.join(_REQUESTS)}.")
    if not model:
        raise RasgoError(f"Which embedding model of {entry}? Name it as `{entry}:NAME`.")
    endpoint = endpoint_of(entry, settings, environment)
    own = settings.get(entry, ProviderSettings())
    if not (endpoint.key or provider.is_keyless or own.headers):
        raise missing_key(entry, provider, own)
    load(provider.sdk, extra=provider.extra, purpose=f"The provider {entry}")
    module, class_name = _REQUESTS[provider.name]
    requests: Requests = getattr(import_module(module), class_name)(model, endpoint)
    return BatchingEmbedder(name, requests, retries=retries)


class BatchingEmbedder:
    """Embeds in batches, tries again what may pass, and checks what comes back."""

    def __init__(self, name: str, requests: Requests, *, retries: RetryPolicy | None = None) -> None:
        self.name = name
        self.usage = Usage(cost_usd=None)
        self._requests = requests
        self._retries = retries or RetryPolicy()
        self._dimensions = 0

    async def embed(self, texts: Sequence[str], *, kind: Kind) -> np.ndarray:
        """One row for each text: see ``Embedder``."""
        import numpy as np

        bounded = [text.strip()[:MAX_TEXT_CHARS] for text in texts]
        places = [place for place, text in enumerate(bounded) if text]
        found = []
        for batch in _batches([bounded[place] for place in places], self._requests.max_texts):
            found.append(self._checked(await self._embedded(batch, kind), len(batch)))
        vectors = np.zeros((len(bounded), self._dimensions), dtype=np.float32)
        if found:
            vectors[places] = np.concatenate(found)
        return vectors

    async def aclose(self) -> None:
        """Close what is open."""
        await self._requests.aclose()

    async def _embedded(self, texts: Sequence[str], kind: Kind) -> Vectors:
        retry = 0
        while True:
            try:
                vectors = await self._requests.embed(texts, kind)
            except ModelUnavailable as error:
                wait_s = self._retries.wait_s(retry, error.retry_after_s)
                if retry >= self._retries.max_retries or wait_s > self._retries.max_asked_s:
                    raise ModelFailed(f"{error} Tried {retry + 1} times. Try again later.") from None
            else:
                self.usage += Usage(input_tokens=vectors.input_tokens, requests=1, cost_usd=None)
                return vectors
            retry += 1
            await asyncio.sleep(wait_s)

    def _checked(self, vectors: Vectors, expected: int) -> np.ndarray:
        import numpy as np

        lengths = {len(row) for row in vectors.rows}
        if len(vectors.rows) != expected or len(lengths) != 1 or not min(lengths):
            raise self._wrong(
                f"{len(vectors.rows)} vectors of {sorted(lengths)} numbers for {expected} texts"
            )
        dimensions = lengths.pop()
        if self._dimensions not in {0, dimensions}:
            raise self._wrong(f"vectors of {dimensions} numbers, and of {self._dimensions} before")
        try:
            exact = np.asarray(vectors.rows, dtype=np.float64)
        except (TypeError, ValueError):
            raise self._wrong("something else than numbers") from None
        norms = np.linalg.norm(exact, axis=1, keepdims=True)
        if not (np.isfinite(norms).all() and norms.all()):
            raise self._wrong("a vector that points nowhere")
        self._dimensions = dimensions
        unit: Any = (exact / norms).astype(np.float32)
        return unit  # type: ignore[no-any-return]

    def _wrong(self, what: str) -> ModelFailed:
        return ModelFailed(f"{self.name} sent {what}. Take another embedding model.")


def _batches(texts: Sequence[str], max_texts: int) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for text in texts:
        if batch and (len(batch) == max_texts or size + len(text) > MAX_BATCH_CHARS):
            yield batch
            batch, size = [], 0
        batch.append(text)
        size += len(text)
    if batch:
        yield batch
