"""A run in a notebook that is opened again, with its kernel, with another one, and without."""

import nbformat
import pytest
from lab import SETUP

ASK = "await ask(sql('SELECT 42 AS n'), answer('It is 42.'), question='What is n?')"
NEVER = ("Loading widget", "Error displaying widget")
# Looks at every frame: such a message may be there for a moment only.
WATCH = """
window.seen = [];
const isBroken = (node) =>
  node.childElementCount === 0 &&
  node.checkVisibility({ visibilityProperty: true }) &&
  NEVER.some((text) => node.textContent.includes(text));
const look = () => {
  const nodes = [...document.querySelectorAll('.jp-OutputArea *')];
  window.seen.push(...nodes.filter(isBroken).map((node) => node.textContent));
  requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""


@pytest.fixture
def asked(lab, browser):
    """A notebook with one run that was worked off, in its page."""
    name = lab.write([SETUP, ASK, "after = 1"])
    with lab.opened(browser, name) as notebook:
        notebook.page.add_init_script(f"const NEVER = {list(NEVER)};{WATCH}")
        notebook.run(0)
        notebook.run(1)
        notebook.save()
        yield notebook
        assert not notebook.outside


def reopen(notebook):
    notebook.page.reload()
    notebook.page.wait_for_selector(".jp-Notebook .rasgo-run", timeout=60_000)


def is_live(notebook):
    return notebook.output(1).locator(".rasgo-lab-is-live").count() == 1


def test_a_run_is_alive_and_saved_in_one_output(asked):
    asked.page.wait_for_selector(".rasgo-lab-is-live")
    saved = asked.save().cells[1].outputs
    bundle = next(
        output.data for output in saved if "application/vnd.rasgo.run+json" in output.get("data", {})
    )
    assert {"application/vnd.jupyter.widget-view+json", "text/html", "text/plain"} <= bundle.keys()
    assert asked.output(1).locator(".rasgo-run").count() == 1


def test_a_reloaded_page_joins_the_run_of_its_kernel(asked):
    reopen(asked)
    asked.page.wait_for_selector(".rasgo-lab-is-live", timeout=30_000)
    assert "It is 42." in asked.output(1).inner_text()
    assert asked.page.evaluate("window.seen") == []


def test_after_a_restart_the_run_is_read_as_it_was_saved(asked):
    restart(asked)
    reopen(asked)
    asked.wait_for_kernel()
    asked.page.wait_for_timeout(3_000)
    assert not is_live(asked)
    assert "It is 42." in asked.output(1).inner_text()
    assert asked.page.evaluate("window.seen") == []


@pytest.mark.parametrize("is_trusted", [True, False])
def test_without_a_kernel_the_run_is_read_as_it_was_saved(asked, lab, is_trusted):
    notebook = nbformat.read(lab.root / asked.name, as_version=4)
    if not is_trusted:
        notebook.cells.append(nbformat.v4.new_code_cell("from_elsewhere"))  # not what was signed
    open_without_kernel(asked, notebook, f"kernelless_{is_trusted}.ipynb")
    assert "It is 42." in asked.output(1).inner_text()
    assert not is_live(asked)
    assert asked.page.evaluate("window.seen") == []


@pytest.mark.parametrize("state", [{"version": 2}, {"version": 1}, {"version": 1, "steps": 3}, [], None, "x"])
def test_a_state_that_this_version_cannot_read_is_shown_as_its_html_and_no_script_runs(asked, lab, state):
    html = "<p>twin of the run</p><img src=x onerror='window.hacked = 1'><script>window.hacked = 1</script>"
    data = {"application/vnd.rasgo.run+json": state, "text/html": html, "text/plain": "plain"}
    output = nbformat.v4.new_output("display_data", data)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1", outputs=[output])])
    open_without_kernel(asked, notebook, "strange.ipynb")
    assert "twin of the run" in asked.output(0).inner_text()
    assert asked.page.evaluate("window.hacked") is None


def open_without_kernel(notebook, file, name):
    file.metadata.pop("language_info", None)
    file.metadata["kernelspec"] = {"name": "gone", "display_name": "gone", "language": "cobol"}
    nbformat.write(file, notebook.lab.root / name)
    page = notebook.page
    page.goto(f"{notebook.lab.url}/lab/tree/{name}?reset")
    page.wait_for_selector(".jp-Dialog", timeout=60_000)
    page.locator(".jp-Dialog select").select_option(label="No Kernel")
    page.locator(".jp-Dialog .jp-mod-accept").click()
    page.wait_for_selector(".jp-Notebook .rasgo-lab-run", timeout=60_000)
    page.wait_for_timeout(2_000)  # for a live view that must not come


def restart(notebook):
    notebook.page.keyboard.press("Escape")
    notebook.page.keyboard.press("0")
    notebook.page.keyboard.press("0")
    notebook.page.click(".jp-Dialog .jp-mod-accept")
    notebook.wait_for_kernel()
