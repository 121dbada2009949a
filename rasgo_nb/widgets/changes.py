"""What changed from one state of a run to the next, as the changes that a page applies in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rasgo_nb.widgets.safe import State

_GROWING = ("text", "thinking")


def changes_between(before: State, after: State) -> list[State]:
    """The fewest changes that make a page that shows ``before`` show ``after``."""
    run = _changed_fields(before, after, leaving=("steps",))
    known = {step["number"]: step for step in before["steps"]}
    changes = [{"op": "run", "run": run}] if run else []
    for step in after["steps"]:
        if step is not known.get(step["number"]):
            changes += _step_changes(known.get(step["number"]), step)
    return changes


def _step_changes(before: State | None, after: State) -> list[State]:
    number = after["number"]
    if before is None:
        fields = {name: value for name, value in after.items() if name not in ("number", "calls")}
        calls = after["calls"]
        return [{"op": "step", "number": number, "step": fields}, *_call_changes(number, calls)]
    grown = [name for name in _GROWING if _has_grown(before[name], after[name])]
    fields = _changed_fields(before, after, leaving=("number", "calls", *grown))
    known = {call["id"]: call for call in before["calls"]}
    calls = [call for call in after["calls"] if known.get(call["id"]) != call]
    return [
        *({"op": "step", "number": number, "step": fields} for _ in range(bool(fields))),
        *(_text_change(number, name, before[name], after[name]) for name in grown),
        *_call_changes(number, calls),
    ]


def _changed_fields(before: State, after: State, *, leaving: tuple[str, ...]) -> State:
    return {name: value for name, value in after.items() if name not in leaving and before.get(name) != value}


def _has_grown(before: str, after: str) -> bool:
    return len(after) > len(before) and after.startswith(before)


def _text_change(number: int, name: str, before: str, after: str) -> State:
    # A page counts UTF-16 units, as JavaScript does.
    at = len(before.encode("utf-16-le")) // 2
    return {"op": "text", "number": number, "field": name, "at": at, "text": after[len(before) :]}


def _call_changes(number: int, calls: list[State]) -> list[State]:
    return [{"op": "call", "number": number, "call": call} for call in calls]
