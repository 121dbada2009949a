"""Magics whose text is Python, put in its place in the tree."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from rasgo_nb.effects.known import known
from rasgo_nb.effects.origins import constant_text

if TYPE_CHECKING:
    from collections.abc import Callable

_OPTIONS = re.compile(r"^\s*(?:-\w+(?:\s*\d+)?\s+|--[\w-]+(?:=\S+)?\s+)*")
_WITH_A_NAME = frozenset(("capture",))  # %%capture NAME binds it
_LOCAL = frozenset(("timeit", "memit"))  # what they run binds no names of the notebook


class Expand(ast.NodeTransformer):
    """Puts the code of ``%time``, ``%%capture`` and the like where they stand."""

    def __init__(self, parse: Callable[[str], ast.Module | None]) -> None:
        self._parse = parse

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        """A magic that is a statement of its own."""
        body = self._code(node.value)
        if body is None:
            return self.generic_visit(node)
        name, line, tree = body
        statements: list[ast.stmt] = list(tree.body) or [ast.Pass()]
        if name in _LOCAL:
            return _local(statements)
        words = [word for word in line.split() if not word.startswith("-")]
        if name in _WITH_A_NAME and words and words[0].isidentifier():
            bind = ast.Assign([ast.Name(words[0], ast.Store())], ast.Constant(None), lineno=0)
            statements.insert(0, bind)
        return ast.If(ast.Constant(True), statements, [])

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """A magic within a statement: ``result = %time f()``."""
        body = self._code(node)
        if body is not None and len(body[2].body) == 1 and isinstance(body[2].body[0], ast.Expr):
            return body[2].body[0].value
        return self.generic_visit(node)

    def _code(self, node: ast.AST) -> tuple[str, str, ast.Module] | None:
        """The name, line and Python code of a magic that runs its text."""
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            return None
        texts = [constant_text(argument) for argument in node.args]
        if node.func.attr == "run_line_magic" and len(texts) == 2:
            name, line = texts
            is_code = known().line_magics.get(name) == "code"
            tree = self._parse(_OPTIONS.sub("", line)) if is_code else None
        elif node.func.attr == "run_cell_magic" and len(texts) == 3:
            name, line, source = texts
            is_code = known().cell_magics.get(name) == "code"
            setup = "" if name in _WITH_A_NAME else _OPTIONS.sub("", line)
            tree = self._parse(f"{setup}\n{source}") if is_code else None
        else:
            return None
        return (name, line, tree) if tree is not None else None


def _local(statements: list[ast.stmt]) -> ast.stmt:
    nothing = ast.arguments([], [], None, [], [], None, [])
    return ast.FunctionDef("_", nothing, statements, [], lineno=0)
