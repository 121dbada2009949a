"""A decimal column's Arrow chunks become integers, floats or exact decimals, as its values allow."""

# ruff: noqa: D102 - what add and finish do is said once, by ColumnGatherer
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rasgo_nb.connectors.arrow_columns import (
    EXACT_IN_FLOAT64,
    ArrowGatherer,
    GrowingArray,
    NullMask,
    validity,
)

if TYPE_CHECKING:
    import pyarrow as pa


class DecimalGatherer:
    """int64 (or Int64) at scale 0, else float64; all exact decimals if one value does not fit."""

    def __init__(self, type_: pa.DataType) -> None:
        self._type = type_
        self._compact = _Units(type_.scale)
        self._exact: ArrowGatherer | None = None

    def add(self, chunk: pa.Array) -> None:
        if self._exact is None and self._compact.take(chunk):
            return
        if self._exact is None:
            self._exact = ArrowGatherer(self._type)
            self._exact.chunks.append(self._compact.as_decimals(self._type.precision))
        self._exact.add(chunk)

    def finish(self) -> Any:
        return self._compact.finish() if self._exact is None else self._exact.finish()


class _Units:
    """Decimals as int64 counts of their last digit."""

    def __init__(self, scale: int) -> None:
        self._scale = scale
        self._units = GrowingArray("int64")
        self._nulls = NullMask()

    def take(self, chunk: pa.Array) -> bool:
        """False, and nothing taken, when a value is too large."""
        import numpy as np

        if chunk.type.bit_width != 128:
            return False
        words = np.frombuffer(chunk.buffers()[1], "int64", 2 * len(chunk), chunk.offset * 16)
        low, high = words[0::2], words[1::2]  # little endian, two words for each number
        if chunk.null_count:
            nulls = chunk.is_null().to_numpy(zero_copy_only=False)
            low, high = np.where(nulls, 0, low), np.where(nulls, 0, high)
        if not (high == low >> 63).all():
            return False
        if self._scale and _is_large(_without_zeros(low[_is_large(low)], self._scale)[0]).any():
            return False
        self._nulls.add(chunk)
        self._units.append(low)
        return True

    def as_decimals(self, precision: int) -> pa.Array:
        import numpy as np
        import pyarrow as pa

        low = self._units.array()
        words = np.stack([low, low >> 63], axis=1)
        mask = self._nulls.array()
        buffers = [validity(mask), pa.py_buffer(words)]
        return pa.Array.from_buffers(pa.decimal128(precision, self._scale), len(low), buffers)

    def finish(self) -> Any:
        import numpy as np
        import pandas as pd

        units, mask = self._units.array(), self._nulls.array()
        if self._scale:
            numbers = units / 10.0**self._scale
            large = _is_large(units)
            if large.any():
                short, zeros = _without_zeros(units[large], self._scale)
                numbers[large] = short / 10.0 ** (self._scale - zeros)
            if mask is not None:
                numbers[mask] = np.nan
            return numbers
        return units if mask is None else pd.arrays.IntegerArray(units, mask)


def _is_large(units: Any) -> Any:
    """Which of them float64 does not tell apart from their neighbours."""
    return (units <= -EXACT_IN_FLOAT64) | (units >= EXACT_IN_FLOAT64)


def _without_zeros(units: Any, scale: int) -> tuple[Any, Any]:
    """The numbers without the zeros that a decimal's scale puts behind them, and how many went of each."""
    import numpy as np

    units, zeros = units.copy(), np.zeros(len(units), "int64")
    for _ in range(scale):
        ends = units % 10 == 0
        if not ends.any():
            break
        units[ends] //= 10
        zeros[ends] += 1
    return units, zeros
