"""Memories and the catalog in JupyterLab: kept by a click, removed by one, browsed in the side panel."""

import json
import re

import pytest

LATE = "A flight is late from 15 minutes on."
PROPOSES = f"say('', call('propose_memory', text={LATE!r}, tables=['flights.flights'], step=1))"
QUERY = "sql('SELECT count(*) AS n FROM flights.flights WHERE dep_delay > 15')"
ASKED = f"await ask({QUERY}, {PROPOSES}, answer('Many.', steps=[1]), question='How many flights are late?')"
LISTED = "%rasgo memory list"
RIPE_MS = 500  # what has just appeared takes no click


@pytest.fixture
def lab(notebook, tmp_path):
    """Open a notebook whose memories lie in a folder of its own."""

    def open_(*cells, **size):
        lab = notebook(f"import os; os.environ['RASGO_NB_HOME'] = {str(tmp_path)!r}", *cells, **size)
        lab.run(1)
        return lab

    return open_


@pytest.fixture
def panel():
    """The side panel of a page, in view."""

    def open_(lab):
        lab.page.locator("li[data-id='rasgo-nb-panel']").click()
        return lab.page.locator("#rasgo-nb-panel")

    return open_


def card(lab, number=2):
    return lab.output(number).locator(".rasgo-run").first


def click(lab, name, within=".rasgo-proposals", number=2):
    button = card(lab, number).locator(within).get_by_role("button", name=name, exact=True).first
    button.wait_for(timeout=20_000)
    lab.page.wait_for_timeout(RIPE_MS)
    button.click()


def wait_for_text(locator, text):
    locator.filter(has_text=re.compile(re.escape(text))).first.wait_for(timeout=20_000)


def files(tmp_path):
    """What is kept, and not forgotten."""
    kept = [path for path in tmp_path.rglob("*.md") if "forgotten" not in path.parts]
    return [path.read_text("utf-8") for path in kept if path.name != "README.md"]


def test_nothing_is_kept_before_a_click_and_what_the_person_edited_after_it(lab, tmp_path):
    page = lab(ASKED)
    page.run(2)
    wait_for_text(card(page), LATE)
    assert files(tmp_path) == []
    click(page, "Edit")
    card(page).locator(".rasgo-proposals textarea").fill("Late is more than 20 minutes.")
    card(page).locator(".rasgo-proposals select").select_option("me")
    click(page, "Keep")
    wait_for_text(card(page), "Kept for me: Late is more than 20 minutes.")
    assert [LATE in text or "20 minutes" in text for text in files(tmp_path)] == [True]
    assert not page.errors
    assert not page.outside


def test_a_proposal_can_be_kept_while_the_run_goes_on(lab, tmp_path):
    page = lab(
        f"await ask({PROPOSES}, python('import time\\nwhile True: time.sleep(0.01)'), answer())", "1 + 1"
    )
    page.run(2, wait_s=0)
    click(page, "Keep")
    wait_for_text(card(page), f"Kept for this connection: {LATE}")
    assert len(files(tmp_path)) == 1
    page.interrupt()


def test_what_was_kept_is_undone_by_a_click(lab, tmp_path):
    page = lab(ASKED)
    page.run(2)
    click(page, "Keep")
    click(page, "Undo")
    card(page).get_by_role("button", name="Keep", exact=True).wait_for(timeout=20_000)
    assert files(tmp_path) == []


def test_what_was_decided_is_in_the_file_and_in_a_page_that_comes_later(lab, tmp_path):
    page = lab(ASKED)
    page.run(2)
    click(page, "Drop")
    wait_for_text(card(page), "Dropped, nothing is remembered")
    assert '"decided": "dropped"' in json.dumps(page.save().cells[2].outputs)
    page.open()
    wait_for_text(page.output(2), "Dropped, nothing is remembered")
    assert files(tmp_path) == []


def test_what_is_decided_by_a_command_reaches_the_card(lab, tmp_path):
    waiting = "session_of(get_ipython()).memory_desk.proposals.waiting()[0].id"
    keeps = f"get_ipython().run_line_magic('rasgo', 'memory keep ' + {waiting} + ' --scope me')"
    keeps = f"from rasgo_nb.front import session_of\n{keeps}"
    page = lab(ASKED, keeps)
    page.run(2)
    page.run(3)
    wait_for_text(card(page), f"Kept for me: {LATE}")
    assert len(files(tmp_path)) == 1


