"""Asking from JupyterLab: the button, errors, prose, @names, the side panel, stopping."""

import re

import pytest

BLOCKS = "await ask(python('import time\\nwhile True: time.sleep(0.01)'), answer())"
SHOWN = ".jp-Completer:not(.lm-mod-hidden) .jp-Completer-match"


def click_ask(lab):
    lab.page.locator("[data-jp-item-name='rasgo-ask'] jp-button").click()


def text_of(lab, number):
    return lab.cell(number).locator(".cm-content").inner_text()


def write(lab, number, text):
    """Type at the end of a cell."""
    lab.cell(number).locator(".cm-content").click()
    lab.page.keyboard.press("Control+End")
    lab.page.keyboard.type(text, delay=40)


@pytest.fixture
def panel():
    """The side panel of a page, in view."""

    def open_(lab):
        lab.page.locator("li[data-id='rasgo-nb-panel']").click()
        return lab.page.locator("#rasgo-nb-panel")

    return open_


def say(text):
    return re.compile(re.escape(text))


def wait_for_text(locator, text):
    locator.filter(has_text=say(text)).wait_for(timeout=20_000)


def test_the_button_puts_a_question_below_with_the_cursor_in_it(notebook):
    lab = notebook("x = 1")
    lab.run(1)
    click_ask(lab)
    lab.page.wait_for_selector(".jp-mod-editMode")
    lab.page.keyboard.type("How many?")
    assert text_of(lab, 2).split("\n") == ["%%ask", "How many?"]
    lab.cell(2).locator(".cm-content[data-language=markdown]").wait_for()


def test_a_cell_is_python_again_when_its_magic_goes(notebook):
    lab = notebook("%%ask\nHow *many*?")
    lab.cell(1).locator(".cm-content[data-language=markdown]").click()
    lab.page.keyboard.press("Control+a")
    lab.page.keyboard.type("x = 1")
    lab.cell(1).locator(".cm-content[data-language=python]").wait_for()


def test_the_button_loads_the_extension_where_the_kernel_lacks_it(lab, browser, panel):
    with lab.opened(browser, lab.write(["1"])) as page:
        side = panel(page)
        wait_for_text(side, "This kernel has not loaded rasgo_nb.")
        click_ask(page)
        wait_for_text(side, "None is open. Type %rasgo connect sample")
        assert not page.errors


def test_a_failing_cell_can_be_asked_about(notebook):
    lab = notebook("price = {}\nprice['```']", "2")
    lab.run(1)
    lab.output(1).get_by_role("button", name="Ask about this error").click()
    lab.page.wait_for_selector(".jp-mod-editMode")
    asked = text_of(lab, 2)
    assert asked.startswith("%%ask\nThis cell failed.")
    assert "````python\nprice = {}\nprice['```']\n````" in asked.replace("\n\n", "\n")
    assert "KeyError: '```'" in asked
    assert text_of(lab, 3) == "2"


def test_names_are_offered_as_they_are_typed(notebook):
    lab = notebook("%%ask\nHow late are ")
    write(lab, 1, "@flights.dep")
    lab.page.locator(SHOWN, has_text="flights.dep_delay").click()
    assert text_of(lab, 1).endswith("@flights.dep_delay")
    lab.page.keyboard.type(" of @airl", delay=40)
    lab.page.locator(SHOWN, has_text="airlines").first.wait_for()
    lab.page.keyboard.press("Enter")
    assert text_of(lab, 1).endswith("@flights.dep_delay of @airlines")


def test_nothing_is_offered_in_python(notebook):
    lab = notebook("x = 1\n")
    write(lab, 1, "@fl")
    lab.page.wait_for_timeout(1_500)
    assert lab.page.locator(SHOWN).count() == 0


def test_the_panel_shows_runs_and_connections_and_leads_to_an_output(notebook, panel):
    lab = notebook("await ask(sql('SELECT 1'), answer('One.'), question='What is one?')", *["1"] * 30)
    side = panel(lab)
    wait_for_text(side, "No question yet.")
    lab.run(1)
    wait_for_text(side, "answered · 2 steps")
    wait_for_text(side, "current · duckdb · read-only · 12 tables")
    lab.cell(31).scroll_into_view_if_needed()
    side.get_by_role("button", name="What is one?").click()
    lab.page.locator(".jp-Notebook .jp-Cell.jp-mod-active .rasgo-run").first.wait_for()
    assert not lab.errors
    assert not lab.outside


def test_a_run_is_stopped_from_the_panel_while_its_code_blocks(notebook, panel):
    lab = notebook(BLOCKS)
    side = panel(lab)
    lab.run(1, wait_s=0)
    side.get_by_role("button", name="Stop").click(timeout=20_000)
    lab.wait_until_done(1)
    wait_for_text(side, "stopped · 1 step")


def test_a_run_is_stopped_too_where_the_kernel_reads_no_messages_meanwhile(notebook, old_kernel, panel):
    lab = notebook(BLOCKS, kernel=old_kernel)
    side = panel(lab)
    lab.run(1, wait_s=0)
    side.get_by_role("button", name="Stop").click(timeout=20_000)
    lab.wait_until_done(1)
    wait_for_text(side, "stopped · 1 step")


def test_the_last_run_is_promoted_by_a_command(notebook):
    lab = notebook("await ask(sql('SELECT 41 + 1 AS fortytwo'), answer())", "2")
    lab.run(1)
    lab.page.keyboard.press("Control+Shift+c")
    lab.page.locator(".lm-CommandPalette-input").fill("Promote the Last Run")
    lab.page.keyboard.press("Enter")
    promoted = lab.page.locator(".jp-Notebook .jp-CodeCell .cm-content", has_text="fortytwo")
    promoted.nth(1).wait_for(timeout=20_000)
    assert promoted.count() == 2


def test_each_notebook_has_a_link_of_its_own(notebook, panel):
    lab, other = notebook("1"), notebook("await ask(answer('Other.'), question='Another one?')")
    side, other_side = panel(lab), panel(other)
    other.run(1)
    wait_for_text(other_side, "Another one?")
    wait_for_text(side, "No question yet.")


def test_a_restarted_kernel_is_linked_anew(notebook, panel):
    lab = notebook("1")
    side = panel(lab)
    wait_for_text(side, "12 tables")
    lab.cell(1).locator(".jp-InputPrompt").click()
    lab.page.keyboard.press("0")
    lab.page.keyboard.press("0")
    lab.page.locator(".jp-Dialog button.jp-mod-accept").click()
    wait_for_text(side, "This kernel has not loaded rasgo_nb.")
    lab.wait_for_kernel()
    lab.run(0)
    wait_for_text(side, "12 tables")
