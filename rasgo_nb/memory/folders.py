"""Where memories lie: a folder for each scope."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from rasgo_nb.config import data_path, home_path
from rasgo_nb.errors import RasgoError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from rasgo_nb.memory.memory import Scope

NOTEBOOK_VARIABLE = "JPY_SESSION_NAME"  # Jupyter Server tells a kernel the path of its notebook there
_DEVICE = re.compile(r"con|prn|aux|nul|(com|lpt)[0-9]")  # nothing of Windows can be called so, nor so.thing
NO_NOTEBOOK = (
    "This kernel does not know its notebook's file, so nothing can be kept for the notebook alone. Keep it "
    "with `--scope me` or `--scope connection`."
)
NO_TEAM = (
    "There is no folder of the team. Name one, such as a git checkout, with "
    "`%rasgo config team_folder PATH`, and try again."
)
NO_CONNECTION = (
    "No connection is named, so nothing can be kept for it. Keep it with `--scope me`, or open one with "
    "`%rasgo connect`."
)


@dataclass(frozen=True, slots=True)
class Folders:
    """The folder of each scope; ``connections`` holds one for each name. None where there is none now."""

    me: Path
    connections: Path
    notebook: Path | None = None
    team: Path | None = None

    def of(self, scope: Scope, connection: str = "") -> Path:
        """Where a memory of that scope is kept.

        Raises
        ------
        RasgoError
            where the scope has no folder, with what to type.
        """
        match scope:
            case "me":
                return self.me
            case "connection" if connection:
                return self.connections / folder_name(connection)
            case "connection":
                raise RasgoError(NO_CONNECTION)
            case "notebook" if self.notebook is not None:
                return self.notebook
            case "notebook":
                raise RasgoError(NO_NOTEBOOK)
            case _ if self.team is None:
                raise RasgoError(NO_TEAM)
            case _:
                return self.team

    def in_reach(self, connections: Collection[str] | None = None) -> Iterator[tuple[Scope, Path]]:
        """The folders to read, with the scope of each; of connections those named, or all."""
        if self.notebook is not None:
            yield "notebook", self.notebook
        if connections is not None:
            for name in connections:
                yield "connection", self.connections / folder_name(name)
        elif self.connections.is_dir():
            for folder in sorted(self.connections.iterdir()):
                if folder.is_dir():
                    yield "connection", folder
        yield "me", self.me
        if self.team is not None:
            yield "team", self.team


def folders_for(
    notebook: Path | None, team_folder: str = "", environment: Mapping[str, str] = os.environ
) -> Folders:
    """The folders of this person, of a notebook and of the team."""
    own = data_path(environment) / "memory"
    return Folders(
        me=own / "me",
        connections=own / "connections",
        notebook=notebook.parent / ".rasgo_nb" / "memory" / folder_name(notebook.stem) if notebook else None,
        team=home_path(team_folder) if team_folder.strip() else None,
    )


def notebook_path(
    names: Mapping[str, object] | None = None, environment: Mapping[str, str] = os.environ
) -> Path | None:
    """The file of the notebook that the kernel works for; None in a terminal, or where nobody tells.

    ``names`` is the user namespace: VS Code leaves the path there.
    """
    for told in ((names or {}).get("__vsc_ipynb_file__"), environment.get(NOTEBOOK_VARIABLE)):
        if isinstance(told, str) and told.endswith(".ipynb"):
            path = Path(told).absolute()
            return path if path.parent.is_dir() else None
    return None


def folder_name(name: str) -> str:
    """A name that every disk can have, and no two names share; plain names stay as they are."""
    if re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,60}", name) and not _DEVICE.fullmatch(name):
        return name
    plain = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:40]
    plain = "other" if not plain or _DEVICE.fullmatch(plain.lower()) else plain
    return f"{plain}.{sha256(name.encode('utf-8', 'replace')).hexdigest()[:8]}"
