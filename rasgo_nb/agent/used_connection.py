"""A connection that a run may query, with what holds for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rasgo_nb.agent.permissions import NotebookPolicy
from rasgo_nb.connection_settings import ConnectionSettings

if TYPE_CHECKING:
    from rasgo_nb.catalog.search.catalog import Catalog
    from rasgo_nb.connectors.base import Caps, Connection


@dataclass(frozen=True, slots=True)
class UsedConnection:
    """One connection of a run: what is known of its tables, and the settings, policy and caps that hold."""

    connection: Connection
    catalog: Catalog
    settings: ConnectionSettings = field(default_factory=ConnectionSettings)
    policy: NotebookPolicy = field(default_factory=NotebookPolicy)
    caps: Caps | None = None
