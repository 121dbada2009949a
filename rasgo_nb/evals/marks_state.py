"""Marks of what a run left in the namespace, and of what it took."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.evals.marks_values import same_value
from rasgo_nb.evals.score import Score
from rasgo_nb.evals.worked import is_frame

if TYPE_CHECKING:
    from rasgo_nb.evals.worked import Worked


def end_state(worked: Worked) -> Score:
    """The share of what the case asks of the namespace afterwards."""
    wanted, namespace, before = worked.case.end_state, worked.namespace, worked.before
    checks = [
        (f"{name} is {value!r:.60}", name in namespace and same_value(namespace[name], value))
        for name, value in wanted.values.items()
    ]
    checks += [(f"{name} is a DataFrame", is_frame(namespace.get(name))) for name in wanted.frames]
    checks += [
        (f"there is no {name}", worked.run is not None and name not in namespace) for name in wanted.absent
    ]
    checks += [
        (
            f"{name} is unchanged",
            name in namespace and name in before and same_value(namespace[name], before[name]),
        )
        for name in wanted.unchanged
    ]
    if not checks:
        return Score(None, "the case asks nothing of the namespace")
    failed = [said for said, holds in checks if not holds]
    why = f"not so: {'; '.join(failed[:5])}" if failed else "the namespace is as asked"
    return Score(1 - len(failed) / len(checks), why)


def in_budget(worked: Worked) -> Score:
    """1 where the run kept to the case's steps, seconds, tokens and cost."""
    run, budget = worked.run, worked.case.budget
    if worked.outcome == "out_of_time":
        return Score(0.0, f"it took more than {budget.seconds:g} s")
    if run is None:
        return Score(None, "it did not run to its end")
    cost = run.usage.cost_usd
    taken = (
        ("steps", len(run.steps), budget.steps),
        ("seconds", round(worked.elapsed_s, 1), budget.seconds),
        ("tokens", run.usage.total_tokens, budget.tokens),
        ("USD", round(cost or 0.0, 6), budget.cost_usd),
    )
    over = [f"{took:,} {name} of {limit:,g}" for name, took, limit in taken if limit and took > limit]
    if over:
        return Score(0.0, f"over budget: {', '.join(over)}")
    unknown = budget.cost_usd and cost is None
    return Score(1.0, "within budget" + ("; its cost is not known" if unknown else ""))
