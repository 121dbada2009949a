"""What the guard sees in the words of a statement, beside its tree: their order is the server's own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rasgo_nb.connectors import duckdb_parser
from rasgo_nb.connectors.readonly_rule import DialectRules, Refused
from rasgo_nb.connectors.readonly_tree import (
    check_column_call,
    check_function,
    endings,
    folded,
    is_file_name,
)
from rasgo_nb.connectors.statement_words import EXPLAIN_OPTIONS, OPTION_NAMES, WRITING, WRITING_ANYWHERE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlglot.tokenizer_core import Token

    from rasgo_nb.connectors.readonly_lexer import Lexed, Lexeme


@dataclass(frozen=True, slots=True)
class Part:
    """One statement, or what is left of it, among the lexemes of a text."""

    lexemes: tuple[Lexeme, ...]

    def text_of(self, statement: str) -> str:
        """The part as written."""
        return statement[self.lexemes[0].start : self.lexemes[-1].end]


def statements(lexed: Lexed) -> list[Part]:
    """The statements of a text that are more than nothing."""
    return _cut(lexed.lexemes, ";")


def chained(part: Part) -> list[Part]:
    """Snowflake's ``->>`` runs what follows on the result of what stands before."""
    return _cut(part.lexemes, "->>")


def _cut(lexemes: Sequence[Lexeme], symbol: str) -> list[Part]:
    parts: list[list[Lexeme]] = [[]]
    for one in lexemes:
        if one.kind == "symbol" and one.text == symbol:
            parts.append([])
        else:
            parts[-1].append(one)
    return [Part(tuple(part)) for part in parts if part]


# --- EXPLAIN


def under_explain(part: Part, rules: DialectRules) -> Part | None:
    """The statement that an EXPLAIN is of; None when it is no EXPLAIN.

    Raises
    ------
    Refused
        where EXPLAIN itself writes: Oracle keeps the plan in a table.
    """
    lexemes = part.lexemes
    if not lexemes or lexemes[0].upper != "EXPLAIN":
        return None
    if not rules.explains:
        raise Refused("EXPLAIN", "is no read here")
    place = 1
    while place < len(lexemes):
        if lexemes[place].upper in EXPLAIN_OPTIONS:
            place += 1
            if place + 1 < len(lexemes) and lexemes[place].text == "=":  # FORMAT = JSON
                place += 2
        elif lexemes[place].text == "(" and _is_option_list(lexemes, place):
            place = closing(lexemes, place) + 1
        else:
            break
    return Part(lexemes[place:])


def _is_option_list(lexemes: Sequence[Lexeme], place: int) -> bool:
    return place + 1 < len(lexemes) and lexemes[place + 1].upper in OPTION_NAMES


def closing(lexemes: Sequence[Lexeme], place: int) -> int:
    """Where the bracket that opens at ``place`` is closed; the last place when it is not."""
    depth = 0
    for at in range(place, len(lexemes)):
        if lexemes[at].kind == "symbol":
            depth += (lexemes[at].text == "(") - (lexemes[at].text == ")")
            if depth == 0:
                return at
    return len(lexemes) - 1


# --- what holds for every statement, whatever its tree says


def check_everywhere(lexed: Lexed, rules: DialectRules) -> None:
    """Refuse reserved words that make more than a read, and functions by the names before a bracket."""
    lexemes = lexed.lexemes
    if rules.reserved:
        for place, one in enumerate(lexemes):
            is_reserved = one.kind in ("word", "symbol") and one.upper in rules.reserved
            if is_reserved and not _is_plain(lexemes, place):
                raise Refused(one.upper, "makes more than a read of the statement")
    for names in calls(lexemes):
        check_function(names, rules)
    for name in _columns_that_call(lexemes):
        check_column_call(name, rules)
    _check_identifiers(lexemes, rules)


def _columns_that_call(lexemes: Sequence[Lexeme]) -> Iterator[str]:
    """What stands last behind a dot: a column, a table, or in Postgres a function of what is before it."""
    for before, one, after in zip(lexemes, lexemes[1:], (*lexemes[2:], None), strict=False):
        is_last = after is None or after.text not in (".", "(")
        if before.text == "." and one.kind in ("word", "name") and is_last:
            yield folded(unquoted(one))


