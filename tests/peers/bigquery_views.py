"""INFORMATION_SCHEMA of the BigQuery stand-in, made from what tables.get says."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

STANDARD = {"INTEGER": "INT64", "FLOAT": "FLOAT64", "BOOLEAN": "BOOL"}
VIEWS = {
    "TABLES": "table_catalog table_schema table_name table_type",
    "TABLE_OPTIONS": "table_catalog table_schema table_name option_name option_type option_value",
    "TABLE_STORAGE": "project_id table_schema table_name total_rows:int total_logical_bytes:int deleted:bool",
    "COLUMNS": "table_catalog table_schema table_name column_name ordinal_position:int is_nullable data_type"
    " is_hidden is_partitioning_column clustering_ordinal_position:int",
    "COLUMN_FIELD_PATHS": "table_catalog table_schema table_name column_name field_path data_type"
    " description policy_tags:texts",
    "TABLE_CONSTRAINTS": "constraint_schema constraint_name table_schema table_name constraint_type",
    "KEY_COLUMN_USAGE": "constraint_schema constraint_name table_schema table_name column_name"
    " ordinal_position:int position_in_unique_constraint:int",
    "CONSTRAINT_COLUMN_USAGE": "table_catalog table_schema table_name column_name"
    " constraint_schema constraint_name",
}


def view_rows(view: str, tables: list[dict[str, Any]]) -> pa.Table:
    names = [name.partition(":") for name in VIEWS[view].split()]
    types = {"": pa.string(), "int": pa.int64(), "bool": pa.bool_(), "texts": pa.list_(pa.string())}
    schema = pa.schema([(name, types[kind]) for name, _, kind in names])
    make = globals()[f"_{view.lower()}"]
    rows = [row for table in tables for row in make(table, *table["tableReference"].values())]
    return pa.Table.from_pylist([dict(zip(schema.names, row, strict=True)) for row in rows], schema)


def _tables(table, project, dataset, name):
    kind = {"TABLE": "BASE TABLE", "MATERIALIZED_VIEW": "MATERIALIZED VIEW"}.get(table["type"], table["type"])
    yield project, dataset, name, kind


def _table_options(table, project, dataset, name):
    if "description" in table:
        quoted = (
            '"' + table["description"].replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
        )
        yield project, dataset, name, "description", "STRING", quoted
    if "labels" in table:
        pairs = ", ".join(f'STRUCT("{key}", "{value}")' for key, value in table["labels"].items())
        yield project, dataset, name, "labels", "ARRAY<STRUCT<STRING, STRING>>", f"[{pairs}]"


def _table_storage(table, project, dataset, name):
    if table["type"] == "TABLE":
        yield project, dataset, name, int(table["numRows"]), int(table["numBytes"]), False


def _columns(table, project, dataset, name):
    clustered = table.get("clustering", {}).get("fields", [])
    partition = table.get("timePartitioning") or table.get("rangePartitioning") or {}
    for position, one in enumerate(table.get("schema", {}).get("fields", []), 1):
        column = one["name"]
        nullable = "NO" if one.get("mode") == "REQUIRED" else "YES"
        is_partition = "YES" if partition.get("field") == column else "NO"
        order = clustered.index(column) + 1 if column in clustered else None
        yield project, dataset, name, column, position, nullable, type_text(one), "NO", is_partition, order


def _column_field_paths(table, project, dataset, name):
    def paths(one, above):
        path = f"{above}.{one['name']}" if above else one["name"]
        yield path, type_text(one), one.get("description"), one.get("policyTags", {}).get("names", [])
        for sub in one.get("fields", []):
            yield from paths(sub, path)

    for one in table.get("schema", {}).get("fields", []):
        for path, type_, description, policies in paths(one, ""):
            yield project, dataset, name, one["name"], path, type_, description, policies


def _constraints(table, name):
    keys = table.get("tableConstraints", {})
    if "primaryKey" in keys:
        yield f"{name}.pk$", "PRIMARY KEY", keys["primaryKey"]["columns"], name, keys["primaryKey"]["columns"]
    for number, key in enumerate(keys.get("foreignKeys", []), 1):
        pairs = key["columnReferences"]
        referring = [pair["referencingColumn"] for pair in pairs]
        referred = [pair["referencedColumn"] for pair in pairs]
        yield f"{name}.fk${number}", "FOREIGN KEY", referring, key["referencedTable"]["tableId"], referred


def _table_constraints(table, project, dataset, name):
    for constraint, kind, *_ in _constraints(table, name):
        yield dataset, constraint, dataset, name, kind


def _key_column_usage(table, project, dataset, name):
    for constraint, kind, columns, *_ in _constraints(table, name):
        for position, column in enumerate(columns, 1):
            yield dataset, constraint, dataset, name, column, position, position if kind[0] == "F" else None


def _constraint_column_usage(table, project, dataset, name):
    for constraint, _, _, target, columns in _constraints(table, name):
        for column in columns:
            yield project, dataset, target, column, dataset, constraint


def type_text(one: dict[str, Any]) -> str:
    if one.get("mode") == "REPEATED":
        return f"ARRAY<{type_text(one | {'mode': 'NULLABLE'})}>"
    if one["type"] == "RECORD":
        return f"STRUCT<{', '.join(sub['name'] + ' ' + type_text(sub) for sub in one['fields'])}>"
    if one["type"] == "RANGE":
        return f"RANGE<{one['rangeElementType']['type']}>"
    return STANDARD.get(one["type"], one["type"])


JOBS = pa.schema(
    [
        ("creation_time", pa.timestamp("us", "UTC")),
        ("end_time", pa.timestamp("us", "UTC")),
        *((name, pa.string()) for name in ("job_id", "job_type", "statement_type", "state", "user_email")),
        ("query", pa.string()),
        ("error_result", pa.struct([("reason", pa.string())])),
        ("query_info", pa.struct([("query_hashes", pa.struct([("normalized_literals", pa.string())]))])),
    ]
)


def job_rows(jobs: list[dict[str, Any]]) -> pa.Table:
    """JOBS_BY_PROJECT and JOBS_BY_USER, of these jobs; what is left out is as of a SELECT that succeeded."""
    usual = {"job_type": "QUERY", "statement_type": "SELECT", "state": "DONE", "error_result": None}
    return pa.Table.from_pylist([dict.fromkeys(JOBS.names) | usual | job for job in jobs], JOBS)
