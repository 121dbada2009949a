"""Is a SQL statement a read? Judged from its tree, never from its text; the unknown is refused.

This is a seat belt. The lock is the connection's own read-only session or role: a function that someone
defined in the database can do anything, and its name does not tell.
"""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rasgo_nb.connectors import duckdb_parser
from rasgo_nb.errors import QueryRefused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlglot import exp

    from rasgo_nb.policy import Effect

WHAT_TO_DO = "Write a single SELECT over the connection's own tables."

FILE_ENDINGS = (
    ".csv", ".tsv", ".txt", ".parquet", ".json", ".jsonl", ".ndjson", ".geojson", ".xlsx", ".db", ".duckdb",
    ".sqlite", ".arrow", ".arrows", ".feather", ".ipc", ".avro", ".orc", ".gz", ".zst", ".bz2",
)  # fmt: skip


_EXPLAIN_OPTIONS = (
    "FORMAT",
    "ANALYZE",
    "VERBOSE",
    "COSTS",
    "BUFFERS",
    "TIMING",
    "SUMMARY",
    "SETTINGS",
    "WAL",
)


@dataclass(frozen=True, slots=True)
class FunctionRule:
    """Functions of one kind, by name and by the start or end of their names, all in lower case.

    ``effect`` is what they do; None where that cannot be told.
    """

    why: str
    names: frozenset[str] = frozenset()
    starts: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    effect: Effect | None = None

    def covers(self, name: str) -> bool:
        """Whether the function, its name in lower case, is of this kind."""
        return name in self.names or name.startswith(self.starts) or name.endswith(self.ends)


@dataclass(frozen=True, slots=True)
class DialectRules:
    """What is particular to a dialect: functions that do more than read, and PRAGMAs that do not."""

    functions: tuple[FunctionRule, ...] = ()
    read_pragmas: frozenset[str] = field(default=frozenset())
    reads_files_by_name: bool = False  # FROM 'sales.csv'
    read_commands: frozenset[str] = field(default=frozenset())  # read, whatever words follow


RULES = {
    "duckdb": DialectRules(
        functions=(
            FunctionRule(
                "reads files or the network",
                frozenset({"glob", "sniff_csv", "st_read", "st_read_meta", "st_drivers", "shapefile_meta"}),
                starts=("read_", "parquet_", "http_", "iceberg_", "delta_", "ducklake_"),
                ends=("_scan", "_scan_pushdown", "_attach"),
                effect="read",
            ),
            FunctionRule(
                "runs a text as SQL",
                frozenset({
                    "query", "query_table", "json_execute_serialized_sql", "from_substrait",
                    "from_substrait_json", "check_peg_parser", "python_map_function",
                }),
                ends=("_query", "_execute"),
            ),
            FunctionRule(
                "reveals secrets of the machine",
                frozenset({"getenv", "duckdb_secrets", "which_secret", "load_aws_credentials"}),
            ),
            FunctionRule(
                "changes the state of the database",
                frozenset({
                    "nextval", "setval", "setseed", "write_log", "checkpoint", "force_checkpoint",
                    "import_database", "copy_database", "add_parquet_key", "truncate_duckdb_logs",
                    "verify_parallelism",
                }),
                starts=("enable_", "disable_", "create_", "destroy_", "register_", "deregister_"),
                effect="write_warehouse",
            ),
            FunctionRule("only waits", frozenset({"sleep_ms", "pg_sleep"})),
        ),
        read_pragmas=frozenset({
            "collations", "database_list", "database_size", "functions", "metadata_info", "platform", "show",
            "show_databases", "show_tables", "show_tables_expanded", "storage_info", "table_info",
            "user_agent", "version",
        }),
        reads_files_by_name=True,
        read_commands=frozenset({"SHOW"}),
    ),
    "postgres": DialectRules(
        functions=(
            FunctionRule(
                "reads or writes files of the server",
                frozenset({"pg_stat_file"}),
                starts=("pg_read_", "pg_ls_", "pg_file_", "lo_", "pg_current_logfile"),
            ),
            FunctionRule(
                "runs a text as SQL",
                frozenset({"ts_stat", "ts_rewrite"}),
                starts=("dblink", "query_to_xml", "cursor_to_xml", "crosstab", "connectby"),
            ),
            FunctionRule(
                "changes the state of the server",
                frozenset({
                    "set_config", "setval", "nextval", "setseed", "pg_terminate_backend", "pg_cancel_backend",
                    "pg_reload_conf", "pg_rotate_logfile", "pg_switch_wal", "pg_promote", "pg_notify",
                    "pg_export_snapshot", "pg_import_system_collations", "pg_backup_start", "pg_backup_stop",
                    "pg_log_backend_memory_contexts", "pg_sync_replication_slots",
                }),
                starts=(
                    "pg_advisory_", "pg_try_advisory_", "pg_create_", "pg_drop_", "pg_copy_", "pg_logical_",
                    "pg_replication_", "pg_stat_reset", "pg_wal_replay_", "pg_stat_statements_reset",
                    "pg_restore_", "pg_clear_",
                ),
                effect="write_warehouse",
            ),
            FunctionRule("only waits", starts=("pg_sleep",)),
        ),
        read_commands=frozenset({"SHOW"}),
    ),
    "snowflake": DialectRules(
        functions=(
            FunctionRule("acts on the account", starts=("system$",)),
            FunctionRule("reveals a way to files", frozenset({"get_presigned_url", "build_scoped_file_url"})),
            FunctionRule(
                "changes the state of the database",
                frozenset({"nextval", "seq_nextval"}),
                effect="write_warehouse",
            ),
        ),
        read_commands=frozenset({"SHOW", "DESC", "DESCRIBE"}),
    ),
    "bigquery": DialectRules(
        functions=(
            FunctionRule("runs a text as SQL", frozenset({"external_query"}), effect="network"),
            FunctionRule("calls a service", frozenset({"external_object_transform"}), effect="network"),
        ),
    ),
}  # fmt: skip


