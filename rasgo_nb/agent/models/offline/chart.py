"""Which chart a person would draw of a result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.agent.models.offline.lexicon import words_of
from rasgo_nb.agent.models.offline.pages import items
from rasgo_nb.agent.models.offline.plan import Change, Term

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rasgo_nb.agent.models.offline.plan import Plan

_FEWEST, _MOST_BARS, _MOST_POINTS, _MOST_SERIES = 3, 40, 5_000, 12
_TIMES = words_of("year month day week quarter date hour time")


def chart_arguments(plan: Plan, result: Mapping[str, object], title: str) -> dict[str, object] | None:
    """The arguments of ``show_chart``; None where a chart would tell no more than the figures."""
    shown = [one for one in plan.select if isinstance(one, Term)]
    measures = [one for one in plan.select if not isinstance(one, Term)]
    rows = result.get("rows")
    if (
        not plan.group
        or not measures
        or not 1 <= len(shown) <= 2
        or not isinstance(rows, int)
        or rows < _FEWEST
    ):
        return None
    names = [str(one.get("name")) for one in items(result.get("columns"))]
    if len(names) != len(plan.select):
        return None
    axis = next((one for one in shown if is_time(one)), shown[0])
    along_time = is_time(axis)
    if rows > (_MOST_POINTS if along_time else _MOST_BARS) or (len(shown) == 2 and not along_time):
        return None
    chart: dict[str, object] = {
        "dataframe": str(result.get("dataframe")),
        "mark": "line" if along_time else "bar",
        "x": names[plan.select.index(axis)],
        "y": names[plan.select.index(measures[-1] if isinstance(measures[-1], Change) else measures[0])],
        "title": title[:80],
        "save_as": f"fig_{result.get('dataframe')}",
    }
    if len(shown) == 2 and _different(result, plan.select.index(_other(shown, axis))) > _MOST_SERIES:
        return None
    if len(shown) == 2:
        chart["color"] = names[plan.select.index(_other(shown, axis))]
    return chart


def ranking_chart(plan: Plan, result: Mapping[str, object], title: str) -> dict[str, object] | None:
    """The arguments of ``show_chart`` for a ranking: a bar for each of its places."""
    rows = result.get("rows")
    names = [str(one.get("name")) for one in items(result.get("columns"))]
    if not isinstance(rows, int) or rows < _FEWEST or len(names) != len(plan.select):
        return None
    return {
        "dataframe": str(result.get("dataframe")),
        "mark": "bar",
        "x": names[0],
        "y": names[-1],
        "title": title[:80],
        "save_as": f"fig_{result.get('dataframe')}",
    }


def is_time(one: Term) -> bool:
    """True for dates, parts of dates, and numbers that are named for one."""
    return bool(one.grain) or one.column.is_dated or one.column.words[-1] in _TIMES


def _other(shown: list[Term], axis: Term) -> Term:
    return next(one for one in shown if one is not axis)


def _different(result: Mapping[str, object], position: int) -> int:
    """How many different values a column has among the rows that were seen."""
    preview = result.get("preview")
    rows = preview.get("rows") if isinstance(preview, dict) else None
    return len({str(row[position]) for row in rows}) if isinstance(rows, list) else 0
