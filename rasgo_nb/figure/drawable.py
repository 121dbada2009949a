"""Makes a DataFrame's columns into what Plotly draws well: times, numbers, or labels in their order."""

from __future__ import annotations

import datetime
import decimal
import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from rasgo_nb.errors import CannotDraw

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["time", "category", "number"]

_DATE = r"\d{4}-\d{2}(-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?)?"
_ORDERED = r"\d{4}([-/ ]?[QWHqwh]\d{1,2})?"  # years, quarters, weeks: their order as text is that of time
_MAX_LABEL = 48  # characters
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]+")
_UNITS = ((86_400.0 * 3, "days"), (3_600.0 * 3, "h"), (60.0 * 3, "min"), (0.0, "s"))
_SECONDS = {"days": 86_400.0, "h": 3_600.0, "min": 60.0, "s": 1.0}


class Drawable(NamedTuple):
    """A column ready to be drawn; ``order`` lists the labels of a category, first to last."""

    values: pd.Series[Any]
    kind: Kind
    unit: str = ""
    order: tuple[str, ...] = ()


def drawable(column: pd.Series[Any]) -> Drawable:
    """The column as times without a zone, as floats with gaps for what is not finite, or as labels.

    Raises
    ------
    CannotDraw
        for complex numbers.
    """
    import pandas as pd

    types = pd.api.types
    if types.is_complex_dtype(column.dtype):
        raise CannotDraw(f"{plain_label(column.name)} holds complex numbers. Take their parts or size first.")
    if isinstance(column.dtype, pd.PeriodDtype):
        return Drawable(column.dt.to_timestamp(), "time")
    if types.is_datetime64_any_dtype(column.dtype):
        return Drawable(_without_zone(column), "time")
    if types.is_timedelta64_dtype(column.dtype) or column.dtype.kind == "m":
        return _duration(column)
    if types.is_numeric_dtype(column.dtype) and not types.is_bool_dtype(column.dtype):
        return Drawable(_numbers(column), "number")
    if isinstance(column.dtype, pd.CategoricalDtype):
        return _category(column, [*column.cat.remove_unused_categories().cat.categories])
    return _of_objects(column)


def as_category(column: pd.Series[Any]) -> Drawable:
    """The column as labels, also where it holds numbers or times; those are put in order."""
    import pandas as pd

    if isinstance(column.dtype, pd.CategoricalDtype):
        return drawable(column)
    try:
        order = sorted(column.dropna().unique())
    except TypeError:  # values of several types, or lists
        order = []
    return _category(column, order)


def plain_label(value: object) -> str:
    """A short text that Plotly shows as it is: no control characters, nothing that it reads as HTML."""
    text = str(value).encode("utf-8", "replace").decode("utf-8")
    text = " ".join(_CONTROL.sub(" ", text).split())
    text = text if len(text) <= _MAX_LABEL else f"{text[: _MAX_LABEL - 1]}…"
    return re.sub(r"&(?=#?\w+;)", "&amp;", text).replace("<", "&lt;")


def _without_zone(column: pd.Series[Any]) -> pd.Series[Any]:
    """The wall clock of the column's own zone, as an axis of times should read."""
    import pandas as pd

    times = pd.Series(pd.to_datetime(column.astype("object")), column.index)
    return times if times.dt.tz is None else times.dt.tz_localize(None)


def _duration(column: pd.Series[Any]) -> Drawable:
    import pandas as pd

    seconds = pd.to_timedelta(column.astype("timedelta64[us]")).dt.total_seconds()
    longest = float(seconds.abs().max()) if seconds.notna().any() else 0.0
    unit = next(unit for least, unit in _UNITS if longest >= least)
    return Drawable(seconds / _SECONDS[unit], "number", unit)


def _numbers(column: pd.Series[Any]) -> pd.Series[Any]:
    import numpy as np
    import pandas as pd

    numbers = pd.Series(column.to_numpy("float64", na_value=np.nan), column.index)
    return numbers.where(np.isfinite(numbers))


def _of_objects(column: pd.Series[Any]) -> Drawable:
    """Texts and Python objects: dates and decimals are what they are, the rest are labels."""
    import pandas as pd

    present = column.dropna()
    kinds = {type(value) for value in present}
    if kinds and all(issubclass(kind, datetime.date) for kind in kinds):
        times = pd.to_datetime(column.astype("object"), errors="coerce", utc=_has_zone(present))
        if times.notna().sum() == len(present):
            return Drawable(times.dt.tz_localize(None), "time")
    if kinds and bool not in kinds and all(issubclass(kind, _NUMBERS) for kind in kinds):
        return Drawable(_numbers(column.map(float, na_action="ignore").astype("float64")), "number")
    if kinds == {str} and all(re.fullmatch(_DATE, value) for value in present.unique()):
        times = pd.to_datetime(column.astype("object"), format="ISO8601", errors="coerce")
        if times.notna().sum() == len(present):
            return Drawable(times, "time")
    is_ordered = kinds == {str} and all(re.fullmatch(_ORDERED, value) for value in present.unique())
    return _category(column, sorted(present.unique()) if is_ordered else [])


_NUMBERS = (int, float, decimal.Decimal)


def _has_zone(values: pd.Series[Any]) -> bool:
    return any(getattr(value, "tzinfo", None) is not None for value in values)


def _category(column: pd.Series[Any], order: list[Any]) -> Drawable:
    """Labels that differ where the values do; missing ones are drawn too."""
    import pandas as pd

    texts = [None if missing else _text(value) for value, missing in zip(column, column.isna(), strict=True)]
    named = _labels(dict.fromkeys([*(_text(value) for value in order), *texts]))
    values = pd.Series([named[text] for text in texts], column.index, dtype="object")
    first_seen = dict.fromkeys([*(named[_text(value)] for value in order), *values])
    return Drawable(values, "category", order=tuple(first_seen))


def _text(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _labels(texts: dict[str | None, None]) -> dict[str | None, str]:
    seen: Counter[str] = Counter()
    labels: dict[str | None, str] = {}
    for text in texts:
        label = "(none)" if text is None else plain_label(text) or "(empty)"
        seen[label] += 1
        labels[text] = label if seen[label] == 1 else f"{label} ({seen[label]})"
    return labels
