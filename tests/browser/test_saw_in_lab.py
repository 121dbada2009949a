"""What the model saw, in JupyterLab: opened from a step, and asked again without some of it."""

ASKED = """
await ask(
    sql("SELECT carrier, count(*) AS n FROM flights.flights GROUP BY carrier"),
    answer("16 carriers.", steps=[1]),
    question="How many carriers?",
)
"""


def opened(notebook, **size):
    """A page whose run shows what the model saw for its answer."""
    page = notebook(ASKED, **size)
    page.run(1)
    line = page.output(1).locator(".rasgo-answer .rasgo-saw .rasgo-link").first
    line.wait_for(timeout=20_000)
    assert "The model saw " in line.inner_text()
    line.click()
    page.output(1).locator(".rasgo-items tbody tr").first.wait_for(timeout=20_000)
    return page


def item(page, title):
    return page.output(1).locator(".rasgo-items tr", has_text=title).first


def test_an_item_says_what_data_it_holds_and_opens_to_its_text(notebook):
    page = opened(notebook)
    result = item(page, "Result of run_sql")
    assert "16 rows of carrier, n" in result.inner_text()
    result.get_by_role("button").click()
    text = page.output(1).locator(".rasgo-longtext pre").first
    text.wait_for()
    assert "carrier" in text.inner_text()
    assert not page.errors
    assert not page.outside


def test_a_ticked_item_is_left_out_in_a_cell_below(notebook):
    page = opened(notebook, width=700)
    item(page, "Result of run_sql").get_by_role("checkbox").check()
    page.output(1).get_by_role("button", name="Ask again without 1 item").click()
    page.page.locator(".jp-Notebook .jp-Cell").nth(2).wait_for(timeout=20_000)
    page.page.wait_for_timeout(1_000)
    assert "--without 1.1" in page.save().cells[2].source


def test_a_saved_run_has_the_line_and_says_where_the_rest_is(notebook):
    page = opened(notebook)
    saved = page.save().cells[1].outputs
    states = [output.data.get("application/vnd.rasgo.run+json") for output in saved if "data" in output]
    steps = next(state["steps"] for state in states if state)
    assert all("tokens" in step["saw"] for step in steps)
    html = next(output.data["text/html"] for output in saved if "data" in output)
    assert f"The model saw {steps[0]['saw']}." in html
