"""The facts of a failed call beside its message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rasgo_nb.outputs import CellError
from rasgo_nb.widgets.safe import block, line

if TYPE_CHECKING:
    from rasgo_nb.agent.run_log import CallLog


def error_text(call: CallLog) -> str:
    """The facts of an error beside its message; a traceback is among the outputs already."""
    if call.result is None or not call.result.is_error or not isinstance(call.result.value, Mapping):
        return ""
    has_traceback = any(isinstance(output, CellError) for output in call.outputs)
    left_out = {"error", "sql", *(("traceback", "output", "line") if has_traceback else ())}
    told = {str(key): _fact_text(fact) for key, fact in call.result.value.items() if key not in left_out}
    facts = [
        f"{key.replace('_', ' ')}: {line(fact, 600)}" for key, fact in told.items() if not _is_empty(fact)
    ]
    return block("\n".join(facts), 4_000)


def _is_empty(fact: object) -> bool:
    return isinstance(fact, str) and not fact


def _fact_text(fact: object) -> object:
    """Lists and mappings without the brackets and quotes of Python."""
    if isinstance(fact, Mapping):
        return "; ".join(f"{key}: {_fact_text(one)}" for key, one in fact.items())
    if isinstance(fact, list | tuple):
        return ("; " if any(isinstance(one, Mapping) for one in fact) else ", ").join(
            str(_fact_text(one)) for one in fact
        )
    return fact
