"""Whether a value is the same as it was: floats up to rounding, and nothing is nothing in every form."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence, Set
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from rasgo_nb.content import is_a

RELATIVE = 1e-9  # sums in another order differ by less


def same_value(then: Any, now: Any) -> bool:
    """Whether two values are the same, nested ones item by item.

    NaN, NaT, NA and None are alike. A Decimal is compared exactly with whole numbers and Decimals, and as a
    float with floats.
    """
    then, now = plain_value(then), plain_value(now)
    if then is None or now is None:
        return then is now
    if isinstance(then, bool) or isinstance(now, bool):
        return then is now
    if isinstance(then, float) or isinstance(now, float):
        return _same_float(then, now)
    if isinstance(then, Mapping) and isinstance(now, Mapping):
        return then.keys() == now.keys() and all(same_value(then[key], now[key]) for key in then)
    if _is_list(then) and _is_list(now):
        return len(then) == len(now) and all(map(same_value, then, now))
    try:
        return bool(then == now)
    except (TypeError, ValueError):  # dates with a zone and without, arrays of another kind
        return False


def plain_value(value: Any) -> Any:
    """The value as Python's own: of numpy, pandas and Arrow, scalars and arrays; None for every nothing."""
    if value is None or is_nothing(value):
        return None
    if is_a("pandas", ("Timestamp",), value):
        return value.to_pydatetime(warn=False)
    if is_a("pandas", ("Timedelta",), value):
        return value.to_pytimedelta()
    if is_a("numpy", ("datetime64", "timedelta64"), value):
        return value.astype("O")
    if is_a("numpy", ("generic",), value):
        return value.item()
    if is_a("numpy", ("ndarray",), value) or is_a("pandas", ("Series", "Index"), value):
        return value.tolist()
    return value


def is_nothing(value: object) -> bool:
    """Whether the value is one of the ways of saying that there is none."""
    if isinstance(value, float):
        return math.isnan(value)
    if isinstance(value, Decimal):
        return value.is_nan()
    if is_a("numpy", ("floating", "datetime64", "timedelta64"), value):
        return bool(value != value)  # how numpy tells NaN and NaT
    return value is None or type(value).__name__ in ("NAType", "NaTType")


def shown_value(value: Any, *, most: int = 80) -> str:
    """A value in one short line; numbers with no more digits than tell them apart."""
    value = plain_value(value)
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int):
        return f"{value:,}" if abs(value) >= 10_000 else str(value)
    if isinstance(value, float):
        return _shown_float(value)
    if isinstance(value, datetime):
        text = value.isoformat(sep=" ")
        return text.removesuffix(" 00:00:00")
    is_plain = isinstance(value, Decimal | date | timedelta | str)
    text = " ".join((str(value) if is_plain else repr(value)).split())
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _shown_float(value: float) -> str:
    if math.isinf(value):
        return str(value)
    if value.is_integer() and abs(value) < 1e15:
        return f"{int(value):,}" if abs(value) >= 10_000 else f"{value:.1f}"
    text = f"{value:.10g}"
    whole, _, rest = text.partition(".")
    return f"{int(whole):,}.{rest}" if "e" not in text and abs(value) >= 10_000 else text


def _same_float(then: Any, now: Any) -> bool:
    try:
        return math.isclose(float(then), float(now), rel_tol=RELATIVE, abs_tol=1e-12)
    except (TypeError, ValueError, OverflowError):
        return False


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence | Set) and not isinstance(value, str | bytes)
