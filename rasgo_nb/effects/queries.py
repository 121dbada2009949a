"""What the SQL, or the expression over columns, in a call would do."""

from __future__ import annotations

import ast
import re
import warnings
from typing import TYPE_CHECKING

from rasgo_nb.connectors.statement_effects import find_effects
from rasgo_nb.effects.known import known
from rasgo_nb.policy import Finding

if TYPE_CHECKING:
    from rasgo_nb.effects.call import Call
    from rasgo_nb.effects.texts import Text

_BACKTICKS = re.compile(r"`[^`]*`")
_IN_MEMORY = ("duckdb.memory", "sqlite3.memory")
_SQL_WORDS = ("sql", "query", "statement", "statements", "command", "operation", "sql_script")


def parsed_expression(text: str) -> ast.Module | None:
    """An expression over columns as Python; None where it is none."""
    plain_text = _BACKTICKS.sub("x", text).replace("@", "").strip()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(plain_text.replace("\n", " "))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def sql(call: Call) -> list[Finding]:
    """What runs its argument as SQL."""
    argument = call.argument(0, _SQL_WORDS)
    if argument is None or (call.origin.root == "?" and not call.node.args):
        return []
    if isinstance(argument, ast.Call):
        inner = {one.path for one in call.resolver.of(argument.func, call.scope)}
        if inner <= {"sqlalchemy.text", "sqlalchemy.DDL"} and inner and argument.args:
            return []  # judged where it is made
    texts = call.texts(argument)
    if any(_is_server(one) for one in call.texts(call.argument(1, ("con", "uri", "connection"))) or ()):
        far = [Finding("network", f"reaches the network ({call.title})")]
        return far + [finding for one in texts or () for finding in _of_statement(call, one)]
    if texts is None:
        if isinstance(argument, ast.Constant | ast.Dict | ast.List | ast.Set):
            return []
        return [Finding(None, "runs SQL that is put together as it runs")]
    return [finding for one in texts for finding in _of_statement(call, one)]


def connects(call: Call) -> list[Finding]:
    """What opens a connection to the address that its argument names."""
    texts = call.texts(call.argument(0, ("url", "uri")))
    if texts and not any(_is_server(one) for one in texts):
        return []
    return [Finding("network", f"reaches the network ({call.title})")]


def _is_server(text: Text) -> bool:
    return "://" in text.text and not text.text.startswith(("sqlite", "duckdb"))


def _of_statement(call: Call, text: Text) -> list[Finding]:
    if call.origin.last.startswith("read_sql") and text.text.strip().replace(".", "_").isidentifier():
        return [Finding("read", f"reads {text.text.strip()}")]
    dialect = known().dialects.get(call.origin.root, "")
    found = find_effects(text.text, dialect)
    is_shared = call.origin.root == "duckdb" and call.origin.state == "place"
    if is_shared or call.origin.path.startswith(_IN_MEMORY):
        found = [_in_memory(one) for one in found]
    return found or [Finding("read")]


def loads(call: Call) -> list[Finding]:
    """What puts rows into a database: ``frame.to_sql(name, connection)``."""
    arguments = (*call.node.args, *(word.value for word in call.node.keywords))
    origins = [one for node in arguments for one in call.resolver.of(node, call.scope)]
    if any(one.path.startswith(_IN_MEMORY) for one in (call.origin, *origins)):
        return []
    return [Finding("write_warehouse", f"writes to the warehouse ({call.title})")]


def _in_memory(finding: Finding) -> Finding:
    """A table of a database that lives in the kernel's memory is a value like others."""
    is_own = finding.kind == "write_warehouse" and "." not in finding.says
    return Finding("compute") if is_own else finding


def expression(call: Call) -> list[Finding]:
    """What evaluates its argument over columns."""
    texts = call.texts(call.argument(0, ("expr", "ex", "expression")))
    if texts is None:
        return [Finding(None, f"evaluates an expression that is put together as it runs ({call.title})")]
    call.expressions += [one.text for one in texts]
    return []


def expression_or_sql(call: Call) -> list[Finding]:
    """``query`` and ``sql`` of something that is not known: of a frame, or of a connection."""
    argument = call.argument(0, ("expr", *_SQL_WORDS))
    texts = call.texts(argument)
    if texts is None:
        is_code = argument is not None and call.origin.last == "sql"
        return [Finding(None, "runs SQL that is put together as it runs")] if is_code else []
    found: list[Finding] = []
    for one in texts:
        if parsed_expression(one.text) is not None:
            call.expressions.append(one.text)
        else:
            found += _of_statement(call, one)
    return found
