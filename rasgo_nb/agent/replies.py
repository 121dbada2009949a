"""What a finished reply means for the run, by its stop reason."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rasgo_nb.agent.events import Answer
from rasgo_nb.errors import ModelFailed

if TYPE_CHECKING:
    from rasgo_nb.agent.assembler import Assembler
    from rasgo_nb.agent.messages import Message, StopReason
    from rasgo_nb.agent.toolbox import Toolbox

UNBACKED = "No step looked at the data: nothing but the model's own words backs this answer."
CUT = "The reply met the model's limit on its length and ends in the middle."


def check_complete(reply: Assembler) -> None:
    """Refuse a reply that the run cannot go on with.

    Raises
    ------
    ModelFailed
        when the provider's filter, or the model itself, declined.
    """
    if reply.stop_reason == "content_filter":
        said = reply.message().text.strip()
        raise ModelFailed(
            f"The model declined to reply{f': {said[:300]}' if said else '.'} "
            "Ask in other words, or take another with `--model`."
        )


def answer_in_text(message: Message, stop_reason: StopReason, toolbox: Toolbox, *, first: bool) -> Answer:
    """The answer of a reply that calls no tool; ``first`` where no step came before it.

    Raises
    ------
    ModelFailed
        for an empty reply, or tool calls that are written as text since the tools did not reach the model.
    """
    text = message.text.strip()
    if not text and stop_reason == "max_tokens":
        raise ModelFailed(
            "The model met its limit on the length of a reply before it said anything. "
            "Raise max_output_tokens in its interface file, or ask for less at once."
        )
    if not text:
        raise ModelFailed("The model sent an empty reply. Ask again, or take another with `--model`.")
    if _has_calls_as_text(text, toolbox):
        raise ModelFailed(
            "The model wrote its tool calls as text: the endpoint does not pass tools on, or can't read "
            "them. `%rasgo doctor` checks it; or take another with `--model`."
        )
    notes = [note for note, holds in ((UNBACKED, first), (CUT, stop_reason == "max_tokens")) if holds]
    return Answer(message.text, assumptions=tuple(notes))


def _has_calls_as_text(text: str, toolbox: Toolbox) -> bool:
    """Whether the text holds a tool call in one of the forms that models are trained on."""
    names = "|".join(re.escape(page.name) for page in toolbox.pages)
    return bool(
        re.search(r"<tool_call>|<function[=_]|\[TOOL_CALLS\]|<\|python_tag\|>", text)
        or re.search(rf'"(name|function|tool)"\s*:\s*"({names})"', text)
    )
