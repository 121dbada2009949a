"""What a person has confirmed, or may confirm, as data for the cards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.widgets.plain import encodable, without_colours
from rasgo_nb.widgets.safe import State, line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rasgo_nb.agent.events import MemoryDecided
    from rasgo_nb.catalog.facts import Fact
    from rasgo_nb.memory.memory import Memory, Proposal, Recalled

MAX_PROPOSED = 4_000  # characters: nobody confirms what they would not read
_MAX_TEXT = 1_000
_MAX_LISTED_TEXT = 400
_MAX_SQL = 4_000
_MAX_NAME = 200
_MAX_LINE = 300
_MAX_NAMES = 20
_MAX_FLAGS = 8
_MAX_RECALLED = 20
_MAX_FACTS = 60
_DAY = len("2026-11-23")


def memory_state(memory: Memory, *, most: int = _MAX_TEXT) -> State:
    """A ``MemoryState``."""
    return {
        "id": line(memory.id, _MAX_NAME),
        "text": _text(memory.text, most),
        "scope": memory.scope,
        "author": line(memory.author, _MAX_NAME),
        "date": line(memory.at[:_DAY], _DAY),
        "connection": line(memory.connection, _MAX_NAME),
        "tables": _names(memory.tables),
        "columns": _names(memory.columns),
        "sql": _text(memory.sql, _MAX_SQL),
    }


def proposal_state(proposal: Proposal) -> State:
    """A ``ProposalState`` of which nothing is decided."""
    memory = proposal.memory
    return {
        "id": line(proposal.id, _MAX_NAME),
        "text": _text(memory.text, MAX_PROPOSED),
        "cut": len(memory.text) > MAX_PROPOSED,
        "scope": memory.scope,
        "tables": _names(memory.tables),
        "columns": _names(memory.columns),
        "step": memory.evidence.step,
        "decided": "open",
        "kept": None,
    }


def decided_state(proposal: State, decided: MemoryDecided) -> State:
    """The ``ProposalState`` after what the person decided."""
    if decided.memory is None:
        return proposal | {"decided": "dropped", "kept": None}
    return proposal | {"decided": "kept", "kept": memory_state(decided.memory, most=MAX_PROPOSED)}


def recalled_states(recalled: Sequence[Recalled], decided: Mapping[str, MemoryDecided]) -> list[State]:
    """The ``RecalledState`` of each; those are forgotten that the person took away since."""
    return [recalled_state(one, decided.get(one.memory.id)) for one in recalled[:_MAX_RECALLED]]


def recalled_state(one: Recalled, decided: MemoryDecided | None = None) -> State:
    """A ``RecalledState``."""
    return {
        "memory": memory_state(one.memory, most=_MAX_LISTED_TEXT),
        "why": line(one.why, _MAX_LINE),
        "flags": [line(flag, _MAX_LINE) for flag in one.flags[:_MAX_FLAGS]],
        "forgotten": decided is not None and decided.memory is None,
    }


def fact_states(facts: Sequence[Fact], *, most: int = _MAX_FACTS) -> list[State]:
    """The ``FactState`` of each of the first, each once; what a person confirmed comes before all else."""
    ordered = sorted(facts, key=lambda fact: (not fact.is_confirmed, not fact.is_verified))
    once = {(fact.kind, fact.tables, fact.columns, fact.text, fact.sql): fact for fact in reversed(ordered)}
    return [_fact_state(fact) for fact in list(reversed(once.values()))[:most]]


def _fact_state(fact: Fact) -> State:
    origin = fact.origin
    return {
        "kind": fact.kind,
        "column": line(", ".join(fact.columns[:_MAX_NAMES]), _MAX_NAME),
        "text": _text(_said(fact), _MAX_LISTED_TEXT),
        "sql": _text(fact.sql, _MAX_LISTED_TEXT),
        "source": line(" · ".join(filter(None, (origin.source, origin.place))), _MAX_LINE),
        "author": line(origin.author, _MAX_NAME),
        "date": line(origin.at[:_DAY], _DAY),
        "verified": fact.is_confirmed,
    }


def _said(fact: Fact) -> str:
    """A fact in a sentence."""
    if fact.kind == "join" and len(fact.tables) > 1:
        ours, theirs = ", ".join(fact.columns), ", ".join(fact.referenced_columns)
        on = ours if ours == theirs else f"{ours} = {theirs}"
        return f"joins {fact.tables[1]} on {on}"
    if fact.kind == "lineage" and len(fact.tables) > 1:
        return f"made of {', '.join(map(str, fact.tables[1 : 1 + _MAX_NAMES]))}"
    named = f"{fact.name}: {fact.text}" if fact.name and fact.text else fact.name or fact.text
    values = ", ".join(fact.values[:_MAX_NAMES])
    return ": ".join(filter(None, (named, values)))


def _names(names: Sequence[str]) -> list[str]:
    return [line(name, _MAX_NAME) for name in names[:_MAX_NAMES]]


def _text(text: str, most: int) -> str:
    """A text of many lines, cut where it is longer; a form that sends it back sends no word of ours."""
    return encodable(without_colours(text[:most]))
