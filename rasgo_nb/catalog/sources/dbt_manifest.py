"""dbt's ``manifest.json``: what the project says of its models, sources and columns, and what it tests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rasgo_nb.catalog.facts import Fact, FactKind, Origin
from rasgo_nb.catalog.sources.dbt_metrics import metric_facts
from rasgo_nb.catalog.sources.dbt_names import DbtNames, Node, meta_of, owner_of, tags_of
from rasgo_nb.catalog.sources.dbt_tests import facts_of_constraints, facts_of_test
from rasgo_nb.catalog.sources.source import DoesNotRead, SourceReading, clean, mapping, rows, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rasgo_nb.catalog.sources.resolve import Resolver
    from rasgo_nb.connectors.base import TableName

NEWEST = 12  # the newest version of manifests whose fields are known
_VERSION = re.compile(r"/manifest/v(\d+)")


def read_manifest(manifest: Any, names: Resolver, *, place: str) -> SourceReading:
    """The facts of a manifest, whatever its version; ``place`` is the file, as a problem names it.

    Raises
    ------
    DoesNotRead
        when it is no manifest.
    """
    if not isinstance(manifest, dict) or not isinstance(manifest.get("nodes"), dict):
        raise DoesNotRead(f"{place} is no manifest of dbt. Run `dbt parse` and sync again.")
    known = DbtNames(manifest, names)
    reader = _Manifest(manifest, known)
    return SourceReading(
        facts=tuple(reader.facts()),
        problems=tuple(_problems(manifest, known, place)),
        read=len(known.relations),
    )


def project_of(manifest: Node) -> str:
    """The name of the project, which older versions do not tell: then that of most of its models."""
    told = clean(mapping(manifest.get("metadata")).get("project_name"))
    packages = [clean(node.get("package_name")) for node in rows(manifest.get("nodes"))]
    return told or max(sorted(set(packages)), key=packages.count, default="") or "project"


def _problems(manifest: Node, known: DbtNames, place: str) -> Iterator[str]:
    version = _VERSION.search(clean(mapping(manifest.get("metadata")).get("dbt_schema_version")))
    if not version:
        yield f"{place} does not tell its version; it was read as one of version {NEWEST}."
    elif int(version[1]) > NEWEST:
        yield f"{place} has version {version[1]}, newer than {NEWEST}; it was read as far as that goes."
    if known.unknown:
        all_of_them = f"{len(known.relations)} models and sources of {place}"
        yield f"{known.unknown} of {all_of_them} are not in this connection."


class _Manifest:
    """One manifest while it is read."""

    def __init__(self, manifest: Node, known: DbtNames) -> None:
        self._manifest = manifest
        self._known = known
        self._source = f"dbt:{project_of(manifest)}"
        self._at = clean(mapping(manifest.get("metadata")).get("generated_at"))

    def facts(self) -> Iterator[Fact]:
        for key, table in self._known.tables.items():
            node = self._known.relations[key]
            yield from self._of_table(node, table)
            yield from self._of_columns(node, table)
            yield from facts_of_constraints(node, table, self._known, self._origin(node))
        for node in self._known.nodes.values():
            kind = node.get("resource_type")
            if kind == "test":
                yield from facts_of_test(node, self._known, self._origin)
            elif kind == "exposure":
                yield from self._of_exposure(node)
            elif kind == "analysis":
                yield from self._of_analysis(node)
        yield from metric_facts(self._manifest, self._known, self._origin)
        yield from self._of_docs()

    def _origin(self, node: Node) -> Origin:
        file = clean(node.get("patch_path")).rpartition("://")[2] or clean(node.get("original_file_path"))
        name = clean(node.get("name"))
        place = f"{file}:{name}" if file else name
        return Origin(self._source, place, author=owner_of(meta_of(node).get("owner")), at=self._at)

    def _of_table(self, node: Node, table: TableName) -> Iterator[Fact]:
        origin = self._origin(node)
        said = clean(node.get("description")) or clean(node.get("source_description"))
        yield from _said("description", said, (table,), origin)
        for tag in tags_of(node):
            yield Fact("tag", (table,), origin, text=tag)
        for word in _synonyms(node):
            yield Fact("synonym", (table,), origin, text=word)
        group = mapping(self._groups().get(clean(mapping(node.get("config")).get("group"))))
        owner = owner_of(meta_of(node).get("owner")) or owner_of(group.get("owner"))
        yield from _said("owner", owner, (table,), origin)
        parents = tuple(parent for parent in self._known.parents(node) if parent != table)
        if parents:
            yield Fact("lineage", (table, *parents), origin)

    def _of_columns(self, node: Node, table: TableName) -> Iterator[Fact]:
        origin = self._origin(node)
        for key, column in mapping(node.get("columns")).items():
            if not isinstance(column, dict):
                continue
            columns = (clean(column.get("name")) or key,)
            yield from _said("description", clean(column.get("description")), (table,), origin, columns)
            for tag in tags_of(column):
                yield Fact("tag", (table,), origin, text=tag, columns=columns)
            for word in _synonyms(column):
                yield Fact("synonym", (table,), origin, text=word, columns=columns)

    def _of_exposure(self, node: Node) -> Iterator[Fact]:
        tables = self._known.parents(node)
        if not tables:
            return
        said = (clean(node.get("description")), clean(node.get("url")), clean(node.get("type")))
        origin = self._origin(node)
        author = owner_of(node.get("owner")) or origin.author
        origin = Origin(origin.source, origin.place, author, origin.at)
        name = clean(node.get("label")) or clean(node.get("name"))
        yield Fact("exposure", tables, origin, name=name, text="\n".join(one for one in said if one))

    def _of_analysis(self, node: Node) -> Iterator[Fact]:
        sql = clean(node.get("compiled_code") or node.get("compiled_sql"), 40_000)
        tables = self._known.parents(node)
        if sql and tables:
            name = clean(node.get("name"))
            said = clean(node.get("description")) or name.replace("_", " ")
            yield Fact("query", tables, self._origin(node), name=name, text=said, sql=sql)

    def _of_docs(self) -> Iterator[Fact]:
        """Blocks of text that no description shows as a whole."""
        blocks = [one for one in rows(self._manifest.get("docs")) if one.get("package_name") != "dbt"]
        if not blocks:
            return
        shown = {clean(node.get("description")) for node in self._known.relations.values()}
        for node in self._known.relations.values():
            shown |= {clean(column.get("description")) for column in rows(node.get("columns"))}
        for node in blocks:
            text = clean(node.get("block_contents"))
            if text and text not in shown:
                yield Fact("note", (), self._origin(node), name=clean(node.get("name")), text=text)

    def _groups(self) -> dict[str, Node]:
        return {clean(group.get("name")): group for group in rows(self._manifest.get("groups"))}


def _said(
    kind: FactKind, text: str, tables: tuple[TableName, ...], origin: Origin, columns: tuple[str, ...] = ()
) -> Iterator[Fact]:
    if text:
        yield Fact(kind, tables, origin, text=text, columns=columns)


def _synonyms(node: Node) -> tuple[str, ...]:
    meta = meta_of(node)
    return tuple(
        dict.fromkeys(word for key in ("synonyms", "aliases", "label") for word in words(meta.get(key)))
    )
