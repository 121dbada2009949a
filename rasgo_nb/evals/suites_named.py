"""Which suites a person means: shipped ones by name, files, folders of files."""

from __future__ import annotations

import hashlib
from difflib import get_close_matches
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from rasgo_nb.errors import UnknownName
from rasgo_nb.evals.suite_file import read_suite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rasgo_nb.evals.case import Suite

SAMPLE = "sample"  # all that come with the package


def shipped() -> dict[str, Path]:
    """The suites that come with the package, by name."""
    folder = Path(str(resources.files("rasgo_nb.evals").joinpath("suites")))
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def suites_named(names: Sequence[str]) -> list[Suite]:
    """The suites of these names, files and folders.

    Raises
    ------
    UnknownName
        for a name that is none of them; offers the nearest.
    RasgoError
        where a file is no suite, as ``read_suite``.
    """
    paths = dict.fromkeys(path for name in names for path in _paths(name))
    return [read_suite(path) for path in paths]


def digest_of(suites: Sequence[Suite]) -> str:
    """A mark of the suites' texts: another one where a case has changed."""
    texts = [suite.path.read_bytes() for suite in suites if suite.path is not None]
    return hashlib.sha256(b"\0".join(texts)).hexdigest()[:16]


def _paths(name: str) -> list[Path]:
    ours = shipped()
    if name == SAMPLE:
        return list(ours.values())
    if name in ours:
        return [ours[name]]
    path = Path(name).expanduser()
    if path.is_dir():
        found = sorted(path.glob("*.yaml"))
        if not found:
            raise UnknownName(f"There is no suite in {name}: it holds no file that ends with .yaml.")
        return found
    if path.is_file():
        return [path]
    near = get_close_matches(name, (SAMPLE, *ours), n=1)
    offer = f"Did you mean {near[0]}?" if near else "`rasgo-nb eval --list` shows those that come with it."
    raise UnknownName(f"There is no suite {name!r}, and no file or folder of that name. {offer}")
