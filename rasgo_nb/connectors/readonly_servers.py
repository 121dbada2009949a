"""Functions of MySQL, SQLite, SQL Server and Oracle that do more than read.

A function that someone wrote in MySQL or Oracle may write, so there only functions that are known are let
through: those that sqlglot has a class for, and those in the lists here.
"""

from __future__ import annotations

from rasgo_nb.connectors.readonly_rule import DialectRules, FunctionRule, words

COMMON_FUNCTIONS = words(
    """
    abs acos asin atan atan2 avg ceil ceiling char_length character_length coalesce concat concat_ws cos
    cot count cume_dist current_date current_time current_timestamp date datediff day dense_rank exp
    extract first_value floor greatest hour if ifnull instr lag last_value lcase lead least left length
    ln localtime localtimestamp locate log log10 log2 lower lpad ltrim max md5 min minute mod month
    nth_value ntile nullif nvl octet_length percent_rank percentile_cont percentile_disc pi position pow
    power quarter radians rank repeat replace reverse right round row_number rpad rtrim second sha1 sign
    sin space sqrt stddev stddev_pop stddev_samp strcmp substr substring sum tan trim trunc truncate
    ucase upper var_pop var_samp variance week year
    """
)
_MYSQL_KNOWN = COMMON_FUNCTIONS | words(
    """
    adddate addtime aes_decrypt any_value ascii bin bin_to_uuid bit_and bit_count bit_length bit_or
    bit_xor cast char charset coercibility collation compress conv convert convert_tz crc32 curdate
    current_role current_user curtime database date_add date_format date_sub dayname dayofmonth
    dayofweek dayofyear default degrees elt export_set extractvalue field find_in_set format
    format_bytes format_pico_time found_rows from_base64 from_days from_unixtime geomcollection
    geometrycollection get_format group_concat grouping hex inet6_aton inet6_ntoa inet_aton inet_ntoa
    insert interval is_ipv4 is_ipv4_compat is_ipv4_mapped is_ipv6 is_uuid isnull json_array
    json_array_append json_array_insert json_arrayagg json_contains json_contains_path json_depth
    json_extract json_insert json_keys json_length json_merge json_merge_patch json_merge_preserve
    json_object json_objectagg json_overlaps json_pretty json_quote json_remove json_replace
    json_schema_valid json_schema_validation_report json_search json_set json_storage_free
    json_storage_size json_table json_type json_unquote json_valid json_value last_day linestring
    make_set makedate maketime mbrcontains mbrcoveredby mbrcovers mbrdisjoint mbrequals mbrintersects
    mbroverlaps mbrtouches mbrwithin microsecond mid monthname multilinestring multipoint multipolygon
    name_const now oct ord period_add period_diff point polygon quote rand random_bytes regexp_instr
    regexp_like regexp_replace regexp_substr row row_count schema sec_to_time session_user sha sha2
    soundex statement_digest std str_to_date subdate substring_index subtime sysdate system_user time
    time_format time_to_sec timediff timestamp timestampadd timestampdiff to_base64 to_days to_seconds
    uncompress uncompressed_length unhex unix_timestamp user utc_date utc_time utc_timestamp uuid
    uuid_short uuid_to_bin validate_password_strength values version weekday weekofyear weight_string
    yearweek current_user distance string_to_vector vector_dim vector_to_string median
    """
)
MYSQL = DialectRules(
    functions=(
        FunctionRule("reads files of the server", frozenset({"load_file"}), effect="read"),
        FunctionRule("runs a program", starts=("sys_exec", "sys_eval", "lib_mysqludf", "http_",
            "sys_set", "sys_get")),
        FunctionRule("only waits", frozenset({
            "sleep", "benchmark", "master_pos_wait", "source_pos_wait", "wait_for_executed_gtid_set",
            "wait_until_sql_thread_after_gtids", "master_gtid_wait",
        })),
        FunctionRule(
            "changes the state of the server",
            frozenset({
                "get_lock", "release_lock", "release_all_locks", "last_insert_id", "nextval", "setval",
                "set_user_var",
            }),
            starts=(
                "group_replication_", "keyring_", "asynchronous_connection_", "version_tokens_", "audit_log_",
                "firewall_", "mysql_firewall_", "gen_blocklist", "mysql_query_attribute_", "service_get_",
                "service_release_",
            ),
        ),
    ),
    secret_tables=frozenset({"mysql.user", "mysql.proxies_priv", "mysql.global_priv"}),
    read_commands=frozenset({"SHOW", "DESC", "DESCRIBE"}),
    reserved=frozenset({"INTO", "PROCEDURE", ":="}),
    unknown_functions=False,
    known_functions=_MYSQL_KNOWN,
)  # fmt: skip

