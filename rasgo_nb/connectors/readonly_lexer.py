"""The words, texts and symbols of a SQL statement, cut as the server of a dialect cuts them.

A parser that takes for text what the server takes for SQL sees a harmless statement. So this reads by the
vendors' lexical rules, refuses what could be read in two ways, and the guard compares it with what its parser
read. Sources: each vendor's reference, chapter on lexical structure.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from functools import cache
from typing import NamedTuple

from rasgo_nb.connectors.readonly_rule import Refused

MAX_LEXEMES = 50_000
MAX_CHARACTERS = 1_000_000
MAX_DEPTH = 60  # brackets in brackets; a parser in Python ends at about a hundred


class Lexeme(NamedTuple):
    """``kind`` is word, name (quoted), text, number or symbol; ``text`` is as written, quotes and all."""

    kind: str
    text: str
    start: int
    end: int

    @property
    def upper(self) -> str:
        """A word in capitals; other lexemes as they are."""
        return self.text.upper() if self.kind == "word" else self.text


@dataclass(frozen=True, slots=True)
class Lexed:
    """A statement's lexemes without comments; ``bare`` is its text with blanks in the place of comments."""

    lexemes: tuple[Lexeme, ...]
    bare: str
    hints: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class _Quoting:
    """How a dialect quotes. ``escapes`` are the quotes in which a backslash escapes the next character."""

    texts: str = "'"
    names: str = '"'
    escapes: str = ""
    unsure: bool = False  # a setting of the server says whether a backslash escapes
    prefixes: str = ""  # letters before a quote that belong to it, as a pattern
    triple: bool = False
    dollar: str = ""  # the pattern of a tag
    brackets: bool = False  # [name]
    q_quotes: bool = False  # q'[text]'
    line_comments: str = "--"
    nested: bool = False
    runs_comments: bool = False  # /*! SQL */


_TAG = r"(?:(?:[^\W\d]|[^\x00-\x7f])(?:\w|[^\x00-\x7f])*)?"
_POSTGRES = _Quoting(prefixes="[bBxXnN]|[uU]&", dollar=_TAG, nested=True)
_MYSQL = _Quoting(
    texts="'\"",
    names="`",
    escapes="'\"",
    unsure=True,
    prefixes="[nNxXbB]",
    line_comments=r"--(?=[\s\x00-\x1f]|\Z)|\#",
    runs_comments=True,
)
_HIVE = _Quoting(texts="'\"", names="`", escapes="'\"", unsure=True, prefixes="[xX]|[rR]", nested=True)
_PRESTO = _Quoting(names='"`', prefixes="[xX]|[uU]&")
_QUOTING = {
    "duckdb": _Quoting(prefixes="[xXbB]", dollar=_TAG),
    "postgres": _POSTGRES,
    "redshift": _Quoting(escapes="'", unsure=True, prefixes="[bBxXnN]|[uU]&", dollar=_TAG, nested=True),
    "snowflake": _Quoting(escapes="'", prefixes="[xXbB]", line_comments="--|//"),
    "bigquery": _Quoting(
        texts="'\"",
        names="`",
        escapes="'\"`",
        prefixes="[rR][bB]?|[bB][rR]?",
        triple=True,
        line_comments=r"--|\#",
    ),
    "mysql": _MYSQL,
    "sqlite": _Quoting(names='"`', prefixes="[xX]", brackets=True),
    "tsql": _Quoting(prefixes="[nN]", brackets=True, nested=True),
    "oracle": _Quoting(prefixes="[nN]", q_quotes=True),
    "clickhouse": _Quoting(
        names='"`', escapes="'\"`", prefixes="[xXbB]", dollar=_TAG, line_comments=r"--|//|\#[! ]"
    ),
    "trino": _PRESTO,
    "presto": _PRESTO,
    "athena": _PRESTO,
    "databricks": _HIVE,
    "spark": _HIVE,
}
# Where nothing is known of the server, a backslash before a quote could mean either.
_ANY = _Quoting(names='"`', unsure=True, prefixes="[nNxXbB]|[uU]&", dollar=_TAG, runs_comments=True)
_DOLLAR_ALONE = frozenset({"snowflake"})  # $$ without a tag


