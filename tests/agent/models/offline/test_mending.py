"""A second try, from what an error or an empty result offers."""

from rasgo_nb.agent.models.offline.mending import mended
from rasgo_nb.agent.models.offline.progress import Finished


def _query(sql, page, *, is_error):
    return Finished("run_sql", {"sql": sql}, page, is_error, step=3)


def test_a_wrong_name_is_replaced_by_the_nearest(plan, library):
    page = {"error": "no column", "did_you_mean": [{"wrong": "titel", "nearest": ["title", "genre"]}]}
    query = _query("SELECT titel FROM books", page, is_error=True)
    assert mended(query, plan("titles of books"), library, ()) == "SELECT title FROM books"


def test_a_misspelt_value_is_replaced_by_the_nearest(plan, library):
    hint = "No row of main.books has genre = 'Poetri'. Nearest values: 'Poetry', 'Crime'."
    query = _query("SELECT 1 FROM books WHERE genre = 'Poetri'", {"rows": 0, "hints": [hint]}, is_error=False)
    assert mended(query, plan("titles of books"), library, ()).endswith("genre = 'Poetry'")


def test_texts_are_compared_as_texts_after_a_type_error(plan, library):
    query = _query("SELECT 1", {"error": "Conversion Error: could not convert"}, is_error=True)
    again = mended(query, plan('titles of books whose genre is "crime"'), library, ())
    assert "CAST(genre AS VARCHAR) = 'Crime'" in again


def test_a_result_with_rows_needs_no_second_try(plan, library):
    assert mended(_query("SELECT 1", {"rows": 2}, is_error=False), plan("titles of books"), library, ()) == ""
