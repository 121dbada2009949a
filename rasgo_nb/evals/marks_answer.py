"""Whether a run's answer is what the case asks for."""

from __future__ import annotations

import datetime
import numbers
from typing import TYPE_CHECKING, Any

from rasgo_nb.evals.marks_values import same_value
from rasgo_nb.evals.score import Score
from rasgo_nb.evals.scorers import figure_encodes, refusal, rows_match
from rasgo_nb.evals.scorers_text import contains, is_refusal, lacks, number_close, number_in_text, numbers_in
from rasgo_nb.evals.worked import is_frame

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from rasgo_nb.agent.events import Answer
    from rasgo_nb.evals.case import Completion, FigureWanted, FrameWanted, Judged, ValueWanted
    from rasgo_nb.evals.gold import Gold
    from rasgo_nb.evals.worked import Worked

_YES = {True: ("yes", "true"), False: ("no", "false")}


def answer_score(worked: Worked) -> Score:
    """1 where the completion or an alternative holds, 0 where none does; why not, of the completion.

    None only where a judge is asked that has said nothing, and all else holds.
    """
    scores = [
        completion_score(completion, worked)
        for completion in (worked.case.completion, *worked.case.alternatives)
    ]
    for wanted in (1.0, None):
        for score in scores:
            if score.value == wanted:
                return score
    return scores[0]


def completion_score(completion: Completion, worked: Worked) -> Score:
    """1 where all that a completion sets holds."""
    if worked.run is None:
        return Score(0.0, "it ran out of time" if worked.outcome == "out_of_time" else f"it {worked.outcome}")
    if completion.refusal:
        return _all_hold([refusal(worked.run), *_said(completion, worked.run.answer)])
    if worked.answer is None:
        return Score(0.0, f"there is no answer: {worked.run.answer[:200]}")
    return _all_hold(list(_parts(completion, worked, worked.answer)))


def _parts(completion: Completion, worked: Worked, answer: Answer) -> Iterator[Score]:
    shows = bool(answer.dataframes or answer.figures)
    if not answer.text.strip():
        yield Score(0.0, "the answer is empty")
        return
    if not shows and _may_refuse(completion) and _only_refuses(worked, answer):
        yield Score(0.0, "it says that there is no answer")
        return
    if completion.value is not None:
        yield _value(completion.value, worked, answer)
    if completion.frame is not None:
        yield _frame(completion.frame, worked, answer)
    if completion.figure is not None:
        yield _figure(completion.figure, worked, answer)
    yield from _said(completion, answer.text)
    if completion.judged is not None:
        yield _judged(completion.judged, worked)


def _may_refuse(completion: Completion) -> bool:
    """Whether only words are asked for, which a refusal may hold as well."""
    return completion.frame is None and completion.figure is None


def _only_refuses(worked: Worked, answer: Answer) -> bool:
    """Whether the text reads as a refusal, where that of the gold program does not."""
    question = worked.case.question
    return bool(is_refusal(answer.text, question).value) and not is_refusal(worked.gold.text, question).value


def _all_hold(scores: list[Score]) -> Score:
    """The first that does not hold; else all of them as one."""
    if not scores:
        return Score(None, "the case asks for nothing")
    for score in scores:
        if score.value is not None and score.value < 1:
            return score
    unknown = [score for score in scores if score.value is None]
    return unknown[0] if unknown else Score(1.0, "; ".join(score.why for score in scores))


def _said(completion: Completion, text: str) -> Iterator[Score]:
    if completion.contains:
        yield contains(text, completion.contains)
    if completion.lacks:
        yield lacks(text, completion.lacks)


def _value(wanted: ValueWanted, worked: Worked, answer: Answer) -> Score:
    value = wanted.value
    if wanted.from_gold:
        frame = worked.gold.frame
        if frame is None or frame.shape != (1, 1):
            return Score(0.0, "the gold program's frame has not one cell, so that no value can be compared")
        value = frame.iat[0, 0]
    said = _value_said(value, answer.text, wanted, worked.case.question)
    if said.value or numbers_said(answer.text, worked.case.question):
        return said
    cell = _only_cell(_named_frame(worked, answer))
    if cell is None:
        return said
    if _is_number(value):
        return number_close(cell, float(value), tolerance=wanted.tolerance)
    return (
        Score(1.0, "its result is the value") if same_value(_plain_time(cell), _plain_time(value)) else said
    )


