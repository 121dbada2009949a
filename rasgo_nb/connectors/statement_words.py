"""The words of a statement that has no tree: what its first one does, and what others among them would."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rasgo_nb.policy import Effect

# What a statement does by its first word, where its tree does not tell more; None cannot be judged.
BY_FIRST_WORD: dict[str, Effect | None] = {
    **dict.fromkeys(
        (
            *("ALTER", "ANALYSE", "ANALYZE", "CACHE", "CHECKPOINT", "CLUSTER", "COMMENT", "COPY", "CREATE"),
            *("DEFINE", "DELETE", "DENY", "DROP", "FORCE", "GRANT", "IMPORT", "INSERT", "KILL", "LOADDATA"),
            *("LOCK", "MERGE", "OPTIMIZE", "REFRESH", "REINDEX", "REMOVE", "RENAME", "REPLACE", "REVOKE"),
            *("RM", "SECURITY", "TRUNCATE", "TRUNCATETABLE", "UNCACHE", "UNDROP", "UPDATE", "UPSERT"),
            "VACUUM",
        ),
        "write_warehouse",
    ),
    **dict.fromkeys(("EXPORT", "GET", "UNLOAD"), "write_file"),
    **dict.fromkeys(("INSTALL", "LOAD"), "install"),
    "PUT": "network",
}  # fmt: skip

# Words that make a statement without a tree, such as PREPARE or EXECUTE, one that writes.
WRITING = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE", "TRUNCATE", "DROP"})

# Words without which what begins like a query is one, in the grammars of those dialects whose
# rules say ``words_tell``.
WRITING_ANYWHERE = WRITING | {
    "INTO", "CALL", "EXECUTE", "EXEC", "CREATE", "ALTER", "GRANT", "REVOKE", "COPY", "EXPORT", "LOAD", "LOCK",
    "PROCEDURE", "FUNCTION", "BEGIN", "DECLARE", "DO", "SHARE", "LET", "PUT", "UNDROP", "USE",
    "TRANSFORM", "MAP", "REDUCE",
    "UNSET", "REMOVE", "IMPORT", "ASSERT", "RAISE",
}  # fmt: skip

# What may stand between EXPLAIN and its statement.
EXPLAIN_OPTIONS = frozenset({
    "ANALYZE", "ANALYSE", "VERBOSE", "EXTENDED", "FORMATTED", "COST", "CODEGEN", "LOGICAL", "DISTRIBUTED",
    "AST", "SYNTAX", "QUERY", "TREE", "PIPELINE", "ESTIMATE", "PLAN", "USING", "TABULAR", "JSON", "TEXT",
    "FORMAT",
})  # fmt: skip
OPTION_NAMES = frozenset({
    "FORMAT", "ANALYZE", "ANALYSE", "VERBOSE", "COSTS", "BUFFERS", "TIMING", "SUMMARY", "SETTINGS", "WAL",
    "GENERIC_PLAN", "MEMORY", "SERIALIZE", "TYPE", "LOGICAL", "IO",
})  # fmt: skip


def words_of(part: str, dialect: str) -> list[str]:
    """The words of a statement in capitals, without the texts in it."""
    from sqlglot import tokenize
    from sqlglot.errors import SqlglotError

    first, _, rest = part.strip().partition(" ")
    try:
        # After CALL, PREPARE and the like the tokenizer gives all that follows as one text.
        tokens = [*tokenize(first, read=dialect or None), *tokenize(rest, read=dialect or None)]
        return [token.text.upper() for token in tokens if token.token_type.name != "STRING"]
    except (SqlglotError, ValueError):
        return part.upper().split()


def goes_out(words: list[str]) -> bool:
    """Whether a SELECT writes to a file of the server: ``INTO OUTFILE``."""
    return any(pair in (("INTO", "OUTFILE"), ("INTO", "DUMPFILE")) for pair in pairwise(words))
