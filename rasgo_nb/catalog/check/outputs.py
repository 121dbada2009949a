"""The columns that a SELECT gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.catalog.check.scope import OPEN, Outputs

if TYPE_CHECKING:
    from sqlglot import exp

    from rasgo_nb.catalog.check.names import Folding
    from rasgo_nb.catalog.check.scope import Scope


def outputs_of(node: exp.Select, scope: Scope, names: Folding) -> Outputs:
    """The columns of a SELECT, with those of a star where its sources are known."""
    from sqlglot import exp

    keys: list[str] = []
    spelt: list[str] = []
    is_open, count = False, 0
    is_counted = not (scope.merged or scope.is_natural)
    for one in node.expressions:
        name = plain_name(one)
        if name is not None:
            keys.append(names.written(name))
            spelt.append(name.name)
            count += 1
            continue
        star = _star(one, scope, names)
        if star is not None:
            keys += star.keys
            spelt += star.spelt
            is_open = is_open or star.is_open
            is_counted = is_counted and star.count is not None
            count += star.count or 0
            continue
        is_open = True  # of a name that each database makes up in its own way
        is_counted = is_counted and not isinstance(one, (exp.Columns, exp.Aliases, exp.Unnest, exp.Explode))
        is_counted = is_counted and not one.find(exp.Columns, exp.Star, exp.Anonymous, exp.Explode)
        count += 1
    return Outputs(tuple(keys), is_open, count if is_counted else None, tuple(spelt))


def _star(node: exp.Expr, scope: Scope, names: Folding) -> Outputs | None:
    """The columns of ``*`` or ``t.*``; None where it is neither."""
    from sqlglot import exp

    star = node.this if isinstance(node, exp.Column) else node
    if not isinstance(star, exp.Star):
        return None
    sources = [source for source in scope.sources if not source.is_hidden]
    if isinstance(node, exp.Column):
        sources = scope.called(names.written(node.args["table"])) if node.args.get("table") else []
        if len(sources) != 1:
            return OPEN
    if any(star.args.get(part) for part in ("except_", "replace", "rename", "ilike")):
        return OPEN
    keys = tuple(key for source in sources for key in source.outputs.keys)
    spelt = tuple(key for source in sources for key in source.outputs.spelt)
    is_open = not sources or any(source.outputs.is_open for source in sources)
    return Outputs(keys, is_open, None if is_open else len(keys), spelt)


def plain_name(node: exp.Expr) -> exp.Identifier | None:
    """The name of an output that is a column or has an alias."""
    from sqlglot import exp

    if isinstance(node, exp.Alias):
        return node.args["alias"] if isinstance(node.args["alias"], exp.Identifier) else None
    if isinstance(node, exp.Column) and isinstance(node.this, exp.Identifier):
        return node.this
    return None
