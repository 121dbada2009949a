"""OpenAI: the model behind the Responses API."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from rasgo_nb.agent.models.body import fragments_of
from rasgo_nb.agent.models.http import http_client
from rasgo_nb.agent.models.openai_failures import (
    opening_errors,
    opening_failure,
    param_of,
    reading_errors,
    reading_failure,
    status_of,
    words_of,
)
from rasgo_nb.agent.models.openai_wire import STOP_REASONS, from_wire, to_wire
from rasgo_nb.agent.models.options import Options
from rasgo_nb.errors import ModelFailed

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from rasgo_nb.agent.messages import Message, ToolPage
    from rasgo_nb.agent.models.base import Fragment
    from rasgo_nb.agent.models.endpoint import Endpoint

__all__ = ["STOP_REASONS", "OpenAIModel", "from_wire", "to_wire"]

_PHASE = "phase"  # of each message of the assistant; no argument of the request itself


class OpenAIModel:
    """A model behind OpenAI's Responses API, which is asked to keep nothing."""

    def __init__(
        self, name: str, endpoint: Endpoint, options: Mapping[str, object], cache_key: str = ""
    ) -> None:
        self.name = name
        self.endpoint = endpoint
        usual = {_PHASE: True, "include": ["reasoning.encrypted_content"], "parallel_tool_calls": True}
        cached = {"prompt_cache_key": cache_key} if cache_key else {}
        self.options = Options({**usual, **cached, **options})
        self._client: Any = None

    async def stream_reply(
        self, messages: Sequence[Message], tools: Sequence[ToolPage]
    ) -> AsyncGenerator[Fragment, None]:
        """One reply; see ``Model``."""
        stream = await self._open(messages, tools)
        try:
            reply = fragments_of(stream, from_wire, self.endpoint, self.name, reading_errors())
            async with aclosing(reply) as fragments:
                async for fragment in fragments:
                    yield fragment
        except reading_errors() as error:
            raise reading_failure(self.endpoint, self.name, error) from None
        finally:
            await stream.close()

    async def aclose(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()
            self._client = None

    def make_client(self) -> Any:
        """The SDK's client.

        Raises
        ------
        ModelFailed
            when there is no key.
        """
        from openai import AsyncOpenAI

        if not self.endpoint.key and not self.endpoint.base_url and not self.has_header("authorization"):
            raise self.no_key()
        return AsyncOpenAI(
            api_key=self.endpoint.key or "none",  # the SDK wants one; the headers decide what is sent
            base_url=self.endpoint.base_url or None,
            default_headers=dict(self.endpoint.headers),
            max_retries=0,  # retries are the loop's
            http_client=http_client(self.endpoint),
        )

    def sends_bearer(self) -> bool:
        """Whether the key, or a header of the person's own, goes as the usual ``Authorization``."""
        return bool(self.endpoint.key) or self.has_header("authorization")

    def has_header(self, wanted: str) -> bool:
        """Whether the person set that header; names are in lower case."""
        return wanted in {name.lower() for name in self.endpoint.headers}

    def no_key(self) -> ModelFailed:
        """What is said where there is no key."""
        entry = self.endpoint.provider
        return ModelFailed(f"There is no key for {entry}. Type `rasgo-nb key set {entry}`.")

    async def _open(self, messages: Sequence[Message], tools: Sequence[ToolPage]) -> Any:
        """The stream of events, asked for again without what the model refuses."""
        while True:
            try:
                self._client = self._client or self.make_client()
                return await self._post(self._request(messages, tools))
            except opening_errors() as error:
                if not self._refuses(error):
                    raise opening_failure(self.endpoint, self.name, error) from None

    async def _post(self, request: dict[str, Any]) -> Any:
        # Not ``responses.create``: it refuses arguments that it does not know, and its events cost time.
        from openai import AsyncStream, omit

        headers = {} if self.sends_bearer() else {"Authorization": omit}
        return await self._client.post(
            "/responses",
            body=request,
            cast_to=object,
            options={"security": {"bearer_auth": True}, "headers": headers},
            stream=True,
            stream_cls=AsyncStream[object],
        )

    def _request(self, messages: Sequence[Message], tools: Sequence[ToolPage]) -> dict[str, Any]:
        kept = self.options.kept()
        phases = bool(kept.pop(_PHASE, False))
        if not tools:
            kept.pop("parallel_tool_calls", None)
        wire = to_wire(messages, tools, model=self.name, phases=phases)
        return {"model": self.name.partition(":")[2], "store": False, **kept, **wire, "stream": True}

    def _refuses(self, error: Exception) -> bool:
        param = param_of(error)
        if param.startswith("input"):  # of a message, as in input[2].phase
            param = _PHASE if param.endswith(f".{_PHASE}") else param
        return self.options.refuse(status_of(error), words_of(error), param)
