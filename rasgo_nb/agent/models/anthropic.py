"""Anthropic: the model behind the Messages API."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from rasgo_nb.agent.models.anthropic_failures import (
    opening_errors,
    opening_failure,
    reading_errors,
    reading_failure,
    status_of,
    words_of,
)
from rasgo_nb.agent.models.anthropic_wire import EAGER, STOP_REASONS, from_wire, to_wire
from rasgo_nb.agent.models.body import fragments_of
from rasgo_nb.agent.models.failures import failure_of_connection, plain_text
from rasgo_nb.agent.models.http import http_client
from rasgo_nb.agent.models.options import Options
from rasgo_nb.errors import ModelFailed

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from rasgo_nb.agent.messages import Message, ToolPage
    from rasgo_nb.agent.models.base import Fragment
    from rasgo_nb.agent.models.endpoint import Endpoint

__all__ = ["STOP_REASONS", "AnthropicModel", "from_wire", "to_wire"]

_MAX_TOKENS = 16_000
_SAFE_MAX_TOKENS = 4_096  # what every model of the family can write, where more was refused


class AnthropicModel:
    """A model behind Anthropic's API, or behind one that speaks like it.

    Other ways to the same wire make another client, and look for credentials: ``login`` is the command that
    renews those, empty where there is a key.
    """

    login = ""

    def __init__(
        self, name: str, endpoint: Endpoint, options: Mapping[str, object], _cache_key: str = ""
    ) -> None:
        self.name = name
        self.endpoint = endpoint
        self.options = Options({"max_tokens": _MAX_TOKENS, EAGER: True, **options})
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
        except (*reading_errors(), *self.decoding_errors()) as error:
            raise reading_failure(self.endpoint, self.name, error) from None
        finally:
            await stream.close()

    async def aclose(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()
            self._client = None

    def make_client(self) -> Any:
        """The SDK's client; other ways to the same wire have others.

        Raises
        ------
        ModelFailed
            when there is no key.
        """
        from anthropic import AsyncAnthropic, omit

        headers: dict[str, Any] = dict(self.endpoint.headers)
        names = {name.lower() for name in headers}
        if (
            not self.endpoint.key
            and not self.endpoint.base_url
            and not names & {"authorization", "x-api-key"}
        ):
            entry = self.endpoint.provider
            raise ModelFailed(f"There is no key for {entry}. Type `rasgo-nb key set {entry}`.")
        if not self.endpoint.key and "authorization" not in names:
            headers["Authorization"] = omit
        return AsyncAnthropic(
            api_key=self.endpoint.key,
            base_url=self.endpoint.base_url or None,
            default_headers=headers,
            max_retries=0,  # retries are the loop's
            http_client=http_client(self.endpoint),
        )

    def credential_errors(self) -> tuple[type[Exception], ...]:
        """What goes wrong while credentials are looked for, where there is more to them than a key."""
        return ()

    def unreachable_errors(self) -> tuple[type[Exception], ...]:
        """Those among them that may pass: who gives credentials could not be reached."""
        return ()

    def decoding_errors(self) -> tuple[type[Exception], ...]:
        """What goes wrong where a stream is framed in another way than as server-sent events."""
        return ()

    async def _open(self, messages: Sequence[Message], tools: Sequence[ToolPage]) -> Any:
        """The stream of events, asked for again without what the model refuses."""
        while True:
            try:
                self._client = self._client or self.make_client()
                return await self._post(self._request(messages, tools))
            except (*opening_errors(), *self.credential_errors()) as error:
                if not self._refuses(error):
                    raise self._opening_failure(error) from None

    def _opening_failure(self, error: Exception) -> ModelFailed:
        if isinstance(error, self.unreachable_errors()):
            return failure_of_connection(self.endpoint, error)
        is_refused = isinstance(error, self.credential_errors()) or status_of(error) in {401, 403}
        if not is_refused or not self.login:
            return opening_failure(self.endpoint, self.name, error)
        said = plain_text(words_of(error), self.endpoint)
        return ModelFailed(
            f"{self.endpoint.provider} found no credentials that serve: {said} "
            f"Type `{self.login}` in a terminal and ask again."
        )

    async def _post(self, request: dict[str, Any]) -> Any:
        from anthropic import AsyncStream

        return await self._client.post(
            "/v1/messages", body=request, cast_to=object, stream=True, stream_cls=AsyncStream[object]
        )

    def _request(self, messages: Sequence[Message], tools: Sequence[ToolPage]) -> dict[str, Any]:
        kept = {"max_tokens": _SAFE_MAX_TOKENS, **self.options.kept()}
        eager = bool(kept.pop(EAGER, False))
        wire = to_wire(messages, tools, model=self.name, eager=eager)
        return {"model": self.name.partition(":")[2], **kept, **wire, "stream": True}

    def _refuses(self, error: Exception) -> bool:
        said = words_of(error)
        return self.options.refuse(status_of(error), said, self._named(said))

    def _named(self, said: str) -> str:
        """The option that a refusal begins with, as in ``thinking.adaptive.display: Extra inputs ...``."""
        if EAGER in said:  # of a tool, as in tools.0.custom.eager_input_streaming
            return EAGER
        path = said.partition(":")[0].split(".")
        if path[0] not in self.options.kept():
            return ""
        return path[0] if path[-1] in {path[0], "type"} else f"{path[0]}.{path[-1]}"
