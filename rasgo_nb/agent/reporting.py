"""A model whose every call is told: what it is sent, what went over the wire, and what came of it."""

from __future__ import annotations

import time
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from rasgo_nb.agent.assembler import Assembler
from rasgo_nb.agent.events import ModelCalled, ModelReplied, ModelSent
from rasgo_nb.agent.models.wire import STOPPED, Exchange, tapped
from rasgo_nb.errors import RasgoError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence

    from rasgo_nb.agent.events import Event, Purpose
    from rasgo_nb.agent.messages import Message, ToolPage, Usage
    from rasgo_nb.agent.models.base import Fragment, Model
    from rasgo_nb.agent.run_log import RunLog


@dataclass(frozen=True, slots=True)
class ReportingModel:
    """The model itself to whoever asks it; the calls are reported as those of the log's running step.

    ``log`` is the fold of what ``report`` is told. ``interface`` is family and version.
    """

    model: Model
    purpose: Purpose
    interface: str
    log: RunLog
    report: Callable[[Event], None]
    priced: Callable[[Usage], Usage] = lambda usage: usage
    tool_call_id: str = ""

    @property
    def name(self) -> str:
        """The model's."""
        return self.model.name

    async def aclose(self) -> None:
        """Close the model."""
        await self.model.aclose()

    def inside(self, tool_call_id: str) -> ReportingModel:
        """The same, called within that tool call."""
        return replace(self, tool_call_id=tool_call_id)

    async def stream_reply(
        self, messages: Sequence[Message], tools: Sequence[ToolPage]
    ) -> AsyncGenerator[Fragment, None]:
        """The model's reply. Raises as the model does; a reply that broke off is reported, too."""
        call = self._begun(messages, tools)
        failure = STOPPED
        try:
            async with aclosing(self.model.stream_reply(messages, tools)) as stream:
                while (fragment := await _next(stream, call)) is not None:
                    call.add(fragment)
                    yield fragment
            failure = ""
        except RasgoError as error:
            failure = str(error)
            raise
        finally:
            self._ended(call, failure)

    def _begun(self, messages: Sequence[Message], tools: Sequence[ToolPage]) -> _Call:
        step = self.log.steps[-1]
        name = f"{step.number}.{len(step.model_calls) + 1}"
        self.report(
            ModelCalled(
                step.number,
                name,
                self.purpose,
                self.name,
                self.interface,
                tuple(messages),
                tuple(tools),
                self.tool_call_id,
            )
        )
        taken = [call.id for message in messages for call in message.tool_calls]
        return _Call(step.number, name, Assembler(step.number, self.name, taken=taken))

    def _ended(self, call: _Call, failure: str) -> None:
        for one in call.exchanges:
            self.report(
                ModelSent(
                    call.step, call.name, one.address, one.request, one.status, one.response, one.failure
                )
            )
        reply = call.reply
        self.report(
            ModelReplied(
                call.step,
                call.name,
                reply.message(),
                reply.stop_reason,
                self.priced(reply.usage),
                call.first_s,
                time.monotonic() - call.began,
                failure,
            )
        )


@dataclass(slots=True)
class _Call:
    """A model call that is under way."""

    step: int
    name: str
    reply: Assembler
    exchanges: list[Exchange] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)
    first_s: float = 0.0

    def add(self, fragment: Fragment) -> None:
        self.first_s = self.first_s or time.monotonic() - self.began
        self.reply.add(fragment)


async def _next(stream: AsyncGenerator[Fragment, None], call: _Call) -> Fragment | None:
    # The tap is set around each fragment: what a generator sets would hold for whoever reads it, too.
    with tapped(call.exchanges.append):
        return await anext(stream, None)
