"""Digests of a frame's content: one that knows the order of its rows, one that does not."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from rasgo_nb.trace.frame_figures import is_counted, is_small, kept_cell, named_columns, named_types

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

_CHUNK_ROWS = 50_000  # other threads have a turn after each


def digests_of(frame: pd.DataFrame) -> tuple[str, str]:
    """The digest of the content in order, and of its rows whatever their order; names and types count."""
    if is_small(frame):
        return digests_of_values(frame.index, *named_columns(frame))
    named, hashes = named_types(frame), _row_hashes(frame)
    ordered = _digest(len(frame), named, hashes.tobytes())
    hashes.sort()
    return ordered, _digest(len(frame), named, hashes.tobytes())


def digests_of_values(
    index: pd.Index[Any], named: Sequence[tuple[str, str]], columns: Sequence[Sequence[object]]
) -> tuple[str, str]:
    """The same of a small frame, whose names, types and values are at hand."""
    texts = [list(map(repr, column)) for column in columns]
    if not is_counted(index):
        labels: Any = index.tolist()
        texts.insert(0, [repr(kept_cell(label)) for label in labels])
    rows = list(map("\x1f".join, zip(*texts, strict=True)))
    ordered = _digest(len(index), named, "\n".join(rows).encode("utf-8", "replace"))
    return ordered, _digest(len(index), named, "\n".join(sorted(rows)).encode("utf-8", "replace"))


def _digest(rows: int, named: Sequence[tuple[str, str]], content: bytes) -> str:
    digest = blake2b(f"{rows} {named}".encode("utf-8", "replace"), digest_size=16)
    digest.update(content)
    return digest.hexdigest()


def _row_hashes(frame: pd.DataFrame) -> Any:
    """A number for each row."""
    import numpy as np

    has_labels = not is_counted(frame.index)
    parts = []
    for start in range(0, len(frame), _CHUNK_ROWS):
        chunk = frame.iloc[start : start + _CHUNK_ROWS]
        columns: list[Any] = [chunk.iloc[:, place] for place in range(chunk.shape[1])]
        if has_labels:
            columns.insert(0, chunk.index.to_series())
        total = np.zeros(len(chunk), dtype="uint64")
        for column in columns:
            total = total * np.uint64(0x9E3779B97F4A7C15) + _value_hashes(column)
            total ^= total >> np.uint64(29)
        parts.append(total)
    return np.concatenate(parts) if parts else np.zeros(0, dtype="uint64")


def _value_hashes(column: Any) -> Any:
    import pandas as pd

    try:
        hashed = pd.util.hash_pandas_object(column, index=False, categorize=False)
    except (TypeError, ValueError):  # lists, dicts and whatever else has no hash
        texts = pd.Series([repr(kept_cell(value)) for value in column], dtype=object)
        hashed = pd.util.hash_pandas_object(texts, index=False, categorize=False)
    return hashed.to_numpy()
