"""The harness on itself: gold programs score full marks, all others none, in any order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rasgo_nb.evals.evaluate import cases_of, folder_of
from rasgo_nb.evals.program import trials_of
from rasgo_nb.evals.work_off import Work
from rasgo_nb.evals.workers import results_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rasgo_nb.evals.evaluate import Plan
    from rasgo_nb.evals.score import CaseResult

GOLD = "gold"


@dataclass(frozen=True, slots=True)
class Fault:
    """What a program was marked, and should not have been."""

    case: str
    program: str
    said: str

    def __str__(self) -> str:
        return f"{self.case}, {self.program}: {self.said}"


def trial_works(plan: Plan) -> list[Work]:
    """Every gold program, and every program that must fail."""
    works = []
    for suite, case in cases_of(plan):
        folder = folder_of(suite)
        if case.gold is not None:
            works.append(Work(case, folder, GOLD, program=case.gold))
        works += [Work(case, folder, name, program=one) for name, one in trials_of(case).items()]
    return works


def check(plan: Plan, *, told: Callable[[CaseResult, int, int], None]) -> list[Fault]:
    """What is wrong with the suites or the marks; gold programs are run twice, the second time last first."""
    works = trial_works(plan)
    again = [replace(work, repeat=2) for work in reversed(works) if work.model == GOLD]
    results: list[CaseResult] = []
    for result in results_of([*works, *again], jobs=plan.jobs or 2):
        results.append(result)
        told(result, len(results), len(works) + len(again))
    return faults_in(results)


def faults_in(results: Sequence[CaseResult]) -> list[Fault]:
    """Marks that are not as they must be."""
    faults = list(dict.fromkeys(fault for result in results for fault in _faults(result)))
    first = {result.case: result for result in results if result.model == GOLD and result.repeat == 1}
    for result in results:
        if result.repeat == 2 and result.case in first and _marks(result) != _marks(first[result.case]):
            faults.append(Fault(result.case, GOLD, "is marked otherwise when it is run again"))
    return faults


def _faults(result: CaseResult) -> list[Fault]:
    if result.outcome == "not_run":
        return [Fault(result.case, "not run", result.message)]
    if result.model == GOLD:
        low = {name: score for name, score in result.scores.items() if score.value not in (None, 1.0)}
        said = [f"{name} is {score.value:.2f}: {score.why}" for name, score in low.items()]
        if result.scores["answer"].value is None:
            said.append(f"it {result.outcome}, and was not marked. {result.message}")
        return [Fault(result.case, GOLD, one) for one in said]
    answer = result.scores["answer"].value
    return [Fault(result.case, result.model, "is marked as right")] if answer != 0 else []


def _marks(result: CaseResult) -> dict[str, float | None]:
    return {name: score.value for name, score in result.scores.items()}
