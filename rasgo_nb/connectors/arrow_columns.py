"""One column's Arrow chunks, taken batch by batch, become one pandas column.

Every gatherer copies what it needs out of a chunk, so that the batch can be freed at once: an Arrow batch
from a database is one allocation, and a column that kept a view of it would keep all its neighbours too.
"""

# ruff: noqa: D102 - what add and finish do is said once, by ColumnGatherer
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

NAT = -(2**63)
MICROSECONDS_PER_DAY = 86_400_000_000
LAST_DAY_IN_MICROSECONDS = 106_751_990  # beyond it datetime64[us] overflows
EXACT_IN_FLOAT64 = 10**15  # 15 significant digits survive the way to float64 and back


class ColumnGatherer(Protocol):
    """``add`` takes a column's chunks in order; ``finish`` gives what a DataFrame column is made of."""

    def add(self, chunk: pa.Array) -> None: ...

    def finish(self) -> Any: ...


class GrowingArray:
    """A numpy array to append to; it doubles, and pages that were not written cost no memory."""

    def __init__(self, dtype: Any) -> None:
        import numpy as np

        self._values: np.ndarray[Any, Any] = np.empty(4096, dtype)
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def append(self, values: Any) -> None:
        import numpy as np

        end = self._size + len(values)
        if end > len(self._values):
            grown = np.empty(max(end, 2 * len(self._values)), self._values.dtype)
            grown[: self._size] = self.array()
            self._values = grown
        self._values[self._size : end] = values
        self._size = end

    def array(self) -> Any:
        return self._values[: self._size]


class NullMask:
    """Which rows are null; takes no memory until one is."""

    def __init__(self) -> None:
        self._size = 0
        self._mask: GrowingArray | None = None

    def add(self, chunk: pa.Array) -> Any:
        """The chunk's own mask, None when it has no nulls."""
        import numpy as np

        start, self._size = self._size, self._size + len(chunk)
        nulls = chunk.is_null().to_numpy(zero_copy_only=False) if chunk.null_count else None
        if nulls is not None and self._mask is None:
            self._mask = GrowingArray(bool)
            self._mask.append(np.zeros(start, bool))
        if self._mask is not None:
            self._mask.append(np.zeros(len(chunk), bool) if nulls is None else nulls)
        return nulls

    def array(self) -> Any:
        return None if self._mask is None else self._mask.array()


def _values(chunk: pa.Array, dtype: Any) -> Any:
    """The chunk's numbers without a copy; rows that are null hold anything."""
    import numpy as np

    width = np.dtype(dtype).itemsize
    buffer = chunk.buffers()[1]
    return np.frombuffer(buffer, dtype, len(chunk), chunk.offset * width)


class IntegerGatherer:
    """numpy integers, or a nullable pandas integer array when a null came."""

    def __init__(self, dtype: Any) -> None:
        import numpy as np

        self._dtype = dtype
        self._zero = np.zeros((), dtype)
        self._values = GrowingArray(dtype)
        self._nulls = NullMask()

    def add(self, chunk: pa.Array) -> None:
        import numpy as np

        values, nulls = _values(chunk, self._dtype), self._nulls.add(chunk)
        self._values.append(values if nulls is None else np.where(nulls, self._zero, values))

    def finish(self) -> Any:
        import pandas as pd

        mask = self._nulls.array()
        values = self._values.array()
        return values if mask is None else pd.arrays.IntegerArray(values, mask)


class FloatGatherer:
    """numpy floats, null as NaN."""

    def __init__(self, dtype: Any) -> None:
        self._dtype = dtype
        self._values = GrowingArray(dtype)

    def add(self, chunk: pa.Array) -> None:
        import numpy as np

        values = _values(chunk, self._dtype)
        if chunk.null_count:
            values = np.where(chunk.is_null().to_numpy(zero_copy_only=False), np.nan, values)
        self._values.append(values)

    def finish(self) -> Any:
        return self._values.array()


class BooleanGatherer:
    """numpy booleans, or a nullable pandas boolean array when a null came."""

    def __init__(self) -> None:
        self._values = GrowingArray(bool)
        self._nulls = NullMask()

    def add(self, chunk: pa.Array) -> None:
        self._nulls.add(chunk)
        self._values.append(chunk.fill_null(False).to_numpy(zero_copy_only=False))

    def finish(self) -> Any:
        import pandas as pd

        mask = self._nulls.array()
        return self._values.array() if mask is None else pd.arrays.BooleanArray(self._values.array(), mask)


class TimestampGatherer:
    """datetime64 in the unit that it came in, null as NaT, in its time zone if it has one."""

    def __init__(self, unit: str, zone: str | None) -> None:
        self._unit = unit
        self._zone = zone
        self._values = GrowingArray("int64")

    def add(self, chunk: pa.Array) -> None:
        self._values.append(_with_nat(chunk, _values(chunk, "int64")))

    def finish(self) -> Any:
        import pandas as pd

        moments = pd.array(self._values.array().view(f"datetime64[{self._unit}]"))
        if self._zone is None:
            return moments
        in_utc = moments.tz_localize("UTC")
        return in_utc if self._zone in ("UTC", "Etc/UTC") else in_utc.tz_convert(self._zone)


