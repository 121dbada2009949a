"""What a statement refers to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasgo_nb.connectors.base import TableName
from rasgo_nb.connectors.statement import Statement, any_row_with, first_rows, read_statement

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


@pytest.mark.parametrize(
    ("dialect", "first", "any_row"),
    [
        (
            "postgres",
            'SELECT "a" FROM "s"."t" LIMIT 5',
            'SELECT 1 FROM "s"."t" WHERE "a" ILIKE \'%x%\' LIMIT 1',
        ),
        (
            "tsql",
            "SELECT TOP 5 [a] FROM [s].[t]",
            "SELECT TOP 1 1 FROM [s].[t] WHERE LOWER([a]) LIKE LOWER('%x%')",
        ),
        (
            "oracle",
            'SELECT "a" FROM "s"."t" FETCH FIRST 5 ROWS ONLY',
            'SELECT 1 FROM "s"."t" WHERE LOWER("a") LIKE LOWER(\'%x%\') FETCH FIRST 1 ROWS ONLY',
        ),
        (
            "bigquery",
            "SELECT `a` FROM `s`.`t` LIMIT 5",
            "SELECT 1 FROM `s`.`t` WHERE LOWER(`a`) LIKE LOWER('%x%') LIMIT 1",
        ),
    ],
)
def test_a_look_at_a_table_is_said_in_each_dialect(dialect, first, any_row):
    table = TableName("", "s", "t")
    assert first_rows(table, ["a"], dialect=dialect, rows=5) == first
    assert any_row_with(table, "a", "%x%", operator="ILIKE", dialect=dialect) == any_row
