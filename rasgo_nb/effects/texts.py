"""Texts that code puts together, as far as they can be told: SQL, file names, modes, commands."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rasgo_nb.effects.origins import constant_text

if TYPE_CHECKING:
    from rasgo_nb.effects.origins import Resolver
    from rasgo_nb.effects.survey import Scope

_GAP = "x"  # stands for what is filled in as the code runs; a name in SQL and in Python
_DEEPEST = 12
_KEEPS_TEXT = frozenset(("strip", "lstrip", "rstrip", "lower", "upper", "expanduser", "resolve", "absolute"))
_WRAPS_TEXT = frozenset(
    ("builtins.str", "textwrap.dedent", "inspect.cleandoc", "sqlalchemy.text", "pathlib.Path", "os.fspath")
)
_JOINS = frozenset(("os.path.join", "pathlib.Path", "pathlib.PurePath"))


@dataclass(frozen=True, slots=True)
class Text:
    """A text; where it is not ``whole``, gaps are filled with a name."""

    text: str
    whole: bool = True


def texts_of(node: ast.AST, scope: Scope, resolver: Resolver, depth: int = 0) -> list[Text] | None:
    """Every text that an expression may be; None where one of them cannot be told."""
    if depth > _DEEPEST:
        return None
    if isinstance(node, ast.Constant):
        return [Text(node.value)] if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return [_filled(node, scope, resolver, depth)]
    if isinstance(node, ast.Name):
        return _of_name(node.id, scope, resolver, depth)
    if isinstance(node, ast.BinOp):
        return _of_operation(node, scope, resolver, depth)
    if isinstance(node, ast.Call):
        return _of_call(node, scope, resolver, depth)
    if isinstance(node, ast.IfExp | ast.NamedExpr | ast.Starred):
        parts = [node.body, node.orelse] if isinstance(node, ast.IfExp) else [node.value]
        found = [texts_of(part, scope, resolver, depth + 1) for part in parts]
        return None if None in found else [text for texts in found for text in texts or ()]
    return None


def _filled(node: ast.JoinedStr, scope: Scope, resolver: Resolver, depth: int) -> Text:
    parts = [_part(part, scope, resolver, depth) for part in node.values]
    return Text("".join(part.text for part in parts), whole=all(part.whole for part in parts))


def _part(node: ast.expr, scope: Scope, resolver: Resolver, depth: int) -> Text:
    if isinstance(node, ast.FormattedValue) and node.format_spec is None:
        texts = texts_of(node.value, scope, resolver, depth + 1)
        return texts[0] if texts and len(texts) == 1 else Text(_GAP, whole=False)
    text = constant_text(node)
    return Text(text or _GAP, whole=bool(text))


def _of_name(name: str, scope: Scope, resolver: Resolver, depth: int) -> list[Text] | None:
    where: Scope | None = scope.elsewhere.get(name, scope)
    while where is not None and name not in where.bound:
        where = where.parent
    found: list[Text] = []
    for bound in where.bound[name] if where is not None else ():
        texts = texts_of(bound, where or scope, resolver, depth + 1) if isinstance(bound, ast.AST) else None
        if texts is None:
            return None
        found += texts
    value = resolver.names.get(name) if where is None or where.parent is None else None
    if type(value) is str:
        found.append(Text(value))
    return found or None


def _of_operation(node: ast.BinOp, scope: Scope, resolver: Resolver, depth: int) -> list[Text] | None:
    left = texts_of(node.left, scope, resolver, depth + 1)
    right = texts_of(node.right, scope, resolver, depth + 1) or [Text(_GAP, whole=False)]
    if isinstance(node.op, ast.Mod) and left is not None:
        return [Text(_without_marks(one.text), whole=False) for one in left]
    if not isinstance(node.op, ast.Add | ast.Div):
        return None
    between = "/" if isinstance(node.op, ast.Div) else ""
    starts = left or [Text(_GAP, whole=False)]
    return [Text(a.text + between + b.text, a.whole and b.whole) for a in starts[:4] for b in right[:4]]


def _without_marks(text: str) -> str:
    for mark in ("%s", "%d", "%r", "%f", "{}"):
        text = text.replace(mark, _GAP)
    return text


def _of_call(node: ast.Call, scope: Scope, resolver: Resolver, depth: int) -> list[Text] | None:
    if isinstance(node.func, ast.Attribute) and node.func.attr in (*_KEEPS_TEXT, "format"):
        texts = texts_of(node.func.value, scope, resolver, depth + 1)
        if node.func.attr == "format" and texts is not None:
            return [Text(_without_marks(one.text), whole=False) for one in texts]
        return texts
    paths = {one.path for one in resolver.of(node.func, scope)}
    if paths <= _JOINS and paths and len(node.args) > 1:
        parts = [
            texts_of(part, scope, resolver, depth + 1) or [Text(_GAP, whole=False)] for part in node.args
        ]
        return [Text("/".join(part[0].text for part in parts), all(part[0].whole for part in parts))]
    if paths <= _WRAPS_TEXT and paths and node.args:
        return texts_of(node.args[0], scope, resolver, depth + 1)
    return None