def _check_identifiers(lexemes: Sequence[Lexeme], rules: DialectRules) -> None:
    """``IDENTIFIER('f')(1)`` calls what a text names."""
    for place in range(len(lexemes) - 1):
        if lexemes[place].upper != "IDENTIFIER" or lexemes[place + 1].text != "(":
            continue
        end = closing(lexemes, place + 1)
        if end + 1 < len(lexemes) and lexemes[end + 1].text == "(":
            inside = lexemes[place + 2 : end]
            if len(inside) != 1 or inside[0].kind != "text":
                raise Refused("IDENTIFIER()", "calls a function that cannot be told")
            name = re.sub(r"[\s\"`]|^\$\$|\$\$$", "", inside[0].text.strip("'"))
            check_function(endings(folded(name)), rules)
        elif end + 2 < len(lexemes) and lexemes[end + 1].text == ".":
            check_function((folded(unquoted(lexemes[end + 2])),), rules)


def _is_plain(lexemes: Sequence[Lexeme], place: int) -> bool:
    """A reserved word in a harmless place: a part of a name, or of CASE, a join hint and the like."""
    before = lexemes[place - 1].upper if place else ""
    after = lexemes[place + 1].upper if place + 1 < len(lexemes) else ""
    return before in (".", "@") or after == "." or (lexemes[place].upper == "IF" and after == "(")


def calls(lexemes: Sequence[Lexeme], *, all_of_them: bool = False) -> Iterator[tuple[str, ...]]:
    """For each name that stands before a bracket: the name with and without what qualifies it.

    Names that the statement gives are left out, where their look tells and not ``all_of_them`` are wanted.
    """
    for place in range(1, len(lexemes)):
        if lexemes[place].text == "(" and lexemes[place - 1].kind in ("word", "name"):
            first = place - 1
            while (
                first >= 2 and lexemes[first - 1].text == "." and lexemes[first - 2].kind in ("word", "name")
            ):
                first -= 2
            if all_of_them or not _names_columns(lexemes, first, place):
                name = ".".join(unquoted(one) for one in lexemes[first:place] if one.text != ".")
                yield endings(folded(name))


def _names_columns(lexemes: Sequence[Lexeme], first: int, bracket: int) -> bool:
    """Whether a name before a bracket is one that the statement gives: ``AS x(a, b)``, ``WITH x(a) AS (``."""
    before = lexemes[first - 1].upper if first else ""
    if before == "AS":
        return True
    after = closing(lexemes, bracket) + 1
    is_cte = before in ("WITH", "RECURSIVE", ",")
    return is_cte and after < len(lexemes) and lexemes[after].upper == "AS" and _opens(lexemes, after + 1)


def _opens(lexemes: Sequence[Lexeme], place: int) -> bool:
    texts = [one.upper for one in lexemes[place : place + 3]]
    return texts[:1] == ["("] or texts[:2] == ["MATERIALIZED", "("] or texts == ["NOT", "MATERIALIZED", "("]


def unquoted(name: Lexeme) -> str:
    """A name without its quotes."""
    if name.kind != "name":
        return name.text
    quote = name.text[-1]
    return name.text[1:-1].replace(quote * 2, quote)


# --- statements without a tree


def is_read_command(lexed: Lexed, statement: str, dialect: str, rules: DialectRules) -> bool:
    """SHOW and the like: a first word that only ever reads, and after it words and names alone."""
    lexemes = [one for one in lexed.lexemes if one.text != ";"]
    if not lexemes or lexemes[0].upper not in rules.read_commands:
        return False
    if any(one.upper in _QUERIES for one in lexemes[1:]):
        return False  # DESCRIBE SELECT …, which has a tree
    if dialect == "duckdb":
        if duckdb_parser.statement_kinds(statement) is None:
            return False
        if any(
            one.kind in ("name", "text", "word") and is_file_name(one.text.strip("'\"")) for one in lexemes
        ):
            return False
    allowed = ".," if rules.reads_files_by_name else ".,()-=%*@/$:<>"
    return all(one.kind != "symbol" or one.text in allowed for one in lexemes) and not any(
        one.kind == "word" and one.upper in WRITING for one in lexemes[2:]
    )


