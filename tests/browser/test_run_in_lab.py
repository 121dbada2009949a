"""A run in a real JupyterLab, as a person sees it."""

import pytest

SETUP = "%load_ext rasgo_nb\n%rasgo connect sample\nfrom play import *"


@pytest.fixture
def notebook(lab, browser):
    """Open a notebook of these cells below the set-up; the set-up has run."""
    opened = []

    def open_(*cells, kernel="python3", **size):
        name = lab.write([SETUP, *cells], kernel=kernel)
        page = lab.opened(browser, name, **size)
        notebook = page.__enter__()
        opened.append(page)
        notebook.run(0)
        return notebook

    yield open_
    for page in opened:
        page.__exit__(None, None, None)


def test_an_offline_question_is_answered_in_cards_and_nothing_leaves_the_machine(notebook):
    lab = notebook("%%ask --model offline\nHow many flights were there per month?")
    lab.run(1)
    assert lab.output(1).locator(".rasgo-run").count() == 1
    assert "flights" in lab.output(1).inner_text()
    assert not lab.outside
    assert not lab.errors
