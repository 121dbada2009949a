"""What a finished reply means for the run, by its stop reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.agent.events import Answer
from rasgo_nb.errors import ModelFailed, RasgoError

if TYPE_CHECKING:
    from rasgo_nb.agent.assembler import Assembler
    from rasgo_nb.agent.messages import Message


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
            f"The model declined to reply{': ' + said[:300] if said else '.'} "
            "Ask in other words, or take another with `--model`."
        )


def answer_in_text(message: Message) -> Answer:
    """The answer of a reply that calls no tool."""
    if not message.text.strip():
        raise RasgoError("The model sent an empty reply. Ask again, or take another with `--model`.")
    return Answer(message.text)
