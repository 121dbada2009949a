"""Marks of one run of a case: each score by itself, the same for the same run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.evals.gold import Gold
from rasgo_nb.evals.score import SCORES, Score

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rasgo_nb.agent.run_log import RunLog
    from rasgo_nb.connectors.base import Connection
    from rasgo_nb.evals.case import Case, Judged
    from rasgo_nb.evals.judge import Judgement
    from rasgo_nb.evals.score import CallMade, Outcome
    from rasgo_nb.run import Run

__all__ = ["Gold", "asked_of_judge", "calls_made", "marked"]


def marked(
    case: Case,
    run: Run | None,
    *,
    log: RunLog,
    gold: Gold | None = None,
    namespace: Mapping[str, object] | None = None,
    before: Mapping[str, object] | None = None,
    connections: Mapping[str, Connection] | None = None,
    outcome: Outcome = "answered",
    judged: Mapping[Judged, Judgement] | None = None,
    elapsed_s: float | None = None,
) -> dict[str, Score]:
    """The scores of a run, one for every name of ``SCORES``.

    ``run`` is None where it crashed; ``namespace`` is what the run left, ``before`` copies of what ``setup``
    had made. ``connections`` by name, while they are open, let SQL be compared by what it returns. ``judged``
    holds what the judge said of the case's criteria; ``asked_of_judge`` tells which those are.
    """
    return {name: Score(None) for name in SCORES}


def calls_made(
    case: Case, log: RunLog, *, connections: Mapping[str, Connection] | None = None
) -> tuple[CallMade, ...]:
    """The run's calls, each with its mark, for looking."""
    return ()


def asked_of_judge(case: Case) -> tuple[Judged, ...]:
    """The criteria of a case that a model must judge, to be given to ``marked`` with what it said."""
    completions = (case.completion, *case.alternatives)
    return tuple(dict.fromkeys(one.judged for one in completions if one.judged is not None))