SQLITE = DialectRules(
    functions=(
        FunctionRule(
            "reads or writes files",
            frozenset({
                "readfile", "writefile", "edit", "fsdir", "lsdir", "zipfile", "zipfile_cds", "csv", "vsv",
                "sqlar_compress", "sqlite_dbpage", "sqlite_dbdata", "readblob",
            }),
        ),
        FunctionRule(
            "loads code", frozenset({"load_extension", "fts3_tokenizer", "define", "eval"}),
            starts=("fileio_", "fts5_source_"),
        ),
        FunctionRule(
            "runs a text as SQL", frozenset({"eval", "exec", "shell", "system", "http_get", "http_post"}),
        ),
    ),
    read_pragmas=frozenset({
        "application_id", "collation_list", "compile_options", "database_list", "encoding",
        "foreign_key_check", "foreign_key_list", "freelist_count", "function_list", "index_info",
        "index_list", "index_xinfo", "module_list", "page_count", "page_size", "pragma_list", "table_info",
        "table_list", "table_xinfo", "user_version", "schema_version", "stats",
    }),
    asking_pragmas=frozenset({
        "foreign_key_check", "foreign_key_list", "index_info", "index_list", "index_xinfo", "table_info",
        "table_list", "table_xinfo",
    }),
    words_tell=True,
)  # fmt: skip

TSQL = DialectRules(
    functions=(
        FunctionRule(
            "reads files or another server",
            frozenset({"openrowset", "openquery", "opendatasource", "openxml",
                "get_filestream_transaction_context"}),
            starts=("fn_xe_file", "fn_trace_gettable", "fn_get_audit_file", "fn_dump_dblog", "fn_dblog",
                    "dm_os_file_exists", "dm_os_enumerate_"),
            effect="network",
        ),
        FunctionRule("is a procedure", starts=("xp_", "sp_")),
        FunctionRule("calls a service", starts=("ai_generate_", "sp_invoke_"), effect="network"),
        FunctionRule("changes the state of the server", starts=("fn_my_", "cursor_set"),
            but=frozenset({"fn_my_permissions"})),
    ),
    secret_tables=frozenset({"sys.sql_logins", "sys.syslogins", "syslogins", "sys.key_encryptions",
        "sysxlgns"}),
    explains=False,
    # T-SQL needs no semicolon between statements: what begins one must not stand anywhere.
    reserved=words(
    """
    INTO INSERT UPDATE DELETE TRUNCATE CREATE ALTER DROP GRANT REVOKE DENY EXEC EXECUTE DECLARE BEGIN
    COMMIT ROLLBACK SAVE USE PRINT RAISERROR WAITFOR SHUTDOWN KILL BACKUP RESTORE DBCC BULK RECONFIGURE
    CHECKPOINT REVERT SETUSER DUMP LOAD READTEXT WRITETEXT UPDATETEXT RETURN WHILE IF GOTO BREAK
    CONTINUE OPEN CLOSE DEALLOCATE SET OPENROWSET OPENQUERY OPENDATASOURCE OPENXML LINENO DISK TRAN
    TRANSACTION STATISTICS PROCEDURE TRIGGER TABLOCKX XLOCK UPDLOCK
    """
),
)  # fmt: skip

