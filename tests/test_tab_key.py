"""Completion of @names by the Tab key of a plain IPython."""

import pytest
from IPython.core.completer import provisionalcompleter


@pytest.fixture
def loaded(shop):
    shop.shell.rasgo_nb_session = shop
    shop.shell.run_line_magic("load_ext", "rasgo_nb")
    yield shop.shell
    shop.shell.run_line_magic("unload_ext", "rasgo_nb")


def offered(shell, text):
    with provisionalcompleter():
        return [one.text for one in shell.Completer.completions(text, len(text))]


def test_tables_and_columns_are_offered_in_a_question(loaded):
    assert offered(loaded, "%%ask --quiet\nHow many @cust") == ["customers", "orders.customer_id"]
    assert offered(loaded, "%ask the sum of @orders.am") == ["orders.amount"]


@pytest.mark.parametrize("named", ["shop", "shop,sample", "gone,shop"])
def test_tables_are_those_of_the_connection_that_the_cell_names(loaded, shop, named):
    shop.connect("sample")
    assert offered(loaded, f"%%ask --connection {named}\nHow many @cust") == [
        "customers",
        "orders.customer_id",
    ]


def test_variables_are_offered_too(loaded):
    loaded.user_ns["customs"] = [1]
    assert "customs" in offered(loaded, "%%ask\nAdd up @custom")


def test_a_decorator_is_left_to_python(loaded):
    assert "customers" not in offered(loaded, "@cust")
    assert "customers" not in offered(loaded, "def f(): pass\n@cust")


def test_unloading_takes_it_away(loaded):
    loaded.run_line_magic("unload_ext", "rasgo_nb")
    assert "customers" not in offered(loaded, "%%ask\n@cust")
    loaded.run_line_magic("load_ext", "rasgo_nb")
