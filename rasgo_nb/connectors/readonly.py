"""Is a SQL statement a read? Judged from its tree, never from its text; the unknown is refused.

Two readings must agree: sqlglot's tree, and `readonly_lexer`, which cuts the statement as the server does.
For DuckDB its own parser is asked as well.

This is a seat belt. The lock is the connection's own read-only session or role: a function that someone
defined in the database can do anything, and its name does not tell.
"""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING

from rasgo_nb.connectors import duckdb_parser, readonly_words
from rasgo_nb.connectors.readonly_lexer import Lexed, lex
from rasgo_nb.connectors.readonly_rule import DialectRules, Refused
from rasgo_nb.connectors.readonly_rules import rules_of
from rasgo_nb.connectors.readonly_tree import check_function, check_tree, is_file_name
from rasgo_nb.errors import QueryRefused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlglot import exp

WHAT_TO_DO = "Write a single SELECT over the connection's own tables."


def check_read_only(statement: str, dialect: str) -> None:
    """Return when the statement is known to be one read.

    Raises
    ------
    QueryRefused
        naming the part of the statement and why; the model or the person rewrites it.
    """
    why = _why_refused(statement, dialect)
    if why:
        raise QueryRefused(f"Not run: {why}.", statement=statement, hint=WHAT_TO_DO)


@lru_cache(maxsize=256)  # a statement is judged when it is priced, when it is asked about and when it runs
def _why_refused(statement: str, dialect: str) -> str:
    try:
        with quiet_sqlglot():
            _check(statement, dialect)
    except Refused as refused:
        return str(refused)
    return ""


def _check(statement: str, dialect: str) -> None:
    lexed = lex(statement, dialect)
    parts = readonly_words.statements(lexed)
    if len(parts) != 1:
        raise Refused(f"{len(parts)} statements", "were given, not one")
    if dialect == "snowflake":
        chained = readonly_words.chained(parts[0])
        if len(chained) > 1:  # SHOW TABLES ->> SELECT … FROM $1
            for one in chained:
                _check(one.text_of(statement), dialect)
            return
    rules = rules_of(dialect)
    under = readonly_words.under_explain(parts[0], rules)
    if under is not None:
        if not under.lexemes:
            raise Refused("0 statements", "were given under EXPLAIN")
        _check_one(under.text_of(statement), dialect, rules)
    else:
        _check_one(statement, dialect, rules)


def _check_one(statement: str, dialect: str, rules: DialectRules) -> None:
    lexed = lex(statement, dialect)
    readonly_words.check_everywhere(lexed, rules)
    if readonly_words.is_read_command(lexed, statement, dialect, rules):
        return
    try:
        check_tree(_parse(statement, dialect, lexed), rules)
    except Refused as refused:
        if not refused.is_unknown:
            raise
        if dialect == "duckdb":
            _check_again(statement, refused)
        elif not readonly_words.is_read_by_words(lexed, rules):
            raise
    else:
        if dialect == "duckdb":
            check_kinds_by_duckdb(statement)


def _parse(statement: str, dialect: str, lexed: Lexed) -> exp.Expr:
    from sqlglot import Dialect, exp
    from sqlglot.errors import SqlglotError

    known = Dialect.get_or_raise(dialect if Dialect.get(dialect) else None)
    try:
        tokens = known.tokenize(statement)
        readonly_words.check_agreement(tokens, statement, lexed)
        trees = [tree for tree in known.parser().parse(tokens, statement) if tree is not None]
    except RecursionError:
        raise Refused("The statement", "is nested too deeply to be judged") from None
    except (SqlglotError, IndexError, ValueError, AttributeError, TypeError, KeyError):
        # sqlglot's parser trips over some statements that are not in its tests
        raise Refused("The statement", f"is not understood as {dialect} SQL", is_unknown=True) from None
    trees = [tree for tree in trees if not isinstance(tree, exp.Semicolon)]
    if len(trees) != 1:
        raise Refused(f"{len(trees)} statements", "were given, not one", is_unknown=not trees)
    return trees[0]


def _check_again(statement: str, doubt: Refused) -> None:
    """For DuckDB's own syntax that sqlglot does not know: its tree, or the two halves of a PIVOT."""
    rules = rules_of("duckdb")
    parsed = duckdb_parser.read_tree(statement)
    if parsed is None:
        _check_pivot(statement, doubt)
        return
    for name in parsed.functions:
        check_function((name,), rules)
    for table in parsed.bare_tables:
        if is_file_name(table):
            raise Refused(f"FROM '{table}'", "reads a file")


def _check_pivot(statement: str, doubt: Refused) -> None:
    """sqlglot knows no ORDER BY or LIMIT after PIVOT; the PIVOT is judged alone, the rest after a SELECT."""
    place = duckdb_parser.pivot_tail(statement)
    if place is None:
        raise doubt
    for half in (statement[:place], f"FROM t {statement[place:]}"):
        check_tree(_parse(half, "duckdb", lex(half, "duckdb")), rules_of("duckdb"))
    check_kinds_by_duckdb(statement)


def check_kinds_by_duckdb(statement: str) -> None:
    """Both parsers must see a read: what one of them takes for text may be a statement to the other."""
    kinds = duckdb_parser.statement_kinds(statement)
    if kinds is not None and (len(kinds) > 1 or not set(kinds) <= duckdb_parser.READ_KINDS):
        raise Refused(f"{' and '.join(kinds)}", "is no read to DuckDB")


_judging = threading.local()


def _is_heard(_record: logging.LogRecord) -> bool:
    return not getattr(_judging, "is_quiet", False)


@contextmanager
def quiet_sqlglot() -> Iterator[None]:
    """sqlglot warns on its logger about each statement that it leaves unparsed; that is no news here.

    Only the thread that judges a statement is quiet: what others do with sqlglot stays heard.
    """
    logging.getLogger("sqlglot").addFilter(_is_heard)  # adds nothing the second time
    before = getattr(_judging, "is_quiet", False)
    _judging.is_quiet = True
    try:
        yield
    finally:
        _judging.is_quiet = before
