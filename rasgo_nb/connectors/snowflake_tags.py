"""The tags of Snowflake's tables and columns, read in bulk where the role may."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from rasgo_nb.connectors.base import Column, TableDetail, TableName
from rasgo_nb.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

GAP = (
    "Tags are left out: this role may not read SNOWFLAKE.ACCOUNT_USAGE.TAG_REFERENCES. Ask for the database "
    "role SNOWFLAKE.GOVERNANCE_VIEWER."
)

_AGAIN_S = 3600.0


@dataclass(slots=True)
class SnowflakeTags:
    """The tags as they were last read; of each table, by column, those of the table itself under ``""``.

    INFORMATION_SCHEMA tells tags of one object at a time, so they come from ACCOUNT_USAGE, which is up to two
    hours behind: https://docs.snowflake.com/en/sql-reference/account-usage/tag_references
    """

    gap: str = ""
    _by_table: Mapping[TableName, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    _read_s: float = float("-inf")  # when, on the clock of time.monotonic()

    def read(
        self, run: Callable[[str], list[dict[str, Any]]], databases: Sequence[str]
    ) -> Mapping[TableName, Mapping[str, tuple[str, ...]]]:
        """The tags, read within the hour; none where they may not be read, which ``gap`` says."""
        if time.monotonic() - self._read_s < _AGAIN_S:
            return self._by_table
        self.gap = ""
        try:
            rows = run(_statement(databases))
        except QueryError as error:
            if error.kind not in ("permission", "missing_object"):
                raise
            rows, self.gap = [], GAP
        found: dict[TableName, dict[str, tuple[str, ...]]] = defaultdict(dict)
        for row in rows:
            database = row["object_database"] if len(databases) > 1 else ""
            name = TableName(database, row["object_schema"], row["object_name"])
            column, value = row["column_name"] or "", row["tag_value"]
            told = f"{row['tag_name']}: {value}" if value else str(row["tag_name"])
            found[name][column] = (*found[name].get(column, ()), told)
        self._by_table, self._read_s = found, time.monotonic()
        return found

    def on(self, detail: TableDetail) -> TableDetail:
        """The table with its tags."""
        tags = self._by_table.get(detail.name)
        if tags is None:
            return detail
        columns = tuple(_tagged(column, tags) for column in detail.columns)
        return replace(detail, columns=columns, tags=tags.get("", ()))


def _tagged(column: Column, tags: Mapping[str, tuple[str, ...]]) -> Column:
    return replace(column, tags=tags[column.name]) if column.name in tags else column


def _statement(databases: Sequence[str]) -> str:
    from sqlglot import exp

    told = ("object_database", "object_schema", "object_name", "column_name", "tag_name", "tag_value")
    source = exp.table_("TAG_REFERENCES", db="ACCOUNT_USAGE", catalog="SNOWFLAKE")
    return (
        exp.select(*told)
        .from_(source)
        .where(exp.column("object_deleted").is_(exp.null()))
        .where(exp.column("object_database").isin(*databases))
        .where(exp.column("object_schema").is_(exp.null()).not_())
        .order_by(*told)
        .sql(dialect="snowflake")
    )
