"""Of tables in several groups that no key joins, the group that a question is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.agent.models.offline.lexicon import words_of
from rasgo_nb.agent.models.offline.schema import Schema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rasgo_nb.agent.models.offline.linking import Mention

_TIMES = words_of("year month day week quarter date time hour years months days weeks hours daily monthly")
_TIME_WEIGHT = 0.3  # any table may have a column of that name, and any date has such a part
_TABLE_BONUS = 0.3  # to name a table says more than to name a column


def focused(schema: Schema, mentions: Sequence[Mention]) -> Schema:
    """The schema with just the tables of the group that the mentions fit best; all of one group."""
    groups = schema.groups
    if len(groups) < 2:
        return schema
    best = max(groups, key=lambda group: sum(_weight(mention, group) for mention in mentions))
    tables = tuple(table for table in schema.tables if table.name in best)
    return Schema(tables, tuple(key for key in schema.keys if key.column.table in best))


def _weight(mention: Mention, group: frozenset[str]) -> float:
    fits = [score + _TABLE_BONUS for score, table in mention.tables if table.name in group]
    fits += [score for score, column in mention.columns if column.table in group]
    fits += [1.0 for column, _ in mention.spellings if column.table in group]
    said = mention.text.casefold()
    return max(fits, default=0.0) * (_TIME_WEIGHT if said in _TIMES else mention.end - mention.start)
