"""What tables.get says of a table, as a ``TableDetail``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rasgo_nb.connectors.base import Column, ForeignKey, TableDetail, TableName

if TYPE_CHECKING:
    from collections.abc import Iterable

    from google.cloud import bigquery

# tables.get has the names of legacy SQL
STANDARD_NAMES = {"INTEGER": "INT64", "FLOAT": "FLOAT64", "BOOLEAN": "BOOL"}
VIEWS = ("VIEW", "MATERIALIZED_VIEW", "MATERIALIZED VIEW")


def detail(table: bigquery.Table) -> TableDetail:
    """Columns, keys, sizes, partitioning and clustering."""
    is_view = table.table_type in VIEWS
    constraints = table.table_constraints
    primary = constraints.primary_key if constraints is not None else None
    foreign = (constraints.foreign_keys if constraints is not None else None) or ()
    return TableDetail(
        TableName(table.project, table.dataset_id, table.table_id),
        tuple(_column(field) for field in table.schema),
        "view" if is_view else "table",
        tuple(primary.columns) if primary is not None else (),
        tuple(_foreign_key(key) for key in foreign),
        table.description or "",
        None if is_view else table.num_rows,
        None if is_view else table.num_bytes,
        _partitioned_by(table),
        tuple(table.clustering_fields or ()),
        tags=tuple(sorted(f"{name}: {value}" if value else name for name, value in table.labels.items())),
    )


def _column(field: Any) -> Column:
    tags = policy_tags(field.policy_tags.names if field.policy_tags is not None else ())
    return Column(field.name, type_text(field), field.mode != "REQUIRED", field.description or "", tags)


def policy_tags(names: Iterable[str]) -> tuple[str, ...]:
    """Of a column: who may read it is set by these."""
    return tuple(f"policy tag: {name}" for name in names)


def _foreign_key(key: Any) -> ForeignKey:
    target = key.referenced_table
    return ForeignKey(
        tuple(pair.referencing_column for pair in key.column_references),
        TableName(target.project, target.dataset_id, target.table_id),
        tuple(pair.referenced_column for pair in key.column_references),
    )


def _partitioned_by(table: bigquery.Table) -> tuple[str, ...]:
    """A table that is partitioned by the time of loading has a column that no list shows."""
    if table.time_partitioning is not None:
        return (table.time_partitioning.field or "_PARTITIONTIME",)
    if table.range_partitioning is not None:
        return (str(table.range_partitioning.field),)
    return ()


def type_text(field: Any) -> str:
    """The whole type as GoogleSQL spells it, nested fields included."""
    if field.mode == "REPEATED":
        return f"ARRAY<{_bare_type(field)}>"
    return _bare_type(field)


def _bare_type(field: Any) -> str:
    if field.field_type in ("RECORD", "STRUCT"):
        return f"STRUCT<{', '.join(f'{one.name} {type_text(one)}' for one in field.fields)}>"
    if field.field_type == "RANGE":
        return f"RANGE<{field.range_element_type.element_type}>"
    name = STANDARD_NAMES.get(field.field_type, field.field_type)
    sizes = [size for size in (field.precision or field.max_length, field.scale) if size is not None]
    return f"{name}({', '.join(map(str, sizes))})" if sizes else str(name)
