"""Any endpoint that speaks Chat Completions: vLLM, Ollama, llama.cpp, gateways."""

from __future__ import annotations

import json
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from rasgo_nb.agent.models.body import events_of, no_stream, unstreamed_body
from rasgo_nb.agent.models.failures import failure_of_status
from rasgo_nb.agent.models.http import http_client
from rasgo_nb.agent.models.openai_compatible_failures import (
    inner_of,
    opening_errors,
    opening_failure,
    param_of,
    reading_errors,
    reading_failure,
    status_of,
    status_of_body,
    words_of,
)
from rasgo_nb.agent.models.openai_compatible_wire import STOP_REASONS, Reply, from_wire, to_wire
from rasgo_nb.agent.models.options import Options
from rasgo_nb.errors import RasgoError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence

    from rasgo_nb.agent.messages import Message, ToolPage
    from rasgo_nb.agent.models.base import Fragment
    from rasgo_nb.agent.models.endpoint import Endpoint

__all__ = ["STOP_REASONS", "OpenAICompatibleModel", "from_wire", "to_wire"]

_NO_KEY = "none"  # the SDK wants one; who needs none does not look


class OpenAICompatibleModel:
    """A model behind an endpoint that speaks Chat Completions.

    Raises
    ------
    RasgoError
        when the endpoint has no address.
    """

    def __init__(
        self, name: str, endpoint: Endpoint, options: Mapping[str, object], _cache_key: str = ""
    ) -> None:
        if not endpoint.base_url:
            raise RasgoError(
                f"Where is {endpoint.provider}? Type for example "
                f"`%rasgo config providers.{endpoint.provider}.base_url http://localhost:8000/v1`."
            )
        self.name = name
        self.endpoint = endpoint
        self.options = Options({"stream_options": {"include_usage": True}, **options})
        self._client: Any = None

    async def stream_reply(
        self, messages: Sequence[Message], tools: Sequence[ToolPage]
    ) -> AsyncGenerator[Fragment, None]:
        """One reply; see ``Model``. An endpoint that does not stream is read whole."""
        stream = await self._open(messages, tools)
        try:
            if body := await unstreamed_body(stream.response, self.endpoint):
                for fragment in self._whole(body, stream.response):
                    yield fragment
                return
            async with (
                aclosing(events_of(stream)) as events,
                aclosing(from_wire(events, self.endpoint, self.name)) as fragments,
            ):
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

    def _make_client(self) -> Any:
        from openai import AsyncOpenAI

        return AsyncOpenAI(
            api_key=self.endpoint.key or _NO_KEY,
            base_url=self.endpoint.base_url,
            default_headers=dict(self.endpoint.headers),
            max_retries=0,  # retries are the loop's
            http_client=http_client(self.endpoint),
        )

    async def _open(self, messages: Sequence[Message], tools: Sequence[ToolPage]) -> Any:
        """The stream of events, asked for again without what the endpoint refuses."""
        wire = to_wire(messages, tools)
        model = self.name.partition(":")[2]
        while True:
            try:
                self._client = self._client or self._make_client()
                return await self._post({"model": model, **self.options.kept(), **wire, "stream": True})
            except opening_errors() as error:
                if not self.options.refuse(status_of(error), words_of(error), param_of(error)):
                    raise opening_failure(self.endpoint, self.name, error) from None

    async def _post(self, request: dict[str, Any]) -> Any:
        from openai import AsyncStream

        return await self._client.post(
            "/chat/completions", body=request, cast_to=object, stream=True, stream_cls=AsyncStream[object]
        )

    def _whole(self, body: str, response: Any) -> Iterator[Fragment]:
        """The fragments of a completion that came in one piece."""
        try:
            completion = json.loads(body)
        except ValueError:
            raise no_stream(response, body, self.endpoint) from None
        if isinstance(completion, dict) and completion.get("error"):
            said = str(inner_of(completion).get("message") or completion["error"])
            raise failure_of_status(self.endpoint, self.name, status_of_body(completion), said, {})
        if not isinstance(completion, dict) or not completion.get("choices"):
            raise no_stream(response, body, self.endpoint)
        reply = Reply(self.name)
        yield from reply.fragments(completion)
        yield reply.end(self.endpoint)
