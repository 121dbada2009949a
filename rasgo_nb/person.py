"""How the person is reached in the middle of a run: on a page, else by a line that they type."""

from __future__ import annotations

import asyncio
import sys
import unicodedata
from typing import TYPE_CHECKING, Any

from rasgo_nb.agent.approval import ALWAYS
from rasgo_nb.agent.events import Approval
from rasgo_nb.desk import HELLO_S, Approved, Click, Desk, Refused, Replied
from rasgo_nb.interrupt import read_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rasgo_nb.agent.clock import Clock
    from rasgo_nb.agent.messages import ToolCall
    from rasgo_nb.policy import Effects


class PersonOfShell:
    """The person before an IPython shell. Time does not pass on the ``clock`` of the run while they think.

    ``desk`` is where the pages of the run's view put their clicks; None where it has no pages.
    """

    def __init__(self, shell: Any, clock: Clock, desk: Desk | None = None) -> None:
        self.shell = shell
        self.clock = clock
        self.desk = desk
        self._has_stopped = False

    async def reply(self, tool_call_id: str, question: str, choices: Sequence[str]) -> str | None:
        """What they say, or the choice of that number; None where nobody can be asked, or says nothing.

        Raises
        ------
        asyncio.CancelledError
            when they stop the run instead.
        """
        with self.clock.paused():
            if self.desk is not None and await self._sees_a_page(self.desk):
                click = await self.desk.wait_for(tool_call_id, (Replied,))
                return click.text.strip() or None if isinstance(click, Replied) else None
            if not self._types():
                return None
            reply = self._line_typed(question_text(question, choices))
        if reply.isdecimal() and 1 <= int(reply) <= len(choices):
            return choices[int(reply) - 1]
        return reply or None

    async def approve(self, tool_call: ToolCall, effects: Effects, code: str) -> Approval | None:
        """What they decide about a call; None where nobody can be asked. Raises as ``reply``."""
        with self.clock.paused():
            if self.desk is not None and await self._sees_a_page(self.desk):
                return _as_approval(await self.desk.wait_for(tool_call.id, (Approved, Refused)))
            if not self._types():
                return None
            return read_decision(self._line_typed(approval_text(tool_call.name, effects, code)))

    async def _sees_a_page(self, desk: Desk) -> bool:
        # One that is slow to come is only waited for where there is another way to ask.
        return await desk.has_page(HELLO_S if self._types() else 0.0)

    def _line_typed(self, question: str) -> str:
        if self._has_stopped:  # by another call of the step, which waited before this one
            raise asyncio.CancelledError
        try:
            return read_line(question).strip()
        except EOFError:  # Ctrl-D: the person has nothing to say
            return ""
        except KeyboardInterrupt:
            # As anywhere else where they stop the run. In a task it would end the loop of the kernel.
            self._has_stopped = True
            raise asyncio.CancelledError from None

    def _types(self) -> bool:
        kernel = getattr(self.shell, "kernel", None)
        if kernel is not None:
            return bool(getattr(kernel, "_allow_stdin", False))
        return sys.stdin is not None and sys.stdin.isatty()


def question_text(question: str, choices: Sequence[str]) -> str:
    """A question of the model as it is asked on a terminal."""
    offers = "".join(f"\n  {number}. {choice}" for number, choice in enumerate(choices, 1))
    return visible(f"{question}{offers}\n> ")


def approval_text(tool: str, effects: Effects, code: str) -> str:
    """What is asked about a call on a terminal: what it would do, its code, and what can be typed."""
    lines = [f"{tool} waits for your approval:", *(f"  - it {one}" for one in effects.told)]
    lines += ["", *(f"    {line}" for line in code.strip("\n").split("\n")), ""] if code else []
    # What cannot be judged, or goes above a limit, is asked each time.
    has_kind = not (effects.unknown or effects.above) or effects.kinds - {"read", "compute"}
    always = "[a]lways in this notebook, " if has_kind else ""
    return visible("\n".join([*lines, f"[y]es, {always}[n]o, or write why not: "]))


def read_decision(typed: str) -> Approval:
    """What was typed, as a decision; whatever is no clear yes is a no, and the reason for it."""
    match typed.strip().casefold():
        case "y" | "yes":
            return Approval(True, "you")
        case "a" | "always":
            return Approval(True, ALWAYS)
        case "" | "n" | "no":
            return Approval(False, "you")
        case _:
            return Approval(False, "you", typed.strip())


def visible(text: str) -> str:
    """The text with nothing in it that could hide or rearrange the rest on a terminal."""
    return "".join(
        letter
        if letter in "\n\t" or unicodedata.category(letter) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}
        else letter.encode("unicode_escape").decode("ascii")
        for letter in text
    )


def _as_approval(click: Click) -> Approval:
    match click:
        case Approved():
            return Approval(True, ALWAYS if click.always else "you", code=click.code)
        case Refused():
            return Approval(False, "you", click.reason.strip())
        case Replied():
            return Approval(False, "you", click.text.strip())
