"""Azure: OpenAI's models in a resource of one's own; the wire is OpenAI's."""

from __future__ import annotations

from typing import Any

from rasgo_nb.agent.models.http import http_client
from rasgo_nb.agent.models.openai import OpenAIModel
from rasgo_nb.agent.models.openai_wire import STOP_REASONS, from_wire, to_wire
from rasgo_nb.errors import RasgoError

__all__ = ["STOP_REASONS", "AzureModel", "from_wire", "to_wire"]


class AzureModel(OpenAIModel):
    """A deployment, named as it is in the resource.

    The endpoint's ``api_version`` takes the API of that date; without one the v1 API is used, which has none.
    """

    def make_client(self) -> Any:
        """The SDK's client, which sends the key in Azure's header.

        Raises
        ------
        RasgoError
            when there is no address or no key.
        """
        from openai import AsyncAzureOpenAI, AsyncOpenAI

        headers: dict[str, Any] = dict(self.endpoint.headers)
        if not (self.endpoint.key or self.has_header("authorization") or self.has_header("api-key")):
            raise self.no_key()
        http = http_client(self.endpoint)
        http.follow_redirects = False  # Azure's header, unlike the usual one, would go along elsewhere
        resource, version = self._resource(), self.endpoint.extras.get("api_version")
        if self.endpoint.key:
            headers["api-key"] = self.endpoint.key
        usual = {"default_headers": headers, "max_retries": 0, "http_client": http}
        key = self.endpoint.key or "none"  # the SDK wants one; the headers decide what is sent
        if version:
            return AsyncAzureOpenAI(azure_endpoint=resource, api_version=version, api_key=key, **usual)
        return AsyncOpenAI(base_url=f"{resource}/openai/v1", api_key=key, **usual)

    def sends_bearer(self) -> bool:
        """Only a token that the person set goes as the usual ``Authorization``."""
        return self.has_header("authorization")

    def _resource(self) -> str:
        if not self.endpoint.base_url:
            raise RasgoError(
                "Azure's models are in a resource of yours: which? Set AZURE_OPENAI_ENDPOINT, or type "
                f"`%rasgo config providers.{self.endpoint.provider}.base_url https://NAME.openai.azure.com`."
            )
        return self.endpoint.base_url.rstrip("/").removesuffix("/v1").removesuffix("/openai")
