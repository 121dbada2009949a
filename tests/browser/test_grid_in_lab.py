"""The grid in a real JupyterLab: rows come from the kernel as they are looked at."""

MANY = (
    "import pandas as pd; big = pd.DataFrame({'n': range(2_000_000)}); "
    "big['name'] = ('row ' + big.n.astype(str)).astype('str')"
)
ASK = f"await ask(python({MANY!r}), answer('There.', dataframes=['big']))"


def grid(lab, number=1):
    return lab.output(number).locator(".rasgo-grid").last


def go_to(lab, row):
    field = grid(lab).get_by_placeholder("Go to row")
    field.fill(str(row))
    field.press("Enter")


def shows(lab, text):
    grid(lab).locator("td", has_text=text).first.wait_for(timeout=20_000)


def filter_by(lab, column, text):
    grid(lab).get_by_role("button", name=f"Filter {column}", exact=True).click()
    grid(lab).get_by_label(f"Value of {column}").fill(text)
    lab.page.keyboard.press("Enter")


def test_any_row_is_reached_also_while_the_kernel_computes(notebook):
    lab = notebook(ASK, "import time\nwhile time.time() % 60 >= 0: pass")
    lab.run(1)
    go_to(lab, "1,234,568")
    shows(lab, "row 1234567")
    lab.run(2, wait_s=0)
    go_to(lab, "1999999")
    shows(lab, "row 1999999")
    assert not lab.errors


def test_rows_are_sorted_filtered_and_copied(notebook):
    lab = notebook(ASK)
    lab.run(1)
    grid(lab).get_by_role("button", name="n", exact=True).click()
    grid(lab).get_by_text("sorted by n").wait_for(timeout=20_000)
    grid(lab).get_by_role("button", name="n", exact=True).click()
    shows(lab, "row 1999999")
    filter_by(lab, "name", "ROW 77777")
    grid(lab).get_by_text("11 of 2,000,000 rows").wait_for(timeout=20_000)
    filter_by(lab, "n", "abc")
    grid(lab).get_by_text("`n` holds numbers. Type one, such as 12.").wait_for(timeout=20_000)
    grid(lab).get_by_role("button", name="CSV").click()
    grid(lab).get_by_text("Wrote big.csv").wait_for(timeout=20_000)


def test_cells_and_names_are_text(notebook):
    code = "import pandas as pd; bad = pd.DataFrame({'<img src=x onerror=alert(1)>': ['<b>bold</b>'] * 50})"
    lab = notebook(f"await ask(python({code!r}), answer('There.', dataframes=['bad']))")
    lab.run(1)
    shows(lab, "<b>bold</b>")
    assert grid(lab).locator("img, b").count() == 0
    assert not lab.errors