class DateGatherer:
    """datetime64[us], or datetime64[s] when a date is too far off for it; null as NaT."""

    def __init__(self) -> None:
        self._values = GrowingArray("int64")
        self._is_far = False

    def add(self, chunk: pa.Array) -> None:
        import numpy as np

        days = _values(chunk, "int32").astype("int64")
        if chunk.null_count:
            days[chunk.is_null().to_numpy(zero_copy_only=False)] = 0
        self._is_far = self._is_far or bool(len(days) and np.abs(days).max() > LAST_DAY_IN_MICROSECONDS)
        self._values.append(_with_nat(chunk, days))

    def finish(self) -> Any:
        import numpy as np
        import pandas as pd

        days = self._values.array()
        unit, factor = ("s", 86_400) if self._is_far else ("us", MICROSECONDS_PER_DAY)
        np.multiply(days, factor, out=days, where=days != NAT)
        return pd.array(days.view(f"datetime64[{unit}]"))


def _with_nat(chunk: pa.Array, values: Any) -> Any:
    import numpy as np

    if not chunk.null_count:
        return values
    return np.where(chunk.is_null().to_numpy(zero_copy_only=False), NAT, values)


class TextGatherer:
    """pandas ``str``; the bytes of all chunks in one contiguous Arrow array."""

    def __init__(self, offset_dtype: str) -> None:
        self._offset_dtype = offset_dtype
        self._bytes = GrowingArray("uint8")
        self._ends = GrowingArray("int64")
        self._nulls = NullMask()

    def add(self, chunk: pa.Array) -> None:
        import numpy as np

        self._nulls.add(chunk)
        _, offset_buffer, bytes_buffer = chunk.buffers()
        width = np.dtype(self._offset_dtype).itemsize
        offsets = np.frombuffer(
            offset_buffer, self._offset_dtype, len(chunk) + 1, chunk.offset * width
        ).astype("int64")
        self._ends.append(offsets[1:] + (len(self._bytes) - offsets[0]))
        if bytes_buffer is not None:
            self._bytes.append(np.frombuffer(bytes_buffer, "uint8")[offsets[0] : offsets[-1]])

    def finish(self) -> Any:
        import numpy as np
        import pandas as pd
        import pyarrow as pa

        offsets = np.concatenate([np.zeros(1, "int64"), self._ends.array()])
        mask = self._nulls.array()
        buffers = [validity(mask), pa.py_buffer(offsets), pa.py_buffer(self._bytes.array())]
        texts = pa.Array.from_buffers(pa.large_string(), len(self._ends), buffers)
        return pd.arrays.ArrowStringArray(  # type: ignore[call-arg]
            pa.chunked_array([texts]), dtype=pd.StringDtype(na_value=np.nan)
        )


class ArrowGatherer:
    """The Arrow type itself as pandas ``ArrowDtype``; an element is a Python object."""

    def __init__(self, type_: pa.DataType) -> None:
        self.type = type_
        self.chunks: list[pa.Array] = []

    def add(self, chunk: pa.Array) -> None:
        import pyarrow as pa

        self.chunks.append(pa.concat_arrays([chunk]))

    def finish(self) -> Any:
        import pandas as pd
        import pyarrow as pa

        whole = pa.chunked_array(self.chunks, self.type)
        return pd.arrays.ArrowExtensionArray(whole)


class CategoryGatherer(ArrowGatherer):
    """pandas ``category``."""

    def finish(self) -> Any:
        import pyarrow as pa

        return pa.chunked_array(self.chunks, self.type).unify_dictionaries().to_pandas().array


class ObjectGatherer(ArrowGatherer):
    """Python objects, for the types that pandas has no array for."""

    def finish(self) -> Any:
        import numpy as np

        objects = [item for chunk in self.chunks for item in chunk.to_pylist()]
        column = np.empty(len(objects), object)
        column[:] = objects
        return column


class IntervalGatherer(ArrowGatherer):
    """timedelta64[us] where no interval holds months, else ``DateOffset`` objects."""

    def finish(self) -> Any:
        import numpy as np
        import pandas as pd

        items = [item for chunk in self.chunks for item in chunk.to_pylist()]
        if not any(item is not None and item.months for item in items):
            spans = [
                NAT if item is None else item.days * MICROSECONDS_PER_DAY + item.nanoseconds // 1000
                for item in items
            ]
            return pd.array(np.array(spans, "int64").view("timedelta64[us]"))
        column = np.empty(len(items), object)
        column[:] = [
            None
            if item is None
            else pd.DateOffset(months=item.months, days=item.days, microseconds=item.nanoseconds // 1000)
            for item in items
        ]
        return column


def validity(mask: Any) -> pa.Buffer | None:
    """Arrow's bitmap of the rows that are not null."""
    import numpy as np
    import pyarrow as pa

    return None if mask is None else pa.py_buffer(np.packbits(~mask, bitorder="little"))
