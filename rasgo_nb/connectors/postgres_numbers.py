"""A numeric column: integers, else floats, else exact decimals, as its values allow."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rasgo_nb.connectors.arrow_columns import EXACT_IN_FLOAT64, GrowingArray, NullMask

if TYPE_CHECKING:
    import pyarrow as pa

_DIGITS = 15  # survive the way to float64 and back
_SHORT = 16  # characters: no more than 15 digits and a point or a sign
_QUOTIENT = r"\.\d{8,}$"  # a division or an average is worked out to so many decimals, or more


class NumericGatherer:
    """Takes texts; int64 (or Int64) while all are whole, else float64, else exact where a float would not do.

    ``scale`` is that of the column's type, None where it has none. ``is_stored`` says that the values come
    from a table rather than from a calculation, whose many decimals are those of a division and are rounded.
    An exact column is ``decimal128`` or ``decimal256``; Python ``Decimal`` objects where one is NaN or
    infinite.
    """

    def __init__(self, *, scale: int | None = None, is_stored: bool = True) -> None:
        self._scale = scale
        self._is_stored = is_stored
        self._nulls = NullMask()
        is_whole = scale is None or scale <= 0
        self._integers = GrowingArray("int64") if is_whole else None
        self._floats = None if is_whole else GrowingArray("float64")
        self._exact: list[Decimal | None] = []

    def add(self, chunk: pa.Array) -> None:
        """Take the chunk in the narrowest form that holds it and all before it."""
        if self._integers is not None and not _took(self._integers, _as_integers(chunk)):
            self._widen_integers(self._integers)
        if self._floats is not None and not _took(self._floats, self._as_floats(chunk)):
            self._exact = _decimals(self._floats.array(), self._nulls.array())
            self._floats = None
        if self._integers is None and self._floats is None:
            self._exact += [None if text is None else Decimal(text) for text in chunk.to_pylist()]
        self._nulls.add(chunk)

    def finish(self) -> Any:
        """What a DataFrame column is made of."""
        import numpy as np
        import pandas as pd

        mask = self._nulls.array()
        if self._floats is not None:
            return self._floats.array()
        if self._integers is None:
            return _exact_column(self._exact)
        integers = self._integers.array()
        if self._scale is None and (not len(integers) or (mask is not None and mask.all())):
            return np.full(len(integers), np.nan)  # nothing says that these would be whole
        return integers if mask is None else pd.arrays.IntegerArray(integers, mask)

    def _widen_integers(self, integers: GrowingArray) -> None:
        import numpy as np

        self._integers = None
        values, mask = integers.array(), self._nulls.array()
        if (np.abs(values) < EXACT_IN_FLOAT64).all():
            floats = values.astype("float64")
            if mask is not None:
                floats[mask] = np.nan
            self._floats = GrowingArray("float64")
            self._floats.append(floats)
        else:
            self._exact = _decimals(values, mask)

    def _as_floats(self, chunk: pa.Array) -> Any:
        """The values as floats; None where one has more digits than a float keeps."""
        import pyarrow.compute as pc

        long = chunk.filter(pc.greater(pc.binary_length(chunk), _SHORT))
        if not self._is_stored:
            long = long.filter(pc.invert(pc.match_substring_regex(long, _QUOTIENT)))
        if (pc.max(pc.binary_length(_digits(long))).as_py() or 0) > _DIGITS:
            return None
        return chunk.cast("float64").fill_null(float("nan")).to_numpy(zero_copy_only=False)


def _took(values: GrowingArray, more: Any) -> bool:
    if more is not None:
        values.append(more)
    return more is not None


def _as_integers(chunk: pa.Array) -> Any:
    import pyarrow as pa

    try:
        return chunk.cast("int64").fill_null(0).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        return None


def _digits(texts: pa.Array) -> pa.Array:
    """The significant digits of each number."""
    import pyarrow.compute as pc

    has_point = pc.match_substring(texts, ".")
    bare = pc.replace_substring_regex(texts, r"^-?[0.]*", "")
    bare = pc.if_else(has_point, pc.replace_substring_regex(bare, r"0+$", ""), bare)
    return pc.replace_substring(bare, ".", "")


def _decimals(values: Any, mask: Any) -> list[Decimal | None]:
    """Numbers of at most 15 digits, or integers, as what they were written as."""
    is_null = mask if mask is not None else [False] * len(values)
    pairs = zip(values.tolist(), is_null, strict=True)
    return [None if null else Decimal(repr(value)) for value, null in pairs]


def _exact_column(values: list[Decimal | None]) -> Any:
    import numpy as np
    import pandas as pd
    import pyarrow as pa

    if all(value is None or value.is_finite() for value in values):
        try:
            return pd.arrays.ArrowExtensionArray(pa.chunked_array([pa.array(values)]))
        except pa.ArrowInvalid:
            pass  # over 76 digits
    column = np.empty(len(values), object)
    column[:] = values
    return column
