"""What a dbt manifest calls its things, and which tables of the connection they are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from rasgo_nb.catalog.sources.resolve import name_parts
from rasgo_nb.catalog.sources.source import clean, mapping, words

if TYPE_CHECKING:
    from rasgo_nb.catalog.sources.resolve import Resolver
    from rasgo_nb.connectors.base import TableName

Node = Mapping[str, Any]

_RELATIONS = frozenset(("model", "seed", "snapshot", "source"))
_CALL = re.compile(r"\b(?:ref|source)\(([^()]*)\)")
_TEXT = re.compile(r"""['"]([^'"]+)['"]""")


class DbtNames:
    """The nodes of a manifest by their ids, and the tables that they are.

    ``relations`` have a table of their own somewhere; ``unknown`` counts those not in this connection.
    """

    def __init__(self, manifest: Node, names: Resolver) -> None:
        self._names = names
        self.nodes = {key: node for key, node in _nodes(manifest) if is_enabled(node)}
        self.relations = {key: node for key, node in self.nodes.items() if _is_relation(node)}
        parts = {key: _relation(node) for key, node in self.relations.items()}
        found = names.find_all(parts.values())
        self.tables = {key: found[name] for key, name in parts.items() if name in found}
        self.unknown = len(self.relations) - len(self.tables)

    def parents(self, node: Node) -> tuple[TableName, ...]:
        """The tables that a node is made of; what has no table of its own stands for its parents."""
        found: dict[TableName, None] = {}
        seen: set[str] = set()
        waiting = list(reversed(depends_on(node)))
        while waiting:
            key = waiting.pop()
            if key in seen:
                continue
            seen.add(key)
            if key in self.tables:
                found[self.tables[key]] = None
            elif key in self.nodes and key not in self.relations:
                waiting += reversed(depends_on(self.nodes[key]))
        return tuple(found)

    def meant(self, call: object, among: Node) -> TableName | None:
        """The table that ``ref('orders')`` or ``source('shop', 'orders')`` in a text means for a node."""
        found = _CALL.search(call) if isinstance(call, str) else None
        if not found:
            return None
        name = tuple(_TEXT.findall(found[1]))[-2:]
        keys = [key for key in depends_on(among) if self._is_called(key, name)]
        return self.tables.get(keys[0]) if len(keys) == 1 else None

    def spelt(self, name: str, among: Node) -> TableName | None:
        """The table of a name that stands as a call, or as dbt made a name of it."""
        return self.meant(name, among) or (self._names.spelt(name) if name and "(" not in name else None)

    def _is_called(self, key: str, name: tuple[str, ...]) -> bool:
        node = self.nodes.get(key, {})
        package = node.get("source_name") or node.get("package_name")
        return bool(name) and node.get("name") == name[-1] and (len(name) < 2 or package == name[0])


def is_enabled(node: Node) -> bool:
    """Whether dbt builds it."""
    return mapping(node.get("config")).get("enabled") is not False


def depends_on(node: Node) -> list[str]:
    """The ids of what a node is made of."""
    keys = mapping(node.get("depends_on")).get("nodes")
    return [key for key in keys if isinstance(key, str)] if isinstance(keys, list) else []


def meta_of(node: Node) -> Mapping[str, Any]:
    """What people noted of a node beside dbt's own fields, wherever that version keeps it."""
    return {**mapping(mapping(node.get("config")).get("meta")), **mapping(node.get("meta"))}


def tags_of(node: Node) -> tuple[str, ...]:
    """Its tags and, of BigQuery, its labels."""
    config = mapping(node.get("config"))
    if not (node.get("tags") or node.get("labels") or config):
        return ()
    labels = {**mapping(config.get("labels")), **mapping(node.get("labels"))}
    marked = tuple(f"{clean(name)}: {clean(value)}" for name, value in labels.items())
    return tuple(dict.fromkeys((*words(node.get("tags")), *words(config.get("tags")), *marked)))


def owner_of(value: object) -> str:
    """A name of ``owner``, which is a text, or a mapping with name and address."""
    owner = mapping(value)
    said = [clean(owner.get(key)) for key in ("name", "email")]
    return clean(value) or ", ".join(one for one in said if one)


def _nodes(manifest: Node) -> Iterator[tuple[str, Node]]:
    for part in ("nodes", "sources", "exposures", "metrics", "semantic_models", "saved_queries"):
        for key, node in mapping(manifest.get(part)).items():
            if isinstance(node, dict):
                yield key, node


def _is_relation(node: Node) -> bool:
    return (
        clean(node.get("resource_type")) in _RELATIONS
        and mapping(node.get("config")).get("materialized") != "ephemeral"
    )


def _relation(node: Node) -> tuple[str, ...]:
    """Database, schema and table as dbt made it; ``relation_name`` is what it calls it in SQL."""
    named = name_parts(clean(node.get("relation_name")))
    if any(named):
        return named
    own = clean(node.get("identifier")) or clean(node.get("alias")) or clean(node.get("name"))
    return clean(node.get("database")), clean(node.get("schema")), own