def test_memories_that_a_run_used_are_listed_and_removed_with_a_click(lab, tmp_path):
    page = lab(ASKED, ASKED)
    page.run(2)
    click(page, "Keep")
    wait_for_text(card(page), "Kept for this connection")
    page.run(3)
    click(page, "used 1 memory", ".rasgo-header", 3)
    wait_for_text(card(page, 3).locator(".rasgo-recalled"), LATE)
    click(page, "Remove", ".rasgo-recalled", 3)
    wait_for_text(card(page, 3).locator(".rasgo-recalled"), "removed")
    assert files(tmp_path) == []
    click(page, "Undo", ".rasgo-recalled", 3)
    card(page, 3).get_by_role("button", name="Remove", exact=True).wait_for()
    assert len(files(tmp_path)) == 1


def test_an_answer_is_saved_as_a_verified_query(lab, tmp_path):
    page = lab(ASKED)
    page.run(2)
    click(page, "Save as verified query", ".rasgo-answer")
    card(page).locator(".rasgo-answer textarea").fill("How many flights leave late?")
    click(page, "Save", ".rasgo-answer")
    wait_for_text(card(page), "Saved as verified query for this connection: How many flights leave late?")
    assert "dep_delay > 15" in files(tmp_path)[0]


def test_a_note_is_written_where_a_table_is_looked_at(lab, tmp_path):
    page = lab("await ask(say('', call('search_tables', words='flights')), answer())")
    page.run(2)
    card(page).locator(".rasgo-step-toggle").first.click()
    card(page).locator(".rasgo-hit-line", has_text="flights.flights").first.click()
    click(page, "Add a note", ".rasgo-hit")
    card(page).locator(".rasgo-proposal textarea").fill("Only flights from New York.")
    card(page).locator(".rasgo-proposal select").first.select_option("dep_delay")
    click(page, "Keep", ".rasgo-proposal")
    wait_for_text(card(page), "Kept for this connection: Only flights from New York.")
    assert "dep_delay" in files(tmp_path)[0]


def test_the_panel_finds_tables_and_shows_what_is_known_of_one(lab, panel):
    page = lab("1")
    side = panel(page)
    wait_for_text(side, "privacy: rows")
    side.get_by_role("button", name="flights").first.click()
    side.get_by_role("button", name="airlines").click()
    wait_for_text(side.locator(".rasgo-lab-columns"), "carrier")
    side.get_by_role("button", name="Back").click()
    side.get_by_role("searchbox", name="Search tables, columns, notes").fill("weather of each hour")
    side.locator(".rasgo-lab-rows button", has_text="flights.weather").first.click(timeout=20_000)
    wait_for_text(side.locator("h3"), "flights.weather")
    assert not page.errors


def test_a_note_is_written_edited_and_forgotten_in_the_panel(lab, panel, tmp_path):
    page = lab("1")
    side = panel(page)
    side.get_by_role("searchbox", name="Search tables, columns, notes").fill("airlines")
    side.locator(".rasgo-lab-rows button", has_text="flights.airlines").first.click(timeout=20_000)
    side.get_by_role("button", name="Add a note").click()
    side.get_by_role("textbox", name="What should be known of it").fill("Sixteen of them.")
    side.get_by_role("button", name="Keep").click()
    notes = side.locator(".rasgo-lab-table .rasgo-lab-notes")
    wait_for_text(notes, "Sixteen of them.")
    notes.get_by_role("button", name="Edit").click()
    notes.get_by_role("textbox").fill("Sixteen airlines.")
    notes.get_by_role("button", name="Save").click()
    wait_for_text(notes, "Sixteen airlines.")
    assert "Sixteen airlines." in files(tmp_path)[0]
    notes.get_by_role("button", name="Forget").click()
    notes.get_by_role("button", name="Undo").wait_for(timeout=20_000)
    assert files(tmp_path) == []
