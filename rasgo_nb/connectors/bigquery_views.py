"""What INFORMATION_SCHEMA is asked, and its rows as table details."""

from __future__ import annotations

from collections import defaultdict
from functools import reduce
from typing import TYPE_CHECKING, Any

from rasgo_nb.connectors.base import Column, ForeignKey, TableDetail, TableName
from rasgo_nb.connectors.bigquery_schema import VIEWS, policy_tags

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sqlglot import exp

DATASETS_PER_STATEMENT = 25  # keys are told by each dataset alone
Row = tuple[Any, ...]


def names(project: str, scope: str) -> str:
    """Dataset and name of each table; ``scope`` is a dataset or a region."""
    from sqlglot import exp

    return _sql(exp.select("t.table_schema", "t.table_name").from_(_view(project, scope, "TABLES", "t")))


def tables(project: str, scope: str) -> str:
    """Dataset, name, type, and description and labels as literals."""
    from sqlglot import exp

    select = exp.select(
        "t.table_schema", "t.table_name", "t.table_type", "o.option_value", "l.option_value AS labels"
    )
    select = select.from_(_view(project, scope, "TABLES", "t"))
    for alias, option in (("o", "description"), ("l", "labels")):
        on = (
            f"{alias}.table_schema = t.table_schema AND {alias}.table_name = t.table_name "
            f"AND {alias}.option_name = '{option}'"
        )
        select = select.join(_view(project, scope, "TABLE_OPTIONS", alias), on=on, join_type="left")
    return _sql(select)


def columns(project: str, scope: str) -> str:
    """Of every table in order; the hidden ones too, for a table may be partitioned by one."""
    from sqlglot import exp

    on = "p.table_schema = c.table_schema AND p.table_name = c.table_name AND p.field_path = c.column_name"
    told = "column_name data_type is_nullable is_hidden is_partitioning_column clustering_ordinal_position"
    return _sql(
        exp.select(
            "c.table_schema",
            "c.table_name",
            *(f"c.{name}" for name in told.split()),
            "p.description",
            "p.policy_tags",
        )
        .from_(_view(project, scope, "COLUMNS", "c"))
        .join(_view(project, scope, "COLUMN_FIELD_PATHS", "p"), on=on, join_type="left")
        .order_by("c.table_schema", "c.table_name", "c.ordinal_position")
    )


def sizes(project: str, region: str, dataset: str) -> str:
    """Dataset, name, rows and bytes, of one dataset where it is named."""
    from sqlglot import exp

    statement = (
        exp.select("s.table_schema", "s.table_name", "s.total_rows", "s.total_logical_bytes")
        .from_(_view(project, region, "TABLE_STORAGE", "s"))
        .where("NOT s.deleted")
    )
    if dataset:
        statement = statement.where(exp.column("table_schema", "s").eq(exp.Literal.string(dataset)))
    return _sql(statement)


def keys(project: str, datasets: Sequence[str]) -> Iterator[str]:
    """For so many datasets at a time: constraint, its table, kind, column, positions, table referred to."""
    for start in range(0, len(datasets), DATASETS_PER_STATEMENT):
        parts = [_keys_of(project, name) for name in datasets[start : start + DATASETS_PER_STATEMENT]]
        whole = reduce(lambda left, right: left.union(right, distinct=False), parts)
        yield whole.sql("bigquery")


def _keys_of(project: str, dataset: str) -> Any:
    from sqlglot import exp

    targets = (
        exp.select("u.constraint_name", "u.table_schema", "u.table_name")
        .distinct()
        .from_(_view(project, dataset, "CONSTRAINT_COLUMN_USAGE", "u"))
        .subquery("r")
    )
    return (
        exp.select(
            "k.table_schema", "k.table_name", "k.constraint_name", "c.constraint_type", "k.column_name",
            "k.ordinal_position", "k.position_in_unique_constraint",
            "r.table_schema AS target_schema", "r.table_name AS target_name",
        )
        .from_(_view(project, dataset, "KEY_COLUMN_USAGE", "k"))
        .join(
            _view(project, dataset, "TABLE_CONSTRAINTS", "c"),
            on="c.constraint_name = k.constraint_name",
        )
        .join(targets, on="r.constraint_name = k.constraint_name", join_type="left")
    )  # fmt: skip


