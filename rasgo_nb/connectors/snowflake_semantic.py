"""Snowflake's semantic views, as the YAML that they were made of or stand for.

https://docs.snowflake.com/en/sql-reference/sql/show-semantic-views
https://docs.snowflake.com/en/sql-reference/functions/system_read_yaml_from_semantic_view
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.connectors.base import SemanticModel
from rasgo_nb.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rasgo_nb.connectors.snowflake_catalog import RunRows

_MOST = 500  # each is read by a statement of its own
_FORBIDDEN = ("permission", "missing_object", "syntax")  # the last: an account that does not know them


def semantic_models(run: RunRows, databases: Sequence[str]) -> list[SemanticModel]:
    """Those of the databases that the role may read."""
    names = [name for database in databases for name in _listed(run, database)]
    models = ((name, _text(run, name)) for name in names[:_MOST])
    return [SemanticModel(".".join(name), "snowflake_semantic_view", text) for name, text in models if text]


def _listed(run: RunRows, database: str) -> list[tuple[str, str, str]]:
    try:
        rows = run(f"SHOW SEMANTIC VIEWS IN DATABASE {_quoted(database)}")
    except QueryError as error:
        if error.kind not in _FORBIDDEN:
            raise
        return []
    return [(str(row["database_name"]), str(row["schema_name"]), str(row["name"])) for row in rows]


def _text(run: RunRows, name: Sequence[str]) -> str:
    from sqlglot import exp

    spelt = exp.Literal.string(_quoted(*name))
    call = exp.Anonymous(this="SYSTEM$READ_YAML_FROM_SEMANTIC_VIEW", expressions=[spelt])
    try:
        rows = run(exp.select(exp.alias_(call, "model")).sql(dialect="snowflake"))
    except QueryError as error:
        if error.kind not in _FORBIDDEN:
            raise
        return ""
    return str(next(iter(rows[0].values())) or "") if rows else ""


def _quoted(*names: str) -> str:
    from sqlglot import exp

    return ".".join(exp.to_identifier(name, quoted=True).sql(dialect="snowflake") for name in names)
