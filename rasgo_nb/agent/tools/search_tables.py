from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated

from rasgo_nb.agent.page import bounded, shown
from rasgo_nb.agent.told_facts import (
    sourced,
    told_join,
    told_metric,
    told_note,
    told_query,
)
from rasgo_nb.agent.tools.base import ToolContext, ToolOutput, tool
from rasgo_nb.catalog.search.catalog import Hit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rasgo_nb.agent.privacy import Sight
    from rasgo_nb.catalog.facts import Fact
    from rasgo_nb.catalog.search.catalog import Catalog

_MOST_COLUMNS = 8  # that matched, of one hit
_MOST_JOINS = 12
_MOST_FACTS = 8  # looked at, of each connection
_MOST_TOLD = {"verified_queries": 3, "queries_of_sources": 3, "past_queries": 2, "metrics": 5, "notes": 5}
_LABELS = {
    "verified_queries": "confirmed by a person: start from the one whose question is nearest",
    "queries_of_sources": "offered by the source that each names; nobody has confirmed them here: check them",
    "past_queries": "run before; nobody has confirmed them",
}


@tool()
async def search_tables(
    context: ToolContext,
    *,
    words: Annotated[str, "what to look for: the question itself, or names and synonyms"],
    limit: Annotated[int, "how many tables at most", {"minimum": 1, "maximum": 100}] = 10,
) -> ToolOutput:
    """Find tables of the connection by words in their names, columns, comments and descriptions, best first.

    Use it first, with the words of the question, unless the question names its tables. Nothing useful found:
    try other words, singular and plural, synonyms, abbreviations. It does not look at rows; to find a value
    in a column use profile_columns with look_for. Returns each table's full name, number of columns and rows,
    comment, and why it matched; how the tables are joined; and where there are any: verified queries, which
    a person has confirmed (start from the one whose question is nearest), queries that semantic models or
    files offer, metrics with their expressions (use those rather than your own), and notes.
    """
    catalogs = {name: one.catalog for name, one in context.used.items()} or {"": context.catalog}
    found = [(name, hit) for name, one in catalogs.items() for hit in one.search(words, limit=limit)]
    if len(catalogs) > 1:
        found = _merged(found)
    hits = found[:limit]
    several = len(catalogs) > 1
    items = [({"connection": name} if several else {}) | _item(context, hit, name) for name, hit in hits]
    total = sum(len(one.names()) for one in catalogs.values())
    page: dict[str, object] = {"tables": shown(items, total=total, noun="tables")}
    joins = [
        line for name, one in catalogs.items() for line in _joins(one, [h for n, h in hits if n == name])
    ]
    if joins:
        page["joins"] = joins[:_MOST_JOINS]
    return ToolOutput(page | _known(context, catalogs, words), value=[hit for _, hit in hits])


def _merged(found: list[tuple[str, Hit]]) -> list[tuple[str, Hit]]:
    """Scores of several catalogs do not compare: what counts is the match, then the place in its own list."""
    places: Counter[str] = Counter()
    ranked = []
    for name, hit in found:
        ranked.append(((not hit.why, not hit.why.startswith("name"), places[name]), name, hit))
        places[name] += 1
    return [(name, hit) for _, name, hit in sorted(ranked, key=lambda one: one[0])]


def _item(context: ToolContext, hit: Hit, connection: str) -> dict[str, object]:
    privacy = context.at(connection).settings.privacy
    why = hit.why if privacy == "rows" else "; ".join(r for r in hit.why.split("; ") if not _is_of_values(r))
    said = {
        "stands_for": hit.family,
        "matching_columns": [bounded(name, 80) for name in hit.columns[:_MOST_COLUMNS]],
        "past_queries": hit.past_queries,
        "comment": bounded(hit.table.comment, 300),
        "described": "" if hit.table.comment else _description(hit.facts),
    }
    return {
        "table": str(hit.table.name),
        "score": hit.score,
        "why": why,
        "columns": len(hit.table.columns),
        **({"rows": hit.table.row_count} if privacy != "schema" else {}),
        **{key: fact for key, fact in said.items() if fact},
    }


def _is_of_values(reason: str) -> bool:
    return reason.startswith("values: ")


def _description(facts: Iterable[Fact]) -> str:
    own = (one for one in facts if one.kind == "description" and not one.columns)
    return next((sourced(one) for one in own), "")


def _joins(catalog: Catalog, hits: Sequence[Hit]) -> list[str]:
    """How the tables that were found are joined with each other, and with those that belong to them."""
    between = catalog.joins([hit.table.name for hit in hits])
    facts = [*between, *(fact for hit in hits for fact in hit.joins)]
    return list(dict.fromkeys(map(told_join, facts)))


def _known(context: ToolContext, catalogs: dict[str, Catalog], words: str) -> dict[str, object]:
    """What bears on the words beside tables: queries to start from, metrics, notes."""
    told: dict[str, list[object]] = {kind: [] for kind in _MOST_TOLD}
    for name, catalog in catalogs.items():
        at = context.at(name)
        where = {"connection": name} if len(catalogs) > 1 else {}
        for match in catalog.search_facts(words, limit=_MOST_FACTS, kinds=("query", "metric", "note")):
            kind, page = _told(match.fact, at.sight(of_notebook=False), at.connection.dialect)
            told[kind].append(where | page)
    pages = {kind: items[: _MOST_TOLD[kind]] for kind, items in told.items() if items}
    return {
        kind: {"are": _LABELS[kind], "items": one} if kind in _LABELS else one for kind, one in pages.items()
    }


def _told(fact: Fact, sight: Sight, dialect: str) -> tuple[str, dict[str, object]]:
    match fact.kind:
        case "query":
            return _kind_of_query(fact), told_query(fact, sight, dialect)
        case "metric":
            return "metrics", told_metric(fact, sight, dialect)
        case _:
            return "notes", told_note(fact, sight, dialect)


def _kind_of_query(fact: Fact) -> str:
    if fact.is_confirmed:
        return "verified_queries"
    return "queries_of_sources" if fact.is_verified else "past_queries"
