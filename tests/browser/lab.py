"""A real JupyterLab of its own in a real browser: what the tests here and the benchmarks drive."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from playwright.sync_api import Browser, Page

SETUP = "%load_ext rasgo_nb\n%rasgo connect sample\nfrom play import *"
SCRIPT = Path(__file__).with_name("play.py")
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_IS_READY = """() => {
  const context = window.jupyterapp?.shell.currentWidget?.sessionContext;
  return context?.isReady && context.session?.kernel?.status === 'idle';
}"""
_QUIET = {"fetchNews": "false", "checkForUpdates": False}


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Chromium, headless: the system's where there is one, else Playwright's own."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=path, args=list(_FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def running_lab(folder: Path, *, dark: bool = False, kernels: dict[str, str] | None = None) -> Iterator[Lab]:
    """A JupyterLab server over ``folder`` with settings of its own.

    ``kernels`` are further kernels: their names, and the interpreters that run them.
    """
    home = folder / ".jupyter"
    _write_settings(home, dark=dark)
    for name, interpreter in (kernels or {}).items():
        _write_kernel(home / "data" / "kernels" / name, name, interpreter)
    root = folder / "root"
    root.mkdir()
    shutil.copy(SCRIPT, root)
    port = _free_port()
    environment = dict(os.environ) | {
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "RASGO_NB_CONFIG": str(home / "rasgo.toml"),
        "RASGO_NB_HOME": str(home / "rasgo"),
        "IPYTHONDIR": str(home / "ipython"),
    }
    environment.pop("PYTHONSAFEPATH", None)  # a person's kernel imports what lies beside the notebook
    arguments = [
        f"--port={port}",
        "--no-browser",
        "--expose-app-in-browser",
        "--allow-root",
        "--IdentityProvider.token=",
        "--ServerApp.disable_check_xsrf=True",
        f"--ServerApp.root_dir={root}",
        "--ServerApp.port_retries=0",
    ]
    with (folder / "lab.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *arguments],
            env=environment,
            stdout=log,
            stderr=log,
            cwd=root,
        )
        try:
            lab = Lab(f"http://127.0.0.1:{port}", root)
            lab.wait_until_ready(server)
            yield lab
        finally:
            server.terminate()
            server.wait(20)


class Lab:
    """A running JupyterLab."""

    def __init__(self, url: str, root: Path) -> None:
        self.url = url
        self.root = root
        self._notebooks = 0

    def wait_until_ready(self, server: subprocess.Popen[bytes]) -> None:
        for _ in range(300):
            assert server.poll() is None, "JupyterLab ended at once; see lab.log"
            try:
                urllib.request.urlopen(f"{self.url}/api", timeout=5).close()
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.2)
            else:
                return
        raise TimeoutError("JupyterLab did not start in a minute")

    def write(self, cells: Sequence[str], *, kernel: str = "python3") -> str:
        """Write a notebook of code cells; returns its file name."""
        self._notebooks += 1
        name = f"notebook_{self._notebooks}.ipynb"
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        notebook.metadata["kernelspec"] = {"name": kernel, "display_name": kernel, "language": "python"}
        nbformat.write(notebook, self.root / name)
        return name

    def shut_down_kernels(self) -> None:
        """End every kernel, whatever it is doing."""
        with urllib.request.urlopen(f"{self.url}/api/sessions", timeout=10) as answer:
            sessions = json.load(answer)
        for session in sessions:
            address = f"{self.url}/api/sessions/{session['id']}"
            urllib.request.urlopen(urllib.request.Request(address, method="DELETE"), timeout=20).close()

    def read(self, name: str) -> Any:
        """The notebook as it is saved now."""
        return nbformat.read(self.root / name, as_version=4)

    @contextmanager
    def opened(
        self, browser: Browser, name: str, *, width: int = 1200, height: int = 900, wait: bool = True
    ) -> Iterator[NotebookPage]:
        """The notebook in a page of its own, once its kernel is idle, unless ``wait`` is false."""
        context = browser.new_context(viewport={"width": width, "height": height})
        page = context.new_page()
        try:
            opened = NotebookPage(page, self, name)
            opened.open(wait=wait)
            yield opened
        finally:
            context.close()


class NotebookPage:
    """A notebook as a person has it before them."""

    def __init__(self, page: Page, lab: Lab, name: str) -> None:
        self.page = page
        self.lab = lab
        self.name = name
        self.outside: list[str] = []  # requests that leave the machine: there must be none
        self.errors: list[str] = []
        page.on("request", lambda request: self._note(request.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def open(self, *, wait: bool = True) -> None:
        self.page.goto(f"{self.lab.url}/lab/tree/{self.name}?reset")
        self.page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=90_000)
        if wait:
            self.wait_for_kernel()

    def wait_for_kernel(self) -> None:
        self.page.wait_for_function(_IS_READY, timeout=90_000)

    def cell(self, number: int) -> Any:
        """The locator of a cell, counted from 0."""
        return self.page.locator(".jp-Notebook .jp-Cell").nth(number)

    def run(self, number: int, *, wait_s: float = 60) -> None:
        """Run a cell; waits until it has ended, unless ``wait_s`` is 0."""
        prompt = self.cell(number).locator(".jp-InputPrompt")
        before = prompt.inner_text()
        for _ in range(5):
            self.cell(number).locator(".jp-InputArea-editor").click()
            self.page.keyboard.press("Control+Enter")
            if self._has_changed(prompt, before):
                break
            # The editor or the kernel's session was not ready for the key.
        if wait_s:
            self.wait_until_done(number, wait_s)

    def _has_changed(self, prompt: Any, before: str) -> bool:
        deadline = time.monotonic() + 4
        while time.monotonic() < deadline:
            if prompt.inner_text() != before:
                return True
            time.sleep(0.02)
        return False

    def wait_until_done(self, number: int, wait_s: float = 60) -> None:
        prompt = self.cell(number).locator(".jp-InputPrompt")
        deadline = time.monotonic() + wait_s
        while time.monotonic() < deadline:
            text = prompt.inner_text(timeout=10_000)
            if text.strip("[]: ").isdigit():
                return
            time.sleep(0.02)
        raise TimeoutError(f"cell {number} has not ended in {wait_s} s: {self.cell(number).inner_text()}")

    def wait_for_cells(self, least: int) -> None:
        """Wait until the notebook has so many cells, in view or not."""
        counts = "(least) => window.jupyterapp.shell.currentWidget.content.model.cells.length >= least"
        self.page.wait_for_function(counts, arg=least, timeout=10_000)

    def output(self, number: int) -> Any:
        """The locator of a cell's outputs."""
        return self.cell(number).locator(".jp-OutputArea")

    def interrupt(self) -> None:
        """Interrupt the kernel from the menu, and wait until it is idle."""
        self._choose("Kernel", "Interrupt Kernel")
        self.wait_for_kernel()

    def restart_kernel(self) -> None:
        """Restart from the menu, and wait until the new kernel is ready."""
        self._choose("Kernel", "Restart Kernel…")
        self.page.locator(".jp-Dialog .jp-mod-accept").click()
        self.page.wait_for_timeout(2_000)
        self.wait_for_kernel()

    def shut_down_kernel(self) -> None:
        """Shut the kernel down from the menu."""
        self._choose("Kernel", "Shut Down Kernel")
        self.page.wait_for_timeout(1_000)

    def _choose(self, menu: str, item: str) -> None:
        self.page.get_by_role("menuitem", name=menu, exact=True).click()
        self.page.locator(".lm-Menu-item", has_text=item).first.click()

    def save(self) -> Any:
        """Save, and return the notebook as it is in the file."""
        self.page.keyboard.press("Control+s")
        self.page.wait_for_timeout(1_500)
        return self.lab.read(self.name)

    def _note(self, url: str) -> None:
        if not url.startswith((self.lab.url, "data:", "blob:", "about:")):
            self.outside.append(url)


def _write_settings(home: Path, *, dark: bool) -> None:
    settings = home / "config" / "lab" / "user-settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    theme = {"theme": "JupyterLab Dark" if dark else "JupyterLab Light"}
    (settings / "themes.jupyterlab-settings").write_text(json.dumps(theme))
    (settings / "notification.jupyterlab-settings").write_text(json.dumps(_QUIET))


def _write_kernel(folder: Path, name: str, interpreter: str) -> None:
    folder.mkdir(parents=True)
    spec = {
        "argv": [interpreter, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": name,
        "language": "python",
    }
    (folder / "kernel.json").write_text(json.dumps(spec))


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
