"""What a report tells: one summary for each model and interface, computed once for page and terminal."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from rasgo_nb.agent.messages import Usage
from rasgo_nb.evals.score import SCORES
from rasgo_nb.evals.statistics import Interval, by_case, compared, mean_of_cases, passing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rasgo_nb.evals.score import CaseResult
    from rasgo_nb.evals.statistics import Comparison

_MOST_COMPARED = 12  # pairs of runners


@dataclass(frozen=True, slots=True)
class Runner:
    """One model with one interface, over all its cases and repeats.

    ``passes`` and ``holds`` are pass@k and pass^k for k from 1 on. Tokens, seconds, steps and cost are means
    of a case; ``cost_usd`` is None where one is not known.
    """

    name: str
    results: tuple[CaseResult, ...]
    scores: dict[str, Interval]
    passes: tuple[Interval, ...]
    holds: tuple[Interval, ...]
    usage: Usage
    judge_usage: Usage
    tokens: float
    seconds: float
    steps: float
    cost_usd: float | None
    cases: int
    repeats: int


def runners_of(results: Sequence[CaseResult]) -> list[Runner]:
    """One for each model and interface, in the order in which they first appear."""
    groups: dict[tuple[str, str], list[CaseResult]] = {}
    for result in results:
        groups.setdefault((result.model, result.interface), []).append(result)
    return [_runner(f"{model} · {interface}", held) for (model, interface), held in groups.items()]


def _runner(name: str, results: list[CaseResult]) -> Runner:
    marks = {score: by_case(results, score) for score in SCORES}
    answers = marks["answer"]
    repeats = max((len(scores) for scores in answers.values()), default=1)
    ran = [one for one in results if one.outcome != "not_run"]
    count = max(1, len(ran))
    usage = sum((one.usage for one in ran if one.usage is not None), Usage())
    return Runner(
        name,
        tuple(results),
        {score: mean_of_cases(held) for score, held in marks.items() if held},
        tuple(passing(answers, k) for k in range(1, repeats + 1)),
        tuple(passing(answers, k, all_of=True) for k in range(1, repeats + 1)),
        usage,
        sum((one.judge_usage for one in ran if one.judge_usage is not None), Usage()),
        usage.total_tokens / count,
        sum(one.elapsed_s for one in ran) / count,
        sum(one.steps for one in ran) / count,
        usage.cost_usd / count if usage.cost_usd is not None else None,
        len({one.case for one in results}),
        repeats,
    )


def comparisons_of(runners: Sequence[Runner]) -> list[tuple[Runner, Runner, list[Comparison]]]:
    """Each two of them, with every score that both have."""
    pairs = list(combinations(runners, 2))[:_MOST_COMPARED]
    return [
        (one, other, compared(one.results, other.results, SCORES, names=(one.name, other.name)))
        for one, other in pairs
    ]


def report_text(results: Sequence[CaseResult]) -> str:
    """The summary as a table for a terminal: scores with their intervals, and what differs."""
    runners = runners_of(results)
    if not runners:
        return "No case was run."
    names = [score for score in SCORES if any(score in runner.scores for runner in runners)]
    rows = [["", *(runner.name for runner in runners)]]
    rows += [[score, *(_percent(runner.scores.get(score)) for runner in runners)] for score in names]
    if any(runner.repeats > 1 for runner in runners):
        rows.append(["pass^k", *(f"{_percent(one.holds[-1])} k={one.repeats}" for one in runners)])
    rows += [
        ["cases x repeats", *(f"{one.cases} x {one.repeats}" for one in runners)],
        ["tokens a case", *(f"{one.tokens:,.0f}" for one in runners)],
        ["seconds a case", *(f"{one.seconds:.2f}" for one in runners)],
        ["steps a case", *(f"{one.steps:.1f}" for one in runners)],
        ["cost a case", *(cost_told(one.cost_usd) for one in runners)],
    ]
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    said = [
        f"{one.name} and {other.name}, {comparison.score}: {comparison.says}"
        for one, other, each in comparisons_of(runners)
        for comparison in each
        if comparison.score == "answer" or comparison.is_real
    ]
    return "\n".join([*lines, *([""] if said else []), *said])


def cost_told(cost_usd: float | None) -> str:
    """A cost as a person reads it."""
    if cost_usd is None:
        return "unknown"
    return "0 USD" if cost_usd == 0 else f"{cost_usd:.4f} USD" if cost_usd < 0.1 else f"{cost_usd:,.2f} USD"


def _percent(interval: Interval | None) -> str:
    if interval is None:
        return "-"
    return f"{interval.value:.0%} ({interval.low:.0%} to {interval.high:.0%})"
