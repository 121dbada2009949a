"""How a dialect compares names, and which it knows without a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp

_LOWER = frozenset({"postgres", "materialize", "risingwave"})  # an unquoted name is one in lower case
_UPPER = frozenset({"snowflake", "oracle"})  # likewise in upper case

# Columns that a table has without telling, and words that a parser takes for columns.
_PSEUDO_WORDS = """rowid _rowid_ oid ctid xmin xmax cmin cmax tableoid rownum level filename file_row_number
    file_index excluded value connect_by_isleaf connect_by_iscycle connect_by_root _table_suffix _file_name
    _change_type _change_timestamp _change_sequence_number _metadata current_user session_user user
    system_user current_role current_catalog current_schema current_date current_time current_timestamp
    localtime localtimestamp sysdate systimestamp current_database current_warehouse nextval currval
    true false null default unknown all any some infinity nan"""
_PSEUDO_STARTS = ("metadata$", "_partition", "_table", "$", "#", "@", ":")
_DATE_WORDS = """year years yy yyyy quarter quarters qtr month months mm mon week weeks isoweek isoyear
    iso_week day days dd d dow doy dayofweek dayofyear dayofmonth weekday weekiso yearofweek yearofweekiso
    hour hours hh minute minutes mi second seconds ss millisecond milliseconds ms us microsecond
    microseconds
    nanosecond nanoseconds ns epoch epoch_second epoch_millisecond epoch_microsecond century
    decade millennium timezone timezone_hour timezone_minute isodow julian date
    time datetime timestamp y q m w h n s"""
_PSEUDO, _DATE_PARTS = frozenset(_PSEUDO_WORDS.split()), frozenset(_DATE_WORDS.split())
_SYSTEM_STARTS = (
    *("pg_", "sqlite_", "duckdb_", "pragma_", "sys", "v$", "all_", "dba_"),
    *("svv_", "stl_", "stv_", "svl_"),  # Redshift
)
_SYSTEM = frozenset({"dual", "information_schema", "result_scan", "generator", "__tables__"})

# Where the names that a SELECT gives to its columns cannot be used within it.
NO_ALIAS_IN_WHERE = frozenset({"postgres", "bigquery", "mysql", "trino"})
NO_ALIAS_IN_HAVING = frozenset({"postgres", "trino"})
NO_ALIAS_IN_SELECT = frozenset({"postgres", "bigquery", "mysql", "sqlite", "trino"})
# Where a subquery in FROM sees the tables beside it only after LATERAL.
NEEDS_LATERAL = frozenset({"postgres", "snowflake", "bigquery", "sqlite", "mysql"})
STRICT_GROUPING = frozenset(
    {"duckdb", "postgres", "snowflake", "bigquery", "trino", "redshift", "databricks", "oracle", "tsql"}
)


@dataclass(frozen=True, slots=True)
class Folding:
    """Names as keys that are equal where the dialect takes the names for the same."""

    dialect: str

    def written(self, name: exp.Identifier) -> str:
        """The key of a name in a statement."""
        text = name.name
        if self.dialect in _LOWER:
            return text if name.quoted else text.lower()
        if self.dialect in _UPPER:
            return text if name.quoted else text.upper()
        return text.casefold()

    def stored(self, name: str) -> str:
        """The key of a name as the database spells it."""
        return name if self.dialect in _LOWER or self.dialect in _UPPER else name.casefold()

    @property
    def is_exact(self) -> bool:
        """Whether names that differ in case are different names."""
        return self.dialect in _LOWER or self.dialect in _UPPER


def may_be_no_column(name: str, *, in_function: bool) -> bool:
    """Whether a name without a table may mean something else than a column that a table lists."""
    folded = name.casefold()
    if in_function and folded in _DATE_PARTS:
        return True
    return folded in _PSEUDO or folded.startswith(_PSEUDO_STARTS)


def may_be_system_table(name: str) -> bool:
    """Whether a table of this name may exist without being listed: a system's own, a file, a wildcard."""
    folded = name.casefold()
    is_plain = folded.replace("_", "a").replace("$", "a").replace(" ", "a").isalnum()
    return not is_plain or folded in _SYSTEM or folded.startswith(_SYSTEM_STARTS) or "$" in folded
