"""What a statement refers to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasgo_nb.connectors.statement import Statement, read_statement

WORDS = [
    "SELECT",
    "FROM",
    "t",
    "WHERE",
    "{",
    "}",
    ":",
    "[",
    "]",
    "(",
    ")",
    "1",
    "'a'",
    "SHOW",
    "ALL",
    ",",
    "=",
    "x",
]


@pytest.mark.parametrize("statement", ["SELECT {: 1} FROM t", "SHOW ALL ", "SELECT (", "'", ""])
def test_what_cannot_be_read_refers_to_nothing(statement):
    assert read_statement(statement, "duckdb") == Statement()


@given(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join))
def test_no_text_is_too_odd_to_be_read(statement):
    assert isinstance(read_statement(statement, "duckdb"), Statement)
