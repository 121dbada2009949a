"""Marks of one run of a case: each score by itself, the same for the same run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.evals.gold import Gold
from rasgo_nb.evals.marks_answer import answer_score
from rasgo_nb.evals.marks_calls import MarkedCalls, errors_mended
from rasgo_nb.evals.marks_state import end_state, in_budget
from rasgo_nb.evals.marks_tables import tables_found
from rasgo_nb.evals.score import SCORES, Score
from rasgo_nb.evals.worked import Worked

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
    worked = Worked(
        case,
        run,
        log,
        gold or Gold(),
        namespace or {},
        before or {},
        connections or {},
        outcome,
        judged or {},
        elapsed_s if elapsed_s is not None else run.elapsed_s if run is not None else 0.0,
    )
    calls = MarkedCalls(worked)
    scores = {
        "answer": answer_score(worked),
        "end_state": end_state(worked),
        "calls_precision": calls.precision(),
        "calls_recall": calls.recall(),
        "tables_found": tables_found(worked),
        "errors_mended": errors_mended(worked),
        "no_forbidden": calls.none_forbidden(),
        "numbers_traced": _numbers_traced(worked),
        "in_budget": in_budget(worked),
    }
    return {name: scores[name] for name in SCORES}


def calls_made(
    case: Case,
    log: RunLog,
    *,
    gold: Gold | None = None,
    namespace: Mapping[str, object] | None = None,
    connections: Mapping[str, Connection] | None = None,
) -> tuple[CallMade, ...]:
    """The run's calls, each with its mark, for looking; arguments as for ``marked``."""
    worked = Worked(case, None, log, gold or Gold(), namespace or {}, connections=connections or {})
    return MarkedCalls(worked).kept()


def _numbers_traced(worked: Worked) -> Score:
    """The share of the answer's numbers that come from steps."""
    provenance = worked.log.provenance
    if worked.answer is None or provenance is None or provenance.share is None:
        return Score(None, "the answer has no numbers")
    lost = [number.text for number in provenance.numbers if number.how == "unverified"]
    why = f"{provenance.verified} of {len(provenance.numbers)} numbers were traced"
    return Score(provenance.share, why + (f"; not: {', '.join(lost[:5])}" if lost else ""))


def asked_of_judge(case: Case) -> tuple[Judged, ...]:
    """The criteria of a case that a model must judge, to be given to ``marked`` with what it said."""
    completions = (case.completion, *case.alternatives)
    return tuple(dict.fromkeys(one.judged for one in completions if one.judged is not None))
