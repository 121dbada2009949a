"""A statement on several lines, to the letter: nothing but white space between its words is another."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from rasgo_nb.connectors.readonly import quiet_sqlglot

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_ON_ONE_LINE = 80
_CLAUSES = frozenset(
    (
        *("SELECT", "FROM", "WHERE", "GROUP BY", "HAVING", "QUALIFY", "WINDOW", "ORDER BY", "LIMIT"),
        *("UNION", "UNION ALL", "INTERSECT", "EXCEPT"),
    )
)
_JOINS = frozenset(
    (
        *("JOIN", "NATURAL", "LEFT", "RIGHT", "FULL", "INNER", "OUTER", "CROSS", "SEMI", "ANTI", "ASOF"),
        "POSITIONAL",
    )
)
_BEGINNINGS = ("SELECT", "WITH", "FROM")


def on_lines(statement: str, dialect: str) -> str:
    """A line for each clause, where the statement is one long line; else the statement as it is."""
    import sqlglot
    from sqlglot.errors import SqlglotError

    text = statement.strip()
    if "\n" in text or len(text) <= MOST_ON_ONE_LINE:
        return text
    try:
        with quiet_sqlglot():
            tokens = sqlglot.tokenize(text, read=dialect or None)
    except (SqlglotError, ValueError):
        return text
    spans = [(token.start, token.end + 1) for token in tokens]
    # A token's own text may lack its quotes: only what stands in the statement tells words from names.
    return _broken(text, spans, [" ".join(text[a:b].upper().split()) for a, b in spans])


def _broken(text: str, spans: Sequence[tuple[int, int]], words: Sequence[str]) -> str:
    pieces = [text[: spans[0][1]]] if spans else [text]
    opened: list[bool] = [_begins(words, 0)]  # for each open bracket, whether a query stands in it
    for place, ((_, end), (start, stop)) in enumerate(pairwise(spans), 1):
        if words[place - 1] == "(":
            opened.append(_begins(words, place))
        if words[place] == ")" and len(opened) > 1:
            opened.pop()
        gap = text[end:start]
        breaks = opened[-1] and words[place - 1] != "(" and _starts_line(words, place)
        pieces.append(f"\n{'  ' * (len(opened) - 1)}" if breaks and gap.isspace() else gap)
        pieces.append(text[start:stop])
    return "".join([*pieces, text[spans[-1][1] :]]) if spans else text


def _begins(words: Sequence[str], place: int) -> bool:
    return place < len(words) and words[place] in _BEGINNINGS


def _starts_line(words: Sequence[str], place: int) -> bool:
    word = words[place]
    if word == "FROM":
        return words[place - 1] != "DISTINCT"  # as in IS DISTINCT FROM
    if word in _CLAUSES:
        return True
    return word in _JOINS and words[place - 1] not in _JOINS and _leads_to_join(words, place)


def _leads_to_join(words: Sequence[str], place: int) -> bool:
    while place < len(words) and words[place] in _JOINS:
        if words[place] == "JOIN":
            return True
        place += 1
    return False
