"""Words and flags of a command in any order."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasgo_nb.commands.words import Words, read_words
from rasgo_nb.errors import RasgoError, UnknownName

KINDS = {"to": str, "limit": int, "force": bool}
WORD = st.text(
    st.characters(exclude_characters="\"'", exclude_categories=("Cs", "Cc")), min_size=1, max_size=12
)


def test_flags_stand_anywhere():
    read = read_words("export 0a1b --force --to runs.jsonl --limit=3 more", KINDS)
    assert read == Words(("export", "0a1b", "more"), {"force": True, "to": "runs.jsonl", "limit": 3})


def test_backslashes_of_windows_stay():
    assert read_words(r"export --to C:\runs\new.jsonl", KINDS).flags["to"] == r"C:\runs\new.jsonl"


def test_a_quote_within_a_word_is_a_letter():
    assert read_words("it's Ada's", KINDS).plain == ("it's", "Ada's")
    assert read_words("--to='my runs.jsonl'", KINDS).flags == {"to": "my runs.jsonl"}


@given(st.lists(WORD.filter(lambda word: not word.startswith("--")), max_size=5))
def test_quoted_words_come_back_as_they_are(words):
    assert read_words(" ".join(f'"{word}"' for word in words), KINDS).plain == tuple(words)


@given(st.text(max_size=60))
def test_any_line_is_read_or_refused(line):
    with suppress(RasgoError):
        assert all(isinstance(word, str) for word in read_words(line, KINDS).plain)


@pytest.mark.parametrize(
    ("line", "told"),
    [("--limti 3", "Did you mean --limit"), ("--limit 0", "whole number"), ("--to --force", "needs a value")],
)
def test_flags_that_make_no_sense_are_told(line, told):
    with pytest.raises((RasgoError, UnknownName), match=told):
        read_words(line, KINDS)
