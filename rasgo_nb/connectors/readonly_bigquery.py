"""Functions of BigQuery that do more than read.

A user's function cannot write, and one that reaches a service needs a connection that an administrator made.
"""

from __future__ import annotations

from rasgo_nb.connectors.readonly_rule import DialectRules, FunctionRule

BIGQUERY = DialectRules(
    functions=(
        FunctionRule(
            "runs a text as SQL in another database", frozenset({"external_query"}), effect="network"
        ),
        FunctionRule("calls a service", frozenset({"external_object_transform"}), effect="network"),
        FunctionRule("makes an address of a file", starts=("obj.get_",), effect="network"),
        FunctionRule("reveals keys", starts=("keys.",), but=frozenset({"keys.keyset_chain",
            "keys.keyset_from_json", "keys.keyset_length"})),
        FunctionRule("is a procedure", starts=("bq.",)),
        FunctionRule(
            "asks a model that is paid by use",
            frozenset({
                "ml.annotate_image", "ml.generate_embedding", "ml.generate_text", "ml.process_document",
                "ml.transcribe", "ml.translate", "ml.understand_text",
            }),
            starts=("ai.",),
            effect="network",
            but=frozenset({"ai.forecast", "ai.evaluate", "ai.detect_anomalies"}),
            allowed=True,
        ),
    ),
    secret_tables=frozenset(),
    explains=False,
    words_tell=True,
)  # fmt: skip
