"""Cells that a run asks for: where they go, what is undone, what runs."""

import pytest

ASK = "await ask(answer('Done.'))"
DISPATCH = """
([type, cells]) => {
  const detail = { cells };
  const event = new CustomEvent(type, { bubbles: true, composed: true, cancelable: true, detail });
  return !document.querySelector('.jp-Notebook .rasgo-run').dispatchEvent(event);
}
"""


@pytest.fixture
def asked(notebook):
    """A notebook whose second cell holds a run."""
    opened = notebook(ASK, "'last'")
    opened.run(1)
    opened.page.wait_for_selector(".jp-Notebook .rasgo-run")
    return opened


def cell(source, *, kind="code", **lineage):
    return {"cell_type": kind, "source": source, "metadata": {"rasgo_nb": lineage} if lineage else {}}


def send(notebook, kind, *cells):
    """Ask as a card does; gives whether somebody acted."""
    return notebook.page.evaluate(DISPATCH, [f"rasgo:{kind}", list(cells)])


def sources(notebook):
    return [cell.source for cell in notebook.save().cells][1:]


def test_cells_go_below_the_run_with_their_metadata(asked):
    cells = [cell("# Flights", kind="markdown", run="a", step=1), cell("n = 1", run="a", step=1)]
    assert send(asked, "insert-cells", *cells)
    saved = asked.save().cells
    assert [one.source for one in saved][1:] == [ASK, "# Flights", "n = 1", "'last'"]
    assert [one.cell_type for one in saved][2:4] == ["markdown", "code"]
    assert saved[3].metadata["rasgo_nb"] == {"run": "a", "step": 1}


def test_cells_follow_a_run_that_was_moved(asked):
    asked.cell(1).locator(".jp-InputPrompt").click()
    asked.page.keyboard.press("Control+Shift+ArrowDown")
    assert send(asked, "insert-cells", cell("n = 1"))
    assert sources(asked) == ["'last'", ASK, "n = 1"]


def test_steps_that_are_promoted_one_by_one_stand_in_their_order(asked):
    for step in (2, 1, 3):
        send(asked, "insert-cells", cell(f"step = {step}", run="a", step=step))
    assert sources(asked) == [ASK, "step = 1", "step = 2", "step = 3", "'last'"]


def test_one_undo_takes_all_of_them_back(asked):
    send(asked, "insert-cells", cell("a = 1"), cell("b = 2"), cell("c = 3"))
    asked.cell(1).locator(".jp-InputPrompt").click()
    asked.page.keyboard.press("z")
    assert sources(asked) == [ASK, "'last'"]


def test_a_cell_that_is_to_run_runs_below(asked):
    assert send(asked, "run-cell", cell("print('ran', 6 * 7)"))
    asked.wait_until_done(2)
    assert "ran 42" in asked.output(2).inner_text()


def test_what_no_notebook_holds_is_not_heard(asked):
    script = DISPATCH.replace("document.querySelector('.jp-Notebook .rasgo-run')", "document.body")
    assert not asked.page.evaluate(script, ["rasgo:insert-cells", [cell("n = 1")]])
    assert sources(asked) == [ASK, "'last'"]
