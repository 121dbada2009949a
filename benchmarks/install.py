"""What a fresh ``pip install rasgo_nb`` puts on the disk."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tempfile
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from benchmarks.figures import ROOT, Figure

PACKAGE = "rasgo_nb"
LARGEST = 10


def measure(*, quick: bool) -> list[Figure]:
    """Installed sizes of the package and of all that it requires, and the size of the wheel."""
    sizes = {name: _installed_mb(one) for name, one in _closure(PACKAGE).items()}
    sizes[PACKAGE] = _folder_mb(ROOT / PACKAGE)  # an editable install lists none of its files
    by_size = sorted(sizes.items(), key=lambda item: -item[1])
    figures = [Figure("all packages together", sum(sizes.values()), "MB", note=f"{len(sizes)} packages")]
    figures += [Figure(f"of these {name}", mb, "MB") for name, mb in by_size[:LARGEST]]
    if PACKAGE not in dict(by_size[:LARGEST]):
        figures.append(Figure(f"of these {PACKAGE}", sizes[PACKAGE], "MB"))
    if not quick and importlib.util.find_spec("hatchling"):
        figures.append(Figure("the wheel itself", _wheel_mb(), "MB"))
    return figures


def _closure(package: str) -> dict[str, Distribution]:
    """The package's required distributions, theirs, and so on; without extras that nothing asks for."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    todo = [Requirement(package)]
    seen: set[tuple[str, frozenset[str]]] = set()
    found: dict[str, Distribution] = {}
    while todo:
        one = todo.pop()
        name, extras = canonicalize_name(one.name), frozenset(one.extras)
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        try:
            found[package if one.name == package else name] = installed = distribution(name)
        except PackageNotFoundError:  # a requirement of another platform that its marker does not tell
            continue
        requirements = [Requirement(text) for text in installed.requires or ()]
        todo += [
            need
            for need in requirements
            if need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in ("", *extras))
        ]
    return found


def _installed_mb(installed: Distribution) -> float:
    paths = [Path(str(installed.locate_file(file))) for file in installed.files or ()]
    return sum(path.stat().st_size for path in paths if path.is_file()) / 1e6


def _folder_mb(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def _wheel_mb() -> float:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        return sum(path.stat().st_size for path in Path(folder).iterdir()) / 1e6
