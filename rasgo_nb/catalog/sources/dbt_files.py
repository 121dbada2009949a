"""The files of a dbt project that tell of its tables, wherever they lie."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rasgo_nb.catalog.sources.dbt_catalog import read_catalog
from rasgo_nb.catalog.sources.dbt_manifest import project_of, read_manifest
from rasgo_nb.catalog.sources.source import DoesNotRead, SourceReading

if TYPE_CHECKING:
    from pathlib import Path

    from rasgo_nb.catalog.facts import Fact
    from rasgo_nb.catalog.sources.resolve import Resolver

PROJECT = "dbt_project.yml"
_MOST_BYTES = 500_000_000  # a project of ten thousand models has some 100 MB
_NAMES = ("manifest.json", "manifest.json.gz")


def dbt_files(place: Path) -> list[Path]:
    """The manifest that the place means, and the catalog beside it; none where it is no place of dbt.

    ``place`` is a manifest, the ``target`` folder that holds it, or a project.
    """
    if place.is_file():
        return _with_catalog(place) if place.name.endswith(_NAMES) else []
    folder = place / "target" if (place / PROJECT).is_file() else place
    manifest = next((folder / name for name in _NAMES if (folder / name).is_file()), None)
    return _with_catalog(manifest) if manifest else []


def read_dbt(files: list[Path], names: Resolver) -> SourceReading:
    """What a manifest tells, and then its catalog of what the manifest leaves out.

    Raises
    ------
    DoesNotRead
        when the manifest is cut off, too large or none.
    """
    manifest = _read(files[0], "dbt parse")
    reading = read_manifest(manifest, names, place=files[0].name)
    source = f"dbt:{project_of(manifest)}"
    for path in files[1:]:
        try:
            catalog = _read(path, "dbt docs generate")
            more = list(read_catalog(catalog, names, source=source, place=path.name))
        except DoesNotRead as error:
            reading = replace(reading, problems=(*reading.problems, str(error)))
            continue
        known = {_spot(fact) for fact in reading.facts}
        added = [fact for fact in more if _spot(fact) not in known]
        reading = replace(reading, facts=(*reading.facts, *added))
    return reading


def _with_catalog(manifest: Path) -> list[Path]:
    stem = manifest.name.removesuffix(".gz").removesuffix("manifest.json")
    beside = [manifest.with_name(f"{stem}catalog.json{end}") for end in ("", ".gz")]
    return [manifest, *[path for path in beside if path.is_file()][:1]]


def _spot(fact: Fact) -> tuple[object, ...]:
    return fact.kind, fact.tables, tuple(column.casefold() for column in fact.columns)


def _read(path: Path, command: str) -> Any:
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rb") as file:
            data = file.read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            raise DoesNotRead(f"{path.name} has more than {_MOST_BYTES // 10**6} MB. Name a smaller project.")
        return json.loads(data)
    except OSError as error:
        raise DoesNotRead(
            f"{path.name} cannot be read ({error.strerror or error}). Run `{command}`."
        ) from None
    except (ValueError, EOFError, RecursionError):
        raise DoesNotRead(f"{path.name} is cut off or no JSON. Run `{command}` and sync again.") from None
