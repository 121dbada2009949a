"""Whether two values of a namespace are the same."""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping
from typing import Any

from rasgo_nb.evals.worked import is_frame

_TOLERANCE = 1e-6


def same_value(one: Any, other: Any) -> bool:
    """Whether both hold the same: numbers within a millionth, frames and arrays with the same items in the
    same order, whatever holds lists and mappings."""
    if one is other:
        return True
    if isinstance(one, bool) or isinstance(other, bool):
        return type(one) is type(other) and one == other
    if isinstance(one, numbers.Number) and isinstance(other, numbers.Number):
        return _same_number(one, other)
    if is_frame(one) or is_frame(other) or (hasattr(one, "index") and hasattr(one, "equals")):
        return type(one) is type(other) and bool(one.equals(other))
    one, other = _plain(one), _plain(other)
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same_value(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same_value, one, other))
    try:
        return bool(one == other) or str(one) == str(other) != repr(type(one))
    except (TypeError, ValueError):  # of an object of the person's, whose == gives no bool
        return False


def _same_number(one: Any, other: Any) -> bool:
    if isinstance(one, complex) or isinstance(other, complex):
        return bool(one == other)
    if one == other or (one != one and other != other):  # NaN
        return True
    return math.isclose(float(one), float(other), rel_tol=_TOLERANCE)


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        value = value.tolist()
    return list(value) if isinstance(value, tuple) else value
