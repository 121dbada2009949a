"""The source of functions that were made in the notebook."""

from __future__ import annotations

import ast
import linecache
import warnings
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FunctionType


def function_trees(function: FunctionType) -> list[ast.AST] | None:
    """The function's tree, or those of all lambdas of its line; None where its source is not at hand.

    What was made from a template, such as the ``__init__`` of a dataclass, has no tree and does nothing.
    """
    code = function.__code__
    if code.co_filename == "<string>" and code.co_name.startswith("__"):
        return []
    trees = _index("".join(linecache.getlines(code.co_filename))).get((code.co_name, code.co_firstlineno))
    return list(trees) if trees else None


@lru_cache(maxsize=32)
def _index(source: str) -> dict[tuple[str, int], tuple[ast.AST, ...]]:
    """The functions of a source, by name and first line."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    found: dict[tuple[str, int], tuple[ast.AST, ...]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            line = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            key = node.name, line
        elif isinstance(node, ast.Lambda):
            key = "<lambda>", node.lineno
        else:
            continue
        found[key] = (*found.get(key, ()), node)
    return found
