"""What can be asked of a column by its type, and into which bins its values are divided."""

from __future__ import annotations

import datetime
import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)
BINS = 10
LONGEST_VALUE = 200  # characters of a value that come back


class Kind(enum.Enum):
    """What can be asked of a column."""

    INTEGER = "integer"
    DECIMAL = "decimal"
    FLOAT = "float"
    DATE = "date"
    TIMESTAMP = "timestamp"
    TEXT = "text"
    BOOLEAN = "boolean"
    ORDERED = "ordered"  # values that can be compared, and no more: times, intervals, identifiers
    OPAQUE = "opaque"  # lists, structs, maps, bytes


NUMBERS = (Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT)
MOMENTS = (Kind.DATE, Kind.TIMESTAMP)


@dataclass(frozen=True, slots=True)
class ProfiledColumn:
    """A column with its kind."""

    name: str
    type: str
    kind: Kind

    @property
    def has_bins(self) -> bool:
        """Whether its values can be divided into bins."""
        return self.kind in (*NUMBERS, *MOMENTS)


# Types that a cast, or the lack of a type, sets apart from what sqlglot calls them.
_OWN_KINDS = {("sqlite", ""): Kind.TEXT, ("postgres", "money"): Kind.ORDERED, ("tsql", "bit"): Kind.BOOLEAN}


def kind_of(type_: str, dialect: str) -> Kind:
    """The kind of a column, from its type as the database spells it."""
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    own_kind = _OWN_KINDS.get((dialect, type_.casefold()))
    if own_kind is not None or type_.startswith("ENUM("):
        return own_kind or Kind.TEXT
    try:
        data_type = exp.DataType.build(type_, dialect=dialect)
    except SqlglotError:
        return Kind.OPAQUE
    name = data_type.this
    if data_type.expressions and data_type.args.get("nested"):
        return Kind.OPAQUE
    own = exp.DataType.Type
    for types, kind in (
        ({own.TIME, own.TIMETZ, own.INTERVAL, own.UUID, own.BIT}, Kind.ORDERED),
        (exp.DataType.INTEGER_TYPES, Kind.INTEGER),
        (exp.DataType.FLOAT_TYPES, Kind.FLOAT),
        (exp.DataType.NUMERIC_TYPES, Kind.DECIMAL),
        ({own.DATE, own.DATE32}, Kind.DATE),
        (exp.DataType.TEMPORAL_TYPES, Kind.TIMESTAMP),
        (exp.DataType.TEXT_TYPES, Kind.TEXT),
        ({own.BOOLEAN}, Kind.BOOLEAN),
    ):
        if name in types:
            return kind
    return Kind.OPAQUE


def histogram_edges(column: ProfiledColumn, low: object, high: object) -> tuple[object, ...]:
    """Up to 11 rising edges from the lowest to the highest value; empty where there is nothing to divide."""
    if not column.has_bins:
        return ()
    if column.kind is Kind.INTEGER and isinstance(low, int) and isinstance(high, int):
        width = max(1, -(-(high - low) // BINS))
        return _rising(low, [low + width * number for number in range(1, BINS)], high)
    if isinstance(low, int | float) and isinstance(high, int | float):
        shares = [number / BINS for number in range(1, BINS)]
        return _rising(low, [_round(low * (1 - share) + high * share) for share in shares], high)
    if isinstance(low, datetime.datetime) and isinstance(high, datetime.datetime):
        moments = [low + (high - low) * (number / BINS) for number in range(1, BINS)]
        if column.kind is Kind.TIMESTAMP:
            return _rising(low, moments, high)
        return _rising(low.date(), [moment.date() for moment in moments], high.date())
    return ()


def _rising(low: Any, inner: Sequence[Any], high: Any) -> tuple[object, ...]:
    return (low, *(edge for edge in dict.fromkeys(inner) if low < edge < high), high)


def _round(edge: float) -> float:
    return float(f"{edge:.12g}")
