"""Tell where an answer's numbers come from, right before the answer is told."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from rasgo_nb.agent.events import Answered, NumbersTraced, RunNoted
from rasgo_nb.agent.run_log import RunLog
from rasgo_nb.provenance.matching import LONGEST_S, traced

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rasgo_nb.agent.events import Event
    from rasgo_nb.agent.run_log import StepLog
    from rasgo_nb.provenance.provenance import NumberTrace, Provenance


def telling(
    report: Callable[[Event], None],
    log: RunLog,
    question: str,
    *,
    shows_values: Callable[[], bool],
    earlier: Sequence[StepLog] = (),
    longest_s: float = LONGEST_S,
) -> Callable[[Event], None]:
    """A reader of events that tells ``report`` of the numbers of an answer before it tells of the answer.

    ``log`` is what ``report`` folds; ``earlier`` are the steps of the run that this one goes on with. Where
    ``shows_values`` is false, nothing of the rows is told, only where the numbers stand. ``longest_s`` is how
    long the answer may wait for it.
    """

    def tell(event: Event) -> None:
        if isinstance(event, Answered):
            whole = RunLog(log.started, [*earlier, *log.steps])
            trace = partial(traced, event.answer.text, whole, question, longest_s=longest_s)
            _tell_numbers(report, trace, shows_values)
        report(event)

    return tell


def _tell_numbers(
    report: Callable[[Event], None], trace: Callable[[], Provenance], shows_values: Callable[[], bool]
) -> None:
    try:
        provenance = trace()
    except Exception as error:  # noqa: BLE001 - results hold objects of any library, and the answer goes first
        report(
            RunNoted(
                f"The numbers of the answer were not traced: {type(error).__name__}. Ask again to retry."
            )
        )
        return
    if provenance.numbers:
        report(NumbersTraced(provenance if shows_values() else without_values(provenance)))


def without_values(provenance: Provenance) -> Provenance:
    """The same without what the rows hold: steps, columns and row numbers alone."""
    return replace(provenance, numbers=tuple(map(_without_values, provenance.numbers)))


def _without_values(number: NumberTrace) -> NumberTrace:
    places = tuple(replace(place, value="") for place in number.places)
    place = places[0] if places else None
    if place is None or number.how == "unverified":
        return replace(number, places=places)
    row = f" of row {place.row + 1}" if place.row >= 0 else ""
    return replace(number, places=places, said=f"{place.column or 'result'}{row} in step {place.step}")
