"""A question to the person in the middle of a run."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from rasgo_nb.interrupt import read_line

if TYPE_CHECKING:
    from collections.abc import Sequence


async def ask_person(shell: Any, question: str, choices: Sequence[str]) -> str | None:
    """What the person says, or the choice of that number; None where nobody can be asked, or says nothing."""
    if not _can_ask(shell):
        return None
    offers = "".join(f"\n  {number}. {choice}" for number, choice in enumerate(choices, 1))
    try:
        reply = read_line(f"{question}{offers}\n> ").strip()
    except EOFError:  # Ctrl-D: the person has nothing to say
        return None
    if reply.isdigit() and 1 <= int(reply) <= len(choices):
        return choices[int(reply) - 1]
    return reply or None


def _can_ask(shell: Any) -> bool:
    kernel = getattr(shell, "kernel", None)
    if kernel is not None:
        return bool(getattr(kernel, "_allow_stdin", False))
    return sys.stdin is not None and sys.stdin.isatty()
