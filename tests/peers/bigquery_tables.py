"""The tables of the BigQuery stand-in: GoogleSQL goes to a DuckDB, its errors come in BigQuery's words."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from typing import Any

import duckdb
import pyarrow as pa
import sqlglot
from sqlglot import exp

INFORMATION_SCHEMA = "INFORMATION_SCHEMA."


class Refusal(Exception):
    """An error of the API: its reason and message, as the public list of them has it."""

    def __init__(self, reason: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.reason, self.message, self.status = reason, message, status

    @property
    def body(self) -> dict[str, str]:
        return {"reason": self.reason, "message": self.message, "location": "query"}


@dataclass
class Dataset:
    location: str = "US"
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)  # as tables.get answers


class Tables:
    """Projects, datasets, tables. ``answers`` are results given beforehand, by the text of the statement."""

    def __init__(self) -> None:
        self.database = duckdb.connect()
        self.datasets: dict[tuple[str, str], Dataset] = {}
        self.answers: dict[str, tuple[list[dict[str, Any]], pa.Table]] = {}
        self.past_jobs: list[dict[str, Any]] = []  # rows of JOBS_BY_PROJECT; those of "ada" are JOBS_BY_USER
        self.is_forbidden: set[str] = set()  # INFORMATION_SCHEMA views that the role may not read
        self._lock = threading.Lock()

    def add_dataset(self, project: str, dataset: str, location: str = "US") -> None:
        self.datasets[project, dataset] = Dataset(location)
        self.database.execute(f'CREATE SCHEMA "{project}.{dataset}"')

    def add(self, project: str, dataset: str, table: str, rows: str, **resource: Any) -> None:
        """A table with the rows of a DuckDB query; ``resource`` is what tables.get says besides."""
        self.database.execute(f'CREATE TABLE "{project}.{dataset}"."{table}" AS {rows}')
        found = self.database.sql(f'FROM "{project}.{dataset}"."{table}"')
        resource.setdefault("schema", {"fields": fields_of(found.limit(0).to_arrow_table().schema)})
        resource.setdefault("numRows", str(found.count("*").fetchall()[0][0]))
        self.describe(project, dataset, table, **resource)

    def describe(self, project: str, dataset: str, table: str, **resource: Any) -> None:
        """A table that is only told of."""
        reference = {"projectId": project, "datasetId": dataset, "tableId": table}
        usual = {"kind": "bigquery#table", "type": "TABLE", "numRows": "0", "numBytes": "1000"}
        self.datasets[project, dataset].tables[table] = {"tableReference": reference} | usual | resource

    def drop(self, project: str, dataset: str, table: str) -> None:
        del self.datasets[project, dataset].tables[table]
        self.database.execute(f'DROP TABLE "{project}.{dataset}"."{table}"')

    def answer(self, sql: str) -> tuple[list[dict[str, Any]], pa.Table]:
        """What DuckDB makes of its own SQL, typed as BigQuery types it."""
        return Plan(self, sql, sql, 0).run()

    def plan(self, statement: str, project: str, default: dict[str, str] | None, location: str) -> Plan:
        """The statement for DuckDB, with what it would read."""
        if statement in self.answers:
            return Plan(self, statement, "", 1_000_000)
        tree = parsed(statement)
        if not isinstance(tree, exp.Query):
            raise Refusal("invalidQuery", f"Statement not supported: {tree.key.upper()}")
        defined = {cte.alias for cte in tree.find_all(exp.CTE)}
        read, made = 0, []
        for table in list(tree.find_all(exp.Table)):
            if not table.name or (table.name in defined and not table.db):
                continue
            if INFORMATION_SCHEMA in table.name.upper():
                made.append(self._name_view(table, project, len(made)))
                read += 10 * 2**20
            else:
                read += self._name_table(table, project, default or {}, location, statement)
        return Plan(self, statement, tree.sql("duckdb"), read, tuple(made))

    def _name_table(
        self, table: exp.Table, project: str, default: dict, location: str, statement: str
    ) -> int:
        dataset = table.db or default.get("datasetId", "")
        project = table.catalog or (project if table.db else default.get("projectId", project))
        if not dataset:
            message = f'Table "{table.name}" must be qualified with a dataset (e.g. dataset.table).'
            raise Refusal("invalidQuery", message)
        holder = self.datasets.get((project, dataset))
        if holder is None or (location and holder.location.upper() != location.upper()):
            where = location or "US"
            message = f"Not found: Dataset {project}:{dataset} was not found in location {where}"
            raise Refusal("notFound", message, 404)
        if table.name not in holder.tables:
            message = f"Not found: Table {project}:{dataset}.{table.name} was not found in location US"
            raise Refusal("notFound", message, 404)
        table.set("catalog", None)
        table.set("db", exp.to_identifier(f"{project}.{dataset}", quoted=True))
        return int(holder.tables[table.name]["numBytes"])

    def _name_view(self, table: exp.Table, project: str, number: int) -> tuple[str, pa.Table]:
        view = table.name.upper().removeprefix(INFORMATION_SCHEMA)
        project, scope = table.catalog or project, table.db
        if view in self.is_forbidden or f"{scope}.{view}" in self.is_forbidden:
            path = f"{project}:{scope}.INFORMATION_SCHEMA.{view}"
            raise Refusal("accessDenied", f"Access Denied: Table {path}: User does not have permission", 403)
        from peers.bigquery_views import job_rows, view_rows

        name = f"view_{number}"
        table.replace(exp.to_table(name, alias=table.alias or None))
        if view.startswith("JOBS_BY_"):
            own = [job for job in self.past_jobs if view == "JOBS_BY_PROJECT" or job["user_email"] == "ada"]
            return name, job_rows(own)
        chosen = [
            one
            for (of, dataset), holder in self.datasets.items()
            if of == project and (dataset == scope or f"region-{holder.location}".lower() == scope.lower())
            for one in holder.tables.values()
        ]
        if not chosen and not scope.lower().startswith("region-") and (project, scope) not in self.datasets:
            raise Refusal(
                "notFound", f"Not found: Dataset {project}:{scope} was not found in location US", 404
            )
        return name, view_rows(view, chosen)


@dataclass
class Plan:
    """A statement ready to run; ``run`` may be called once, ``interrupt`` at any time."""

    tables: Tables
    statement: str
    sql: str
    read_bytes: int
    views: tuple[tuple[str, pa.Table], ...] = ()

    def __post_init__(self) -> None:
        self.cursor = self.tables.database.cursor()
        for name, rows in self.views:
            self.cursor.register(name, rows)

    def schema(self) -> list[dict[str, Any]]:
        if not self.sql:
            return self.tables.answers[self.statement][0]
        bound = self._asked(lambda: self.cursor.sql(self.sql))  # LIMIT 0 would run an aggregate to its end
        nulls = ", ".join(f"CAST(NULL AS {type_})" for type_ in bound.types)
        types = self.cursor.sql(f"SELECT {nulls}").to_arrow_table().schema.types
        fields = [field_of(name, type_) for name, type_ in zip(bound.columns, types, strict=True)]
        self._check_names(fields)
        return fields

    def run(self) -> tuple[list[dict[str, Any]], pa.Table]:
        if not self.sql:
            return self.tables.answers[self.statement]
        table = self._asked(lambda: self.cursor.sql(self.sql).to_arrow_table())
        fields = fields_of(table.schema)
        self._check_names(fields)
        arrays = [column.cast(arrow_type(one)) for column, one in zip(table.columns, fields, strict=True)]
        return fields, pa.Table.from_arrays(arrays, [one["name"] for one in fields])

    def interrupt(self) -> None:
        self.cursor.interrupt()

    def _asked(self, ask: Any) -> Any:
        try:
            return ask()
        except duckdb.InterruptException:
            raise Refusal(
                "stopped", "Job execution was cancelled: User requested cancellation", 200
            ) from None
        except duckdb.Error as error:
            raise Refusal("invalidQuery", self._message(str(error))) from None

    def _check_names(self, fields: list[dict[str, Any]]) -> None:
        names = [one["name"].casefold() for one in fields]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            found = f"Found duplicate(s): {', '.join(repeated)}"
            raise Refusal("invalidQuery", f"Duplicate column names in the result are not supported. {found}")

    def _message(self, text: str) -> str:
        found = re.search(r'Referenced column "([^"]+)" not found', text)
        if found:
            return f"Unrecognized name: {found[1]} at {place(self.statement, found[1])}"
        if "No function matches" in text or "Cannot compare" in text:
            types = "STRING, DATE"
            return f"No matching signature for operator + for argument types: {types} at [1:8]"
        if text.startswith("Conversion"):
            return "Bad int64 value: x"
        return text.splitlines()[0]


def parsed(statement: str) -> exp.Expression:
    try:
        tree = sqlglot.parse_one(statement, dialect="bigquery")
    except sqlglot.errors.ParseError as error:
        at = error.errors[0]
        message = f'Syntax error: Unexpected "{at["highlight"]}" at [{at["line"]}:{at["col"]}]'
        raise Refusal("invalidQuery", message) from None
    return tree


def place(statement: str, name: str) -> str:
    for number, line in enumerate(statement.splitlines(), 1):
        found = re.search(rf"\b{re.escape(name)}\b", line)
        if found:
            return f"[{number}:{found.start() + 1}]"
    return "[1:1]"


def fields_of(schema: pa.Schema) -> list[dict[str, Any]]:
    return [field_of(one.name, one.type) for one in schema]


def field_of(name: str, type_: pa.DataType) -> dict[str, Any]:
    if pa.types.is_list(type_):
        return field_of(name, type_.value_type) | {"mode": "REPEATED"}
    if pa.types.is_struct(type_):
        return {
            "name": name,
            "type": "RECORD",
            "mode": "NULLABLE",
            "fields": [field_of(f.name, f.type) for f in type_],
        }
    checks = [
        (pa.types.is_integer, "INTEGER"), (pa.types.is_floating, "FLOAT"), (pa.types.is_boolean, "BOOLEAN"),
        (pa.types.is_date, "DATE"), (pa.types.is_time, "TIME"), (pa.types.is_decimal, "NUMERIC"),
        (pa.types.is_binary, "BYTES"), (pa.types.is_interval, "INTERVAL"), (pa.types.is_null, "INTEGER"),
        (pa.types.is_timestamp, "TIMESTAMP" if getattr(type_, "tz", None) else "DATETIME"),
    ]  # fmt: skip
    named = next((bigquery for check, bigquery in checks if check(type_)), "STRING")
    return {"name": name, "type": named, "mode": "NULLABLE"}


ARROW = {
    "INTEGER": pa.int64(), "FLOAT": pa.float64(), "BOOLEAN": pa.bool_(), "STRING": pa.string(),
    "DATE": pa.date32(), "DATETIME": pa.timestamp("us"), "TIMESTAMP": pa.timestamp("us", "UTC"),
    "TIME": pa.time64("us"), "BYTES": pa.binary(), "NUMERIC": pa.decimal128(38, 9),
    "BIGNUMERIC": pa.decimal256(76, 38), "GEOGRAPHY": pa.string(), "JSON": pa.string(),
    "INTERVAL": pa.month_day_nano_interval(),
}  # fmt: skip


def arrow_type(one: dict[str, Any]) -> pa.DataType:
    """What the Storage Read API sends for a field."""
    if one.get("mode") == "REPEATED":
        return pa.list_(arrow_type(one | {"mode": "NULLABLE"}))
    if one["type"] == "RANGE":
        element = ARROW[one["rangeElementType"]["type"]]
        return pa.struct([("start", element), ("end", element)])
    if one["type"] == "RECORD":
        return pa.struct([(sub["name"], arrow_type(sub)) for sub in one["fields"]])
    return ARROW[one["type"]]
