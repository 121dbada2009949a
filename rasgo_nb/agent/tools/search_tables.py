from __future__ import annotations

from collections import Counter
from typing import Annotated

from rasgo_nb.agent.page import bounded, shown
from rasgo_nb.agent.tools.base import ToolContext, ToolOutput, tool
from rasgo_nb.catalog.search import Hit


@tool()
async def search_tables(
    context: ToolContext,
    *,
    words: Annotated[str, "what to look for: words of the question, names, synonyms"],
    limit: Annotated[int, "how many tables at most", {"minimum": 1, "maximum": 100}] = 10,
) -> ToolOutput:
    """Find tables of the connection by words in their names, columns and comments, best first.

    Use it first, unless the question names its tables. Nothing useful found: try other words, singular and
    plural, synonyms, abbreviations. It does not look at rows; to find a value in a column use profile_columns
    with look_for. Returns each table's full name, number of columns and rows, comment, and why it matched.
    """
    catalogs = {name: one.catalog for name, one in context.used.items()} or {"": context.catalog}
    found = [(name, hit) for name, one in catalogs.items() for hit in one.search(words, limit=limit)]
    if len(catalogs) > 1:
        found = _merged(found)
    items = [_item(context, hit, name if len(catalogs) > 1 else "") for name, hit in found[:limit]]
    total = sum(len(one.tables) for one in catalogs.values())
    page = {"tables": shown(items, total=total, noun="tables")}
    return ToolOutput(page, value=[hit for _, hit in found[:limit]])


def _merged(found: list[tuple[str, Hit]]) -> list[tuple[str, Hit]]:
    """Scores of several catalogs do not compare: what counts is the match, then the place in its own list."""
    places: Counter[str] = Counter()
    ranked = []
    for name, hit in found:
        ranked.append(((not hit.why, not hit.why.startswith("name"), places[name]), name, hit))
        places[name] += 1
    return [(name, hit) for _, name, hit in sorted(ranked, key=lambda one: one[0])]


def _item(context: ToolContext, hit: Hit, connection: str) -> dict[str, object]:
    where = {"connection": connection} if connection else {}
    has_count = context.at(connection).settings.privacy != "schema"
    return where | {
        "table": str(hit.table.name),
        "score": hit.score,
        "why": hit.why,
        "columns": len(hit.table.columns),
        **({"rows": hit.table.row_count} if has_count else {}),
        "comment": bounded(hit.table.comment, 300),
    }
