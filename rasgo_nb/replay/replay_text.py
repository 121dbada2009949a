"""A replay as text: one line a step, what differs below, and the answer's numbers then and now."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rasgo_nb.replay.outcome import NumberNow, Replay, ReplayedStep

MARKS = {"same": "✓", "drifted": "≠", "broken": "✗", "left out": "–"}
_MOST_SAID = 110  # characters of a step's own line
_MOST_NUMBERS = 12


def replay_text(replay: Replay) -> str:
    """The whole report."""
    lines = [headline(replay), "", *map(_step_line, replay.steps)]
    for step in replay.steps:
        if step.changes:
            lines += ["", f"Step {step.step}, then → now", *(f"  {change}" for change in step.changes)]
    ends = list(last_lines(replay))
    return "\n".join([*lines, *([""] if ends else []), *ends])


def headline(replay: Replay) -> str:
    """What came of it, in one line."""
    counts = Counter(step.status for step in replay.steps)
    told = ", ".join(f"{count} {status}" for status, count in counts.items()) or "no step did anything"
    status = replay.status.capitalize()
    return f"{status}: run {replay.run_id} on {replay.connection}, {told}, in {replay.elapsed_s:.1f} s"


def last_lines(replay: Replay) -> Iterator[str]:
    """What is said of the whole: the answer, what was read of the notebook, and what to type."""
    yield from answer_lines(replay)
    if replay.taken:
        yield f"Read from the notebook as it is now: {', '.join(replay.taken)}."
    if any(step.status == "left out" and not step.said.startswith("reads ") for step in replay.steps):
        yield "What is left out for want of a yes runs with `--yes`; what changes a database never does."


def answer_lines(replay: Replay) -> Iterator[str]:
    """The numbers of the answer: those that have changed one by one, the others counted."""
    changed = [number for number in replay.numbers if number.has_changed]
    unknown = [number for number in replay.numbers if not number.now]
    for number in changed[:_MOST_NUMBERS]:
        yield f"The answer said {number.then}, today it is {number.now}{_source(number)}."
    if len(changed) > _MOST_NUMBERS:
        yield f"{len(changed) - _MOST_NUMBERS} more numbers of the answer have changed."
    for number in unknown[:_MOST_NUMBERS]:
        yield f"The answer said {number.then}; today's number cannot be told: {number.why}."
    same = len(replay.numbers) - len(changed) - len(unknown)
    if same:
        noun = "number" if same == 1 else "numbers"
        others = "other " if changed or unknown else ""
        yield f"{same} {others}{noun} of the answer {'is' if same == 1 else 'are'} the same today."


def _source(number: NumberNow) -> str:
    return f" ({number.said})" if number.said else ""


def _step_line(step: ReplayedStep) -> str:
    made = ", ".join(step.made)
    made = made if len(made) <= 24 else f"{made[:23]}…"
    said = step.said if len(step.said) <= _MOST_SAID else f"{step.said[: _MOST_SAID - 1]}…"
    # A line that says why a step broke is not cut: it says what to do.
    said = step.said if step.status == "broken" else said
    status = f"{step.status}: {said}" if said else step.status
    return f"{MARKS[step.status]} step {step.step:<3} {step.kind:<6}  {made:<24}  {status}"
