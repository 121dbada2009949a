"""One browser and one JupyterLab for all tests here; skipped, and said so, where there is no browser."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from lab import SETUP, running_browser, running_lab

# An older ipykernel over the same packages: `make kernel6`.
OLD_KERNEL = Path(sys.prefix) / "kernel6" / "bin" / "python"


@pytest.fixture(scope="session")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    try:
        opening = running_browser()
        browser = opening.__enter__()
    except playwright.Error as error:
        pytest.skip(f"no browser: {str(error).splitlines()[0]}")
    yield browser
    opening.__exit__(None, None, None)


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    kernels = {"kernel6": str(OLD_KERNEL)} if OLD_KERNEL.exists() else {}
    with running_lab(tmp_path_factory.mktemp("lab"), kernels=kernels) as lab:
        yield lab


@pytest.fixture
def notebook(lab, browser):
    """Open a notebook: a set-up cell that has run, and these cells below it."""
    opened = []

    def open_(*cells, kernel="python3", **size):
        opening = lab.opened(browser, lab.write([SETUP, *cells], kernel=kernel), **size)
        notebook = opening.__enter__()
        opened.append(opening)
        notebook.run(0)
        return notebook

    yield open_
    for opening in reversed(opened):
        opening.__exit__(None, None, None)
    lab.shut_down_kernels()


@pytest.fixture
def old_kernel():
    """The name of a kernel that reads no messages while a cell runs."""
    if not OLD_KERNEL.exists():
        pytest.skip("ipykernel 6 is not installed; type `make kernel6`")
    return "kernel6"
