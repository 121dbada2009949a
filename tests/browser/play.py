"""What a notebook of these tests imports: runs of a model that plays its lines, through the real session."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from IPython.core.getipython import get_ipython

from rasgo_nb.agent.events import ToolCallFinished
from rasgo_nb.agent.messages import Usage
from rasgo_nb.agent.models.base import ReplyEnd, TextFragment
from rasgo_nb.agent.models.scripted import Line, ScriptedModel, call, say
from rasgo_nb.front import session_of, view_for

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from rasgo_nb.agent.messages import Message, ToolPage
    from rasgo_nb.agent.models.base import Fragment

__all__ = ["Line", "Ticking", "answer", "ask", "call", "ended_ms", "python", "say", "slowly", "sql"]


ended_ms: list[float] = []  # when each tool call had its result


async def ask(*lines: Any, question: str = "What is in the data?", model: Any = None, **options: Any) -> None:
    """Work off a question as ``%%ask`` does, with a model that plays these lines."""
    shell = get_ipython()
    view = view_for(shell, quiet=False)

    def watch(event: Any) -> None:
        if isinstance(event, ToolCallFinished):
            ended_ms.append(time.time() * 1000)
        view(event)

    await session_of(shell).ask(
        question, model=model or ScriptedModel(*lines), view=watch, desk=view.desk, **options
    )


def sql(text: str, *, save_as: str = "result", says: str = "") -> Line:
    return say(says, call("run_sql", sql=text, save_as=save_as))


def python(code: str, *, says: str = "") -> Line:
    return say(says, call("run_python", code=code))


def answer(text: str = "Done.", **arguments: object) -> Line:
    return say("", call("final_answer", text=text, **arguments))


def slowly(line: Line) -> Line:
    """The same, with a second's pause before each of its fragments."""
    return replace(line, pause_s=1.0)


class Ticking:
    """Says the time, in milliseconds and numbered, so many times a second for so long; then answers."""

    name = "ticking"

    def __init__(self, *, per_second: float, seconds: float) -> None:
        self.per_second = per_second
        self.seconds = seconds
        self.said = 0

    async def stream_reply(
        self, _messages: Sequence[Message], _tools: Sequence[ToolPage]
    ) -> AsyncGenerator[Fragment, None]:
        """The time, again and again."""
        began = time.perf_counter()
        for number in range(int(self.per_second * self.seconds)):
            await asyncio.sleep(max(0.0, began + number / self.per_second - time.perf_counter()))
            self.said += 1
            yield TextFragment(f"{time.time() * 1000:.0f}_{number} ")
        yield ReplyEnd("end_turn", Usage())

    async def aclose(self) -> None:
        """Nothing is open."""
