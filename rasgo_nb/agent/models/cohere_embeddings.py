"""Embeddings of Cohere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rasgo_nb.agent.models.embeddings import Kind, Vectors
from rasgo_nb.agent.models.failures import failure_of_connection, failure_of_status, plain_text
from rasgo_nb.agent.models.http import http_client
from rasgo_nb.errors import ModelFailed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rasgo_nb.agent.models.endpoint import Endpoint

_INPUT_TYPES = {"query": "search_query", "document": "search_document"}


class CohereEmbeddings:
    """Requests to ``/v2/embed``; queries and documents are embedded each in their way."""

    max_texts = 96  # the API's own limit

    def __init__(self, model: str, endpoint: Endpoint) -> None:
        import httpx
        from cohere import AsyncClientV2

        self.model = model
        self.endpoint = endpoint
        self._http = http_client(endpoint, httpx)
        self._http.headers.update(endpoint.headers)
        self._client = AsyncClientV2(
            endpoint.key or "none",
            base_url=endpoint.base_url or None,
            httpx_client=self._http,
            log_warning_experimental_features=False,
        )

    async def embed(self, texts: Sequence[str], kind: Kind) -> Vectors:
        """Send one request, once."""
        from cohere.core import ApiError
        from httpx import HTTPError

        try:
            response = await self._client.embed(
                model=self.model,
                texts=list(texts),
                input_type=_INPUT_TYPES[kind],
                embedding_types=["float"],
                truncate="END",
                request_options={"max_retries": 0},  # we retry
            )
            return _from_wire(response)
        except (ApiError, HTTPError, OSError, ValueError, TypeError, AttributeError) as error:
            raise _failure(self.endpoint, self.model, error) from None

    async def aclose(self) -> None:
        """Close the connection."""
        await self._http.aclose()


def _from_wire(response: Any) -> Vectors:
    units = getattr(getattr(response, "meta", None), "billed_units", None)
    return Vectors(response.embeddings.float_, int(getattr(units, "input_tokens", 0) or 0))


def _failure(endpoint: Endpoint, model: str, error: Exception) -> ModelFailed:
    from cohere.core import ApiError
    from httpx import HTTPError

    if isinstance(error, ApiError) and (error.status_code or 0) >= 400:
        body = error.body if isinstance(error.body, dict) else {"message": error.body}
        said = str(body.get("message") or "")
        return failure_of_status(endpoint, model, error.status_code or 0, said, error.headers or {})
    if isinstance(error, HTTPError | OSError):
        return failure_of_connection(endpoint, error)
    said = error.body if isinstance(error, ApiError) else f"{type(error).__name__}, {error}"
    said = plain_text(str(said), endpoint)
    return ModelFailed(f"{endpoint.provider} sent no embeddings of {model}: {said} Check the base URL.")
