"""How one connection is opened and what holds for it, as the person's settings say it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from rasgo_nb.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Mapping

Privacy = Literal["rows", "stats", "schema"]


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """One entry of ``[connections.NAME]``. 0 means no limit, an empty text not set. Never holds a secret.

    ``source`` and ``options`` are what ``%rasgo connect`` takes. ``privacy`` is what the model may read:
    ``rows`` bounded samples of rows, ``stats`` aggregates and profiles only, ``schema`` names and types only;
    ``masked`` names columns whose values it never reads, as ``column``, ``table.column`` or with ``*``.
    A query that would read more than ``ask_above_gb`` or ``ask_above_rows`` waits for the person. ``policy``
    goes before the one of all connections.
    """

    source: str = ""
    options: Mapping[str, str] = field(default_factory=dict, repr=False)
    writable: bool = False
    privacy: Privacy = "rows"
    masked: tuple[str, ...] = ()
    policy: Policy = field(default_factory=Policy)
    timeout_s: float = 3600.0
    ask_above_gb: float = 10.0
    ask_above_rows: int = 0
    max_billed_gb: float = 0.0