class Refused(Exception):
    """Why a statement is no read; ``is_unknown`` when it was only not understood."""

    def __init__(self, part: str, why: str, *, is_unknown: bool = False) -> None:
        super().__init__(f"{part} {why}")
        self.is_unknown = is_unknown


def check_read_only(statement: str, dialect: str) -> None:
    """Return when the statement is known to be one read.

    Raises
    ------
    QueryRefused
        naming the part of the statement and why; the model or the person rewrites it.
    """
    try:
        try:
            _check_by_sqlglot(statement, dialect)
        except Refused as refused:
            if not refused.is_unknown:
                raise
            if not _is_read_command(statement, dialect):
                _check_again(statement, dialect, refused)
        else:
            if dialect == "duckdb":
                check_kinds_by_duckdb(statement)
    except Refused as refused:
        raise QueryRefused(f"Not run: {refused}.", statement=statement, hint=WHAT_TO_DO) from None


def _check_by_sqlglot(statement: str, dialect: str) -> None:
    with quiet_sqlglot():
        tree = _parse(statement, dialect)
        under = explained(tree, dialect)
        if under is not None:
            tree = _parse(under, dialect)
    _check_tree(tree, RULES.get(dialect, DialectRules()))


def _parse(statement: str, dialect: str) -> exp.Expr:
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        trees = [tree for tree in sqlglot.parse(statement, dialect=dialect) if tree is not None]
    except (SqlglotError, RecursionError, IndexError, ValueError, AttributeError, TypeError, KeyError):
        # sqlglot's parser trips over some statements that are not in its tests
        raise Refused("The statement", f"is not understood as {dialect} SQL", is_unknown=True) from None
    trees = [tree for tree in trees if not isinstance(tree, exp.Semicolon)]
    if len(trees) != 1:
        raise Refused(f"{len(trees)} statements", "were given, not one", is_unknown=not trees)
    return trees[0]


def explained(tree: exp.Expr, dialect: str) -> str | None:
    """The statement under EXPLAIN, which sqlglot leaves unparsed."""
    from sqlglot import exp, tokenize
    from sqlglot.errors import SqlglotError

    if not isinstance(tree, exp.Command) or str(tree.this).upper() != "EXPLAIN":
        return None
    rest = tree.expression.name if tree.expression else ""
    try:
        tokens = tokenize(rest, read=dialect)
    except SqlglotError:
        raise Refused("The statement under EXPLAIN", f"is not understood as {dialect} SQL") from None
    start = 0
    for token in tokens:
        if token.start < start:
            continue
        if token.text.upper() in ("ANALYZE", "ANALYSE", "VERBOSE"):
            start = token.end + 1
        elif token.text == "(" and _is_option_list(rest[token.start :]):
            start = rest.find(")", token.start) + 1 or len(rest)
        else:
            break
    return str(rest[start:])


def _is_option_list(text: str) -> bool:
    first = text[1:].lstrip().split(None, 1)[:1]
    return bool(first) and first[0].strip("(),").upper() in (
        "FORMAT",
        "ANALYZE",
        "VERBOSE",
        "COSTS",
        "BUFFERS",
    )


def _check_tree(tree: exp.Expr, rules: DialectRules) -> None:
    from sqlglot import exp

    reads = exp.Query, exp.Values, exp.Describe, exp.Show, exp.Summarize, exp.Pivot, exp.Pragma
    if not isinstance(tree, reads):
        is_unknown = isinstance(tree, exp.Command | exp.Alias | exp.Column | exp.Tuple | exp.Paren)
        raise Refused(_kind(tree), "is no read", is_unknown=is_unknown)
    for node in tree.walk():
        _check_node(node, tree, rules)


