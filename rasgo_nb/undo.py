"""What the person is told when steps are undone, and of what can't be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.effects import effects_of_python, effects_of_sql
from rasgo_nb.ran import KINDS, code_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from rasgo_nb.agent.messages import ToolCall
    from rasgo_nb.agent.run_log import CallLog, StepLog
    from rasgo_nb.journal import WentBack
    from rasgo_nb.policy import Effects

_LASTING = frozenset(("write_file", "network", "install", "write_warehouse"))
_MOST_NAMES = 12

LEFT_AS_IT_IS = (
    "Other questions came since, so the variables are as those left them; what the earlier steps made is "
    "bound again where its name is free."
)


def undone_text(went: WentBack, lasting: Iterable[str]) -> str:
    """One line: which steps were undone, what holds again what it held, and what does not."""
    if not went:
        return "Nothing is undone: no variable was changed."
    parts = [
        f"{_numbered(went.steps)} undone",
        *_listed("put back", went.put_back),
        *_listed("gone again", went.removed),
        *left_over(went),
        *_listed("not undone", tuple(lasting)),
    ]
    return f"{'; '.join(parts)}."


def undone_news(went: WentBack) -> Iterator[str]:
    """What the model should know of it, before it builds on names that are no more."""
    changes = [*_listed("these variables are gone", went.removed)]
    changes += _listed("these hold what they held before", went.put_back)
    if changes:
        yield f"I have undone work of the run before: {'; '.join(changes)}."


def left_over(went: WentBack) -> Iterator[str]:
    """What is not as it was before."""
    yield from _listed("left as you changed it since", went.left)
    yield from _listed("could not be put back", went.lost)


def sentence(parts: Iterable[str]) -> str:
    """The parts as a sentence of its own; empty for none."""
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def lasting_effects(
    steps: Iterable[StepLog],
    *,
    names: Mapping[str, object],
    dialect_of: Callable[[ToolCall], str],
    transform: Callable[[str], str],
) -> list[str]:
    """What the calls of these steps did, as far as their text tells, that no journal undoes."""
    said = []
    for step in steps:
        for call in step.calls:
            effects = _effects(call, names, dialect_of(call.tool_call), transform)
            if effects is not None and (effects.kinds & _LASTING or effects.unknown):
                said += [f"step {step.number} {sentence}" for sentence in effects.sentences]
    return list(dict.fromkeys(said))


def _effects(
    call: CallLog, names: Mapping[str, object], dialect: str, transform: Callable[[str], str]
) -> Effects | None:
    """None for a call that did nothing."""
    if call.result is None or call.result.is_error:
        return None
    kind = KINDS.get(call.tool_call.name)
    if kind == "python":
        return effects_of_python(code_of(call), names, transform=transform)
    return effects_of_sql(code_of(call), dialect) if kind == "sql" else None


def _numbered(steps: tuple[int, ...]) -> str:
    numbers = [str(step) for step in steps]
    return f"Step {numbers[0]}" if len(numbers) == 1 else f"Steps {', '.join(numbers)}"


def _listed(what: str, names: tuple[str, ...]) -> Iterator[str]:
    if names:
        more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
        yield f"{what}: {', '.join(names[:_MOST_NAMES])}{more}"
