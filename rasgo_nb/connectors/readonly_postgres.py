"""Functions of Postgres and Redshift that do more than read.

Postgres's own catalog calls a function volatile when it has effects or gives other values each time; those
of version 18 are listed here by what they do, and the ones that only look are let through. What begins with
``pg_`` and is not known to only look is refused.
"""

from __future__ import annotations

from rasgo_nb.connectors.readonly_rule import DialectRules, FunctionRule

_STARTS_OF_LOOKS = (
    "pg_get_", "pg_stat_get_", "pg_size_", "pg_snapshot_", "pg_lsn", "pg_typeof", "pg_has_role",
    "pg_column_", "pg_index_has_", "pg_indexam_", "pg_relation_is_", "pg_timezone_", "pg_input_",
    "pg_identify_", "pg_ts_", "pg_op", "pg_settings_", "pg_sequence_", "pg_partition_", "pg_last_",
)  # fmt: skip
_LOOKS = frozenset({
    "pg_available_extensions", "pg_available_extension_versions", "pg_backend_pid", "pg_basetype",
    "pg_blocking_pids", "pg_char_to_encoding", "pg_client_encoding", "pg_collation_for",
    "pg_collation_actual_version", "pg_collation_is_visible", "pg_conf_load_time",
    "pg_conversion_is_visible", "pg_current_snapshot", "pg_current_xact_id_if_assigned",
    "pg_current_wal_lsn", "pg_current_wal_insert_lsn", "pg_current_wal_flush_lsn", "pg_cursor",
    "pg_database_size", "pg_describe_object", "pg_encoding_max_length", "pg_encoding_to_char",
    "pg_filenode_relation", "pg_function_is_visible", "pg_indexes_size", "pg_is_in_recovery",
    "pg_is_other_temp_schema", "pg_is_wal_replay_paused", "pg_jit_available", "pg_listening_channels",
    "pg_lock_status", "pg_my_temp_schema", "pg_notification_queue_usage", "pg_options_to_table",
    "pg_postmaster_start_time", "pg_prepared_statement", "pg_prepared_xact", "pg_relation_filenode",
    "pg_relation_size", "pg_replication_origin_oid", "pg_safe_snapshot_blocking_pids",
    "pg_show_all_settings", "pg_show_replication_origin_status", "pg_statistics_obj_is_visible",
    "pg_stat_have_stats", "pg_table_is_visible", "pg_table_size", "pg_tablespace_databases",
    "pg_tablespace_location", "pg_tablespace_size", "pg_total_relation_size", "pg_trigger_depth",
    "pg_type_is_visible", "pg_visible_in_snapshot", "pg_wal_lsn_diff", "pg_walfile_name",
    "pg_walfile_name_offset", "pg_split_walfile_name", "pg_xact_commit_timestamp", "pg_xact_status",
    "pg_mcv_list_items", "pg_similarity", "pg_user", "pg_tables",
    "pg_views", "pg_class", "pg_stat_statements", "pg_buffercache_pages", "pg_buffercache_summary",
})  # fmt: skip

# functions of extensions, and of users, that tell by their names
_STARTS_OF_WRITES = (
    "create_", "drop_", "alter_", "delete_", "insert_", "truncate_", "exec_", "execute_", "run_job",
    "run_maintenance", "remove_retention_policy", "remove_compression_policy", "remove_continuous_",
    "compress_chunk", "decompress_chunk", "move_chunk", "add_job", "add_dimension", "add_compression_policy",
    "add_continuous_aggregate_policy", "add_reorder_policy", "set_chunk_time_interval", "undistribute_",
    "rebalance_table_", "createtopology", "droptopology", "dropraster", "addraster", "addoverview",
    "st_createoverview", "addauth", "enablelongtransactions", "disablelongtransactions", "partman.", "pgq.",
    "pgmq.", "pglogical.", "repack.", "pgsodium.", "vault.", "dbms_", "utl_",
)  # fmt: skip

# by name: columns of line orders begin with lo_ too
_LARGE_OBJECTS = frozenset({
    "lo_close", "lo_creat", "lo_create", "lo_export", "lo_from_bytea", "lo_get", "lo_import", "lo_lseek",
    "lo_lseek64", "lo_manage", "lo_open", "lo_put", "lo_tell", "lo_tell64", "lo_truncate", "lo_truncate64",
    "lo_unlink",
})  # fmt: skip

