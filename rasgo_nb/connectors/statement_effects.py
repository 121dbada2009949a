"""What SQL would do, read off sqlglot's tree before it runs: what the guard of `readonly` refuses, by kind.

Like the guard this is a seat belt: what a function or trigger of the database does is not in its name.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from rasgo_nb.connectors import duckdb_parser, readonly, readonly_tree, readonly_words
from rasgo_nb.connectors.readonly_lexer import lex
from rasgo_nb.connectors.readonly_rule import DialectRules, Refused
from rasgo_nb.connectors.readonly_rules import rules_of
from rasgo_nb.connectors.statement_words import BY_FIRST_WORD, WRITING, goes_out, words_of
from rasgo_nb.errors import QueryRefused
from rasgo_nb.policy import Effect, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlglot import exp

_ADDRESS = re.compile(
    r"(https?|s3[an]?|gs|gcs|r2|azure|az|abfss?|adls?|wasbs?|hf|ftps?|sftp|ssh|oci|oss|hdfs|webhdfs|github)://",
    re.IGNORECASE,
)


def is_address(text: str) -> bool:
    """Whether a name of a file lies in the network."""
    return _ADDRESS.match(text.strip()) is not None


def find_effects(sql: str, dialect: str) -> list[Finding]:
    """What one or more statements would do; what is not understood is found as such.

    A part that is understood counts also where another part is not.
    """
    if not _is_known(dialect):
        return [Finding(None, f"runs SQL of {dialect!r}, which is no known dialect")]
    with readonly.quiet_sqlglot():
        return [finding for part in _parts(sql, dialect) for finding in _of_statement(part, dialect)]


def find_paid_calls(sql: str, dialect: str) -> list[Finding]:
    """What a read calls that is paid beside it: the guard lets it through, a person is asked."""
    try:
        calls = list(readonly_words.calls(lex(sql, dialect).lexemes))
    except Refused:
        return []
    rules = rules_of(dialect)
    found = ((names, readonly_tree.rule_of(name, rules)) for names in calls for name in names)
    says = {
        names[0]: Finding(rule.effect, f"calls {names[0]}(), which {rule.why}")
        for names, rule in found
        if rule is not None and rule.allowed
    }
    return list(says.values())


@cache
def _is_known(dialect: str) -> bool:
    from sqlglot import Dialect

    return Dialect.get(dialect) is not None


def _parts(sql: str, dialect: str) -> list[str]:
    """The statements of a text, cut at the semicolons that sqlglot's tokenizer sees."""
    from sqlglot import tokenize
    from sqlglot.errors import SqlglotError

    try:
        tokens = tokenize(sql, read=dialect or None)
    except (SqlglotError, ValueError):
        return [sql]
    parts, start = [], 0
    for token in tokens:
        if token.text == ";" and sql[token.start : token.end + 1] == ";":
            parts.append(sql[start : token.start])
            start = token.end + 1
    return [part for part in (*parts, sql[start:]) if part.strip()]


def _of_statement(part: str, dialect: str) -> list[Finding]:
    from sqlglot import exp

    under = _under_explain(part, dialect)
    if under:
        return [finding for one in _parts(under, dialect) for finding in _of_statement(one, dialect)]
    tree = _parse(part, dialect)

    if tree is None or _is_half_parsed(tree):
        return _of_unparsed(part, dialect, is_known=isinstance(tree, exp.Command))
    found = [finding for node in tree.walk() for finding in _of_node(node, dialect)]
    if not found or not _explains_itself(found, tree, part, dialect):
        found.append(_judged_by_guard(part, dialect, tree))
    return found


def _under_explain(part: str, dialect: str) -> str:
    """The statement that an EXPLAIN is of; empty where it is none."""
    try:
        under = readonly_words.under_explain(
            readonly_words.Part(lex(part, dialect).lexemes), rules_of(dialect)
        )
    except Refused:
        return ""
    return under.text_of(part) if under is not None and under.lexemes else ""


def _parse(part: str, dialect: str) -> exp.Expr | None:
    import sqlglot
    from sqlglot.errors import SqlglotError

    try:
        trees = [tree for tree in sqlglot.parse(part, dialect=dialect or None) if tree is not None]
    except (SqlglotError, RecursionError, IndexError, ValueError, AttributeError, TypeError, KeyError):
        # sqlglot's parser trips over some statements that are not in its tests
        return None
    return trees[0] if len(trees) == 1 else None


