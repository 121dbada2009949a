"""Embeddings of OpenAI, of Azure, and of whatever speaks like them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rasgo_nb.agent.models.embeddings import Kind, Vectors
from rasgo_nb.agent.models.failures import failure_of_connection, failure_of_status, plain_text
from rasgo_nb.agent.models.http import http_client
from rasgo_nb.errors import ModelFailed, RasgoError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rasgo_nb.agent.models.endpoint import Endpoint


class OpenAIEmbeddings:
    """Requests to ``/embeddings``. These models treat queries and documents alike."""

    max_texts = 256

    def __init__(self, model: str, endpoint: Endpoint) -> None:
        self.model = model
        self.endpoint = endpoint
        self._client = self._opened()

    async def embed(self, texts: Sequence[str], kind: Kind) -> Vectors:  # noqa: ARG002 - as Requests has it
        """Send one request, once."""
        from openai import OpenAIError

        try:
            response = await self._client.embeddings.create(
                model=self.model,
                input=list(texts),
                encoding_format="float",  # base64 is half the size, but not every server knows it
            )
            return _from_wire(response)
        except (OpenAIError, OSError, ValueError, TypeError, AttributeError) as error:
            raise _failure(self.endpoint, self.model, error) from None

    async def aclose(self) -> None:
        """Close the connection."""
        await self._client.close()

    def _opened(self) -> Any:
        from openai import AsyncOpenAI

        return AsyncOpenAI(base_url=self.endpoint.base_url or None, **self._settings())

    def _settings(self) -> dict[str, Any]:
        return {
            "api_key": self.endpoint.key
            or "none",  # the SDK refuses to start without, a local server takes any
            "default_headers": dict(self.endpoint.headers),
            "http_client": http_client(self.endpoint),
            "max_retries": 0,  # we retry
        }


class CompatibleEmbeddings(OpenAIEmbeddings):
    """Requests to a server of the person's own."""

    def _opened(self) -> Any:
        if not self.endpoint.base_url:  # else the SDK would send the texts to OpenAI
            raise _no_address(self.endpoint, "http://localhost:8000/v1")
        return super()._opened()


class AzureEmbeddings(OpenAIEmbeddings):
    """Requests to a deployment; its name stands for the model."""

    def _opened(self) -> Any:
        from openai import AsyncAzureOpenAI, AsyncOpenAI

        url = self.endpoint.base_url.rstrip("/")
        version = self.endpoint.extras.get("api_version", "")
        if not url:
            raise _no_address(self.endpoint, "https://NAME.openai.azure.com")
        if version:
            return AsyncAzureOpenAI(azure_endpoint=url, api_version=version, **self._settings())
        base_url = url if url.endswith("/openai/v1") else f"{url}/openai/v1"
        return AsyncOpenAI(base_url=base_url, **self._settings())


def _no_address(endpoint: Endpoint, example: str) -> RasgoError:
    entry = endpoint.provider
    return RasgoError(
        f"Where is {entry}? Type for example `%rasgo config providers.{entry}.base_url {example}`."
    )


def _from_wire(response: Any) -> Vectors:
    rows = [item.embedding for item in sorted(response.data, key=lambda item: item.index)]
    usage = getattr(response, "usage", None)  # not every server counts
    return Vectors(rows, getattr(usage, "prompt_tokens", 0) or 0)


def _failure(endpoint: Endpoint, model: str, error: Exception) -> ModelFailed:
    from openai import APIConnectionError, APIStatusError

    if isinstance(error, APIStatusError):
        body = error.body if isinstance(error.body, dict) else {}
        said = str(body.get("message") or error)
        return failure_of_status(endpoint, model, error.status_code, said, error.response.headers)
    if isinstance(error, APIConnectionError | OSError):
        return failure_of_connection(endpoint, error.__cause__ or error)
    said = plain_text(f"{type(error).__name__}, {error}", endpoint)
    return ModelFailed(f"{endpoint.provider} sent no embeddings of {model}: {said} Check the base URL.")
