"""The loop: model, tools, events, until answered. It names no provider and no tool."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rasgo_nb.agent.assembler import Assembler
from rasgo_nb.agent.clock import Clock
from rasgo_nb.agent.events import (
    Answer,
    Answered,
    ContextShortened,
    Event,
    ReplyRetried,
    RunFailed,
    RunStopped,
    StepFinished,
    StepStarted,
)
from rasgo_nb.agent.messages import Message, ToolResult, Usage
from rasgo_nb.agent.replies import answer_in_text, check_complete
from rasgo_nb.agent.retry import RetryPolicy, stream_with_retries
from rasgo_nb.errors import ContextOverflow, LimitReached, RasgoError, Stopped

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rasgo_nb.agent.context_window import ContextWindow
    from rasgo_nb.agent.limits import Limits
    from rasgo_nb.agent.models.base import Model
    from rasgo_nb.agent.toolbox import Toolbox

STOPPED = "Stopped by you. What the steps made is kept; `%ask --continue` goes on."

OVERFLOWED = "The reply met the end of the model's context window."


@dataclass(frozen=True, slots=True)
class Begun:
    """A first step whose reply is there already, with the ``results`` of its first calls.

    ``events`` tell of the reply and of these calls.
    """

    message: Message
    results: tuple[ToolResult, ...] = ()
    events: tuple[Event, ...] = ()


class Loop:
    """One run. ``messages`` grows as it goes on and is a well-formed transcript whenever the run ends."""

    def __init__(
        self,
        *,
        model: Model,
        toolbox: Toolbox,
        messages: list[Message],
        limits: Limits,
        report: Callable[[Event], None],
        window: ContextWindow,
        priced: Callable[[Usage], Usage] = lambda usage: usage,
        retries: RetryPolicy | None = None,
        steps_before: int = 0,
        begun: Begun | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.model = model
        self.window = window
        self.priced = priced
        self.retries = retries or RetryPolicy()
        self.toolbox = toolbox
        self.messages = messages
        self.limits = limits
        self.report = report
        self.usage = Usage()
        self.steps_before = steps_before  # of the run that this one goes on with
        self.begun = begun
        self.clock = clock or Clock()

    async def run(self) -> Answer:
        """Work until there is an answer.

        The last event is ``Answered``, ``RunFailed`` or ``RunStopped``, whatever happens.

        Raises
        ------
        LimitReached
            a limit was crossed, or the model repeated a call that had failed.
        RasgoError
            something that the person can mend, such as a model that cannot be reached.
        Stopped
            the person interrupted generated code.
        asyncio.CancelledError
            the person stopped the run anywhere else.
        """
        try:
            async with asyncio.timeout(self.limits.max_seconds) as timeout:
                self.clock.timeout = timeout
                answer = await self._until_answered()
        except asyncio.CancelledError:
            self.report(RunStopped(STOPPED, self.usage, self._elapsed_s()))
            raise
        except KeyboardInterrupt:
            # Not let through: in a task it would end the event loop of the kernel.
            self.report(RunStopped(STOPPED, self.usage, self._elapsed_s()))
            raise Stopped(STOPPED) from None
        except TimeoutError:
            if not timeout.expired():
                raise
            self.report(RunStopped(self.limits.out_of_time(), self.usage, self._elapsed_s()))
            raise LimitReached(self.limits.out_of_time()) from None
        except LimitReached as limit:
            self.report(RunStopped(str(limit), self.usage, self._elapsed_s()))
            raise
        except RasgoError as error:
            self.report(RunFailed(str(error), self.usage, self._elapsed_s()))
            raise
        except Exception as error:
            # Ours to mend: the reader is told, and the traceback goes on to whoever called.
            self.report(RunFailed(f"{type(error).__name__}: {error}", self.usage, self._elapsed_s()))
            raise
        self.report(Answered(answer, self.usage, self._elapsed_s()))
        return answer

    async def _until_answered(self) -> Answer:
        step = self.steps_before
        while True:
            step += 1
            self.limits.check(step=step - self.steps_before, usage=self.usage, elapsed_s=self._elapsed_s())
            began, spent = self._elapsed_s(), self.usage
            self.report(StepStarted(step))
            answer = await self._work(step)
            self.report(StepFinished(step, self.usage - spent, self._elapsed_s() - began))
            if answer is not None:
                return answer

    async def _work(self, step: int) -> Answer | None:
        if self.begun is not None:
            begun, self.begun = self.begun, None
            for event in begun.events:
                self.report(event)
            return await self._run_tool_calls(step, begun.message, done=begun.results)
        reply = await self._reply(step)
        message = reply.message()
        if message.tool_calls:
            return await self._run_tool_calls(step, message)
        answer = answer_in_text(message, reply.stop_reason, self.toolbox, first=step == 1)
        self.messages.append(message)
        return answer

    async def _reply(self, step: int) -> Assembler:
        while True:
            fitted = await self.window.fit(self.messages, self.toolbox.pages)
            self.usage += self.priced(fitted.usage)
            self.limits.check(step=step - self.steps_before, usage=self.usage, elapsed_s=self._elapsed_s())
            if fitted.note:
                self.report(ContextShortened(step, fitted.note))
            try:
                reply = await self._stream_reply(step, fitted.messages)
            except ContextOverflow:
                self.window.overflowed()
            else:
                check_complete(reply)
                return reply

    async def _stream_reply(self, step: int, messages: Sequence[Message]) -> Assembler:
        taken = [call.id for message in self.messages for call in message.tool_calls]
        reply = Assembler(step, self.model.name, taken=taken)
        fragments = stream_with_retries(
            self.model,
            messages,
            self.toolbox.pages,
            policy=self.retries,
            seconds_left=lambda: self.limits.seconds_left(self._elapsed_s()),
        )
        try:
            async with aclosing(fragments) as stream:
                async for fragment in stream:
                    event = reply.add(fragment)
                    if event is not None:
                        self.report(self.toolbox.in_our_words(event))
        except ContextOverflow:
            if reply.message().parts:  # what was streamed of it is void
                self.report(ReplyRetried(step, OVERFLOWED, 0.0))
            raise
        finally:
            self.usage += self.priced(reply.usage)
        self.window.measured(reply.usage)
        return reply

    async def _run_tool_calls(
        self, step: int, message: Message, *, done: tuple[ToolResult, ...] = ()
    ) -> Answer | None:
        self.messages.append(message)
        batch = self.toolbox.batch(step, message.tool_calls[len(done) :], self.report)
        try:
            await batch.run()
        finally:
            # Also when stopped: every tool call has a result, so the transcript can be continued.
            self.messages.append(Message("tool", (*done, *batch.results())))
            self.usage += batch.usage()
        return batch.answer()

    def _elapsed_s(self) -> float:
        return self.clock.elapsed_s()
