"""One long line becomes several, with every word as it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasgo_nb.connectors.statement_lines import on_lines


def test_each_clause_has_a_line():
    sql = (
        "WITH q AS (SELECT a, b::int AS c FROM t WHERE d IS NOT NULL) SELECT a, extract(year FROM e) AS y "
        "FROM q LEFT OUTER JOIN r USING (a) WHERE left(a, 1) IS DISTINCT FROM 'from' GROUP BY ALL LIMIT 3"
    )
    assert on_lines(sql, "duckdb").splitlines() == [
        "WITH q AS (SELECT a, b::int AS c",
        "  FROM t",
        "  WHERE d IS NOT NULL)",
        "SELECT a, extract(year FROM e) AS y",
        "FROM q",
        "LEFT OUTER JOIN r USING (a)",
        "WHERE left(a, 1) IS DISTINCT FROM 'from'",
        "GROUP BY ALL",
        "LIMIT 3",
    ]


@pytest.mark.parametrize(
    "sql", ["SELECT 1", "SELECT a\nFROM t -- all of it " + "x" * 80, "SELECT 'open " + "x" * 90, ""]
)
def test_what_is_short_or_has_lines_or_cannot_be_read_stays(sql):
    assert on_lines(sql, "duckdb") == sql


WORDS = st.sampled_from(
    ["SELECT", "a", "FROM", "t", "(", ")", ",", "'it''s  from'", '"WHERE"', "WHERE", "/* FROM */", "JOIN",
     "LEFT", "GROUP BY", "ORDER  BY", "$$ FROM $$", "x'00'", "e'\\n'", "é", ";", "--", "1.5", "::", "{", "}"]
)  # fmt: skip


@given(st.lists(WORDS, min_size=20, max_size=60))
def test_nothing_but_white_space_changes(words):
    sql = " ".join(words)
    assert on_lines(sql, "duckdb").split() == sql.split()


@given(st.text(min_size=81))
def test_any_text_comes_through(sql):
    assert on_lines(sql, "duckdb").split() == sql.split()
