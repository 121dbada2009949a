"""Reads interface files: ours, and the person's own in the folder ``interfaces`` beside the settings."""

from __future__ import annotations

import tomllib
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from rasgo_nb.agent.interface_keys import check_keys, check_names_differ, wrong
from rasgo_nb.config import config_path
from rasgo_nb.errors import RasgoError, UnknownName

Table = dict[str, Any]

_OURS = Path(__file__).with_name("interfaces")


def families() -> dict[str, Path]:
    """The file of each family; a person's own goes before ours of the same name."""
    folders = (_OURS, config_path().parent / "interfaces")
    return {path.stem: path for folder in folders for path in sorted(folder.glob("*.toml"))}


def matching_file(model: str) -> Path | None:
    """The file that matches a model's full name: by what follows the provider, else by the whole.

    A person's files are asked before ours, and a pattern that matches every model counts last.
    """
    files = sorted(families().values(), key=lambda path: path.parent == _OURS)
    patterns = [(path, pattern) for path in files for pattern in read_own(path).get("matches", [])]
    _, _, name = model.partition(":")
    for asked in (name, model):
        for path, pattern in patterns:
            if pattern != "*" and asked and fnmatchcase(asked.lower(), pattern.lower()):
                return path
    return next((path for path, pattern in patterns if pattern == "*" and name), None)


def wanted_file(wanted: str) -> Path:
    """The file of a family that is named, or at a path that ends with ``.toml``.

    Raises
    ------
    UnknownName
        when there is none.
    """
    known = families()
    path = Path(wanted).expanduser() if wanted.endswith(".toml") else known.get(wanted)
    if path is not None and path.is_file():
        return path
    near = get_close_matches(wanted, known, n=1)
    hint = f"Use `--interface {near[0]}`" if near else f"Families: {', '.join(sorted(known))}"
    raise UnknownName(f"There is no interface {wanted!r}. {hint}, or name a file that ends with .toml.")


def read_whole(path: Path) -> Table:
    """A file's settings over those of the file that it extends, checked together."""
    chain = [path]
    table = read_own(path)
    while parent := table.pop("extends", ""):
        chain.append(_parent(chain, parent))
        table = _over(read_own(chain[-1]), table)
    check_names_differ(path, table)
    return table


def read_own(path: Path) -> Table:
    """One file's own settings, checked; the text of its instructions stands in for their file.

    Raises
    ------
    RasgoError
        naming the file and the key that is wrong.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        line = f"The interface in {path} cannot be read: {error}. Mend or remove the file."
        raise RasgoError(" ".join(line.split())) from None
    check_keys(path, table)
    if "instructions_file" in table:
        table["instructions"] = _beside(path, table.pop("instructions_file"))
    return table


def _parent(chain: list[Path], name: str) -> Path:
    """The file that the last of the chain extends; a person's file may extend ours of its own name."""
    own = _OURS / f"{name}.toml"
    path = own if chain[-1].stem == name and own.is_file() else families().get(name)
    if path is None or path in chain:
        why = "itself" if path else f"{name!r}, and there is no such family"
        raise wrong(chain[-1], "extends", f"leads to {why}")
    return path


def _over(base: Table, own: Table) -> Table:
    """The base with what its heir says; tables are merged, models of the heir are asked first."""
    merged = {key: value for key, value in base.items() if key != "matches"} | own
    for key in base.keys() & own.keys():
        if isinstance(own[key], dict):
            merged[key] = _over(base[key], own[key])
    if "models" in base:
        merged["models"] = [*own.get("models", []), *base["models"]]
    return merged


def _beside(path: Path, name: str) -> str:
    try:
        return (path.parent / name).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise wrong(path, "instructions_file", f"cannot be read: {error}") from None
