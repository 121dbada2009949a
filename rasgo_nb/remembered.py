"""What a run recalls of earlier work, and what its answer leaves to later questions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rasgo_nb.agent.events import Answered
from rasgo_nb.catalog.crawl.history import KnownTables, facts_of_run, keep_run
from rasgo_nb.ran import ran_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rasgo_nb.agent.run_log import RunLog
    from rasgo_nb.agent.used_connection import UsedConnection
    from rasgo_nb.memory.memory import Recalled
    from rasgo_nb.memory_desk import SessionMemoryDesk
    from rasgo_nb.opening import Opened

UNCONFIRMED = 0.5  # what an answer counts as a past query that nobody promoted or verified


def recalled_for(desk: SessionMemoryDesk, question: str, opened: Opened) -> tuple[Recalled, ...]:
    """The memories that bear on the question; the catalogs learn of all that are in reach."""
    return tuple(desk.recalled(question, {name: one.catalog for name, one in opened.used.items()}))


def learn_from(log: RunLog, used: Mapping[str, UsedConnection]) -> None:
    """Let the statements of an answer be past queries of their tables, on this machine alone.

    Their values are left out. Nobody has confirmed them: that takes a verified query.
    """
    if log.started is None or not isinstance(log.ended, Answered):
        return
    steps = log.ended.answer.steps
    done = [
        ran for ran in ran_in(log.steps, log.started.dialect_of) if ran.kind == "sql" and ran.step in steps
    ]
    for name, one in used.items():
        if one.settings.history == "none":
            continue
        own = [
            ran.code for ran in done if str(ran.arguments.get("connection") or log.started.connection) == name
        ]
        known = KnownTables(one.catalog.store)
        facts = facts_of_run(
            log.started.question, own, one.connection.dialect, known.resolve, known.detail_of
        )
        if facts:
            keep_run(one.catalog.store, [replace(fact, weight=UNCONFIRMED) for fact in facts])
