"""What the guard sees in sqlglot's tree: kinds of statements, functions, tables."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from rasgo_nb.connectors.readonly_rule import DialectRules, FunctionRule, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sqlglot import exp

FILE_ENDINGS = (
    ".csv", ".tsv", ".txt", ".parquet", ".json", ".jsonl", ".ndjson", ".geojson", ".xlsx", ".db", ".duckdb",
    ".sqlite", ".arrow", ".arrows", ".feather", ".ipc", ".avro", ".orc", ".vortex", ".lance",
    ".gz", ".zst", ".bz2",
)  # fmt: skip


def check_tree(tree: exp.Expr, rules: DialectRules) -> None:
    """Return when a statement is a read through and through.

    Raises
    ------
    Refused
    """
    from sqlglot import exp

    reads = exp.Query, exp.Values, exp.Describe, exp.Show, exp.Summarize, exp.Pivot, exp.Pragma
    if not isinstance(tree, reads):
        is_unknown = isinstance(tree, exp.Command | exp.Alias | exp.Column | exp.Tuple | exp.Paren)
        raise Refused(_kind(tree), "is no read", is_unknown=is_unknown)
    for node in tree.walk(prune=lambda node: isinstance(node, exp.Hint)):
        _check_node(node, tree, rules)


def _check_node(node: exp.Expr, tree: exp.Expr, rules: DialectRules) -> None:
    kind: Any = type(node)
    concern = _concern(kind)
    if concern == "write" and not (rules.locks and kind.key == "lock"):
        raise Refused(_kind(node), "is no read")
    if concern in _CHECKS:
        _CHECKS[concern](node, tree, rules)


@cache  # a tree has many nodes of few types
def _concern(kind: Any) -> str:
    """What there is to look at in nodes of this type; empty where there is nothing."""
    from sqlglot import exp

    if issubclass(kind, more_than_reads()):
        return "write"
    concerns: dict[str, tuple[type, ...]] = {
        "call": (exp.Func,),
        "table": (exp.Table,),
        "pragma": (exp.Pragma,),
        "text": (exp.Summarize, exp.Describe),
        "column": (exp.Column,),
    }
    return next((concern for concern, kinds in concerns.items() if issubclass(kind, kinds)), "")


@cache
def more_than_reads() -> tuple[type[exp.Expr], ...]:
    """The kinds of nodes that no read has anywhere in its tree."""
    from sqlglot import exp

    return (
        exp.DML, exp.DDL, exp.Command, exp.Into, exp.Lock, exp.Drop, exp.Alter, exp.TruncateTable, exp.Set,
        exp.Use, exp.Attach, exp.Detach, exp.Install, exp.Kill, exp.Transaction, exp.Commit, exp.Rollback,
        exp.LoadData, exp.Grant, exp.Revoke, exp.Comment, exp.Analyze, exp.Cache, exp.Uncache, exp.Refresh,
        exp.Export, exp.Execute, exp.Declare, exp.Put, exp.Get, exp.Undrop, exp.ConnectTo, exp.Disconnect,
        exp.Block, exp.IfBlock, exp.LoopBlock, exp.WhileBlock, exp.RepeatBlock, exp.CaseStatement, exp.ForIn,
        exp.Return, exp.Leave, exp.Iterate, exp.MultitableInserts, exp.ConditionalInsert, exp.SwapTable,
        exp.StoredProcedure, exp.QueryTransform, exp.NextValueFor, exp.AlterSession, exp.QueryBand,
    )  # fmt: skip


def _check_described(node: exp.Expr, _tree: exp.Expr, _rules: DialectRules) -> None:
    from sqlglot import exp

    if isinstance(node.this, exp.Literal):
        raise Refused(f"{_kind(node)} '{node.this.name}'", "reads a file")


def _check_column(column: exp.Expr, _tree: exp.Expr, rules: DialectRules) -> None:
    """``s.nextval`` is a column by its looks alone."""
    schema = column.args.get("table")
    if schema is None:
        return
    name = folded(column.name)
    if name == "nextval":
        check_function((name,), rules)
    elif not rules.unknown_functions:  # Oracle calls a function without brackets: DBMS_X.Y
        check_function((f"{folded(schema.name)}.{name}",), rules)


def _check_pragma(pragma: exp.Expr, tree: exp.Expr, rules: DialectRules) -> None:
    """SQLite parses ``PRAGMA table_info(t)`` like ``PRAGMA table_info = t``, and so does sqlglot."""
    has_value = pragma.this.key == "eq"
    name = folded(pragma.this.this.name if has_value else pragma.this.name)
    if pragma is not tree or name not in (rules.asking_pragmas if has_value else rules.read_pragmas):
        raise Refused(f"PRAGMA {name}", "is not known to be a read")


def folded(name: str) -> str:
    """A name in lower case, as a server finds it that turns all to capitals: a long s is an s to it."""
    return name.upper().lower()


def function_names(function: exp.Func) -> set[str]:
    """Every name that a function goes by, in lower case: as written, as sqlglot knows it, and qualified."""
    from sqlglot import exp

    if isinstance(function, exp.Anonymous | exp.AnonymousAggFunc):
        names = {function.name}
    else:
        names = {str(name) for name in (*function.sql_names(), function.meta.get("name")) if name}
    schema = _schema_of(function)
    full = {name for one in names for name in (one, *((f"{schema}.{one}",) if schema else ()))}
    return {one for name in map(folded, full) for one in endings(name)}


def endings(name: str) -> tuple[str, ...]:
    """``a.b.c``, ``b.c`` and ``c``."""
    parts = name.split(".")
    return tuple(".".join(parts[place:]) for place in range(len(parts)))


def _schema_of(function: exp.Func) -> str:
    from sqlglot import exp

    parent = function.parent
    if isinstance(parent, exp.Dot) and parent.expression is function:
        return ".".join(part.name for part in parent.parts[:-1])
    if isinstance(parent, exp.Table) and parent.this is function:
        return ".".join(part for part in (parent.catalog, parent.db) if part)
    return ""


def _check_call(function: exp.Expr, _tree: exp.Expr, rules: DialectRules) -> None:
    from sqlglot import exp

    assert isinstance(function, exp.Func)
    names = function_names(function)
    check_function(names, rules)
    if not rules.unknown_functions and isinstance(function, exp.Anonymous | exp.AnonymousAggFunc):
        check_known(names, rules)


def check_known(names: Iterable[str], rules: DialectRules) -> None:
    """Refuse a function that is in no list, where a function of a user may write."""
    names = tuple(names)
    if not rules.known_functions.intersection(names):
        raise Refused(f"{min(names, key=len)}()", "is not known to only read")


def check_function(names: Iterable[str], rules: DialectRules) -> None:
    """Refuse a function that goes by any of these names if one of them is of a kind that does more."""
    for name in names:
        rule = rule_of(name, rules)
        if rule is not None and not rule.allowed:
            raise Refused(f"{name}()", rule.why)


def check_column_call(name: str, rules: DialectRules) -> None:
    """Refuse what looks like a column, if as a function it would do more than read."""
    for rule in rules.as_columns:
        if rule.covers(name):
            raise Refused(f"(…).{name}", f"is a call of {name}(), which {rule.why}")


def rule_of(name: str, rules: DialectRules) -> FunctionRule | None:
    """The first rule that covers a function."""
    return next((rule for rule in rules.functions if rule.covers(name)), None)


def _check_table(table: exp.Expr, _tree: exp.Expr, rules: DialectRules) -> None:
    from sqlglot import exp

    assert isinstance(table, exp.Table)
    if rules.reads_files_by_name and not table.db and is_file_name(table.name):
        raise Refused(f"FROM '{table.name}'", "reads a file")
    if folded(table.db) in rules.file_schemas and is_file_name(table.name):
        raise Refused(f"FROM {table.db}.`{table.name}`", "reads files")
    name = ".".join(folded(part) for part in (table.catalog, table.db, table.name) if part)
    if rules.secret_tables.intersection(endings(name)):
        raise Refused(f"FROM {name}", "reads passwords or files of the server")


_CHECKS: Mapping[str, Callable[[exp.Expr, exp.Expr, DialectRules], None]] = {
    "call": _check_call,
    "table": _check_table,
    "pragma": _check_pragma,
    "text": _check_described,
    "column": _check_column,
}


def is_file_name(name: str) -> bool:
    """Whether DuckDB would take a table's name for a file or an address."""
    bare = name.casefold().split("?")[0]
    return (
        bare.endswith(FILE_ENDINGS)
        or "://" in bare
        or bare.startswith(("/", "~", "./", "../", "\\", "dbfs:"))
    )


def _kind(tree: exp.Expr) -> str:
    from sqlglot import exp

    if isinstance(tree, exp.Lock):
        return "FOR UPDATE or FOR SHARE (a LOCK)"
    return str(tree.this).upper() if isinstance(tree, exp.Command) else tree.key.upper()
