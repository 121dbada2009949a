"""Which source a column of a query comes from, and what is wrong where it has none or several."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.catalog.check.names import may_be_no_column
from rasgo_nb.catalog.check.scope import parts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlglot import exp

    from rasgo_nb.catalog.check.query import QueryCheck
    from rasgo_nb.catalog.check.scope import Scope, Source


def check_column(query: QueryCheck, node: exp.Column, scope: Scope, aliases: set[str]) -> None:
    """Note where the column is in none of the sources that it can see, or in several."""
    parts = parts_of(node)
    if not parts or len(parts) < len(node.parts) - 1 or _is_argument_name(node):
        return
    keys = [query.names.written(part) for part in parts]
    if any(part.name.casefold() in query.bound for part in parts[:1]):
        return
    if len(node.parts) == 1:
        _check_bare(query, node, parts[0], keys[0], scope, aliases)
    else:
        _check_qualified(query, node, parts, keys, scope)


def _check_bare(
    query: QueryCheck, node: exp.Column, name: exp.Identifier, key: str, scope: Scope, aliases: set[str]
) -> None:
    from sqlglot import exp

    if key in aliases or any(key in one.aliases for one in _around(scope)):
        return
    found = scope.with_column(key)
    if found:
        own = [source for source in found if not source.is_hidden]
        if len(own) > 1 and key not in scope.merged and not any(one.is_natural for one in scope.chain()):
            titles = " and ".join(dict.fromkeys(source.title for source in own))
            query.note("ambiguous", f"Column {name.name} is ambiguous: it is in {titles}.", name)
        return
    in_function = isinstance(node.parent, exp.Func) and not isinstance(node.parent, exp.AggFunc)
    if (
        scope.may_have(key)
        or scope.called(key)
        or (name.quoted and query.dialect == "sqlite")
        or may_be_no_column(name.name, in_function=in_function)
    ):
        return
    sources = [source for one in scope.chain() for source in one.sources]
    if not sources:
        return
    query.note("column", _missing(name, key, sources), name)


def _check_qualified(
    query: QueryCheck, node: exp.Column, parts: Sequence[exp.Identifier], keys: Sequence[str], scope: Scope
) -> None:
    from sqlglot import exp

    is_star = isinstance(node.this, exp.Star)
    table_at = next((at for at, key in enumerate(keys[:2]) if scope.called(key)), None)
    if table_at is None:
        may_be_struct = scope.may_have(keys[0]) or scope.is_open()
        if not may_be_struct and any(one.sources for one in scope.chain()):
            query.note("alias", f"{parts[0].name} is no table or alias of this FROM.", parts[0])
        return
    rest = keys[table_at + 1 :]
    sources = scope.called(keys[table_at])
    if is_star or not rest or len(sources) != 1:
        return
    # a subquery's alias may be that of a table around it too, which DuckDB then takes
    around = [one for outer in scope.chain() for one in outer.sources if one.key == keys[table_at]]
    if any(source.may_have(rest[0]) for source in around):
        return
    name = parts[table_at + 1]
    # `a.b.c` may be a field of the column `a` of another table
    if scope.may_have(keys[0]) or may_be_no_column(name.name, in_function=False):
        return
    table = str(sources[0].table.name) if sources[0].table else ""
    message = _missing(name, rest[0], sources)
    query.note("column", message, name, qualifier=parts[table_at].name, table=table)


def _missing(name: exp.Identifier, key: str, sources: Iterable[Source]) -> str:
    titles = list(dict.fromkeys(source.title for source in sources if source.title))
    spelt = [one for source in sources for one in source.outputs.spelt if one.casefold() == key.casefold()]
    if spelt:
        return f'Column {name.name} does not exist: it is spelt "{spelt[0]}", in double quotes.'
    who = "has" if len(titles) == 1 else "have"
    return f"Column {name.name} does not exist: {' and '.join(titles[:4])} {who} none of that name."


def _around(scope: Scope) -> list[Scope]:
    """The scopes around one whose aliases a subquery may use."""
    return [one for one in scope.chain() if one is not scope]


def _is_argument_name(node: exp.Column) -> bool:
    """Whether it is the left side of ``name => value`` or ``name = value`` among a function's arguments."""
    from sqlglot import exp

    parent = node.parent
    if isinstance(parent, (exp.PropertyEQ, exp.Kwarg)):
        return parent.this is node
    return isinstance(parent, exp.EQ) and parent.this is node and isinstance(parent.parent, exp.Anonymous)