def lex(statement: str, dialect: str) -> Lexed:
    """The statement cut as the server does.

    Raises
    ------
    Refused
        when it could be read in two ways, or is too long or too deep to be judged.
    """
    if len(statement) > MAX_CHARACTERS:
        raise Refused("The statement", f"is longer than {MAX_CHARACTERS:,} characters")
    quoting = _QUOTING.get(dialect, _ANY)
    lexed = _Cutter(statement, dialect, quoting).cut()
    if quoting.unsure and _ESCAPED_QUOTE.search(statement):
        _check_other_reading(statement, dialect, lexed)
    return lexed


def _check_other_reading(statement: str, dialect: str, lexed: Lexed) -> None:
    """A setting of the server says whether a backslash escapes; under the other one it must be no SQL."""
    quoting = _QUOTING.get(dialect, _ANY)
    other = replace(quoting, escapes="" if quoting.escapes else quoting.texts + quoting.names)
    try:
        read = _Cutter(statement, dialect, other).cut()
    except Refused:
        return
    if read.lexemes != lexed.lexemes:
        raise Refused(
            "A text with a backslash before a quote", "is read in two ways, by a setting of the server"
        )


class _Cutter:
    def __init__(self, statement: str, dialect: str, quoting: _Quoting) -> None:
        self._sql = statement
        self._dialect = dialect
        self._quoting = quoting
        self._pattern = _pattern(dialect, quoting)
        self._lexemes: list[Lexeme] = []
        self._comments: list[tuple[int, int]] = []
        self._hints: list[tuple[int, int]] = []
        self._depth = 0
        self._chain = 0

    def cut(self) -> Lexed:
        place, end = 0, len(self._sql)
        while place < end:
            found = self._pattern.match(self._sql, place)
            assert found is not None  # its last part takes any character
            place = self._take(found.lastgroup or "", found.group(), place, found.end())
            if len(self._lexemes) > MAX_LEXEMES:
                raise Refused("The statement", f"has more than {MAX_LEXEMES:,} words")
        if self._depth:
            raise Refused("A bracket", "is not closed")
        return Lexed(tuple(self._lexemes), self._without_comments(), tuple(self._hints))

    def _take(self, kind: str, text: str, start: int, end: int) -> int:
        """What one piece is; returns where the next begins."""
        if kind == "blank":
            return end
        if kind == "line":
            self._check_line(text)
            self._comments.append((start, end))
            return end
        if kind == "block":
            end = self._end_of_block(start)
            (self._hints if self._sql.startswith("/*+", start) else self._comments).append((start, end))
            return end
        if kind in ("dollar", "qquote"):
            end = self._end_of_text(kind, text, start, end)
            kind = "text"
        elif kind == "open":
            raise Refused(f"A text that begins with {self._sql[start : start + 12]!r}", "does not end")
        elif kind in ("text", "name"):
            self._check_quoted(kind, text)
        elif kind == "symbol":
            self._check_symbol(text)
        self._lexemes.append(Lexeme(kind, text if kind != "text" else self._sql[start:end], start, end))
        return end

    def _check_line(self, text: str) -> None:
        if re.search(r"[\r\v\f\x85\u2028\u2029](?!\Z)", text):
            raise Refused("A comment", "has a line break that not every parser takes for one")

    def _end_of_block(self, start: int) -> int:
        if self._quoting.runs_comments and re.match(r"/\*M?!", self._sql[start : start + 4]):
            raise Refused("A comment /*! … */", "is run by the server")
        depth, place = 1, start + 2
        for found in re.compile(r"/\*|\*/").finditer(self._sql, place):
            if found.start() < place:
                continue
            place = found.end()
            depth += 1 if found.group() == "/*" else -1
            if depth > 1 and not self._quoting.nested:
                raise Refused("A comment within a comment", "is read differently by different parsers")
            if depth == 0:
                return place
        raise Refused("A comment", "does not end")

    def _end_of_text(self, kind: str, opening: str, start: int, end: int) -> int:
        closing = opening if kind == "dollar" else _CLOSING.get(opening[-1], opening[-1]) + "'"
        found = self._sql.find(closing, end)
        if found < 0:
            raise Refused(f"A text that begins with {self._sql[start : start + 12]!r}", "does not end")
        return found + len(closing)

    def _check_quoted(self, kind: str, text: str) -> None:
        is_escaped = kind == "name" and "\\" in text and text[-1] in self._quoting.escapes
        if is_escaped or text[:3] in ('U&"', 'u&"'):
            raise Refused(f"The name {text}", "is written with escapes")

    def _check_symbol(self, text: str) -> None:
        if text in "([{":
            self._depth += 1
            follows = bool(self._lexemes) and self._lexemes[-1].text == "]"
            self._chain = self._chain + 1 if follows else 0  # a[1][1]… nests in the tree
            if max(self._depth, self._chain) > MAX_DEPTH:
                raise Refused("The statement", f"has brackets nested more than {MAX_DEPTH} deep")
        elif text in ")]}":
            self._depth -= 1
            if self._depth < 0:
                raise Refused(f"A bracket {text}", "closes what was not opened")
        elif text == "\\":
            raise Refused("A backslash", "outside of quotes is no SQL")
        elif not text.isascii() or not text.isprintable():
            if unicodedata.category(text)[0] in "SM" or (self._dialect == "duckdb" and text.isspace()):
                return  # an emoji as a name; DuckDB takes any blank for a blank
            raise Refused(f"The character U+{ord(text):04X}", "outside of quotes is not what it seems")

    def _without_comments(self) -> str:
        parts, place = [], 0
        for start, end in self._comments:
            parts += [self._sql[place:start], " " * (end - start)]
            place = end
        return "".join((*parts, self._sql[place:]))


