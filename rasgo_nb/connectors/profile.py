"""Profile the columns of a table by SQL that runs in the database; only the figures come back."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from rasgo_nb.connectors.nearest import nearest_names
from rasgo_nb.connectors.profile_dialects import profile_dialect
from rasgo_nb.connectors.profile_kinds import MOMENTS, SHARES, Kind, ProfiledColumn, histogram_edges, kind_of
from rasgo_nb.connectors.profile_sql import TableStatements
from rasgo_nb.errors import UnknownName

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import pandas as pd

    from rasgo_nb.connectors.base import Column, Connection, TableDetail, TableName

EXACT_BELOW_ROWS = 1_000_000
COLUMNS_PER_STATEMENT = 40
FEW_VALUES = 10_000  # grouping by a column with no more values is cheap at any number of rows
FOUND_AT_MOST = 5


@dataclass(frozen=True, slots=True)
class Histogram:
    """``counts[i]`` values lie in ``edges[i] <= value < edges[i + 1]``; the last bin holds its upper edge."""

    edges: tuple[object, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """What a column holds.

    ``min`` and ``max`` leave NaN out and keep infinite numbers; ``mean``, ``quantiles`` and ``histogram``
    are of the finite values. What makes no sense for the type, or has no value to stand on, is None or empty.

    Attributes
    ----------
    not_finite : rows that are NaN or infinite
    distinct : different values, null left out
    is_approximate : whether ``distinct`` and ``quantiles`` are estimates
    quantiles : (share, value) at 5, 25, 50, 75 and 95 %
    top_values : (value, count), the most frequent first
    found : each looked-for text that occurs, and how it is spelt in the column: equal but for case first
    """

    name: str
    type: str
    rows: int
    nulls: int
    not_finite: int = 0
    distinct: int | None = None
    is_approximate: bool = False
    min: object = None
    max: object = None
    mean: float | None = None
    quantiles: tuple[tuple[float, object], ...] = ()
    histogram: Histogram | None = None
    top_values: tuple[tuple[object, int], ...] = ()
    found: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def profile_columns(
    connection: Connection,
    table: TableName,
    columns: Sequence[str] = (),
    *,
    look_for: Sequence[str] = (),
    top: int = 10,
) -> list[ColumnProfile]:
    """Profiles in the order of ``columns``, or of the table when none are named.

    Exact below a million rows; above it, the number of distinct values and the quantiles are estimates. Two
    statements for every 40 columns, and one more with ``look_for``.

    Raises
    ------
    UnknownName
        when the table or a column does not exist; offers the nearest names.
    QueryError, QueryStopped
        as ``run_query``.
    """
    detail = connection.describe_tables([table])[0]
    profiler = _Profiler(connection, detail, top)
    chosen = _chosen_columns(detail.columns, columns, table)
    profiled = [
        ProfiledColumn(column.name, column.type, kind_of(column.type, connection.dialect))
        for column in chosen
    ]
    texts = tuple(dict.fromkeys(text for text in look_for if text.strip()))
    return [profile for part in _parts(profiled) for profile in profiler.profile(part, texts)]


def _chosen_columns(own: Sequence[Column], names: Sequence[str], table: TableName) -> list[Column]:
    exact = {column.name: column for column in own}
    folded = {column.name.casefold(): column for column in own}
    chosen = []
    for name in names:
        column = exact.get(name) or folded.get(name.casefold())
        if column is None:
            offered = nearest_names(name, exact) or list(exact)[:20]
            raise UnknownName(f"No column {name} in {table}. Nearest: {', '.join(offered)}.")
        chosen.append(column)
    return chosen if names else list(own)


def _parts(columns: Sequence[ProfiledColumn]) -> Iterator[Sequence[ProfiledColumn]]:
    for start in range(0, len(columns), COLUMNS_PER_STATEMENT):
        yield columns[start : start + COLUMNS_PER_STATEMENT]


class _Profiler:
    """Runs the statements for some columns of one table and puts their figures together."""

    def __init__(self, connection: Connection, table: TableDetail, top: int) -> None:
        self._connection = connection
        self._dialect = profile_dialect(connection.dialect)
        self._sql = TableStatements(table.name, connection.dialect)
        self._top = top
        rows = table.row_count
        self._rows = _count(self._frame(self._sql.count_rows()).iloc[0, 0]) if rows is None else rows
        self._is_approximate = self._rows >= EXACT_BELOW_ROWS
        # of a view neither a sample nor what the database keeps is to be had
        self._is_sampled = self._is_approximate and self._dialect.samples and table.kind == "table"

    def profile(self, columns: Sequence[ProfiledColumn], look_for: Sequence[str]) -> list[ColumnProfile]:
        figures = self._figures(columns)
        profiles = [self._from_figures(column, own) for column, own in zip(columns, figures, strict=True)]
        profiles = self._with_frequencies(columns, profiles, figures)
        return self._with_found(columns, profiles, look_for) if look_for else profiles

    def _frame(self, statement: str) -> pd.DataFrame:
        return self._connection.run_query(statement).frame

    def _figures(self, columns: Sequence[ProfiledColumn]) -> list[dict[str, object]]:
        statement = self._sql.figures(
            columns,
            is_approximate=self._is_approximate,
            is_sampled=self._is_sampled,
            rows=self._rows,
            top=self._top,
        )
        frame = self._frame(statement)
        figures: list[dict[str, object]] = [{} for _ in columns]
        for name in frame.columns:
            position, _, figure = str(name).removeprefix("c").partition("_")
            value = _plain(frame[name].iloc[0])
            is_edge = figure in ("low", "high")
            figures[int(position)][figure] = _moment(value, columns[int(position)]) if is_edge else value
        return figures

    def _from_figures(self, column: ProfiledColumn, figures: dict[str, object]) -> ColumnProfile:
        rows, values = _count(figures["rows"]), _count(figures["values"])
        distinct = figures.get("distinct")
        mean = figures.get("mean")
        quantiles = _quantiles(figures)
        return ColumnProfile(
            name=column.name,
            type=column.type,
            rows=rows,
            nulls=rows - values,
            not_finite=_count(figures.get("unbounded", 0)),
            distinct=None if distinct is None else min(_count(distinct), values),
            is_approximate=self._is_estimate(column, has_quantiles=bool(quantiles)),
            min=_of_type(figures.get("min"), column),
            max=_of_type(figures.get("max"), column),
            mean=float(mean) if isinstance(mean, int | float) else None,
            quantiles=tuple((share, _of_type(value, column)) for share, value in quantiles),
        )

    def _is_estimate(self, column: ProfiledColumn, *, has_quantiles: bool) -> bool:
        """Whether the number of different values or the quantiles are: some databases only estimate."""
        if has_quantiles and self._dialect.is_always_approximate:
            return True
        counts = not (self._dialect.approximates_distinct or self._is_sampled)
        return self._is_approximate and not (counts and (not has_quantiles or column.kind in MOMENTS))

    def _with_frequencies(
        self,
        columns: Sequence[ProfiledColumn],
        profiles: Sequence[ColumnProfile],
        figures: Sequence[dict[str, object]],
    ) -> list[ColumnProfile]:
        edges = [
            histogram_edges(column, own.get("low"), own.get("high"))
            for column, own in zip(columns, figures, strict=True)
        ]
        likely = [self._likely_values(profile, own) for profile, own in zip(profiles, figures, strict=True)]
        statement = self._sql.frequencies(columns, edges, likely, self._top)
        if statement is None:
            return list(profiles)
        counted = _grouped(self._frame(statement))
        return [
            replace(
                profile,
                histogram=_histogram(edges[position], counted.get((position, "bin"), [])),
                top_values=_top_values(column, counted.get((position, "top"), [])),
            )
            for position, (column, profile) in enumerate(zip(columns, profiles, strict=True))
        ]

    def _likely_values(self, profile: ColumnProfile, figures: dict[str, object]) -> Sequence[str] | None:
        """The values among which the most frequent are counted; None for all of them."""
        likely = _likely(figures.get("likely"))[: self._top]
        if profile.distinct is not None and profile.distinct <= FEW_VALUES:
            return None
        return likely if self._is_approximate else None

    def _with_found(
        self, columns: Sequence[ProfiledColumn], profiles: Sequence[ColumnProfile], look_for: Sequence[str]
    ) -> list[ColumnProfile]:
        statement = self._sql.find(columns, look_for, FOUND_AT_MOST)
        if statement is None:
            return list(profiles)
        frame = self._frame(statement).sort_values(["position", "wanted", "is_other", "size", "value"])
        found: list[dict[str, tuple[str, ...]]] = [{} for _ in columns]
        for position, wanted, value in zip(frame["position"], frame["wanted"], frame["value"], strict=True):
            own = found[int(position)]
            own[look_for[int(wanted)]] = (*own.get(look_for[int(wanted)], ()), str(value))
        return [replace(profile, found=own) for profile, own in zip(profiles, found, strict=True)]


def _quantiles(figures: Mapping[str, object]) -> list[tuple[float, object]]:
    """Of one list, or one by one; none of a column without values."""
    listed = figures.get("quantiles") or [figures.get(f"q{number}") for number in range(len(SHARES))]
    found = list(zip(SHARES, listed, strict=True)) if isinstance(listed, list) else []
    return [] if any(value is None for _, value in found) else found


def _likely(listed: object) -> list[str]:
    """The values out of a list of them, or of JSON: as they are, or each with its number."""
    if isinstance(listed, str):
        listed = json.loads(listed)
    values = listed if isinstance(listed, list) else []
    values = [value["value"] if isinstance(value, dict) else value for value in values]
    values = [value[0] if isinstance(value, list) else value for value in values]
    return [str(value) for value in values if value is not None]


def _grouped(frame: pd.DataFrame) -> dict[tuple[int, str], list[tuple[str, int]]]:
    grouped: dict[tuple[int, str], list[tuple[str, int]]] = {}
    for position, figure, value, count in zip(*(frame[name] for name in frame.columns), strict=True):
        grouped.setdefault((int(position), str(figure)), []).append((value, int(count)))
    return grouped


def _histogram(edges: Sequence[object], counted: Iterable[tuple[str, int]]) -> Histogram | None:
    if not edges:
        return None
    counts = [0] * (len(edges) - 1)
    for number, count in counted:
        counts[int(number)] += count
    return Histogram(tuple(edges), tuple(counts))


def _top_values(column: ProfiledColumn, counted: Iterable[tuple[str, int]]) -> tuple[tuple[object, int], ...]:
    ordered = sorted(counted, key=lambda pair: (-pair[1], pair[0]))
    return tuple((_from_text(text, column), count) for text, count in ordered)


def _from_text(text: str, column: ProfiledColumn) -> object:
    if column.kind is Kind.INTEGER:
        return int(text)
    if column.kind in (Kind.FLOAT, Kind.DECIMAL):
        return float(text)
    return text in ("true", "1", "t") if column.kind is Kind.BOOLEAN else text


def _of_type(value: object, column: ProfiledColumn) -> object:
    """A date where the database has one (pandas holds dates as timestamps), out of text too."""
    import datetime

    value = _moment(value, column)
    if column.kind is Kind.DATE and isinstance(value, datetime.datetime) and 1 <= value.year <= 9999:
        return value.date()
    return bool(value) if column.kind is Kind.BOOLEAN and isinstance(value, int) else value


def _moment(value: object, column: ProfiledColumn) -> object:
    """What the text of a date or timestamp says; as spelt beyond the years that Python knows."""
    import datetime

    if column.kind not in MOMENTS or not isinstance(value, str):
        return value
    try:
        return datetime.datetime.fromisoformat(value)
    except ValueError:
        return value


def _count(value: object) -> int:
    return int(str(value))


def _plain(value: object) -> object:
    """The Python value of a cell; None for null, text for a moment beyond the years that Python knows."""
    import decimal

    import numpy as np
    import pandas as pd

    if isinstance(value, list | np.ndarray):
        return [_plain(item) for item in value]
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime(warn=False) if 1 <= value.year <= 9999 else str(value)
    if isinstance(value, decimal.Decimal):
        return int(value) if value.as_tuple().exponent == 0 else float(value)
    value = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(value, float) and np.isnan(value) else value