_QUERIES = frozenset({"SELECT", "WITH", "VALUES", "PIVOT"})


def is_read_by_words(lexed: Lexed, rules: DialectRules) -> bool:
    """Whether a statement that no tree could be made of is a read by the grammar of its dialect.

    Without the words of INSERT, SELECT INTO, FOR UPDATE and so on, what begins like a query is one; its
    functions have been judged by name.
    """
    words = [one.upper for one in lexed.lexemes if one.text != "("]
    if not rules.words_tell or not words or words[0] not in ("SELECT", "WITH", "VALUES", "TABLE", "FROM"):
        return False
    for names in calls(lexed.lexemes, all_of_them=True):  # WITH(a AS f(x), a)
        check_function(names, rules)
    return not any(
        _may_write(lexed.lexemes, place) or _names_a_secret(lexed.lexemes, place, rules)
        for place in range(len(lexed.lexemes))
    )


def _may_write(lexemes: Sequence[Lexeme], place: int) -> bool:
    one, before = lexemes[place], lexemes[place - 1].text if place else ""
    if one.kind != "word" or one.upper not in WRITING_ANYWHERE or before == ".":
        return False
    return not (before == "|>" and one.upper in ("DROP", "CALL"))  # a column; a function of tables


def _names_a_secret(lexemes: Sequence[Lexeme], place: int, rules: DialectRules) -> bool:
    if lexemes[place].kind not in ("word", "name"):
        return False
    name = folded(unquoted(lexemes[place]))
    is_schema = place + 1 < len(lexemes) and lexemes[place + 1].text == "."
    return (is_schema and name in rules.file_schemas) or any(
        name == secret.rpartition(".")[2] for secret in rules.secret_tables
    )


# --- the two readings


def check_agreement(tokens: Sequence[Token], statement: str, lexed: Lexed) -> None:
    """Refuse when sqlglot takes for text, name or comment what the server does not, or the other way."""
    if tokens and _is_command(tokens, statement):
        return
    ours = {_bounds(one.text, one.start, one.end) for one in lexed.lexemes if one.kind in ("text", "name")}
    theirs = set()
    place = 0
    for token in tokens:
        start, end = token.start, token.end + 1
        if lexed.bare[place:start].strip() and not _in_hint(place, start, lexed):
            raise Refused(f"{statement[place:start].strip()[:40]!r}", "is read in two ways")
        place = max(place, end)
        text = statement[start:end]
        if text and text[-1] in _QUOTES and len(text) > 1:
            theirs.add(_bounds(text, start, end))
        elif lexed.bare[start:end].strip() != text.strip() and not _in_hint(start, end, lexed):
            raise Refused(f"{text[:40]!r}", "is read in two ways")
    if lexed.bare[place:].strip(" \t\r\n\f\v;") and not lexed.hints:
        raise Refused(f"{statement[place:].strip()[:40]!r}", "is read in two ways")
    differing = ours ^ theirs
    if differing and not all(_in_hint(start, end, lexed) for start, end in differing):
        start, end = min(differing)
        raise Refused(f"{statement[start:end][:40]!r}", "is read in two ways")


_QUOTES = "'\"`]$"
_OPENING = re.compile(r"['\"`\[$]")


def _bounds(text: str, start: int, end: int) -> tuple[int, int]:
    """Where a quoted piece begins and ends, its prefix left out."""
    found = _OPENING.search(text)
    return start + (found.start() if found else 0), end


def _in_hint(start: int, end: int, lexed: Lexed) -> bool:
    return any(first <= end and start <= last for first, last in lexed.hints)


def _is_command(tokens: Sequence[Token], statement: str) -> bool:
    """Whether the tokenizer left all after the first word as one text, as it does for CALL and the like."""
    from sqlglot.tokenizer_core import TokenType

    if len(tokens) != 2 or tokens[1].token_type != TokenType.STRING:
        return False
    return statement[tokens[1].start : tokens[1].end + 1][:1] not in ("'", '"')
