"""Anthropic's models in Google's Vertex AI: the same wire, with Google's credentials."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from rasgo_nb._optional import load
from rasgo_nb.agent.models.anthropic import AnthropicModel
from rasgo_nb.agent.models.anthropic_wire import STOP_REASONS, from_wire, to_wire
from rasgo_nb.agent.models.http import http_client
from rasgo_nb.errors import ModelFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rasgo_nb.agent.models.endpoint import Endpoint

__all__ = ["STOP_REASONS", "VertexModel", "from_wire", "to_wire"]


class VertexModel(AnthropicModel):
    """A model of Anthropic's behind Vertex AI.

    The endpoint's key is an access token; without one, Google's application default credentials are taken.
    Region and project are in ``extras``, else in ``CLOUD_ML_REGION`` and ``ANTHROPIC_VERTEX_PROJECT_ID``.
    """

    def __init__(
        self, name: str, endpoint: Endpoint, options: Mapping[str, object], cache_key: str = ""
    ) -> None:
        if not endpoint.key:
            load("google.auth.transport.requests", extra="vertex", purpose="The provider vertex")
        super().__init__(name, endpoint, options, cache_key)
        self.login = "" if endpoint.key else "gcloud auth application-default login"
        self.region = self._place("region", "CLOUD_ML_REGION", "us-east5")
        self.project = self._place("project", "ANTHROPIC_VERTEX_PROJECT_ID", "my-project")

    def make_client(self) -> Any:
        """The SDK's client for Vertex."""
        from anthropic import AsyncAnthropicVertex

        return AsyncAnthropicVertex(
            region=self.region,
            project_id=self.project,
            access_token=self.endpoint.key or None,
            base_url=self.endpoint.base_url or None,
            default_headers=self.endpoint.headers,
            max_retries=0,  # retries are the loop's
            http_client=http_client(self.endpoint),
        )

    def credential_errors(self) -> tuple[type[Exception], ...]:
        """What Google's library raises, and the SDK where that finds no token."""
        if self.endpoint.key:
            return ()
        errors = load("google.auth.exceptions", extra="vertex", purpose="The provider vertex")
        return (errors.GoogleAuthError, RuntimeError)

    def unreachable_errors(self) -> tuple[type[Exception], ...]:
        """What Google's library raises where it cannot connect."""
        if self.endpoint.key:
            return ()
        errors = load("google.auth.exceptions", extra="vertex", purpose="The provider vertex")
        return (errors.TransportError,)

    def _place(self, what: str, variable: str, example: str) -> str:
        found = self.endpoint.extras.get(what) or os.environ.get(variable, "")
        if not found:
            raise ModelFailed(
                f"Which {what} of Google Cloud is the model in? Set {variable}, or type for example "
                f"`%rasgo config providers.{self.endpoint.provider}.{what} {example}`."
            )
        return found
