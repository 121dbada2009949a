"""The numbers of an answer in JupyterLab, and what can be kept of it."""

import pytest
from lab import SETUP

from rasgo_nb.evals.suite_file import read_suite

ROWS = "sql('SELECT i AS n, i * 7.5 AS delay FROM range(5000) numbers(i) ORDER BY n')"
TOLD = "The delay of n 4001 is 30,007.5, and 12.3 % are **late**."
ASKED = f"await ask({ROWS}, answer({TOLD!r}, steps=[1]), question='How late?')"
RIGHT = "The delay of n 4001 is 30,007.5."
SAVES = f"await ask({ROWS}, answer({RIGHT!r}, dataframes=['result']), question='How late?')"


@pytest.fixture
def asked(notebook):
    """A page with a run that was worked off."""

    def open_(cell, **size):
        page = notebook(cell, **size)
        page.run(1)
        page.output(1).locator(".rasgo-traced").first.wait_for(timeout=20_000)
        return page

    return open_


def number(page, text):
    return page.output(1).locator(".rasgo-answer .rasgo-traced", has_text=text).first


def focused(page):
    return page.page.evaluate("document.activeElement.getAttribute('role')")


@pytest.mark.parametrize("width", [1200, 620])
def test_a_number_leads_to_its_cell_far_down_in_the_grid(asked, width):
    page = asked(ASKED, width=width)
    number(page, "30,007.5").click()
    cell = page.output(1).locator(".rasgo-step td[aria-selected=true]", has_text="30,007.5")
    cell.wait_for(timeout=20_000)
    assert cell.evaluate("td => td.checkVisibility()")
    assert focused(page) == "grid"
    assert not page.errors
    assert not page.outside


def test_a_number_is_followed_by_the_keyboard_and_says_where_it_comes_from(asked):
    page = asked(ASKED)
    number(page, "30,007.5").focus()
    tip = page.output(1).get_by_role("tooltip")
    tip.wait_for()
    assert "delay" in tip.inner_text()
    page.page.keyboard.press("Enter")
    page.output(1).locator(".rasgo-step td[aria-selected=true]").wait_for(timeout=20_000)


def test_an_unverified_number_is_marked_also_when_the_notebook_is_opened_again(asked):
    page = asked(ASKED)
    for _ in range(2):
        wrong = number(page, "12.3 %")
        wrong.wait_for(timeout=60_000)
        assert "Unverified" in wrong.get_attribute("aria-label")
        assert wrong.evaluate("el => getComputedStyle(el).textDecorationStyle") == "wavy"
        assert "unverified" in page.output(1).inner_text()
        page.save()
        page.page.reload()
        page.page.wait_for_selector(".jp-Notebook .rasgo-run", timeout=60_000)


def test_a_number_in_a_link_is_marked_and_said_when_the_link_has_the_focus(asked):
    page = asked(f"await ask({ROWS}, answer('It is [12.3 %](https://example.org/) late.'), question='?')")
    page.output(1).get_by_role("link", name="12.3 %").focus()
    tip = page.output(1).get_by_role("tooltip")
    tip.wait_for()
    assert tip.inner_text().startswith("Unverified")


def test_an_answer_is_saved_as_an_eval_with_one_click(asked, lab):
    page = asked(SAVES)
    page.output(1).get_by_role("button", name="Save as eval").click()
    page.output(1).get_by_text("Saved in evals.yaml, case 1.").wait_for(timeout=20_000)
    [case] = read_suite(lab.root / "evals.yaml").cases
    assert (case.question, case.completion.frame.columns) == ("How late?", ("n", "delay"))
    saved = page.save().cells[1].outputs
    states = [output.data.get("application/vnd.rasgo.run+json") for output in saved if "data" in output]
    assert [state["answer"]["eval"] for state in states if state] == ["evals.yaml, case 1"]


def test_a_saved_page_leads_from_a_number_to_its_step(lab, browser):
    with lab.opened(browser, lab.write([SETUP, ASKED])) as page:
        page.run(0)
        page.run(1)
        html = next(output.data["text/html"] for output in page.save().cells[1].outputs if "data" in output)
        page.page.goto("about:blank")
        page.page.set_content(html)
        page.page.get_by_role("link", name="30,007.5").click()
        target = page.page.evaluate("location.hash.slice(1)")
        assert page.page.locator(f"details#{target}").count() == 1
    lab.shut_down_kernels()
