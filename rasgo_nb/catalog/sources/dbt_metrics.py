"""dbt's metrics in their old and new shape, its semantic models and saved queries."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rasgo_nb.catalog.facts import Fact, Origin
from rasgo_nb.catalog.sources.source import clean, mapping, rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from rasgo_nb.catalog.sources.dbt_names import DbtNames, Node
    from rasgo_nb.connectors.base import TableName

# Aggregations by dbt's names, as a person reads them. What comes of it is shown, never run as it is.
_AGGREGATIONS = {
    "sum": "SUM({})",
    "min": "MIN({})",
    "max": "MAX({})",
    "average": "AVG({})",
    "avg": "AVG({})",
    "median": "MEDIAN({})",
    "count": "COUNT({})",
    "count_distinct": "COUNT(DISTINCT {})",
    "sum_boolean": "SUM(CASE WHEN {} THEN 1 ELSE 0 END)",
    "percentile": "PERCENTILE({})",
}
_PLAIN = re.compile(r"[^\W\d]\w*")
_DEEPEST = 8  # metrics made of metrics
_HERE = ("primary", "unique", "natural")


def metric_facts(manifest: Node, known: DbtNames, origin_of: Callable[[Node], Origin]) -> Iterator[Fact]:
    """Metrics, measures, and the joins and descriptions of semantic models."""
    models = _SemanticModels(manifest, known)
    metrics = {clean(one.get("name")): one for one in rows(manifest.get("metrics"))}
    expressions = _Expressions(models, metrics)
    for name, metric in metrics.items():
        tables = models.tables_of(metric)
        if tables:
            sql = expressions.of(metric, (name,))
            yield Fact("metric", tables, origin_of(metric), _said(metric), name, sql)
    for key, model in models.models.items():
        if key in models.tables:
            yield from _of_model(model, models.tables[key], origin_of(model), frozenset(metrics))
    yield from models.joins(origin_of)
    for saved in rows(manifest.get("saved_queries")):
        tables = models.tables_of(saved)
        if tables:
            name = clean(saved.get("name"))
            yield Fact("note", tables, origin_of(saved), name=name, text=_saved(saved, name))


class _SemanticModels:
    """The semantic models of a manifest, and the tables that they stand on."""

    def __init__(self, manifest: Node, known: DbtNames) -> None:
        self._known = known
        listed = mapping(manifest.get("semantic_models"))
        self.models = {key: model for key, model in listed.items() if isinstance(model, dict)}
        parents = {key: known.parents(model) for key, model in self.models.items()}
        self.tables = {key: those[0] for key, those in parents.items() if those}
        self.measures = {
            clean(measure.get("name")): measure
            for model in self.models.values()
            for measure in rows(model.get("measures"))
        }

    def tables_of(self, node: Node) -> tuple[TableName, ...]:
        """The tables of a metric; those of the metrics and semantic models that it is made of."""
        found = self._known.parents(node)
        model = self._known.meant(node.get("model"), node)
        own = clean(_aggregation(node).get("semantic_model"))
        named = [table for key, table in self.tables.items() if own and self.models[key].get("name") == own]
        return tuple(dict.fromkeys([*([model] if model else []), *found, *named]))

    def joins(self, origin_of: Callable[[Node], Origin]) -> Iterator[Fact]:
        """An entity that is foreign in one model and a key in another one joins their tables."""
        keys: dict[str, list[tuple[TableName, str]]] = {}
        for key, table in self.tables.items():
            for entity in rows(self.models[key].get("entities")):
                if entity.get("type") in _HERE and (column := _column(entity)):
                    keys.setdefault(clean(entity.get("name")), []).append((table, column))
        for key, table in self.tables.items():
            for entity in rows(self.models[key].get("entities")):
                for other, field in keys.get(clean(entity.get("name")), ()):
                    column = _column(entity)
                    if column and other != table and entity.get("type") == "foreign":
                        yield Fact(
                            "join",
                            (table, other),
                            origin_of(self.models[key]),
                            columns=(column,),
                            referenced_columns=(field,),
                        )


class _Expressions:
    """The expressions of metrics, those made of other ones with theirs put in."""

    def __init__(self, models: _SemanticModels, metrics: Mapping[str, Node]) -> None:
        self._measures = models.measures
        self._metrics = metrics

    def of(self, metric: Node, within: tuple[str, ...] = ()) -> str:
        """The expression in SQL; "" where it cannot be told for sure."""
        params = mapping(metric.get("type_params"))
        if len(within) > _DEEPEST:
            return ""
        if not params:
            kind = clean(metric.get("calculation_method")) or clean(metric.get("type"))
            return _aggregate(kind, clean(metric.get("expression")) or clean(metric.get("sql")))
        made = metric.get("type")
        if made == "ratio":
            parts = [self._named(params.get(side), within) for side in ("numerator", "denominator")]
            return f"{parts[0]} / NULLIF({parts[1]}, 0)" if all(parts) else ""
        if made == "derived":
            return self._derived(params, within)
        inline = _aggregation(metric)
        if inline:
            return _aggregate(clean(inline.get("agg")), clean(inline.get("expr") or params.get("expr")))
        measure = self._measures.get(_name(params.get("measure")))
        return _measure(measure) if measure and made in ("simple", "cumulative") else ""

    def _named(self, given: object, within: tuple[str, ...]) -> str:
        name = _name(given)
        if name in within:  # it is made of itself
            return ""
        if name in self._metrics:
            return self.of(self._metrics[name], (*within, name))
        return _measure(self._measures[name]) if name in self._measures else ""

    def _derived(self, params: Node, within: tuple[str, ...]) -> str:
        parts = {
            clean(one.get("alias")) or clean(one.get("name")): self._named(one, within)
            for one in rows(params.get("metrics"))
            if not one.get("offset_window") and not one.get("offset_to_grain")
        }
        text = clean(params.get("expr"))
        if not parts or not all(parts.values()) or len(parts) != len(rows(params.get("metrics"))):
            return text
        return _PLAIN.sub(lambda word: f"({parts[word[0]]})" if word[0] in parts else word[0], text)


def _of_model(model: Node, table: TableName, origin: Origin, metrics: frozenset[str]) -> Iterator[Fact]:
    if said := clean(model.get("description")):
        yield Fact("description", (table,), origin, text=said)
    for part in (*rows(model.get("entities")), *rows(model.get("dimensions"))):
        column, said, label = _column(part), clean(part.get("description")), clean(part.get("label"))
        if column and said:
            yield Fact("description", (table,), origin, text=said, columns=(column,))
        for word in dict.fromkeys((label, clean(part.get("name")))):
            if column and word and word.casefold() != column.casefold():
                yield Fact("synonym", (table,), origin, text=word, columns=(column,))
    for measure in rows(model.get("measures")):
        name = clean(measure.get("name"))
        if name and name not in metrics:
            said = _said(measure)
            yield Fact("metric", (table,), origin, name=name, text=said, sql=_measure(measure))


def _aggregation(metric: Node) -> Node:
    """The aggregation that a metric holds itself, as newer versions of dbt write it."""
    return mapping(mapping(metric.get("type_params")).get("metric_aggregation_params"))


def _measure(measure: Node) -> str:
    return _aggregate(clean(measure.get("agg")), clean(measure.get("expr")) or clean(measure.get("name")))


def _aggregate(kind: str, expression: str) -> str:
    if kind in ("derived", "expression"):
        return expression
    return _AGGREGATIONS[kind].format(expression or "*") if kind in _AGGREGATIONS else ""


def _column(part: Node) -> str:
    """The column that an entity or dimension is; "" where it is an expression."""
    expression = clean(part.get("expr")) or clean(part.get("name"))
    return expression if _PLAIN.fullmatch(expression) else ""


def _name(given: object) -> str:
    return clean(mapping(given).get("name")) or clean(given)


def _said(metric: Node) -> str:
    label, filters = clean(metric.get("label")), _filters(metric.get("filter") or metric.get("filters"))
    lines = (label, clean(metric.get("description")), f"Only where {filters}" if filters else "")
    return "\n".join(dict.fromkeys(one for one in lines if one))


def _filters(given: Any) -> str:
    """The condition of a metric, old or new."""
    where = rows(mapping(given).get("where_filters"))
    told = [clean(one.get("where_sql_template")) for one in where]
    for one in rows(given) if isinstance(given, list) else ():
        told.append(" ".join(clean(one.get(key)) for key in ("field", "operator", "value")))
    return clean(given) or " and ".join(one for one in told if one.strip())


def _saved(saved: Node, name: str) -> str:
    params = mapping(saved.get("query_params"))
    lines = [clean(saved.get("label")) or name, clean(saved.get("description"))]
    for title, key in (("Metrics", "metrics"), ("By", "group_by")):
        listed = params.get(key)
        told = ", ".join(clean(one) for one in listed) if isinstance(listed, list) else ""
        lines.append(f"{title}: {told}" if told else "")
    filters = _filters(params.get("where"))
    lines.append(f"Only where {filters}" if filters else "")
    return "\n".join(one for one in lines if one)
