"""A run in a real JupyterLab, as a person sees it."""

import json

import pytest

WRITES = "await ask(python(\"open('made.txt', 'w').write('x')\"), answer('Written.'))"
BROKEN_WIDGETS = ("Loading widget", "Error displaying widget", "Error creating widget", "Javascript Error")


def card(notebook, number=1):
    return notebook.output(number).locator(".rasgo-run").first


def click(notebook, name, number=1):
    card(notebook, number).get_by_role("button", name=name, exact=True).first.click(timeout=20_000)


def test_an_offline_question_is_answered_in_cards_and_nothing_leaves_the_machine(notebook):
    lab = notebook("%%ask --model offline\nHow many flights were there per month?")
    lab.run(1)
    assert card(lab).locator(".rasgo-step").count() >= 1
    assert "flights" in card(lab).inner_text()
    assert not lab.outside
    assert not lab.errors


def test_an_approved_call_runs(notebook):
    lab = notebook(WRITES, "import os; print('there' if os.path.exists('made.txt') else 'absent')")
    lab.run(1, wait_s=0)
    click(lab, "Approve")
    lab.wait_until_done(1)
    lab.run(2)
    assert "there" in lab.output(2).inner_text()
    assert "Written." in card(lab).inner_text()


def test_a_refusal_and_its_reason_reach_the_model(notebook):
    reads = "lambda messages: answer('It said: ' + messages[-1].tool_results[0].content)"
    lab = notebook(
        f"await ask(python(\"open('refused.txt', 'w')\"), {reads})",
        "import os; 'refused.txt' in os.listdir()",
    )
    lab.run(1, wait_s=0)
    click(lab, "Refuse")
    card(lab).get_by_role("textbox").fill("not on this disk")
    lab.page.keyboard.press("Enter")
    lab.wait_until_done(1)
    lab.run(2)
    assert "not on this disk" in card(lab).inner_text()
    assert "False" in lab.output(2).inner_text()


def test_what_the_person_edited_is_what_runs(notebook):
    lab = notebook("await ask(python(\"open('a.txt', 'w').close(); mark = 'model'\"), answer())", "mark")
    lab.run(1, wait_s=0)
    click(lab, "Edit first")
    card(lab).get_by_role("textbox").fill("open('b.txt', 'w').close(); mark = 'person'")
    click(lab, "Approve as edited")
    lab.wait_until_done(1)
    lab.run(2)
    assert "person" in lab.output(2).inner_text()


def test_approving_always_asks_no_second_time(notebook):
    writes = "python(\"open('always.txt', 'w').close()\")"
    lab = notebook(f"await ask({writes}, {writes.replace('always', 'again')}, answer('Twice.'))")
    lab.run(1, wait_s=0)
    click(lab, "Approve always in this notebook")
    lab.wait_until_done(1)
    assert "Twice." in card(lab).inner_text()


def test_the_model_asks_and_the_person_picks(notebook):
    question = "say('', call('ask_user', question='Which year?', choices=['2013', '2014']))"
    reads = "lambda messages: answer('Took ' + messages[-1].tool_results[0].content)"
    lab = notebook(f"await ask({question}, {reads})")
    lab.run(1, wait_s=0)
    click(lab, "2014")
    lab.wait_until_done(1)
    assert "2014" in card(lab).inner_text()


STOPPABLE = {
    "a stream": "await ask(model=Ticking(per_second=50, seconds=60))",
    "a query": (
        "await ask(sql('SELECT count(*) FROM range(9000000) a, range(9000000) b WHERE a.range < b.range'))"
    ),
    "a Python loop": "await ask(python('while True: pass'))",
    "an approval": "await ask(python(\"open('never.txt', 'w')\"))",
}


@pytest.mark.parametrize("what", STOPPABLE)
def test_the_stop_button_of_the_card_ends(notebook, what):
    lab = notebook(STOPPABLE[what], "1 + 1")
    lab.run(1, wait_s=0)
    card(lab).get_by_role("button", name="Stop", exact=True).wait_for(timeout=20_000)
    lab.page.wait_for_timeout(1_000)
    click(lab, "Stop")
    lab.wait_until_done(1, wait_s=10)
    lab.run(2)
    assert "2" in lab.output(2).inner_text()
    assert "Stopped by you" in lab.output(1).inner_text()


def test_a_page_that_reloads_while_it_is_asked_joins_again(notebook):
    lab = notebook(WRITES.replace("made", "reloaded"), "import os; 'reloaded.txt' in os.listdir()")
    lab.run(1, wait_s=0)
    card(lab).get_by_role("button", name="Approve", exact=True).wait_for(timeout=20_000)
    lab.save()
    lab.page.reload()
    lab.page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    click(lab, "Approve")
    lab.page.wait_for_timeout(2_000)
    lab.run(2)
    assert "True" in lab.output(2).inner_text()


def test_a_second_page_on_the_notebook_sees_the_run_and_may_approve(notebook, lab, browser):
    first = notebook(WRITES.replace("made", "second"))
    first.run(1, wait_s=0)
    card(first).get_by_role("button", name="Approve", exact=True).wait_for(timeout=20_000)
    first.save()
    with lab.opened(browser, first.name, wait=False) as second:
        click(second, "Approve")
        first.wait_until_done(1)
    assert "Written." in card(first).inner_text()


