"""How words are taken apart and compared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasgo_nb.agent.models.offline.question import tokenize
from rasgo_nb.agent.models.offline.words import edit_distance, identifier_words, lemma, likeness

_WORDS = st.text(alphabet="abcdefgh", min_size=1, max_size=7)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("order_items", ("order", "item")),
        ("OrderItemID", ("order", "item", "id")),
        ("price2024", ("price", "2024")),
        ("HTTPCode", ("http", "code")),
    ],
)
def test_identifiers_are_taken_apart(name, words):
    assert identifier_words(name) == words


@pytest.mark.parametrize(
    ("plural", "singular"), [("cities", "city"), ("boxes", "box"), ("people", "person"), ("status", "status")]
)
def test_plurals_become_singular(plural, singular):
    assert lemma(plural) == singular


@pytest.mark.parametrize(
    ("said", "named", "least"),
    [
        ("departure", "dep", 0.9),
        ("quantity", "qty", 0.9),
        ("customer", "client", 0.7),
        ("carrer", "carrier", 0.7),
    ],
)
def test_abbreviations_synonyms_and_typos_are_alike(said, named, least):
    assert least <= likeness(said, named) < 1.0


@given(_WORDS, _WORDS)
def test_a_distance_is_the_same_both_ways(one, other):
    assert edit_distance(one, other) == edit_distance(other, one)
    assert (edit_distance(one, other) == 0) == (one == other)


@given(st.text(max_size=60))
def test_any_text_has_tokens_and_each_is_of_the_text(text):
    for token in tokenize(text):
        assert token.text


@pytest.mark.parametrize(
    ("question", "values"),
    [
        ("more than 1,500 units", [1500]),
        ("under $2.5k", [2500.0]),
        ("three of them", [3]),
        ("on 2024-02-07", ["2024-02-07"]),
    ],
)
def test_numbers_are_read_however_they_are_written(question, values):
    assert [token.value for token in tokenize(question) if token.kind == "number"] == values
