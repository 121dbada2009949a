"""The clock of a case: Python's stands still where the case says so; what measures spans goes on."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from rasgo_nb._optional import load
from rasgo_nb.evals.suite_clock import moment_of

if TYPE_CHECKING:
    from datetime import datetime


def standing_clock(text: str) -> AbstractContextManager[Any]:
    """``datetime.now``, ``date.today``, ``time.time`` and pandas' now stand at that ISO time; empty: real.

    time-machine sets them in C, so libraries that took hold of the functions before are reached as well;
    monotonic clocks, which limits and waiting go by, are left alone.

    Raises
    ------
    MissingDependency
        where the extra ``evals`` is not installed.
    """
    moment = moment_of(text) if text else None
    if moment is None:
        return nullcontext()
    module = load("time_machine", extra="evals", purpose="The clock of a case")
    travel: AbstractContextManager[Any] = module.travel(moment, tick=False)
    return travel


def duckdb_clock(moment: datetime) -> tuple[str, ...]:
    """Statements after which DuckDB's now, today and age stand at that time, for one cursor."""
    now = f"TIMESTAMPTZ '{moment.isoformat(sep=' ')}'"
    local = f"TIMESTAMP '{moment.replace(tzinfo=None).isoformat(sep=' ')}'"
    today = f"DATE '{moment.date().isoformat()}'"
    time = f"TIMETZ '{moment.timetz().isoformat()}'"
    local_time = f"TIME '{moment.time().isoformat()}'"
    whole = dict.fromkeys(("now", "get_current_timestamp", "transaction_timestamp"), now)
    whole |= dict.fromkeys(("current_date", "today"), today)
    whole |= dict.fromkeys(("current_localtimestamp", "localtimestamp"), local)
    whole |= dict.fromkeys(("current_time", "get_current_time"), time)
    whole |= dict.fromkeys(("current_localtime", "localtime"), local_time)
    macros = [f"CREATE OR REPLACE TEMP MACRO {name}() AS {value}" for name, value in whole.items()]
    age = (  # of a time alone, as DuckDB has it: since midnight
        f"CREATE OR REPLACE TEMP MACRO age(since) AS system.main.age(CAST({today} AS TIMESTAMP), since), "
        "(later, since) AS system.main.age(later, since)"
    )
    return (*macros, age)
