"""Whether tables were found before they were queried."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rasgo_nb.evals.marks_calls import same_table, tables_of
from rasgo_nb.evals.score import Score
from rasgo_nb.evals.worked import is_error

if TYPE_CHECKING:
    from rasgo_nb.evals.worked import Worked

_QUERIES = frozenset(("run_sql", "write_sql"))


def tables_found(worked: Worked) -> Score:
    """Of the case's tables, the share that was searched, read, listed or told before it was queried.

    The model knows what the question and its instructions say, and the results of earlier steps; results of
    the same step come too late.
    """
    wanted = worked.case.tables
    if not wanted:
        return Score(None, "the case asks for no tables")
    lost = {table: why for table in wanted if (why := _why_not(table, worked))}
    if not lost:
        return Score(1.0, f"{', '.join(wanted)}: found before any query")
    return Score(
        1 - len(lost) / len(set(wanted)), "; ".join(f"{table}: {why}" for table, why in lost.items())
    )


def _why_not(table: str, worked: Worked) -> str:
    """Why a table does not count as found; empty where it does."""
    known = _is_named(table, _told_before(worked))
    for step in worked.log.steps:
        for call in step.calls:
            queried = call.tool_call.name in _QUERIES and any(
                same_table(table, one) for one in tables_of(call, worked)
            )
            if queried and not known:
                return "queried before it was found"
        known = known or any(
            not is_error(call) and call.result is not None and _is_named(table, call.result.content)
            for call in step.calls
        )
    return "" if known else "never found"


def _told_before(worked: Worked) -> str:
    first = next((call for step in worked.log.steps for call in step.model_calls), None)
    texts = [message.text for message in first.called.messages] if first is not None else []
    recalled = [str(getattr(one, "memory", one)) for one in worked.log.recalled]
    return "\n".join((worked.case.question, *texts, *recalled))


def _is_named(table: str, text: str) -> bool:
    """Whether a text names the table by its last part, as a word."""
    last = table.replace('"', "").split(".")[-1]
    return re.search(rf"(?<!\w){re.escape(last)}(?!\w)", text, re.I) is not None
