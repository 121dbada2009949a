"""What a call of something known would do, by the kind of it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from rasgo_nb.effects.call import Call, is_plain, plain
from rasgo_nb.effects.files import opens, reads, writes, writes_where_told
from rasgo_nb.effects.known import known
from rasgo_nb.effects.origins import constant_text
from rasgo_nb.effects.queries import connects, expression, expression_or_sql, loads, sql
from rasgo_nb.effects.shell import of_command
from rasgo_nb.policy import Finding

if TYPE_CHECKING:
    from collections.abc import Callable


def of_call(kind: str, call: Call) -> list[Finding]:
    """What the call of something of a kind would do."""
    special = _KINDS.get(kind)
    if special is not None:
        return special(call)
    return plain(kind, call.title) if is_plain(kind) else []


def _by_name(call: Call) -> list[Finding]:
    """``df.apply("to_csv", …)`` runs the method of that name."""
    names = [constant_text(one) for one in call.node.args[:1]]
    kinds = {known().of_method(name) for name in names if name}
    return [Finding("write_file", f"writes a file ({names[0]})")] if kinds & {"writes", "writes_to"} else []


def _program(call: Call) -> list[Finding]:
    words = [texts[0].text for texts in map(call.texts, _command_words(call)) if texts]
    if not words:
        return plain("program", call.title)
    return of_command(words[0] if len(words) == 1 else " ".join(words))


def _command_words(call: Call) -> list[ast.expr]:
    argument = call.argument(0, ("args", "cmd", "command"))
    if isinstance(argument, ast.List | ast.Tuple):
        python = ast.Constant("python")
        return [python if ast.unparse(one) == "sys.executable" else one for one in argument.elts]
    return [argument] if argument is not None else []


_KINDS: dict[str, Callable[[Call], list[Finding]]] = {
    "writes": writes,
    "writes_to": writes_where_told,
    "opens": opens,
    "reads": reads,
    "sql": sql,
    "connects": connects,
    "warehouse": loads,
    "expression": expression,
    "expression_or_sql": expression_or_sql,
    "by_name": _by_name,
    "program": _program,
}
