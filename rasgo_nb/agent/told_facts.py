"""What sources say of tables, as a model is told it: bounded, with its source, values as privacy says."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from rasgo_nb.agent.page import bounded
from rasgo_nb.catalog.facts import MEMORY
from rasgo_nb.catalog.search.joins import said_of
from rasgo_nb.connectors.statement import without_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rasgo_nb.agent.privacy import Sight
    from rasgo_nb.catalog.facts import Fact, FactKind
    from rasgo_nb.connectors.base import TableDetail, TableName

_TEXT, _SQL, _NAME = 300, 1_500, 120
_MOST = 6  # facts of one kind
_MOST_VALUES = 12
_NO_BRACKETS = str.maketrans("[]\n", "() ")
_WORDS: dict[FactKind, str] = {
    "description": "described",
    "note": "notes",
    "synonym": "synonyms",
    "test": "tests",
    "tag": "tags",
    "owner": "owner",
    "lineage": "made_of",
    "exposure": "used_by",
}


def facts_of_table(
    facts: Iterable[Fact], table: TableDetail, sight: Sight, dialect: str
) -> dict[str, object]:
    """What sources say of the table itself, beyond its comment."""
    own = [fact for fact in facts if not fact.columns and _is_of(fact, table.name)]
    page = _by_kind(own, table.comment)
    lineage = [fact for fact in own if fact.kind == "lineage"]
    if lineage:
        made_of = dict.fromkeys(str(one) for fact in lineage for one in fact.tables[1:])
        page["made_of"] = list(made_of)[:_MOST]
    metrics = [told_metric(fact, sight, dialect) for fact in own if fact.kind == "metric"]
    return page | ({"metrics": metrics[:_MOST]} if metrics else {})


def facts_of_columns(facts: Iterable[Fact], table: TableDetail, sight: Sight) -> dict[str, dict[str, object]]:
    """By column, what sources say of it beyond its comment; usual values only where rows may be read."""
    found: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        if _is_of(fact, table.name) and fact.kind not in ("join", "metric", "query", "lineage", "exposure"):
            for column in fact.columns:
                found[column].append(fact)
    comments = {column.name: column.comment for column in table.columns}
    pages = {}
    for column, own in found.items():
        page = _by_kind(own, comments.get(column, ""))
        values = _values(own, table, column, sight)
        pages[column] = page | ({"values": values} if values else {})
    return pages


def told_join(fact: Fact) -> str:
    """How two tables are joined, and who says so: ``orders.customer_id = customers.id (declared key)``."""
    first, second = fact.tables[:2]
    pairs = zip(fact.columns, fact.referenced_columns or fact.columns, strict=False)
    on = " AND ".join(f"{first}.{one} = {second}.{other}" for one, other in pairs)
    return f"{bounded(on or f'{first} with {second}', _TEXT)} ({said_of(fact)})"


def told_query(fact: Fact, sight: Sight, dialect: str) -> dict[str, object]:
    """A statement that answered a question; where rows are withheld, without the values in it.

    What the person has confirmed is told in their words at every level.
    """
    is_own = fact.origin.source == MEMORY
    sql = fact.sql if sight.is_open or is_own else without_values(fact.sql, dialect)
    page: dict[str, object] = {"question": bounded(fact.text, _TEXT)} if fact.text else {}
    return page | {"sql": bounded(sql, _SQL), "source": source_of(fact)}


def told_metric(fact: Fact, sight: Sight, dialect: str) -> dict[str, object]:
    """A measure: its name, what it says, and the expression that makes it; values as ``told_query``."""
    sql = fact.sql if sight.is_open or fact.origin.source == MEMORY else without_values(fact.sql, dialect)
    said = {"name": bounded(fact.name, _NAME), "says": bounded(fact.text, _TEXT)}
    expression = {"expression": bounded(sql, _TEXT), "of": ", ".join(map(str, fact.tables[:3]))}
    return {key: text for key, text in {**said, **expression, "source": source_of(fact)}.items() if text}


def told_note(fact: Fact, sight: Sight, dialect: str) -> dict[str, object]:
    """What a person wrote, and of what; the SQL that comes with it as ``told_query``."""
    table = str(fact.tables[0]) if fact.tables else ""
    of = [f"{table}.{column}" for column in fact.columns[:3]] or [table]
    sql = fact.sql if sight.is_open or fact.origin.source == MEMORY else without_values(fact.sql, dialect)
    said = {"note": bounded(fact.text, _TEXT), "sql": bounded(sql, _SQL), "of": ", ".join(of)}
    said["source"] = source_of(fact)
    return {key: text for key, text in said.items() if text}


def source_of(fact: Fact) -> str:
    """Who says it and since when, in few words."""
    origin = fact.origin
    if origin.source == MEMORY:
        parts = [f"confirmed by {origin.author or 'the person'}", origin.at[:10]]
    else:
        parts = [origin.source, f"by {origin.author}" if origin.author else "", origin.at[:10]]
    return bounded(", ".join(filter(None, parts)).translate(_NO_BRACKETS), _NAME)


def sourced(fact: Fact, most: int = _TEXT) -> str:
    """Its text after who says it, where no text can pass for the source, and no cut takes it away."""
    return f"[{source_of(fact)}] {bounded(fact.text or fact.name, most)}"


def _is_of(fact: Fact, name: TableName) -> bool:
    return bool(fact.tables) and fact.tables[0] == name


def _by_kind(facts: Sequence[Fact], comment: str) -> dict[str, object]:
    """Texts by kind, none twice, and none that the comment says already."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for fact in facts:
        word = _WORDS.get(fact.kind)
        text = fact.name or fact.text if fact.kind == "test" else fact.text or fact.name  # no values of tests
        if word is None or not text or text.strip() == comment.strip() or fact.kind == "lineage":
            continue
        is_said = fact.kind in ("description", "note")
        found[word][sourced(fact) if is_said else bounded(text, _NAME)] = None
    return {word: list(texts)[:_MOST] for word, texts in found.items()}


def _values(facts: Iterable[Fact], table: TableDetail, column: str, sight: Sight) -> list[str]:
    if sight.level != "rows" or sight.masks(str(table.name), column):
        return []
    values = dict.fromkeys(value for fact in facts for value in fact.values)
    return [bounded(value, 60) for value in values][:_MOST_VALUES]
