"""What a step's code has made, kept as it was right then: what is later compared with another run of it."""

from __future__ import annotations

from datetime import date, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from rasgo_nb.content import is_a
from rasgo_nb.namespace import may_be_secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MOST_NAMES = 50
MOST_TEXT = 1_000  # characters of a text that is kept
MOST_ARRAY_BYTES = 1_000_000

_PLAIN = (bool, int, float, complex, date, time, timedelta, Decimal, Fraction)


def kept_values(names: Mapping[str, object], which: Iterable[str]) -> dict[str, object]:
    """Of these names the frames, series, arrays and plain values, safe from what is done to them later.

    Frames and series share their data until somebody writes to either. Texts that may be a secret, long
    texts, large arrays and all other objects are left out.
    """
    found = ((name, names.get(name)) for name in list(which)[:MOST_NAMES])
    return {name: _copy(value) for name, value in found if _is_kept(name, value)}


def _is_kept(name: str, value: Any) -> bool:
    if is_a("pandas", ("DataFrame", "Series"), value):
        return True
    if is_a("numpy", ("ndarray",), value):
        return bool(value.nbytes <= MOST_ARRAY_BYTES and not value.dtype.hasobject)
    if type(value) is str:
        return len(value) <= MOST_TEXT and not may_be_secret(name, value)
    if type(value) is int and value.bit_length() > MOST_TEXT:
        return False
    return type(value) in _PLAIN or _is_scalar(value)


def _is_scalar(value: object) -> bool:
    return is_a("pandas", ("Timestamp", "Timedelta"), value) or is_a("numpy", ("generic",), value)


def _copy(value: Any) -> object:
    if is_a("pandas", ("DataFrame", "Series"), value):
        return value.copy(deep=False)
    return value.copy() if is_a("numpy", ("ndarray",), value) else value