def _value_said(value: Any, text: str, wanted: ValueWanted, question: str) -> Score:
    if isinstance(value, bool) or type(value).__name__ == "bool_":
        said = [word for word in _YES[bool(value)] if contains(text, word).value]
        wrong = [word for word in _YES[not value] if contains(text, word).value]
        if said and not wrong:
            return Score(1.0, f"it says {said[0]}")
        return Score(0.0, f"it does not say {_YES[bool(value)][0]}" + (f", but {wrong[0]}" if wrong else ""))
    if _is_number(value):
        tolerance, unit = wanted.tolerance, wanted.unit
        return number_in_text(text, float(value), tolerance=tolerance, unit=unit, question=question)
    if isinstance(value, datetime.date):
        spelled = _spellings(value)
        if any(contains(text, one).value for one in spelled):
            return Score(1.0, f"it says {spelled[0]}")
        return Score(0.0, f"it does not say {spelled[0]}")
    return contains(text, str(value))


def numbers_said(text: str, question: str) -> bool:
    """Whether a text gives numbers of its own, that the question does not hold."""
    asked = {value for meant in numbers_in(question) for value in meant}
    return any(not asked.intersection(meant) for meant in numbers_in(text))


def _spellings(date: datetime.date) -> list[str]:
    day, month, year = date.day, date.strftime("%B"), date.year
    months = (month, date.strftime("%b"))
    spelled = [f"{date:%Y-%m-%d}", f"{date:%d.%m.%Y}", f"{date:%m/%d/%Y}", f"{date.month}/{day}/{year}"]
    for name in months:
        ordinal = "th" if 10 <= day % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
        spelled += [f"{day} {name} {year}", f"{name} {day}, {year}", f"{name} {day} {year}"]
        spelled += [
            f"{name} {day}{ordinal}, {year}",
            f"{day}{ordinal} {name} {year}",
            f"{day}{ordinal} of {name} {year}",
        ]
    return spelled


def _is_number(value: object) -> bool:
    return isinstance(value, numbers.Real) or type(value).__name__ == "Decimal"


def _plain_time(value: object) -> object:
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date()
    return value


def _named_frame(worked: Worked, answer: Answer) -> pd.DataFrame | None:
    """The first DataFrame that the answer names."""
    assert worked.run is not None
    for name in answer.dataframes[:1]:
        frame = worked.run.dataframes.get(name, worked.namespace.get(name))
        if is_frame(frame):
            return frame  # type: ignore[return-value]
    return None


def _only_cell(frame: pd.DataFrame | None) -> Any:
    return frame.iat[0, 0] if frame is not None and frame.shape == (1, 1) else None


def _frame(wanted: FrameWanted, worked: Worked, answer: Answer) -> Score:
    frame = _named_frame(worked, answer)
    if frame is None:
        return Score(0.0, "the answer names no DataFrame")
    rows = frame_wanted(wanted, worked.gold)
    if isinstance(rows, Score):
        return rows
    return rows_match(
        frame,
        rows,
        ordered=wanted.ordered,
        names_count=wanted.names_count,
        types_count=wanted.types_count,
        extra_columns=wanted.extra_columns,
        tolerance=wanted.tolerance,
    )


def frame_wanted(wanted: FrameWanted, gold: Gold) -> pd.DataFrame | Score:
    """The rows that are wanted; a score of 0 that says why, where they cannot be told."""
    import pandas as pd

    if wanted.rows is not None:
        width = len(wanted.rows[0]) if wanted.rows else len(wanted.columns)
        names = list(wanted.columns) if len(wanted.columns) == width else list(range(width))
        return pd.DataFrame(list(wanted.rows), columns=names)
    if gold.frame is None:
        return Score(0.0, "the gold program's answer names no DataFrame")
    lost = [name for name in wanted.columns if name not in gold.frame.columns]
    if lost:
        return Score(0.0, f"the gold program's frame has no column {lost[0]!r}")
    return gold.frame[list(wanted.columns)] if wanted.columns else gold.frame


def _figure(wanted: FigureWanted, worked: Worked, answer: Answer) -> Score:
    assert worked.run is not None
    if not answer.figures:
        return Score(0.0, "the answer names no figure")
    name = answer.figures[0]
    figure = worked.run.figures.get(name, worked.namespace.get(name))
    if wanted.rows_from_gold and worked.gold.figure is None:
        return Score(0.0, "the gold program's answer names no figure")
    return figure_encodes(
        figure,
        mark=wanted.mark,
        x=wanted.x,
        y=wanted.y,
        color=wanted.color,
        wanted=worked.gold.figure if wanted.rows_from_gold else None,
    )


def _judged(wanted: Judged, worked: Worked) -> Score:
    judgement = worked.judged.get(wanted)
    if judgement is None or judgement.met is None:
        return Score(None, judgement.why if judgement is not None else "no judge was asked")
    return Score(float(judgement.met), f"the judge: {judgement.why}")
