"""What fakesnow cannot answer: plans, keys, cancelling by SQL."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

from snowflake_stand_in.cancelling import cancel
from snowflake_stand_in.state import cursor_of, state

if TYPE_CHECKING:
    from snowflake_stand_in.state import Query

PRIMARY = [
    "created_on", "database_name", "schema_name", "table_name", "column_name", "key_sequence",
    "constraint_name",
]  # fmt: skip
IMPORTED = [
    "created_on", "pk_database_name", "pk_schema_name", "pk_table_name", "pk_column_name", "fk_database_name",
    "fk_schema_name", "fk_table_name", "fk_column_name", "key_sequence", "update_rule", "delete_rule",
    "fk_name",
]  # fmt: skip


def own_answer(query: Query, sql: str) -> tuple[list[str], list[list[str | None]]] | None:
    """What fakesnow cannot do, as column names and rows; None for all else."""
    if found := re.match(r"(?i)select system\$cancel_query\('([^']+)'\)", sql):
        other = state.queries.get(found[1])
        is_done = other is not None and cancel(other)
        return ["SYSTEM$CANCEL_QUERY"], [
            ["query terminated." if is_done else "Identified SQL statement is not currently executing."]
        ]
    if re.match(r"(?i)select system\$cancel_all_queries", sql):
        return ["SYSTEM$CANCEL_ALL_QUERIES"], [["all queries cancelled"]]
    if found := re.match(r"(?is)explain using json\s+(.*)", sql):
        return ["content"], [[json.dumps(plan_of(query, found[1]))]]
    if re.match(r"(?i)show semantic views in database", sql):
        return ["created_on", "name", "database_name", "schema_name"], semantic_views(sql)
    if found := re.match(r"(?i)select system\$read_yaml_from_semantic_view\('(.*)'\)", sql):
        text = state.settings.get("semantic_views", {}).get(found[1].replace('"', ""))
        return ["MODEL"], [[text]]
    if found := re.match(r"(?i)show (primary|imported) keys in (.*)", sql):
        return keys_of(query, found[1].upper(), found[2])
    return None


def semantic_views(sql: str) -> list[list[str | None]]:
    database = sql.rpartition(" ")[2].strip('"')
    parts = [name.split(".") for name in state.settings.get("semantic_views", {})]
    return [["0", name, of, schema] for of, schema, name in sorted(parts) if of == database]


def plan_of(query: Query, sql: str) -> dict[str, Any]:
    from fakesnow.dialect import parse_one

    cursor = cursor_of(query)
    expression = parse_one(with_generated_rows(sql))
    duck = cursor._transform(expression, None).sql(dialect="duckdb")
    text = query.connection._duck_conn.execute(f"EXPLAIN (FORMAT json) {duck}").fetchall()[0][1]
    operations: list[dict[str, Any]] = []

    def walk(node: dict[str, Any], parent: int | None) -> None:
        own: dict[str, Any] = {"id": len(operations), "operation": node["name"].strip()}
        if parent is not None:
            own["parentOperators"] = [parent]
        if table := node.get("extra_info", {}).get("Table"):
            own |= {
                "operation": "TableScan",
                "objects": [str(table)],
                "partitionsAssigned": 1,
                "partitionsTotal": 2,
            }
            own["bytesAssigned"] = 16_384
        operations.append(own)
        for child in node.get("children", []):
            walk(child, own["id"])

    for node in json.loads(text):
        walk(node, None)
    scans = [one for one in operations if one["operation"] == "TableScan"]
    stats = {
        "partitionsTotal": 2 * len(scans),
        "partitionsAssigned": len(scans),
        "bytesAssigned": 16_384 * len(scans),
    }
    return {"GlobalStats": stats, "Operations": [operations]}


def keys_of(query: Query, kind: str, scope: str) -> tuple[list[str], list[list[str | None]]]:
    what, _, name = scope.partition(" ")
    parts = [part.strip('"').upper() for part in re.findall(r'"(?:[^"]|"")+"|[^."]+', name)]
    own = (
        parts if what.upper() != "TABLE" or len(parts) == 3 else [query.session.database, "PUBLIC", parts[-1]]
    )
    kind_there = "PRIMARY KEY" if kind == "PRIMARY" else "FOREIGN KEY"
    cursor_of(query)
    found = query.connection._duck_conn.execute(
        "SELECT database_name, schema_name, table_name, constraint_column_names, constraint_index, "
        "referenced_table, referenced_column_names FROM duckdb_constraints() WHERE constraint_type = ? "
        "AND database_name NOT LIKE '\\_fs%' ESCAPE '\\'",
        [kind_there],
    ).fetchall()
    rows: list[list[str | None]] = []
    for database, schema, table, names, index, there, names_there in found:
        if [database, schema, table][: len(own)] != own:
            continue
        for place, name in enumerate(names, 1):
            if kind == "PRIMARY":
                rows.append(["0", database, schema, table, name, str(place), f"PK_{table}_{index}"])
            else:
                other = ["0", database, schema, there, names_there[place - 1]]
                rows.append(
                    [*other, database, schema, table, name, str(place), "NO", "NO", f"FK_{table}_{index}"]
                )
    return (PRIMARY if kind == "PRIMARY" else IMPORTED), rows


def column(name: str) -> dict[str, Any]:
    size = {"byteLength": 16_777_216, "length": 16_777_216, "scale": None, "precision": None}
    return {"name": name, "type": "text", "nullable": True, "collation": None, **size}


def with_generated_rows(sql: str) -> str:
    """DuckDB's word for Snowflake's generator of rows."""
    return re.sub(r"(?i)TABLE\(GENERATOR\(ROWCOUNT => (\d+)\)\)", r"range(\1)", sql)


def note_ddl(sql: str) -> None:
    """Remember when a table was last made or altered, or it or a column of it commented on: LAST_DDL."""
    found = re.match(
        r"(?is)(create\s.*?table|create\s.*?view|alter\s+table|comment\s+on\s+table|comment\s+on\s+column)"
        r'\s+(?:if\s+(?:not\s+)?exists\s+)?([\w."$]+)',
        sql,
    )
    if found:
        parts = found[2].replace('"', "").upper().split(".")
        table = parts[-2] if "column" in found[1].lower() else parts[-1]
        state.last_ddl[table] = time.time()


def with_last_ddl(sql: str) -> str:
    """fakesnow says 1970 of every table."""
    if "last_ddl," not in sql:
        return sql
    known = " ".join(f"WHEN '{table}' THEN to_timestamp({at})" for table, at in state.last_ddl.items())
    return (
        sql.replace("last_ddl,", f"CASE table_name {known} ELSE last_ddl END AS last_ddl,") if known else sql
    )
