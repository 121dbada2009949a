"""Anthropic's models in Amazon Bedrock: the same wire in AWS's framing, signed with AWS's credentials."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from rasgo_nb._optional import load
from rasgo_nb.agent.models.anthropic import AnthropicModel
from rasgo_nb.agent.models.anthropic_wire import STOP_REASONS, from_wire, to_wire
from rasgo_nb.agent.models.http import http_client
from rasgo_nb.errors import ModelFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rasgo_nb.agent.models.endpoint import Endpoint

__all__ = ["STOP_REASONS", "BedrockModel", "from_wire", "to_wire"]


class BedrockModel(AnthropicModel):
    """A model of Anthropic's behind InvokeModel, which takes every id: of models, inference profiles, ARNs.

    The endpoint's key is a bearer token; without one, requests are signed as AWS's own tools do it. The
    region is ``extras["region"]``, else that of the environment or of the AWS profile.
    """

    def __init__(
        self, name: str, endpoint: Endpoint, options: Mapping[str, object], cache_key: str = ""
    ) -> None:
        # It reads the framing, also where a bearer token leaves nothing to sign.
        load("boto3", extra="bedrock", purpose="The provider bedrock")
        super().__init__(name, endpoint, options, cache_key)
        self.login = "" if endpoint.key else "aws sso login"

    def make_client(self) -> Any:
        """The SDK's client for Bedrock.

        Raises
        ------
        ModelFailed
            when no region is known.
        """
        from anthropic import AsyncAnthropicBedrock

        try:
            return AsyncAnthropicBedrock(
                api_key=self.endpoint.key or None,
                aws_region=self.endpoint.extras.get("region") or None,
                base_url=self.endpoint.base_url or None,
                default_headers=self.endpoint.headers,
                max_retries=0,  # retries are the loop's
                http_client=http_client(self.endpoint),
            )
        except ValueError:
            raise ModelFailed(
                "Which AWS region is the model in? Set AWS_REGION, or type for example "
                f"`%rasgo config providers.{self.endpoint.provider}.region us-east-1`."
            ) from None

    def credential_errors(self) -> tuple[type[Exception], ...]:
        """What AWS's library raises, and the SDK where that finds none."""
        errors = load("botocore.exceptions", extra="bedrock", purpose="The provider bedrock")
        return (errors.BotoCoreError, errors.ClientError, RuntimeError)

    def unreachable_errors(self) -> tuple[type[Exception], ...]:
        """What AWS's library raises where it cannot connect."""
        errors = load("botocore.exceptions", extra="bedrock", purpose="The provider bedrock")
        return (errors.HTTPClientError,)

    def decoding_errors(self) -> tuple[type[Exception], ...]:
        """What a broken frame raises."""
        frames = load("botocore.eventstream", extra="bedrock", purpose="The provider bedrock")
        parsers = load("botocore.parsers", extra="bedrock", purpose="The provider bedrock")
        return (frames.ParserError, parsers.ResponseParserError, struct.error)
