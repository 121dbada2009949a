"""Which file holds the catalog of a connection."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import astuple, replace
from typing import TYPE_CHECKING

from rasgo_nb.config import data_path
from rasgo_nb.connectors.base import KnowsIdentity

if TYPE_CHECKING:
    from pathlib import Path

    from rasgo_nb.connectors.base import Connection, Identity

_MOST_LETTERS = 40


def path_of(connection: Connection) -> Path | None:
    """A file for each database and user or role: others see other tables. None where all is in memory."""
    identity = connection.identity() if isinstance(connection, KnowsIdentity) else None
    return data_path() / "catalog" / f"{key_of(identity)}.sqlite3" if identity else None


def team_key_of(identity: Identity) -> str:
    """What a team calls the catalog: the same for all who see the same tables, those of one role."""
    return key_of(replace(identity, user="") if identity.role else identity)


def key_of(identity: Identity) -> str:
    """A name for what is kept of a database: a few words to know it by, and what makes it the only one."""
    words = re.findall(r"[a-z0-9]+", " ".join((identity.kind, *identity.place[1:])).lower())
    whole = hashlib.sha256(json.dumps(astuple(identity)).encode()).hexdigest()
    return f"{'-'.join(words)[:_MOST_LETTERS].strip('-')}-{whole[:16]}"