def test_a_cell_deleted_while_it_runs_leaves_the_kernel_well(notebook):
    lab = notebook(STOPPABLE["a stream"].replace("60", "4"), "'well'")
    lab.run(1, wait_s=0)
    card(lab).wait_for(timeout=20_000)
    lab.cell(1).locator(".jp-InputPrompt").click()
    lab.page.keyboard.press("d")
    lab.page.keyboard.press("d")
    lab.run(1, wait_s=30)
    assert "well" in lab.output(1).inner_text()


def test_a_kernel_restarted_under_a_card_leaves_it_readable(notebook):
    lab = notebook("%%ask --model offline\nHow many flights were there per month?")
    lab.run(1)
    lab.restart_kernel()
    assert "flights" in card(lab).inner_text()
    assert not any(word in lab.output(1).inner_text() for word in BROKEN_WIDGETS)


def test_a_notebook_reopened_without_its_kernel_shows_every_step(notebook, lab, browser):
    first = notebook("%%ask --model offline\nHow many flights were there per month?")
    first.run(1)
    steps = card(first).locator(".rasgo-step").count()
    first.save()
    first.shut_down_kernel()
    with lab.opened(browser, first.name, wait=False) as again:
        card(again).wait_for(timeout=20_000)
        assert card(again).locator(".rasgo-step").count() == steps
        assert not any(word in again.output(1).inner_text() for word in BROKEN_WIDGETS)


PROMOTED = """\
query = "SELECT origin, count(*) AS n FROM flights.flights GROUP BY 1 ORDER BY 1"
await ask(sql(query, save_as='per_origin', says='Flights per origin.'), answer('Done.'))
"""


def test_promoted_cells_stand_below_and_run_in_a_fresh_kernel(notebook):
    lab = notebook(PROMOTED, "print(per_origin.n.tolist())")
    lab.run(1)
    click(lab, "Promote all")
    lab.wait_for_cells(4)
    cells = lab.save().cells
    made = [n for n, cell in enumerate(cells) if "rasgo_nb" in cell.metadata and cell.cell_type == "code"]
    assert made
    assert max(made) == len(cells) - 2
    lab.restart_kernel()
    for number in [*made, len(cells) - 1]:
        lab.run(number)
    assert "[120835, 111279, 104662]" in lab.output(len(cells) - 1).inner_text()


BIG = """\
wide = "SELECT range AS n, repeat('x', 900) AS long FROM range(200000)"
prints = "for n in range(1_000_000): print(n, 'a long line of output')"
draws = "import plotly.express as px, numpy as np; n = np.arange(3_000_000); fig = px.scatter(x=n, y=n); fig"
await ask(sql(wide), python(prints), python(draws), answer('Done.', dataframes=['result'], figures=['fig']))
"""


def test_each_step_saves_at_most_200_kb(notebook):
    lab = notebook(BIG)
    lab.run(1, wait_s=120)
    outputs = lab.save().cells[1].outputs
    assert len(json.dumps(outputs)) < 3 * 200_000


HOSTILE = (
    "<img src=x onerror=window.pwned=1><script>window.pwned=1</script>"
    "[x](javascript:window.pwned=1)![i](http://example.com/p.png)"
)
HOSTILE_RUN = f"""\
hostile = {HOSTILE!r}
frame = f"import pandas as pd; df = pd.DataFrame({{{{{{hostile!r}}: [{{hostile!r}}]}}}}); df"
prints = f"print({{hostile!r}}); raise ValueError({{hostile!r}})"
await ask(
    python(frame, says=hostile), sql('SELECT * FROM df'), python(prints), answer(hostile), question=hostile
)
"""


def test_hostile_texts_are_shown_as_text(notebook):
    lab = notebook(HOSTILE_RUN)
    lab.run(1)
    closed = card(lab).locator(".rasgo-step-toggle[aria-expanded=false]")
    while closed.count():
        closed.first.click()
    lab.page.wait_for_timeout(1_000)
    assert lab.page.evaluate("() => window.pwned") is None
    assert card(lab).locator("img[src='x'], script, a[href^='javascript']").count() == 0
    assert not lab.outside


def test_a_comm_that_dies_ends_no_run(notebook):
    lab = notebook(
        "await ask(python('import ipywidgets; ipywidgets.Widget.close_all()'), answer('Still here.'))"
    )
    lab.run(1)
    assert "Still here." in lab.output(1).inner_text()


def test_an_older_kernel_asks_by_stdin_and_goes_on(notebook, old_kernel):
    lab = notebook(WRITES.replace("made", "older"), kernel=old_kernel)
    lab.run(1, wait_s=0)
    field = lab.output(1).locator("input.jp-Stdin-input")
    field.wait_for(timeout=20_000)
    field.fill("y")
    lab.page.keyboard.press("Enter")
    lab.wait_until_done(1)
    assert "Written." in lab.output(1).inner_text()


def test_the_names_of_a_profile_s_facts_stand_on_one_line(notebook):
    profile = "say('', call('profile_columns', table='flights.flights', columns=['dep_delay', 'carrier']))"
    lab = notebook(f"await ask({profile}, answer())")
    lab.run(1)
    card(lab).locator(".rasgo-step-toggle").first.click()
    names = card(lab).locator(".rasgo-facts dt")
    names.first.wait_for()
    assert max(names.evaluate_all("all => all.map(one => one.offsetHeight)")) < 25