def _view(project: str, scope: str, view: str, alias: str) -> exp.Table:
    """One quoted path, which BigQuery takes for any project, dataset or region."""
    from sqlglot import exp

    path = exp.to_identifier(f"{project}.{scope}.INFORMATION_SCHEMA.{view}", quoted=True)
    return exp.Table(this=path, alias=exp.TableAlias(this=exp.to_identifier(alias)))


def _sql(statement: exp.Select) -> str:
    return statement.sql("bigquery")


def details(
    project: str,
    tables: Sequence[Row],
    columns: Sequence[Row],
    sizes: Sequence[Row],
    keys: Sequence[Row],
) -> Iterator[TableDetail]:
    """From the rows of the statements above."""
    rows_of = _grouped(columns)
    size_of = {(dataset, table): (rows, size) for dataset, table, rows, size in sizes}
    primary, foreign = _keys_by_table(project, keys)
    for dataset, table, kind, comment, labels in tables:
        key = dataset, table
        own = rows_of.get(key, ())
        row_count, size_bytes = size_of.get(key, (None, None))
        yield TableDetail(
            TableName(project, dataset, table),
            tuple(_column(row) for row in own if row[3] != "YES"),
            "view" if kind in VIEWS else "table",
            primary.get(key, ()),
            foreign.get(key, ()),
            _text(comment),
            row_count,
            size_bytes,
            tuple(row[0] for row in own if row[4] == "YES"),
            tuple(row[0] for row in sorted((row for row in own if row[5]), key=lambda row: row[5])),
            tags=_labels(labels),
        )


def _grouped(rows: Iterable[Row]) -> Mapping[tuple[str, str], list[Row]]:
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for dataset, table, *rest in rows:
        groups[dataset, table].append(tuple(rest))
    return groups


def _column(row: Row) -> Column:
    name, type_, is_nullable, *_, description, policies = row
    return Column(name, type_, is_nullable != "NO", description or "", policy_tags(policies or ()))


def _keys_by_table(project: str, rows: Sequence[Row]) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """A foreign key's columns refer to columns of the other table's primary key, by their positions in it."""
    constraints: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for dataset, table, constraint, *rest in rows:
        constraints[dataset, table, constraint].append(tuple(rest))
    primary: dict[tuple[str, str], tuple[str, ...]] = {}
    foreign: dict[tuple[str, str], tuple[ForeignKey, ...]] = defaultdict(tuple)
    parts = {key: sorted(found, key=lambda row: row[2]) for key, found in constraints.items()}
    for (dataset, table, _), found in parts.items():
        if found[0][0] == "PRIMARY KEY":
            primary[dataset, table] = tuple(row[1] for row in found)
    for (dataset, table, _), found in parts.items():
        target = found[0][4], found[0][5]
        own = primary.get(target, ())
        if found[0][0] == "FOREIGN KEY" and all(row[3] and row[3] <= len(own) for row in found):
            referred = tuple(own[row[3] - 1] for row in found)
            columns = tuple(row[1] for row in found)
            foreign[dataset, table] += (ForeignKey(columns, TableName(project, *target), referred),)
    return primary, foreign


def _labels(literal: str | None) -> tuple[str, ...]:
    """As ``name: value`` each, from ``[STRUCT("name", "value")]``; a label may lack a value."""
    if not literal:
        return ()
    from sqlglot import exp, parse_one
    from sqlglot.errors import SqlglotError

    try:
        pairs = parse_one(literal, dialect="bigquery").find_all(exp.Struct)
    except SqlglotError:
        return ()
    return tuple(sorted(": ".join(filter(None, (text.name for text in one.expressions))) for one in pairs))


def _text(literal: str | None) -> str:
    """The text of a string literal."""
    if not literal:
        return ""
    from sqlglot import exp, parse_one
    from sqlglot.errors import SqlglotError

    try:
        tree = parse_one(literal, dialect="bigquery")
    except SqlglotError:
        return literal
    return tree.name if isinstance(tree, exp.Literal | exp.RawString) else literal
