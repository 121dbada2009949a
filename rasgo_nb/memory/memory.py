"""What a person has confirmed, and what a model has proposed to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Scope = Literal["me", "notebook", "connection", "team"]
# Folders that others write in: a file there says who confirmed it, and nobody has checked that.
SHARED: Mapping[Scope, str] = {"notebook": "in the notebook's folder", "team": "in the team's folder"}


@dataclass(frozen=True, slots=True)
class Evidence:
    """The step that shows it: of which run, for which question, with what code."""

    run_id: str = ""
    step: int = 0
    question: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Memory:
    """A fact that a person has confirmed; with ``sql`` it is a verified query, and ``text`` its question.

    ``tables`` are full names, ``columns`` full names with the column behind. ``profile`` holds figures of
    those columns from when it was kept, by column. ``at`` is ISO 8601 in UTC.
    """

    id: str  # what a person types, and the name of its file
    text: str
    scope: Scope
    author: str = ""
    at: str = ""
    connection: str = ""
    tables: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    evidence: Evidence = field(default_factory=Evidence)
    sql: str = ""
    dialect: str = ""
    profile: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A memory that waits for the person's yes; nothing is kept before."""

    id: str
    memory: Memory


@dataclass(frozen=True, slots=True)
class Recalled:
    """A memory that bears on a question; ``flags`` say why it may no longer hold, a sentence each."""

    memory: Memory
    why: str
    flags: tuple[str, ...] = ()