def _is_half_parsed(tree: exp.Expr) -> bool:
    """Whether sqlglot took the statement for an expression or left it as words."""
    from sqlglot import exp

    return isinstance(tree, exp.Command | exp.Alias | exp.Column | exp.Tuple | exp.Paren | exp.Anonymous)


def _of_unparsed(part: str, dialect: str, *, is_known: bool) -> list[Finding]:
    """A statement that sqlglot has no tree for: the guard may know it, else its first word tells."""
    words = words_of(part, dialect)
    first = "LOADDATA" if words[:2] == ["LOAD", "DATA"] else "".join(words[:1])
    kind = BY_FIRST_WORD.get(first)
    judged = _judged_by_guard(part, dialect, None)
    if judged.kind == "read":
        return [judged]
    found = [Finding("write_file", "writes a file (INTO OUTFILE)")] if goes_out(words) else []
    if kind is None:
        return [*found, *(_finding("write_warehouse", word) for word in words if word in WRITING), judged]
    if kind in ("write_warehouse", "install") and (is_known or _is_known_to_duckdb(part, dialect)):
        return [*found, _finding(kind, first)]
    return [*found, _finding(kind, first), Finding(None, f"runs SQL that is not understood ({first})")]


def _is_known_to_duckdb(part: str, dialect: str) -> bool:
    return dialect == "duckdb" and duckdb_parser.statement_kinds(part) is not None


def _judged_by_guard(part: str, dialect: str, tree: exp.Expr | None) -> Finding:
    try:
        readonly.check_read_only(part, dialect)
    except QueryRefused as refused:
        why = str(refused).removeprefix("Not run: ").removesuffix(readonly.WHAT_TO_DO).rstrip(" .")
        return Finding(None, f"runs SQL that is no known read: {why}")
    except RecursionError:
        return Finding(None, "runs SQL that is nested too deeply to be read")
    return Finding("read", _reads(tree))


def _reads(tree: exp.Expr | None) -> str:
    from sqlglot import exp

    names = dict.fromkeys(_dotted(table) for table in tree.find_all(exp.Table)) if tree is not None else {}
    made = {cte.alias_or_name for cte in tree.find_all(exp.CTE)} if tree is not None else set()
    named = [name for name in names if name and name not in made]
    more = f" and {len(named) - 4} more" if len(named) > 4 else ""
    return f"reads {', '.join(named[:4])}{more}" if named else ""


def _explains_itself(found: list[Finding], tree: exp.Expr, part: str, dialect: str) -> bool:
    """Whether nothing is left for the guard to refuse: what it would refuse has been found by kind."""
    from sqlglot import exp

    if any(finding.kind != "read" for finding in found):
        return True
    if dialect == "duckdb" and not isinstance(tree, exp.Attach):
        try:
            readonly.check_kinds_by_duckdb(part)
        except Refused:
            return False
    return isinstance(tree, exp.Query | exp.Summarize | exp.Describe | exp.Pivot | exp.Attach)


# --- what one node of the tree does


def _of_node(node: exp.Expr, dialect: str) -> Iterator[Finding]:
    from sqlglot import exp

    rules = rules_of(dialect)
    if isinstance(node, exp.Copy):
        yield from _of_copy(node)
    elif isinstance(node, exp.Attach):
        yield from _of_attach(node)
    elif isinstance(node, readonly_tree.more_than_reads()) or _is_statement(node):
        yield _of_writing_node(node)
        if isinstance(node, exp.Export):
            places = (literal.name for literal in node.find_all(exp.Literal))
            yield from (_finding("network", place) for place in places if is_address(place))
    elif isinstance(node, exp.Func):
        yield from _of_function(node, rules)
    elif isinstance(node, exp.Table):
        yield from _of_table(node, rules)
    elif isinstance(node, exp.Summarize | exp.Describe) and isinstance(node.this, exp.Literal):
        yield _file_read(node.this.name)


def _is_statement(node: exp.Expr) -> bool:
    """Whether a node is the root of a statement that is no read, or of one that has no kind here."""
    from sqlglot import exp

    return node.parent is None and not isinstance(
        node, exp.Query | exp.Values | exp.Describe | exp.Show | exp.Summarize | exp.Pivot | exp.Pragma
    )


def _of_writing_node(node: exp.Expr) -> Finding:
    from sqlglot import exp

    word = str(node.this).upper() if isinstance(node, exp.Command) else node.key.upper()
    kind = BY_FIRST_WORD.get(word)
    if isinstance(node, exp.Lock):
        return Finding(None, "locks the rows that it reads (FOR UPDATE)")
    if kind is None and word == "INTO":
        return _finding("write_warehouse", f"SELECT INTO {_target(node)}")
    if kind is None:
        return Finding(None, f"runs SQL whose effect cannot be told ({word})")
    return _finding(kind, _headline(node, word))