_NAMED_FUNCTIONS = (
    FunctionRule(
        "reads or writes files of the server",
        frozenset({
            "pg_stat_file", "pg_relation_filepath", "pg_config", "pg_available_wal_summaries",
            "pg_wal_summary_contents", "pg_hba_file_rules", "pg_ident_file_mappings", "pg_get_loaded_modules",
            "pg_show_all_file_settings", "pg_current_logfile", "loread", "lowrite", "get_raw_page",
            *_LARGE_OBJECTS,
        }),
        starts=("pg_read_", "pg_ls_", "pg_file_", "pg_get_wal_rec", "pg_get_wal_block"),
    ),
    FunctionRule(
        "reaches other servers",
        frozenset({"http", "http_get", "http_post", "http_put", "http_patch", "http_delete", "http_head"}),
        starts=(
            "net.http_", "aws_s3.", "aws_lambda.", "azure_storage.", "table_import_from_s3",
            "query_export_to_s3", "run_command_on_", "master_run_on_worker", "postgres_fdw_",
        ),
        effect="network",
    ),
    FunctionRule(
        "runs a text as SQL",
        frozenset({"ts_stat", "ts_rewrite", "xpath_table", "plpgsql_inline_handler", "schedule_in_database",
            "cypher", "load_from_sql", "hypopg_create_index"}),
        starts=(
            "dblink", "query_to_xml", "cursor_to_xml", "table_to_xml", "schema_to_xml",
            "database_to_xml", "crosstab",
            "connectby", "cron.", "pgr_",
        ),
    ),
    FunctionRule(
        "changes the state of the server",
        frozenset({
            "set_config", "setval", "nextval", "setseed", "set_limit", "txid_current", "pg_current_xact_id",
            "brin_desummarize_range", "brin_summarize_new_values", "brin_summarize_range", "lockrow",
            "gin_clean_pending_list", "unique_key_recheck", "autoprewarm_dump_now", "unlockrows",
            "autoprewarm_start_worker", "create_hypertable", "drop_chunks", "create_distributed_table",
            "undistribute_table", "addgeometrycolumn", "dropgeometrycolumn", "dropgeometrytable",
            "updategeometrysrid", "populate_geometry_columns", "postgis_extensions_upgrade",
        }),
        starts=(
            "binary_upgrade_", "ri_fkey_", "heap_force_", "add_retention_", "citus_", "pg_stat_reset",
            "pg_advisory_", "pg_try_advisory_", "pg_create_", "pg_drop_", "pg_copy_", "pg_logical_",
            "pg_replication_origin_", "pg_replication_slot_", "pg_restore_", "pg_clear_", "pg_terminate_",
            "pg_cancel_", "pg_reload_", "pg_rotate_", "pg_switch_", "pg_promote", "pg_notify", "pg_log_",
            "pg_export_snapshot", "pg_import_", "pg_backup_", "pg_sync_", "pg_wal_replay_", "pg_start_backup",
            "pg_stop_backup",
        ),
        but=_LOOKS,
        effect="write_warehouse",
    ),
    FunctionRule("only waits", frozenset({"pg_isolation_test_session_is_blocked"}), starts=("pg_sleep",)),
)  # fmt: skip
_FUNCTIONS = (
    *_NAMED_FUNCTIONS,
    FunctionRule(
        "is named as what writes",
        starts=_STARTS_OF_WRITES,
        effect="write_warehouse",
    ),
    FunctionRule(
        "is not known to only look",
        starts=("pg_",),
        but=_LOOKS,
        but_starts=(*_STARTS_OF_LOOKS, "pg_catalog."),  # what is behind the dot is judged by itself
    ),
)
_SECRET_TABLES = frozenset({
    "pg_authid", "pg_shadow", "pg_hba_file_rules", "pg_ident_file_mappings", "pg_file_settings",
    "pg_user_mapping", "pg_user_mappings", "pg_largeobject", "pg_subscription", "vault.decrypted_secrets",
    "vault.secrets",
})  # fmt: skip

POSTGRES = DialectRules(
    functions=_FUNCTIONS,
    as_columns=_NAMED_FUNCTIONS,
    secret_tables=_SECRET_TABLES,
    read_commands=frozenset({"SHOW"}),
    words_tell=True,
    locks=True,
)
REDSHIFT = DialectRules(
    functions=(
        *_FUNCTIONS,
        FunctionRule(
            "calls a service", starts=("explain_model", "exfunc_", "ai_", "bedrock_"), effect="network"
        ),
    ),
    secret_tables=_SECRET_TABLES | {"stl_userlog", "svl_s3log"},
    read_commands=frozenset({"SHOW"}),
    words_tell=True,
)