_ORACLE_KNOWN = COMMON_FUNCTIONS | words(
    """
    add_months ascii asciistr bin_to_num bitand cardinality chartorowid chr cluster_id collect compose
    convert corr corr_k corr_s cosh covar_pop covar_samp current_schema cv dbtimezone decode decompose
    depth empty_blob empty_clob existsnode extractvalue first from_tz grouping grouping_id group_id
    hextoraw initcap iteration_number json_array json_arrayagg json_equal json_exists json_mergepatch
    json_object json_objectagg json_query json_scalar json_serialize json_table json_value last last_day
    listagg lnnvl lengthb lengthc make_ref median months_between nanvl new_time next_day nls_charset_id
    nls_initcap nls_lower nls_upper nlssort numtodsinterval numtoyminterval nvl2 ora_hash path
    powermultiset presentnnv presentv previous ratio_to_report rawtohex rawtonhex regexp_count
    regexp_instr regexp_like regexp_replace regexp_substr regr_avgx regr_avgy regr_count regr_intercept
    regr_r2 regr_slope regr_sxx regr_sxy regr_syy remainder rowidtochar rowidtonchar scn_to_timestamp
    sessiontimezone set sinh soundex standard_hash stats_mode sys_connect_by_path sys_context
    sys_extract_utc sys_guid sys_typeid sys_xmlagg sysdate systimestamp tanh timestamp_to_scn
    to_binary_double to_binary_float to_blob to_char to_clob to_date to_dsinterval to_lob to_multi_byte
    to_nchar to_nclob to_number to_single_byte to_timestamp to_timestamp_tz to_yminterval translate
    treat tz_offset uid unistr user userenv value vsize width_bucket xmlagg xmlattributes xmlcast
    xmlcolattval xmlconcat xmlelement xmlexists xmlforest xmlparse xmlpi xmlquery xmlroot xmlsequence
    xmlserialize xmltable any_value approx_count_distinct approx_median approx_percentile approx_rank
    approx_sum bit_and_agg bit_or_agg bit_xor_agg checksum kurtosis_pop kurtosis_samp skewness_pop
    skewness_samp validate_conversion vector_distance vector to_vector from_vector table multiset cast
    number varchar2 dbms_random.value dbms_random.string dbms_random.random dbms_lob.substr
    dbms_lob.getlength dbms_lob.instr odcinumberlist odcivarchar2list odcidatelist sdo_geometry
    """
)
_ORACLE_PACKAGES_READ = frozenset({
    "dbms_random.value", "dbms_random.string", "dbms_random.random", "dbms_lob.substr", "dbms_lob.getlength",
    "dbms_lob.instr", "dbms_random", "dbms_lob",
})  # fmt: skip
ORACLE = DialectRules(
    functions=(
        FunctionRule(
            "reaches the network or files",
            frozenset({"httpuritype", "uritype", "dburitype", "xdburitype", "bfilename",
                "urifactory.geturi"}),
            starts=("utl_", "sys.utl_", "apex_", "owa_", "urifactory", "httpuri"),
            effect="network",
        ),
        FunctionRule(
            "is of a package that acts on the database",
            frozenset({"xmltransform_"}),
            starts=("dbms_", "sys.dbms_", "ctx_", "ctxsys.", "sdo_util", "mdsys.", "ordsys.", "owm_", "wwv_"),
            but=_ORACLE_PACKAGES_READ | {f"sys.{name}" for name in _ORACLE_PACKAGES_READ},
        ),
        FunctionRule("changes the state of the database", frozenset({"nextval"}), effect="write_warehouse"),
    ),
    secret_tables=frozenset({"sys.user$", "user$", "user_history$", "link$", "sys.link$",
        "dba_users_with_defpwd"}),
    explains=False,  # EXPLAIN PLAN writes to PLAN_TABLE
    reserved=frozenset({"INTO"}),
    unknown_functions=False,
    known_functions=_ORACLE_KNOWN,
)  # fmt: skip
