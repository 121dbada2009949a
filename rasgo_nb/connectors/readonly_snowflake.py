"""Functions of Snowflake that do more than read.

A user's function cannot write: DML needs a procedure, and a procedure in FROM may only query. Of the
``SYSTEM$`` functions only those that look are let through; the others act on the account. Files of a stage
may be read like tables: they are the account's own data, and the role's rights hold for them.
"""

from __future__ import annotations

from rasgo_nb.connectors.readonly_rule import DialectRules, FunctionRule

_SYSTEM_LOOKS = frozenset({
    "system$typeof", "system$clustering_depth", "system$clustering_information", "system$clustering_ratio",
    "system$estimate_query_acceleration", "system$get_tag", "system$last_change_commit_time",
    "system$explain_plan_json", "system$explain_json_to_text",
})  # fmt: skip

SNOWFLAKE = DialectRules(
    functions=(
        FunctionRule("acts on the account", starts=("system$", "snowflake.system$"), but=_SYSTEM_LOOKS),
        FunctionRule("runs a text as SQL", frozenset({"to_query"})),
        FunctionRule("reveals a way to files", frozenset({"get_presigned_url", "build_scoped_file_url"})),
        FunctionRule(
            "changes the state of the database",
            frozenset({"nextval", "seq_nextval", "getnextval"}),
            effect="write_warehouse",
        ),
        FunctionRule(
            "calls another account or service",
            frozenset({
                "snowflake.cortex.finetune", "cortex.finetune", "send_email", "send_snowflake_notification",
                "snowflake.notification.text_plain",
            }),
            starts=("snowflake.ml.", "snowflake.core.set_", "snowflake.alert.set_"),
            effect="network",
        ),
        FunctionRule(
            "asks a model that is paid by the token",
            frozenset({"search_preview"}),
            starts=("snowflake.cortex.", "cortex.", "ai_"),
            effect="network",
            allowed=True,
        ),
    ),
    read_commands=frozenset({"SHOW", "DESC", "DESCRIBE"}),
    words_tell=True,
)  # fmt: skip
