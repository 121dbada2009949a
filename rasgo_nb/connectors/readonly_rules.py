"""Which rules hold in which dialect."""

from __future__ import annotations

from functools import cache

from rasgo_nb.connectors.readonly_bigquery import BIGQUERY
from rasgo_nb.connectors.readonly_duckdb import DUCKDB
from rasgo_nb.connectors.readonly_engines import CLICKHOUSE, SPARK, TRINO
from rasgo_nb.connectors.readonly_postgres import POSTGRES, REDSHIFT
from rasgo_nb.connectors.readonly_rule import DialectRules
from rasgo_nb.connectors.readonly_servers import COMMON_FUNCTIONS, MYSQL, ORACLE, SQLITE, TSQL
from rasgo_nb.connectors.readonly_snowflake import SNOWFLAKE

RULES = {
    "duckdb": DUCKDB,
    "postgres": POSTGRES,
    "snowflake": SNOWFLAKE,
    "bigquery": BIGQUERY,
    "redshift": REDSHIFT,
    "mysql": MYSQL,
    "sqlite": SQLITE,
    "tsql": TSQL,
    "fabric": TSQL,
    "oracle": ORACLE,
    "clickhouse": CLICKHOUSE,
    "trino": TRINO,
    "presto": TRINO,
    "athena": TRINO,
    "databricks": SPARK,
    "spark": SPARK,
}


@cache
def rules_of(dialect: str) -> DialectRules:
    """Those of the dialect; of any other all that is refused somewhere, and only known functions."""
    if dialect in RULES:
        return RULES[dialect]
    every = {id(rules): rules for rules in RULES.values()}.values()
    return DialectRules(
        functions=tuple(dict.fromkeys(function for rules in every for function in rules.functions)),
        reads_files_by_name=True,
        file_schemas=SPARK.file_schemas,
        secret_tables=frozenset[str]().union(*(rules.secret_tables for rules in every)),
        reserved=frozenset[str]().union(*(rules.reserved for rules in every)),
        unknown_functions=False,
        known_functions=COMMON_FUNCTIONS,
    )
