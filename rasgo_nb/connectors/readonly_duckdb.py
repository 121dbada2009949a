"""Functions of DuckDB that do more than read tables."""

from __future__ import annotations

from rasgo_nb.connectors.readonly_rule import DialectRules, FunctionRule

DUCKDB = DialectRules(
    functions=(
        FunctionRule(
            "reads files or the network",
            frozenset({
                "glob", "sniff_csv", "st_read_meta", "st_drivers", "shapefile_meta", "read_xlsx",
            }),
            starts=("read_", "st_read", "parquet_", "http_", "iceberg_", "delta_", "ducklake_",
            "mysql_", "open_prompt"),
            ends=("_scan", "_scan_pushdown", "_attach"),
            effect="read",
        ),
        FunctionRule(
            "runs a text as SQL",
            frozenset({
                "query", "query_table", "json_execute_serialized_sql", "from_substrait",
                "from_substrait_json", "check_peg_parser", "python_map_function",
            }),
            ends=("_query", "_execute"),
        ),
        FunctionRule(
            "reveals secrets of the machine",
            frozenset({"getenv", "duckdb_secrets", "which_secret", "load_aws_credentials"}),
        ),
        FunctionRule(
            "changes the state of the database",
            frozenset({
                "nextval", "setval", "setseed", "write_log", "checkpoint", "force_checkpoint",
                "import_database", "copy_database", "add_parquet_key", "truncate_duckdb_logs",
                "verify_parallelism",
            }),
            starts=("enable_", "disable_", "create_", "destroy_", "register_", "deregister_", "pragma_add_"),
            effect="write_warehouse",
        ),
        FunctionRule("only waits", frozenset({"sleep_ms", "pg_sleep"})),
    ),
    read_pragmas=frozenset({
        "collations", "database_list", "database_size", "functions", "metadata_info", "platform", "show",
        "show_databases", "show_tables", "show_tables_expanded", "storage_info", "table_info",
        "user_agent", "version",
    }),
    reads_files_by_name=True,
    read_commands=frozenset({"SHOW"}),
    reserved=frozenset(),  # DuckDB's own parser is asked
)  # fmt: skip
