"""Asking again from a step of a run, without some of what the model saw there."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from rasgo_nb.agent.messages import Message, Text, ToolResult
from rasgo_nb.agent.seen import numbered, seen_in
from rasgo_nb.agent.told_notes import notes_of
from rasgo_nb.branch import Branch, cuts_before
from rasgo_nb.errors import RasgoError, UnknownName

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from rasgo_nb.agent.run_log import RunLog
    from rasgo_nb.agent.seen import SeenItem
    from rasgo_nb.conversation import Conversation, Turn
    from rasgo_nb.kept_runs import KeptRun

REMOVED = "(removed by the person)"


def again_of(run: KeptRun, *, step: int, without: Sequence[str]) -> Branch:
    """The conversation as it was before the reply of that step, less these items.

    Raises
    ------
    UnknownName
        where there is no such step, or no such item in what the model saw.
    RasgoError
        where one of them cannot be left out, or none is named.
    """
    items = removable(run.log, step, without)
    turn = run.turn
    replies = [place for place, one in enumerate(turn.messages) if one.role == "assistant"]
    earlier = replace(
        turn,
        messages=without_items(turn.messages[: replies[step - 1]], {item.id for item in items}),
        run=None,
        bound={},
        bound_in_step={},
        cuts=cuts_before(run.log.steps, step),
    )
    return Branch(
        _without_turns(run.conversation, turn, {item.id for item in items}),
        earlier,
        run.started.run_id,
        step,
        done=tuple(one for one in run.log.steps if one.number < step),
        note=f"Asked again from step {step} without {_named(items)}.",
        tools_out=frozenset(item.id.partition(":")[2] for item in items if item.kind == "tool"),
    )


def removable(log: RunLog, step: int, without: Sequence[str]) -> list[SeenItem]:
    """The items of these ids that the model saw before its reply of that step. Raises as ``again_of``."""
    run = f" --run {log.started.run_id}" if log.started is not None else ""
    steps = [one.number for one in log.steps]
    if step not in steps:
        has = f"The run has steps {steps[0]} to {steps[-1]}." if steps else "The run has no steps."
        raise UnknownName(f"There is no step {step}. {has}")
    calls = [call for call in seen_in(log, step) if call.purpose == "reply"]
    if not calls:
        raise RasgoError(f"No model was asked in step {step}. Choose another step: `%rasgo saw{run}`.")
    known = {item.id: item for item in calls[-1].items}
    if not without:
        raise RasgoError(f"Say what to leave out, as `%rasgo saw {step}{run}` lists it: `--without ITEM`.")
    for wanted in without:
        if wanted not in known:
            near = get_close_matches(wanted, known, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise UnknownName(
                f"The model saw no item {wanted!r} in step {step}.{hint} `%rasgo saw {step}{run}` lists them."
            )
        if not known[wanted].is_removable:
            raise RasgoError(
                f"{wanted} can't be left out: a run needs it. `%rasgo saw {step}{run}` lists what can."
            )
    return [known[wanted] for wanted in dict.fromkeys(without)]


def without_items(messages: Sequence[Message], ids: Collection[str]) -> list[Message]:
    """A turn's messages less some items, well formed: each call keeps a result."""
    left: list[Message] = []
    step = 0
    for message in messages:
        if message.role == "user" and not left:
            left.append(_question(message, ids))
        elif message.role == "assistant":
            step += 1
            left.append(_reply(message, step, ids))
        elif message.role == "tool":
            left.append(_results(message, left[-1], step, ids))
        else:
            left.append(message)
    return left


def _question(message: Message, ids: Collection[str]) -> Message:
    numbers = {int(item.partition(":")[2]) for item in ids if item.startswith("memory:")}
    first, *rest = message.parts
    if not numbers or not rest:
        return message
    text = notes_of("".join(part.text for part in rest if isinstance(part, Text))).without(numbers)
    return replace(message, parts=(first, Text(text)) if text.strip() else (first,))


def _reply(message: Message, step: int, ids: Collection[str]) -> Message:
    kept, texts = [], 0
    for part in message.parts:
        if isinstance(part, Text):
            texts += 1
            if numbered(f"{step}:text", texts) in ids:
                continue
        kept.append(part)
    return replace(message, parts=tuple(kept) or (Text(REMOVED),))


def _results(message: Message, reply: Message, step: int, ids: Collection[str]) -> Message:
    places = {call.id: place for place, call in enumerate(reply.tool_calls, 1)}
    parts = [
        _result(part, f"{step}.{places.get(part.tool_call_id, 0)}", ids)
        if isinstance(part, ToolResult)
        else part
        for part in message.parts
    ]
    return replace(message, parts=tuple(parts))


def _result(result: ToolResult, name: str, ids: Collection[str]) -> ToolResult:
    images = tuple(
        image for number, image in enumerate(result.images, 1) if numbered(f"{name}:image", number) not in ids
    )
    if name not in ids:
        return replace(result, images=images)
    return ToolResult(result.tool_call_id, REMOVED, result.is_error)


def _without_turns(conversation: Conversation, turn: Turn, ids: Collection[str]) -> Conversation:
    before = conversation.before_turn(turn)
    before.turns = [one for number, one in enumerate(before.turns, 1) if f"turn:{number}" not in ids]
    return before


def _named(items: Sequence[SeenItem]) -> str:
    return ", ".join(f"{item.id} ({item.title})" for item in items)
