"""A second try of a query, from what the first one's result offers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rasgo_nb.agent.models.offline.pages import items, texts
from rasgo_nb.agent.models.offline.sql import quoted, to_sql

if TYPE_CHECKING:
    from collections.abc import Collection

    from rasgo_nb.agent.models.offline.plan import Plan
    from rasgo_nb.agent.models.offline.progress import Finished
    from rasgo_nb.agent.models.offline.schema import Schema

_TYPES = re.compile(r"conver|cast|compar|no function matches|type", re.IGNORECASE)
_HINT = re.compile(r" = '(?P<text>.*?)'\. Nearest values: (?:'(?P<near>[^']*)'|\"(?P<other>[^\"]*)\")")


def mended(query: Finished, plan: Plan, schema: Schema, words: Collection[str]) -> str:
    """Another statement worth a try; empty where there is none."""
    sql = str(query.arguments.get("sql", ""))
    if query.is_error:
        again = _nearest_names(sql, query)
        if again == sql and _TYPES.search(str(query.page.get("error", ""))):
            again = to_sql(plan, schema, hints=words, cautious=True)
        return again if again != sql else ""
    if query.page.get("rows") != 0:
        return ""
    again = _nearest_values(sql, texts(query.page.get("hints")))
    return again if again != sql else ""


def _nearest_names(sql: str, query: Finished) -> str:
    for miss in items(query.page.get("did_you_mean")):
        near = texts(miss.get("nearest"))
        wrong = str(miss.get("wrong", "")).strip('"')
        if near and wrong:
            sql = re.sub(rf'"{re.escape(wrong)}"|\b{re.escape(wrong)}\b', _plainly(quoted(near[0])), sql)
    return sql


def _plainly(text: str) -> str:
    """A replacement text that ``re.sub`` takes as it is."""
    return text.replace("\\", "\\\\")


def _nearest_values(sql: str, hints: tuple[str, ...]) -> str:
    for hint in hints:
        match = _HINT.search(hint)
        if match:
            near = (match["near"] or match["other"] or "").replace("'", "''")
            sql = sql.replace(f"'{match['text']}'", f"'{near}'")
    return sql
