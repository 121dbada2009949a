"""Asks a model again where a reply failed for a reason that may pass. Tools are never run again."""

from __future__ import annotations

import asyncio
import random
from contextlib import aclosing
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from rasgo_nb.agent.models.base import Fragment, ReplyRestart
from rasgo_nb.errors import ModelFailed, ModelUnavailable

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence

    from rasgo_nb.agent.messages import Message, ToolPage
    from rasgo_nb.agent.models.base import Model


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how patiently; waits grow from ``first_wait_s`` by two, at most to ``max_wait_s``."""

    max_retries: int = 5
    first_wait_s: float = 0.5
    max_wait_s: float = 30.0
    max_asked_s: float = 600.0  # a provider that asks for more is not waited for

    def wait_s(self, retry: int, asked_s: float | None) -> float:
        """Seconds before retry number ``retry`` (from 0): what the provider asked for, and some jitter."""
        if asked_s is not None:
            return asked_s + random.uniform(0.0, min(1.0, 0.1 * asked_s))
        longest = min(self.max_wait_s, self.first_wait_s * 2**retry)
        return random.uniform(longest / 2, longest)


async def stream_with_retries(
    model: Model,
    messages: Sequence[Message],
    pages: Sequence[ToolPage],
    *,
    policy: RetryPolicy,
    seconds_left: Callable[[], float],
) -> AsyncGenerator[Fragment, None]:
    """One reply; a ``ReplyRestart`` voids what came before it.

    Raises
    ------
    ModelFailed
        when it fails for good, was retried often enough, or the wait would outlast the run.
    """
    retry = 0
    while True:
        try:
            async with aclosing(model.stream_reply(messages, pages)) as stream:
                async for fragment in stream:
                    yield fragment
            return
        except ModelUnavailable as error:
            wait_s = policy.wait_s(retry, error.retry_after_s)
            if retry >= policy.max_retries:
                raise ModelFailed(f"{error} Tried {retry + 1} times. {CONTINUE}") from None
            if wait_s >= min(policy.max_asked_s, seconds_left()):
                waiting = f"To try again means to wait {ceil(wait_s):,} s, longer than a run waits."
                raise ModelFailed(f"{error} {waiting} {CONTINUE}") from None
            retry += 1
            yield ReplyRestart(str(error), wait_s)
        await asyncio.sleep(wait_s)


CONTINUE = "Type `%ask --continue` to go on where it stopped."
