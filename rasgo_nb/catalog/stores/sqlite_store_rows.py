"""Tables and facts as they lie in a file: short, and whatever letters they hold."""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING, Any

from rasgo_nb.catalog.facts import Fact, Origin
from rasgo_nb.catalog.stores.sqlite_store_file import Damaged
from rasgo_nb.connectors.base import Column, ForeignKey, TableDetail, TableName

if TYPE_CHECKING:
    from collections.abc import Sequence

_QUOTES = str.maketrans("", "", '"`[]')
_MOST_BYTES = 200_000_000  # of one table, unpacked: what a team shares may be anything
_LEVEL = 1  # of zlib: names repeat, more effort saves little


def packed_table(table: TableDetail) -> bytes:
    """All of a table but its name, which lies beside it."""
    columns = [[one.name, one.type, one.nullable, one.comment, one.tags] for one in table.columns]
    keys = [[key.columns, _parts(key.references), key.referenced_columns] for key in table.foreign_keys]
    rest = [table.kind, table.primary_key, table.comment, table.row_count, table.size_bytes]
    more = [table.partitioned_by, table.clustered_by, table.owner, table.tags]
    return _packed([columns, keys, *rest, *more])


def unpacked_table(name: TableName, data: bytes) -> TableDetail:
    """The table that was packed.

    Raises
    ------
    Damaged
        when this is no such thing.
    """
    try:
        return _table(name, json.loads(_unpacked(data)))
    except (zlib.error, ValueError, TypeError, RecursionError) as error:
        raise Damaged("a table in it cannot be read") from error


def _table(name: TableName, packed: Any) -> TableDetail:
    columns, keys, kind, primary_key, comment, rows, size, parts, clusters, owner, tags = packed
    return TableDetail(
        name,
        tuple(Column(name, kind, nullable, said, tuple(of)) for name, kind, nullable, said, of in columns),
        kind,
        tuple(primary_key),
        tuple(ForeignKey(tuple(own), TableName(*other), tuple(theirs)) for own, other, theirs in keys),
        comment,
        rows,
        size,
        tuple(parts),
        tuple(clusters),
        owner,
        tuple(tags),
    )


def packed_fact(fact: Fact) -> str:
    """All of a fact; the same text for the same fact."""
    origin = fact.origin
    return json.dumps(
        [
            fact.kind,
            [_parts(table) for table in fact.tables],
            [origin.source, origin.place, origin.author, origin.at],
            fact.text,
            fact.name,
            fact.sql,
            fact.columns,
            fact.referenced_columns,
            fact.values,
            fact.weight,
            fact.is_verified,
        ],
        separators=(",", ":"),
    )


def unpacked_fact(text: str) -> Fact:
    """The fact that was packed; raises as ``unpacked_table``."""
    try:
        return _fact(json.loads(text))
    except (ValueError, TypeError, RecursionError) as error:
        raise Damaged("a fact in it cannot be read") from error


def _fact(packed: Any) -> Fact:
    kind, tables, origin, said, name, sql, columns, referenced, values, weight, is_verified = packed
    return Fact(
        kind,
        tuple(TableName(*parts) for parts in tables),
        Origin(*origin),
        said,
        name,
        sql,
        tuple(columns),
        tuple(referenced),
        tuple(values),
        weight,
        is_verified,
    )


def folded(name: str) -> str:
    """A name without quotes and case."""
    return name.casefold().translate(_QUOTES)


def spellings(name: TableName) -> list[str]:
    """A table's folded name: whole, without its database, and alone."""
    parts = [part for part in _parts(name) if part]
    return [folded(".".join(parts[start:])) for start in range(len(parts))]


def schema_spellings(name: TableName) -> list[str]:
    """The folded name of a table's schema, with its database and alone; none where it has no schema."""
    around = [folded(part) for part in (name.database, name.schema) if part]
    return [".".join(around), around[-1]] if name.schema else []


def endings(spelling: str) -> list[str]:
    """What the last part of a folded spelling may be; a name may hold dots."""
    parts = spelling.split(".")
    return [".".join(parts[start:]) for start in range(len(parts))]


def _parts(name: TableName) -> Sequence[str]:
    return (name.database, name.schema, name.table)


def _unpacked(data: bytes) -> bytes:
    unpacking = zlib.decompressobj()
    whole = unpacking.decompress(data, _MOST_BYTES)
    if not unpacking.eof:
        raise ValueError("it is cut off, or would be too large")
    return whole


def _packed(value: Any) -> bytes:
    return zlib.compress(json.dumps(value, separators=(",", ":")).encode(), _LEVEL)
