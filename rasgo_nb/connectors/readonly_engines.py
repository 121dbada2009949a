"""Functions of query engines over many sources: Trino and its kin, Spark and Databricks, ClickHouse."""

from __future__ import annotations

from rasgo_nb.connectors.readonly_rule import DialectRules, FunctionRule

TRINO = DialectRules(
    functions=(
        FunctionRule(
            "runs a text in another database", frozenset({"query", "raw_query", "procedure"}),
            effect="network",
        ),
        FunctionRule("asks a model that is paid by the token", starts=("ai_",), effect="network",
            allowed=True),
        FunctionRule("reads an address", frozenset({"http_get", "http_post"}), effect="network"),
        FunctionRule(
            "calls a function outside of the engine", frozenset({"external_function"}), effect="network"
        ),
    ),
    read_commands=frozenset({"SHOW", "DESCRIBE", "DESC"}),
    reserved=frozenset({"INTO", "EXTERNAL"}),  # Athena: USING EXTERNAL FUNCTION calls a Lambda
    words_tell=True,
)  # fmt: skip

SPARK = DialectRules(
    functions=(
        FunctionRule(
            "runs code of the Java machine",
            frozenset({"java_method", "reflect", "reflect2", "try_reflect", "java_udf"}),
        ),
        FunctionRule(
            "reads files", frozenset({"read_files", "read_statestore", "cloud_files_state",
            "list_files", "cloud_files"}),
            effect="read",
        ),
        FunctionRule(
            "reaches other servers",
            frozenset({"http_request", "remote_query", "read_kafka", "read_kinesis",
                       "read_pubsub", "read_pulsar"}),
            effect="network",
        ),
        FunctionRule("asks a model that is paid by the token", starts=("ai_",), effect="network",
            allowed=True),
        FunctionRule(
            "reveals secrets", frozenset({"secret", "try_secret", "list_secrets"}),
        ),
        FunctionRule("only waits or fails on purpose", frozenset({"sleep"})),
    ),
    file_schemas=frozenset({
        "csv", "json", "parquet", "orc", "avro", "text", "delta", "iceberg", "hudi", "binaryfile", "jdbc",
        "xml", "image", "libsvm", "com.databricks.spark.csv",
    }),
    read_commands=frozenset({"SHOW", "DESCRIBE", "DESC"}),
    reserved=frozenset({"INTO"}),
    words_tell=True,
)  # fmt: skip

CLICKHOUSE = DialectRules(
    functions=(
        FunctionRule(
            "reads files or the network",
            frozenset({
                "url", "urlcluster", "file", "filecluster", "remote", "remotesecure", "mysql", "postgresql",
                "mongodb", "redis", "odbc", "jdbc", "sqlite", "input", "cluster", "clusterallreplicas",
                "cosn", "oss", "gcs", "executable", "catboostevaluate", "modelevaluate",
                "arrowflight", "prometheusquery", "prometheusqueryrange", "ytsaurus", "fuzzquery",
            }),
            starts=("s3", "hdfs", "azureblob", "iceberg", "deltalake", "hudi", "paimon", "http"),
            effect="network",
        ),
        FunctionRule("runs a text as SQL", frozenset({"view_if_permitted", "executequery"})),
        FunctionRule(
            "only waits", frozenset({"sleep", "sleepeachrow"}),
        ),
        FunctionRule(
            "reveals the machine", frozenset({"getosvariable"}),
        ),
    ),
    secret_tables=frozenset({"system.users", "system.named_collections"}),
    read_commands=frozenset({"SHOW", "DESCRIBE", "DESC", "EXISTS"}),
    reserved=frozenset({"INTO", "OUTFILE"}),
    words_tell=True,
)  # fmt: skip
