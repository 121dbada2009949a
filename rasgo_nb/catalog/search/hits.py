"""What a search tells of a table that it found: why, in words a person and a model understand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rasgo_nb.catalog.search.words import stems

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from rasgo_nb.catalog.facts import Fact
    from rasgo_nb.catalog.search.rank import Candidate
    from rasgo_nb.connectors.base import TableDetail, TableName

_SPOKEN = {"place": "schema", "column_comments": "comments", "comment": "comments", "facts": "said of it"}
_MOST_NAMED = 6
_MOST_COLUMNS = 20  # that a hit names
_MOST_FACTS = 5


@dataclass(frozen=True, slots=True)
class Hit:
    """A table that was found; ``why`` says in few words what speaks for it.

    ``columns`` are the first whose names or comments hold words of the question. ``facts`` speak for the
    table: past queries that used it, descriptions, synonyms. ``joins`` tie it to other hits. ``family`` is
    empty, or says for how many tables of the same kind it stands, "366 tables, events_20240101 to
    events_20241231", and ``members`` are these, oldest first. ``is_beside`` says that no word of the question
    speaks for it: it lies beside tables that were found, or is joined to one.
    """

    table: TableDetail
    score: float
    why: str
    columns: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    joins: tuple[Fact, ...] = ()
    family: str = ""
    past_queries: int = 0
    members: tuple[TableName, ...] = ()
    is_beside: bool = False


def matching_columns(table: TableDetail, forms: Collection[str]) -> tuple[str, ...]:
    """The first columns whose names hold any of the stems; where none does, those whose comments do."""
    beginnings = tuple({form[: max(3, len(form) - 1)] for form in forms})
    for of_name in (True, False):
        found = []
        for column in table.columns:
            text = column.name if of_name else column.comment
            folded = text.casefold()
            if any(one in folded for one in beginnings) and not set(forms).isdisjoint(stems(text)):
                found.append(column.name)
            if len(found) == _MOST_COLUMNS:
                break
        if found:
            return tuple(found)
    return ()


def telling_facts(facts: Iterable[Fact], forms: Collection[str]) -> tuple[Fact, ...]:
    """Those of a table's facts that hold any of the stems."""
    found = (one for one in facts if not set(forms).isdisjoint(stems(f"{one.name} {one.text}")))
    return tuple(found)[:_MOST_FACTS]


def why_found(candidate: Candidate, columns: Sequence[str], past_queries: int, joins: Sequence[Fact]) -> str:
    """What speaks for the table, the strongest first."""
    fields: dict[str, list[str]] = {}
    for field, form in candidate.spots.values():
        fields.setdefault(_SPOKEN.get(field, field), []).append(form)
    reasons = []
    for field in ("name", "columns", "comments", "said of it", "values", "schema"):
        words = _columns_first(columns, fields) if field == "columns" else fields.get(field, [])
        if words:
            reasons.append(f"{field}: {', '.join(_whole(words[:_MOST_NAMED]))}")
    if past_queries:
        reasons.append(f"{past_queries} past {'query' if past_queries == 1 else 'queries'}")
    if candidate.is_similar:
        reasons.append("like the question")
    reasons += [_joined(candidate.name, join) for join in joins[:2]]
    return "; ".join(reasons) or "beside the best"


def _whole(words: Sequence[str]) -> list[str]:
    """Each word once, without those that are but the beginning of another: stems, singulars."""
    once = list(dict.fromkeys(words))
    return [word for word in once if not any(one != word and one.startswith(word) for one in once)]


def _columns_first(columns: Sequence[str], fields: dict[str, list[str]]) -> list[str]:
    return list(columns) if "columns" in fields and columns else fields.get("columns", [])


def _joined(own: TableName, join: Fact) -> str:
    is_first = join.tables[0] == own
    other = join.tables[1] if is_first else join.tables[0]
    columns = join.columns if is_first else join.referenced_columns or join.columns
    return f"joins {other.table} on {', '.join(columns)}" if columns else f"joins {other.table}"
