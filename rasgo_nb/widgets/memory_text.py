"""Memories and facts as lines of text, for views in which nothing can be clicked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.memory.memory import Proposal
from rasgo_nb.widgets.plain import encodable, shortened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rasgo_nb.agent.events import MemoryDecided
    from rasgo_nb.agent.run_log import RunLog
    from rasgo_nb.memory.memory import Recalled
    from rasgo_nb.widgets.safe import State

_MAX_LINE = 300
_FOR = {
    "me": "for you",
    "notebook": "for this notebook",
    "connection": "for the connection",
    "team": "for the team",
}


def proposal_lines(proposal: Proposal, decided: MemoryDecided | None) -> list[str]:
    """What was proposed, and what to type, or what became of it."""
    said = encodable(shortened(proposal.memory.text, _MAX_LINE))
    if decided is None:
        return [f"proposed memory: {said} (`%rasgo memory keep {proposal.id}`)"]
    if decided.memory is None:
        return [f"proposed memory, dropped: {said}"]
    kept = encodable(shortened(decided.memory.text, _MAX_LINE))
    return [f"memory kept {_FOR[decided.memory.scope]}: {kept} (`%rasgo memory forget {decided.memory.id}`)"]


def waiting_line(log: RunLog) -> str:
    """How many memories a run has proposed that nobody decided about, and what to type; empty for none."""
    values = (call.result.value for step in log.steps for call in step.calls if call.result is not None)
    waiting = [one for one in values if isinstance(one, Proposal) and one.id not in log.decided]
    if not waiting:
        return ""
    count = "1 memory waits" if len(waiting) == 1 else f"{len(waiting)} memories wait"
    return f"{count} for your yes: type `%rasgo memory`."


def decided_text(proposal: State) -> str:
    """The line below the text of a ``ProposalState``."""
    kept = proposal["kept"]
    if kept is not None:
        return f"kept {_FOR[kept['scope']]} (%rasgo memory forget {kept['id']})"
    if proposal["decided"] == "dropped":
        return "proposed memory, dropped"
    return f"proposed memory (%rasgo memory keep {proposal['id']})"


def recalled_lines(recalled: Sequence[Recalled]) -> list[str]:
    """A line for each memory that a run used, and one for each flag."""
    lines = []
    for one in recalled:
        lines.append(f"memory {one.memory.id}: {encodable(shortened(one.memory.text, _MAX_LINE))}")
        lines += [f"  {encodable(shortened(flag, _MAX_LINE))}" for flag in one.flags]
    return lines


def recalled_text(one: State) -> str:
    """A ``RecalledState`` on one line."""
    memory = one["memory"]
    said = " · ".join(filter(None, (memory["author"], memory["date"], _FOR[memory["scope"]], one["why"])))
    flags = "".join(f" Flag: {flag}" for flag in one["flags"])
    return f"{shortened(memory['text'], _MAX_LINE)} ({said}){flags}"


def fact_text(fact: State) -> str:
    """A ``FactState`` on one line."""
    about = f"{fact['column']}: " if fact["column"] and fact["kind"] != "join" else ""
    said = shortened(fact["text"] or fact["sql"], _MAX_LINE)
    told = " · ".join(filter(None, (fact["kind"], fact["source"], fact["author"], fact["date"])))
    return f"{about}{said} ({told})"
