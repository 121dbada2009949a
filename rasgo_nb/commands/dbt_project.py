"""A dbt project on disk: what its manifest calls each table, and the files of a new model."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rasgo_nb.connectors.statement_view import bare, with_tables
from rasgo_nb.errors import RasgoError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PROJECT_FILE = "dbt_project.yml"
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_JINJA = re.compile(r"\{\{|\{%|\{#")


@dataclass(frozen=True, slots=True)
class DbtModel:
    """A model to be written: its query as it ran, what it is for, and its columns."""

    name: str
    statement: str
    dialect: str
    description: str = ""
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DbtProject:
    """A project's folder. ``relations`` has the words for each table by its full name, folded."""

    folder: Path
    relations: Mapping[tuple[str, ...], str] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)  # the file of each, by name

    def words_for(self, parts: Sequence[str]) -> str:
        """``{{ ref(…) }}`` or ``{{ source(…) }}`` for a table by its name; "" where it is none for sure."""
        wanted = tuple(part.casefold() for part in parts)
        found = {words for name, words in self.relations.items() if name[-len(wanted) :] == wanted}
        return found.pop() if len(found) == 1 else ""

    def write(self, model: DbtModel, *, replace: bool) -> list[Path]:
        """Write ``models/NAME.sql`` and ``models/NAME.yml``.

        Raises
        ------
        RasgoError
            where the name is none, or is taken and ``replace`` is not said.
        """
        if not _NAME.fullmatch(model.name):
            raise RasgoError(
                f"{model.name!r} is no name for a dbt model. Take letters and _, as in `daily_orders`."
            )
        paths = [self.folder / "models" / f"{model.name}{suffix}" for suffix in (".sql", ".yml")]
        other = self.models.get(model.name)
        taken = [str(path) for path in paths if path.exists()] or ([other] if other else [])
        if other and (self.folder / other).resolve() != paths[0].resolve():
            raise RasgoError(f"The project has a model {model.name} in {other}. Take another name.")
        if taken and not replace:
            raise RasgoError(f"{taken[0]} is there already. Add `--replace` to write it anew.")
        paths[0].parent.mkdir(exist_ok=True)
        mode = "w" if replace else "x"
        for path, text in zip(paths, (self._sql(model), _properties(model)), strict=True):
            with path.open(mode, encoding="utf-8") as file:
                file.write(text)
        return paths

    def _sql(self, model: DbtModel) -> str:
        return with_tables(bare(model.statement), model.dialect, self.words_for, _without_jinja) + "\n"


def find_project(folder: str = "") -> DbtProject:
    """The project in that folder, or in the nearest one above the working folder.

    Raises
    ------
    RasgoError
        where there is none, or its manifest cannot be read.
    """
    start = Path(folder).expanduser() if folder else Path.cwd()
    candidates = [start] if folder else [start, *start.absolute().parents]
    found = next((one for one in candidates if (one / PROJECT_FILE).is_file()), None)
    if found is None:
        raise RasgoError(
            f"There is no {PROJECT_FILE} in {start}{'' if folder else ' or above it'}. "
            "Type `%rasgo save dbt --project FOLDER NAME`."
        )
    manifest = found / "target" / "manifest.json"
    if not manifest.is_file():
        return DbtProject(found)
    try:
        return _with_manifest(found, json.loads(manifest.read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise RasgoError(f"{manifest} is no manifest of dbt. Run `dbt parse` in {found}.") from None


def _with_manifest(folder: Path, manifest: Mapping[str, Any]) -> DbtProject:
    relations: dict[tuple[str, ...], str] = {}
    models: dict[str, str] = {}
    for node in manifest.get("nodes", {}).values():
        if node["resource_type"] in ("model", "seed", "snapshot"):
            relations[_relation(node, node.get("alias") or node["name"])] = (
                f"{{{{ ref({_text(node['name'])}) }}}}"
            )
            models[node["name"]] = str(node.get("original_file_path", ""))
    for node in manifest.get("sources", {}).values():
        words = f"{{{{ source({_text(node['source_name'])}, {_text(node['name'])}) }}}}"
        relations[_relation(node, node.get("identifier") or node["name"])] = words
    return DbtProject(folder, relations, models)


def _relation(node: Mapping[str, Any], name: str) -> tuple[str, ...]:
    parts = (node.get("database") or "", node.get("schema") or "", name)
    return tuple(part.casefold() for part in parts if part)


def _text(name: str) -> str:
    """A name as a text of Jinja."""
    return "'" + name.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _without_jinja(text: str) -> str:
    """SQL in which nothing begins a tag of Jinja."""
    return _JINJA.sub(lambda found: "{{ '" + found[0] + "' }}", text)


def _properties(model: DbtModel) -> str:
    """The YAML of the model; its texts are written as JSON, which YAML reads."""
    lines = ["version: 2", "models:", f"  - name: {model.name}"]
    lines += [f"    description: {_quoted(model.description)}"] if model.description else []
    lines += ["    columns:"] if model.columns else []
    lines += [f"      - name: {_quoted(column)}" for column in model.columns]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(_without_jinja(text))
