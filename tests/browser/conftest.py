"""One browser and one JupyterLab for all tests here; skipped, and said so, where there is no browser."""

from __future__ import annotations

import os

import pytest
from lab import running_browser, running_lab


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
    old_kernel = os.environ.get("RASGO_NB_KERNEL6")
    kernels = {"kernel6": old_kernel} if old_kernel else {}
    with running_lab(tmp_path_factory.mktemp("lab"), kernels=kernels) as lab:
        yield lab
