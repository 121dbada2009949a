"""Statements that are run as they were given: pasted as the question, or confirmed by a person before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.agent.models.offline.answer import pasted_answer
from rasgo_nb.agent.models.offline.reply import Call, Reply, beyond
from rasgo_nb.agent.models.offline.verified import unused_memories

if TYPE_CHECKING:
    from rasgo_nb.agent.models.offline.progress import Progress
    from rasgo_nb.agent.models.offline.verified import Verified


def run_pasted(progress: Progress, sql: str) -> Reply:
    """Run SQL that was given as the question, and say what came out."""
    queries = progress.of("run_sql")
    if not queries:
        call = Call("run_sql", {"sql": sql, "save_as": "result"})
        return Reply("That is SQL already; I run it as it is.", (call,))
    last = queries[-1]
    if last.is_error:
        reason = f"it is SQL, and the database refuses it: {str(last.page.get('error', ''))[:300]}"
        return beyond(progress, reason)
    arguments = {
        "text": pasted_answer(last.page),
        "assumptions": ["The query was run as it was given."],
        "steps": [last.step],
        "dataframes": [str(last.page.get("dataframe"))],
    }
    return Reply("Here is the answer.", (Call("final_answer", arguments),))


def run_verified(progress: Progress, verified: Verified) -> Reply:
    """Run what a person has confirmed for this very question, and say so."""
    queries = progress.of("run_sql")
    if not queries:
        call = Call("run_sql", {"sql": verified.sql, "save_as": "verified_result"})
        return Reply("A verified query answers this very question; I run it as it is.", (call,))
    last = queries[-1]
    if last.is_error:
        failure = str(last.page.get("error", ""))[:300]
        return beyond(progress, f"the verified query for this question fails: {failure}")
    arguments = {
        "text": pasted_answer(last.page),
        "assumptions": [
            f"The verified query for {verified.question!r} was run as it is ({verified.source}).",
            *unused_memories(progress.notes),
        ],
        "steps": [last.step],
        "dataframes": [str(last.page.get("dataframe"))],
    }
    return Reply("Here is the answer.", (Call("final_answer", arguments),))
