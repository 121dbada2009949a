"""What a person asks to be connected to, as every connector's ``connect`` takes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rasgo_nb.secret_store import Secrets, SecretsInMemory

if TYPE_CHECKING:
    from collections.abc import Mapping

TIMEOUT_S = 3600.0  # a statement is ended by the warehouse after this time unless settings say otherwise


@dataclass(frozen=True, slots=True)
class ConnectRequest:
    """One connection to open.

    ``place`` is what the person wrote after the kind, in the words of the vendor: a URL, a section of
    ``connections.toml``, a project; empty takes the vendor's usual. ``options`` are the vendor's own
    parameter names with their values. A password or token is in ``secrets`` under ``{name}.password``,
    ``{name}.token`` and the like, or in a URL, and is in no repr. A query that would bill more than
    ``max_bytes_billed`` is refused by the warehouse, where it can.
    """

    place: str = field(default="", repr=False)
    options: Mapping[str, str] = field(default_factory=dict, repr=False)
    name: str = ""
    read_only: bool = True
    timeout_s: float = TIMEOUT_S
    max_bytes_billed: int | None = None
    secrets: Secrets = field(default_factory=SecretsInMemory, repr=False)
