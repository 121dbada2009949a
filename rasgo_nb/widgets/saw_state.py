"""What the models were sent for a step, as data of ``SawState`` in labextension/src/protocol.ts.

All of it is made when a page asks for it; the run's state has one line for each step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.agent.seen import seen_in
from rasgo_nb.errors import RasgoError
from rasgo_nb.widgets import text
from rasgo_nb.widgets.safe import block, line

if TYPE_CHECKING:
    from rasgo_nb.agent.events import ModelSent
    from rasgo_nb.agent.run_log import RunLog
    from rasgo_nb.agent.seen import SeenCall, SeenItem
    from rasgo_nb.widgets.safe import State

_MAX_LINE = 400
_MAX_CALLS = 20
_MAX_ITEMS = 1_000  # of one call
_MAX_TEXT = 200_000  # of one item or body
_MAX_TEXTS = 4_000_000  # of all of a step together
_LEFT_OUT = "… left out: the step has more than 4,000,000 characters. Type `%rasgo saw` with its item."


def saw_text(log: RunLog, number: int) -> str:
    """What the model was sent, in a few words: "12 items, 4,210 tokens"; empty where nothing is known."""
    calls = seen_in(log, number)
    if not calls:
        return ""
    told = next((call for call in reversed(calls) if call.purpose == "reply"), calls[-1])
    items = len(told.items)
    more = len(calls) - 1
    others = f" · {more} more {'call' if more == 1 else 'calls'}" if more else ""
    about = "" if told.is_counted else "about "
    return f"{items:,} {'item' if items == 1 else 'items'}, {about}{told.tokens:,} tokens{others}"


def saw_state(log: RunLog, number: int) -> State:
    """The ``SawState`` of a step.

    Raises
    ------
    RasgoError
        where the run has no such step.
    """
    if all(step.number != number for step in log.steps):
        raise RasgoError(f"This run has no step {number}. Reload the page.")
    texts = _Texts()
    calls = [_call_state(call, texts) for call in seen_in(log, number)[-_MAX_CALLS:]]
    return {"step": number, "calls": calls}


class _Texts:
    """Bounds the texts of one state together."""

    def __init__(self) -> None:
        self._left = _MAX_TEXTS

    def take(self, whole: str) -> str:
        """As much of the text as there is room for."""
        if self._left <= 0:
            return _LEFT_OUT
        self._left -= min(len(whole), _MAX_TEXT)
        return block(whole, _MAX_TEXT)


def _call_state(call: SeenCall, texts: _Texts) -> State:
    return {
        "id": line(call.id, _MAX_LINE),
        "purpose": call.purpose,
        "model": line(call.model, _MAX_LINE),
        "interface": line(call.interface, _MAX_LINE),
        "totals": _totals(call),
        "items": [_item_state(item, texts) for item in call.items[:_MAX_ITEMS]],
        "wire": [_wire_state(sent, texts) for sent in call.sent[-_MAX_CALLS:]],
    }


def _item_state(item: SeenItem, texts: _Texts) -> State:
    return {
        "id": item.id,
        "kind": item.kind,
        "title": line(item.title, _MAX_LINE),
        "tokens": item.tokens,
        "text": texts.take(item.text),
        "receipt": line(str(item.receipt), _MAX_LINE),
        "removable": item.is_removable,
    }


def _wire_state(sent: ModelSent, texts: _Texts) -> State:
    return {
        "address": line(sent.address, _MAX_LINE),
        "request": texts.take(sent.request),
        "response": texts.take(sent.response),
        "status": sent.status,
        "note": line(sent.failure, _MAX_LINE),
    }


def _totals(call: SeenCall) -> str:
    """In one line: tokens in and out, money, time, and why it broke off."""
    came = call.replied
    usage = came.usage if came else None
    cached = f", {usage.cached_tokens:,} of them cached" if usage and usage.cached_tokens else ""
    pieces = [f"{call.tokens:,} tokens in{cached}" if call.is_counted else f"about {call.tokens:,} tokens in"]
    pieces += [f"{usage.output_tokens:,} out"] if usage and usage.output_tokens else []
    pieces += [f"{usage.cost_usd:.4f} USD"] if usage and usage.cost_usd else []
    pieces += [text.seconds(came.elapsed_s)] if came and came.elapsed_s else []
    pieces += ["no reply yet"] if came is None else []
    pieces += [line(came.failure, _MAX_LINE)] if came and came.failure else []
    return " · ".join(pieces)