_WORDS = {
    "INSERT": "INSERT INTO",
    "MERGE": "MERGE INTO",
    "DELETE": "DELETE FROM",
    "COMMENT": "COMMENT ON",
    "TRUNCATETABLE": "TRUNCATE",
    "LOADDATA": "LOAD DATA",
    "GRANT": "GRANT ON",
    "REVOKE": "REVOKE ON",
}


def _headline(node: exp.Expr, word: str) -> str:
    """How the statement begins: ``DELETE FROM orders``."""
    kind = node.args.get("kind")
    parts = (_WORDS.get(word, word), kind if isinstance(kind, str) else "", _target(node))
    return " ".join(part for part in parts if part)


def _target(node: exp.Expr) -> str:
    from sqlglot import exp

    this = node.this if isinstance(node.this, exp.Expression) else node
    if isinstance(this, exp.Table) and this.name:
        return _dotted(this)
    table = this.find(exp.Table)
    return _dotted(table) if table is not None else ""


def _dotted(table: exp.Table) -> str:
    return ".".join(part for part in (table.catalog, table.db, table.name) if part)


def _finding(kind: Effect, what: str) -> Finding:
    return Finding(kind, f"{_SAYS[kind]} ({what})" if what else _SAYS[kind])


_SAYS: dict[Effect, str] = {
    "write_warehouse": "writes to the warehouse",
    "write_file": "writes a file",
    "network": "reaches the network",
    "install": "installs packages",
}


def _of_copy(node: exp.Copy) -> Iterator[Finding]:
    """``COPY t FROM 'file'`` loads a table; ``COPY t TO 'file'`` writes a file, or runs a program."""
    target = _target(node)
    to_stage = target.startswith("@")
    places = [target] if to_stage else [place.name for place in node.args.get("files") or []]
    is_program = any(place.upper() == "PROGRAM" for place in places)
    if is_program:
        yield Finding(None, "runs another program (COPY PROGRAM)")
    if node.args.get("kind") and not to_stage:
        yield _finding("write_warehouse", _headline(node, "COPY INTO"))
    elif not is_program:
        yield Finding("write_file", f"writes the file {(places or [target])[0]!r}")
    yield from (_finding("network", place) for place in (*places, node.this.name) if is_address(place))


def _of_attach(node: exp.Attach) -> Iterator[Finding]:
    options = {str(option.this).upper() for option in node.expressions}
    place = node.this.this.name if node.this.key == "alias" else node.this.name
    if is_address(place):
        yield _finding("network", place)
    if options == {"READ_ONLY"}:
        yield Finding("read", f"reads the file {place!r}")
    else:
        yield Finding(None, f"opens the database {place!r} for writing (ATTACH)")


def _of_function(node: exp.Func, rules: DialectRules) -> Iterator[Finding]:
    names = readonly_tree.function_names(node)
    for rule in rules.functions:
        name = next((name for name in sorted(names) if rule.covers(name)), "")
        if not name:
            continue
        if rule.allowed:
            yield Finding(rule.effect, f"calls {name}(), which {rule.why}")
        elif rule.effect is None:
            yield Finding(None, f"calls {name}(), which {rule.why}")
        elif rule.effect == "read":
            yield from _of_file_function(node, name)
        else:
            yield _finding(rule.effect, f"{name}()")


def _of_file_function(node: exp.Func, name: str) -> Iterator[Finding]:
    """A function like ``read_csv``: its first argument says which files."""
    from sqlglot import exp

    first = node.expressions[0] if isinstance(node, exp.Anonymous) and node.expressions else node.this
    places = [one.name for one in first.find_all(exp.Literal)] if isinstance(first, exp.Expression) else []
    yield from map(_file_read, places)
    if name.startswith("http") and not any(map(is_address, places)):
        yield _finding("network", f"{name}()")
    literal = exp.Literal | exp.Array | exp.Tuple | exp.Paren
    if not places or any(not isinstance(one, literal) for one in first.walk()):
        yield Finding(None, f"calls {name}() with a place that cannot be told")


def _of_table(node: exp.Table, rules: DialectRules) -> Iterator[Finding]:
    if rules.reads_files_by_name and not node.db and readonly_tree.is_file_name(node.name):
        yield _file_read(node.name)


def _file_read(place: str) -> Finding:
    return _finding("network", place) if is_address(place) else Finding("read", f"reads the file {place!r}")
