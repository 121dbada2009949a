"""Which questions are beyond rules, told by their words."""

from __future__ import annotations

import re

CAN_DO = (
    "I am the offline model: rules that turn a question into one SQL query. I can list, filter, count, sum, "
    "average, rank, group and join, and show a trend over time."
)
CONNECT = "For questions beyond that a language model is needed; `%rasgo model` lists those that can be used."
_REFUSED: tuple[tuple[str, str], ...] = (
    (
        r"^\W*(?:please |can you |could you |now )?"
        r"(?:delete|remove|drop|truncate|insert|update|alter|rename|grant)\b"
        r"|^\W*(?:please |can you |could you )?(?:add|create|change|set) (?:a |an |the )?(?:new )?"
        r"(?:row|table|column|record|view|index|value)",
        "it asks to change data, and I only read",
    ),
    (
        (r"\b(?:forecast|predict|prediction|extrapolat\w+|"
        r"will (?:be|have|grow|"
        r"sell)|next (?:year|month|quarter|week))\b"),
        "it asks for a forecast, and I only tell what is in the data",
    ),
    (
        r"^\W*(?:hello|hi|hey|thanks|thank you|good (?:morning|evening)|who are you|what can you do|help)\b",
        "there is no question about the data in it",
    ),
    (r"\b(?:poem|joke|essay|translate|summari[sz]e the text|train a model|regression|cluster(?:ing)?)\b",
     "it asks for something other than a query"),
)  # fmt: skip
_LONGEST, _MOST_WORDS = 2_000, 120
# SELECT or WITH, no article, FROM, a name, and then the end or what may follow a table in SQL.
_SQL = re.compile(
    r"\s*(?:WITH\s.+\bSELECT|SELECT(?!\s+(?:the|all|any|an?|each|every|those)\s+(?!FROM\b)))\s.+\bFROM\s+[\w.\"]+\s*"
    r"(?:;?\s*\Z|,|\)|(?:AS|WHERE|GROUP|ORDER|HAVING|LIMIT|JOIN|LEFT|RIGHT|FULL|INNER|CROSS|UNION|USING)\b)",
    re.IGNORECASE | re.DOTALL,
)
_CAUSE = re.compile(
    r"\b(?:why|because of|cause[sd]?|the reason|explain|due to|driven by|impact of|effect of|correlat\w+)\b",
    re.IGNORECASE,
)


def refusal(question: str) -> str:
    """Why the question is none for a query; empty where it may be one."""
    if len(question) > _LONGEST or question.count(" ") > _MOST_WORDS:
        return f"it is longer than the {_LONGEST:,} characters or {_MOST_WORDS} words that I read"
    if not re.search(r"[^\W\d_]", question):
        return "there is no question about the data in it"
    return next((reason for pattern, reason in _REFUSED if re.search(pattern, question, re.IGNORECASE)), "")


def pasted_sql(question: str) -> str:
    """The question where it is one SELECT in SQL; else empty."""
    sql = question.strip().rstrip(";").rstrip()
    is_sql = len(question) <= _LONGEST * 10 and ";" not in sql and _SQL.match(question) is not None
    return sql if is_sql else ""


def asks_for_cause(question: str) -> bool:
    """True where a part of the question asks for reasons, which no single query gives."""
    return _CAUSE.search(question) is not None


def without_cause(question: str) -> str:
    """The question without the clause that asks for reasons, where another is left."""
    clauses = re.split(
        r"(?:,\s*| )(?:and|but)\s+(?=(?:is|are|was|what|why|how|does|did|do)\b)|[?;]\s+", question
    )
    kept = [clause for clause in clauses if not asks_for_cause(clause)]
    return (" and ".join(kept) + "?") if kept else question
