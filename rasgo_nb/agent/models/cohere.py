"""Cohere: the model behind its chat, version 2."""

from __future__ import annotations

import json
import re
from contextlib import AsyncExitStack, aclosing
from typing import TYPE_CHECKING, Any

from rasgo_nb.agent.models.body import no_stream, unstreamed_body
from rasgo_nb.agent.models.cohere_failures import (
    opening_errors,
    opening_failure,
    reading_errors,
    reading_failure,
    status_of,
    words_of,
)
from rasgo_nb.agent.models.cohere_wire import STOP_REASONS, from_wire, to_wire
from rasgo_nb.agent.models.http import http_client
from rasgo_nb.agent.models.options import Options
from rasgo_nb.errors import ModelFailed

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from rasgo_nb.agent.messages import Message, ToolPage
    from rasgo_nb.agent.models.base import Fragment
    from rasgo_nb.agent.models.endpoint import Endpoint

__all__ = ["STOP_REASONS", "CohereModel", "from_wire", "to_wire"]

_NO_KEY = "none"  # a server of one's own may need none, but the SDK wants one


class CohereModel:
    """A model behind Cohere's API, or behind a server that speaks like it."""

    def __init__(
        self, name: str, endpoint: Endpoint, options: Mapping[str, object], _cache_key: str = ""
    ) -> None:
        self.name = name
        self.endpoint = endpoint
        self.options = Options(options)
        self._http: Any = None
        self._client: Any = None

    async def stream_reply(
        self, messages: Sequence[Message], tools: Sequence[ToolPage]
    ) -> AsyncGenerator[Fragment, None]:
        """One reply; see ``Model``."""
        async with AsyncExitStack() as stack:
            response = await self._open(stack, to_wire(messages, tools, model=self.name))
            try:
                if body := await unstreamed_body(response, self.endpoint):
                    raise no_stream(response, body, self.endpoint)
                async with (
                    aclosing(_events(response)) as events,
                    aclosing(from_wire(events, self.endpoint, self.name)) as fragments,
                ):
                    async for fragment in fragments:
                        yield fragment
            except reading_errors() as error:
                raise reading_failure(self.endpoint, self.name, error) from None

    async def aclose(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.aclose()
            self._http = self._client = None

    def _make_client(self) -> Any:
        import httpx
        from cohere import AsyncClientV2

        entry = self.endpoint.provider
        if not self.endpoint.key and not self.endpoint.base_url:
            raise ModelFailed(f"There is no key for {entry}. Type `rasgo-nb key set {entry}`.")
        self._http = http_client(self.endpoint, httpx)
        return AsyncClientV2(
            self.endpoint.key or _NO_KEY,
            base_url=re.sub(r"/(v[12]/?)?$", "", self.endpoint.base_url) or None,  # the SDK adds the version
            httpx_client=self._http,
            max_retries=0,  # retries are the loop's
            log_warning_experimental_features=False,
        )

    async def _open(self, stack: AsyncExitStack, wire: dict[str, Any]) -> Any:
        """The response, which ``stack`` closes; asked for again without what the model refuses."""
        while True:
            try:
                self._client = self._client or self._make_client()
                raw = self._client.with_raw_response
                answer = await stack.enter_async_context(raw.chat_stream(**self._request(wire)))
            except opening_errors() as error:
                if not self.options.refuse(status_of(error), words_of(error)):
                    raise opening_failure(self.endpoint, self.name, error) from None
            else:
                return answer.response

    def _request(self, wire: dict[str, Any]) -> dict[str, Any]:
        further = {
            "additional_headers": dict(self.endpoint.headers),
            "additional_body_parameters": self.options.kept(),
        }
        return {"model": self.name.partition(":")[2], **wire, "request_options": further}


async def _events(response: Any) -> AsyncGenerator[Any, None]:
    # The SDK's own iterator logs an event that it can't read, with all that is in it, and goes on without.
    from cohere.core.http_sse import EventSource

    async with aclosing(EventSource(response).aiter_sse()) as events:
        async for event in events:
            if event.data.startswith("[DONE]"):
                return
            if event.data:
                yield json.loads(event.data)
