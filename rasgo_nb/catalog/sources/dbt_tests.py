"""What dbt's tests tell of tables: keys, usual values, and columns that are keys of another table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rasgo_nb.catalog.facts import Fact, Origin
from rasgo_nb.catalog.sources.dbt_names import DbtNames, Node, depends_on
from rasgo_nb.catalog.sources.source import clean, mapping, rows, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from rasgo_nb.connectors.base import TableName

# Arguments that are no condition: which table, which column, and how failures are told.
_FRAME = frozenset(("model", "column_name", "arguments", "config", "name", "description"))
_RELATIONSHIPS = frozenset(("relationships", "relationships_where"))
_COLUMNS = ("combination_of_columns", "column_list", "columns", "column_names")


def facts_of_test(node: Node, known: DbtNames, origin_of: Callable[[Node], Origin]) -> Iterator[Fact]:
    """The facts of a generic test; a test in SQL of one's own tells nothing that could be read for sure."""
    about = mapping(node.get("test_metadata"))
    name = clean(about.get("name"))
    said = mapping(about.get("kwargs"))
    arguments = {**said, **mapping(said.get("arguments"))}
    table = _table(node, arguments, known)
    if not name or table is None:
        return
    origin = origin_of({**node, "name": table.table})  # its own name is as long as its arguments
    columns = _columns(node, arguments)
    if name in _RELATIONSHIPS:
        other, field = known.meant(arguments.get("to"), node), clean(arguments.get("field"))
        if other is not None and field and len(columns) == 1:
            yield Fact("join", (table, other), origin, columns=columns, referenced_columns=(field,))
    values = tuple(_text(value) for value in _list(arguments.get("values")))
    if name == "accepted_values" and values and columns:
        yield Fact("values", (table,), origin, columns=columns, values=values)
    yield Fact("test", (table,), origin, name=_full(name, about), text=_condition(arguments), columns=columns)


def facts_of_constraints(node: Node, table: TableName, known: DbtNames, origin: Origin) -> Iterator[Fact]:
    """Keys that a model promises to have, of itself and of its columns."""
    own = [(one, words(one.get("columns"))) for one in rows(node.get("constraints"))]
    for column in rows(node.get("columns")):
        own += [(one, words(column.get("name"))) for one in rows(column.get("constraints"))]
    for constraint, columns in own:
        kind, there = clean(constraint.get("type")), words(constraint.get("to_columns"))
        if kind in ("primary_key", "unique") and columns:
            yield Fact("test", (table,), origin, name=kind, columns=columns)
        other = known.spelt(clean(constraint.get("to")), node) if kind == "foreign_key" else None
        if other is not None and columns and len(columns) == len(there):
            yield Fact("join", (table, other), origin, columns=columns, referenced_columns=there)


def _table(node: Node, arguments: Mapping[str, Any], known: DbtNames) -> TableName | None:
    attached = node.get("attached_node")
    if isinstance(attached, str) and attached in known.nodes:
        return known.tables.get(attached)
    on = depends_on(node)
    return known.meant(arguments.get("model"), node) or (known.tables.get(on[0]) if len(on) == 1 else None)


def _columns(node: Node, arguments: Mapping[str, Any]) -> tuple[str, ...]:
    one = clean(node.get("column_name")) or clean(arguments.get("column_name"))
    several = next((words(arguments[key]) for key in _COLUMNS if isinstance(arguments.get(key), list)), ())
    return (one,) if one else several


def _full(name: str, about: Mapping[str, Any]) -> str:
    namespace = clean(about.get("namespace"))
    return f"{namespace}.{name}" if namespace else name


def _condition(arguments: Mapping[str, Any]) -> str:
    """The arguments that say what is tested, in one line."""
    told = {
        name: ", ".join(map(_text, value)) if isinstance(value, list) else _text(value)
        for name, value in arguments.items()
        if name not in _FRAME and name not in _COLUMNS
    }
    return clean("; ".join(f"{name}: {value}" for name, value in told.items() if value), 400)


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else clean(value)
