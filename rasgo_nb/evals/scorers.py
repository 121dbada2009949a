"""Scorers as plain functions: each takes values and returns a ``Score`` with why.

>>> from rasgo_nb.evals.scorers import number_in_text, rows_match
>>> number_in_text("There are 1,234 orders.", 1234).value
1.0
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.evals.compare_cells import USUAL_TOLERANCE
from rasgo_nb.evals.compare_frames import compare_frames
from rasgo_nb.evals.judge import agreement, judge
from rasgo_nb.evals.score import Score
from rasgo_nb.evals.scorers_figure import figure_encodes
from rasgo_nb.evals.scorers_sql import sql_equivalent
from rasgo_nb.evals.scorers_text import contains, is_refusal, lacks, number_close, number_in_text

if TYPE_CHECKING:
    import pandas as pd

    from rasgo_nb.run import Run

__all__ = [
    "agreement",
    "contains",
    "figure_encodes",
    "judge",
    "lacks",
    "number_close",
    "number_in_text",
    "refusal",
    "rows_match",
    "sql_equivalent",
]


def rows_match(
    frame: pd.DataFrame | None,
    wanted: pd.DataFrame,
    *,
    ordered: bool = False,
    names_count: bool = False,
    types_count: bool = False,
    extra_columns: bool = True,
    tolerance: float = USUAL_TOLERANCE,
) -> Score:
    """1 where a frame holds the wanted rows, each as often.

    Columns are matched by their values where names do not count. ``ordered`` asks for the order of rows,
    ``types_count`` for columns of numbers, text, times and bools to be just that; ``extra_columns`` lets the
    frame have others. Numbers may differ by ``tolerance``, relative to their size; missing values are equal.
    """
    if frame is None or not hasattr(frame, "columns"):
        return Score(0.0, "there is no DataFrame")
    compared = compare_frames(
        frame,
        wanted,
        ordered=ordered,
        names_count=names_count,
        types_count=types_count,
        extra_columns=extra_columns,
        tolerance=tolerance,
    )
    return Score(float(compared.same), compared.why)


def refusal(run: Run) -> Score:
    """1 where a run says why there is no answer, and shows no result that could be taken for one.

    A run that fails or is stopped refuses only where the model itself declined.
    """
    if run.status == "failed":
        declined = run.answer.startswith("The model declined")
        return Score(float(declined), "the model declined" if declined else f"it failed: {run.answer[:200]}")
    if run.status == "stopped":
        return Score(0.0, "it was stopped")
    for call in (call for step in run.steps for call in step.calls):
        value = call.result.value if call.result is not None else None
        named = (*getattr(value, "dataframes", ()), *getattr(value, "figures", ()))
        if call.tool_call.name == "final_answer" and named:
            return Score(0.0, f"it shows {named[0]}")
    return is_refusal(run.answer, run.question)