def _check_node(node: exp.Expr, tree: exp.Expr, rules: DialectRules) -> None:
    from sqlglot import exp

    if isinstance(node, more_than_reads()):
        raise Refused(_kind(node), "is no read")
    if isinstance(node, exp.Pragma):
        _check_pragma(node, tree, rules)
    elif isinstance(node, exp.Func):
        for name in function_names(node):
            _check_function(name, rules)
    elif isinstance(node, exp.Table):
        _check_table(node, rules)
    elif isinstance(node, exp.Summarize | exp.Describe) and isinstance(node.this, exp.Literal):
        raise Refused(f"{_kind(node)} '{node.this.name}'", "reads a file")
    elif isinstance(node, exp.Column) and node.name.casefold() == "nextval" and node.table:
        _check_function("nextval", rules)


def more_than_reads() -> tuple[type[exp.Expr], ...]:
    """The kinds of nodes that no read has anywhere in its tree."""
    from sqlglot import exp

    return (
        exp.DML, exp.DDL, exp.Command, exp.Into, exp.Lock, exp.Drop, exp.Alter, exp.TruncateTable, exp.Set,
        exp.Use, exp.Attach, exp.Detach, exp.Install, exp.Kill, exp.Transaction, exp.Commit, exp.Rollback,
        exp.LoadData, exp.Grant, exp.Revoke, exp.Comment, exp.Analyze, exp.Cache, exp.Uncache, exp.Refresh,
        exp.Export, exp.Execute, exp.Declare, exp.Put, exp.Get, exp.Undrop, exp.ConnectTo, exp.Disconnect,
    )  # fmt: skip


def _check_pragma(pragma: exp.Pragma, tree: exp.Expr, rules: DialectRules) -> None:
    name = pragma.this.name.casefold()
    if pragma is not tree or name not in rules.read_pragmas or pragma.this.key == "eq":
        raise Refused(f"PRAGMA {name}", "is not known to be a read")


def function_names(function: exp.Func) -> set[str]:
    """Every name that a function goes by, in lower case: as written, and as sqlglot knows it."""
    from sqlglot import exp

    if isinstance(function, exp.Anonymous | exp.AnonymousAggFunc):
        return {function.name.casefold()}
    written = function.meta.get("name") or ""
    return {name.casefold() for name in (*function.sql_names(), str(written)) if name}


def _check_function(name: str, rules: DialectRules) -> None:
    for rule in rules.functions:
        if rule.covers(name):
            raise Refused(f"{name}()", rule.why)


def _check_table(table: exp.Table, rules: DialectRules) -> None:
    if rules.reads_files_by_name and not table.db and is_file_name(table.name):
        raise Refused(f"FROM '{table.name}'", "reads a file")


def is_file_name(name: str) -> bool:
    """Whether DuckDB would take a table's name for a file or an address."""
    bare = name.casefold().split("?")[0]
    return bare.endswith(FILE_ENDINGS) or "://" in bare or bare.startswith(("/", "~", "./", "../", "\\"))


def _kind(tree: exp.Expr) -> str:
    from sqlglot import exp

    return str(tree.this).upper() if isinstance(tree, exp.Command) else tree.key.upper()


def _is_read_command(statement: str, dialect: str) -> bool:
    """SHOW and the like: a first word that only ever reads, and after it words and names alone."""
    from sqlglot import tokenize
    from sqlglot.errors import SqlglotError

    try:
        texts = [token.text for token in tokenize(statement, read=dialect)]
    except SqlglotError:
        return False
    rules = RULES.get(dialect, DialectRules())
    if texts[-1:] == [";"]:
        texts.pop()
    if not texts or texts[0].upper() not in rules.read_commands:
        return False
    allowed = ".," if rules.reads_files_by_name else ".,()-"
    if dialect == "duckdb" and duckdb_parser.statement_kinds(statement) is None:
        return False
    is_file = rules.reads_files_by_name and any(is_file_name(text) for text in texts)
    return not is_file and all(text in allowed or text.replace("_", "a").isalnum() for text in texts)


def _check_again(statement: str, dialect: str, doubt: Refused) -> None:
    """For DuckDB's own syntax that sqlglot does not know: its tree, or the two halves of a PIVOT."""
    if dialect != "duckdb":
        raise doubt
    parsed = duckdb_parser.read_tree(statement)
    if parsed is None:
        _check_pivot(statement, doubt)
        return
    for name in parsed.functions:
        _check_function(name, RULES["duckdb"])
    for table in parsed.bare_tables:
        if is_file_name(table):
            raise Refused(f"FROM '{table}'", "reads a file")


def _check_pivot(statement: str, doubt: Refused) -> None:
    """sqlglot knows no ORDER BY or LIMIT after PIVOT; the PIVOT is judged alone, the rest after a SELECT."""
    place = duckdb_parser.pivot_tail(statement)
    if place is None:
        raise doubt
    _check_by_sqlglot(statement[:place], "duckdb")
    _check_by_sqlglot(f"FROM t {statement[place:]}", "duckdb")
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
    _judging.is_quiet = True
    try:
        yield
    finally:
        _judging.is_quiet = False