_CLOSING = {"[": "]", "(": ")", "{": "}", "<": ">"}
_ESCAPED_QUOTE = re.compile(r"\\['\"`]")


@cache
def _pattern(dialect: str, quoting: _Quoting) -> re.Pattern[str]:
    """One pattern for all that may come next; its last part takes any character."""
    prefix = f"(?:{quoting.prefixes})?" if quoting.prefixes else ""
    texts = [_quoted(quote, quoting) for quote in quoting.texts]
    if "|[rR]" in quoting.prefixes:  # a raw text ends at its first quote
        texts = [*(rf"[rR]{q}[^{q}]*{q}" for q in quoting.texts), *texts]
    if quoting.triple:
        texts = [*(rf"{q * 3}(?:[^\\]|\\.)*?{q * 3}" for q in quoting.texts), *texts]
    texts = [text if text.startswith("[rR]") else prefix + text for text in texts]
    if dialect in ("postgres", "redshift", "duckdb"):
        texts.insert(0, r"[eE]'[^'\\]*(?:(?:\\.|'')[^'\\]*)*'")
    names = [_quoted(quote, quoting) for quote in quoting.names]
    if "[uU]&" in quoting.prefixes:
        names.append(r'[uU]&"[^"]*(?:""[^"]*)*"')
    if quoting.brackets:
        names.append(r"\[[^\]]*(?:\]\][^\]]*)*\]")
    tag = "" if dialect in _DOLLAR_ALONE else quoting.dollar
    dollar = [rf"(?P<dollar>\${tag}\$)"] if quoting.dollar or dialect in _DOLLAR_ALONE else []
    parts = [
        r"(?P<blank>[ \t\r\n\f\v]+)",
        rf"(?P<line>(?:{quoting.line_comments})[^\n]*)",
        r"(?P<block>/\*)",
        *([r"(?P<qquote>[nN]?[qQ]'[^\s])"] if quoting.q_quotes else []),
        rf"(?P<text>{'|'.join(texts)})",
        rf"(?P<name>{'|'.join(names)})",
        rf"(?P<open>[{re.escape(quoting.texts + quoting.names)}])",
        *dollar,
        r"(?P<word>[^\W\d][\w$]*)",
        r"(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)",
        r"(?P<symbol>->>|\|>|:=|.)",
    ]
    return re.compile("|".join(parts), re.DOTALL)


def _quoted(quote: str, quoting: _Quoting) -> str:
    """The pattern of a quoted text: doubled quotes, and backslashes where they escape."""
    if quote not in quoting.escapes:
        return f"{quote}[^{quote}]*(?:{quote * 2}[^{quote}]*)*{quote}"
    doubled = "" if quoting.triple else f"|{quote * 2}"
    return rf"{quote}[^{quote}\\]*(?:(?:\\.{doubled})[^{quote}\\]*)*{quote}"
