"""Variables as the Python that makes them again, for the setup of a case."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any

from rasgo_nb.errors import RasgoError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

_MOST_ROWS = 200
_MOST_COLUMNS = 40
_MOST_LETTERS = 20_000
_PLAIN = (str, int, float, bool, type(None))


def setup_code(values: Mapping[str, object], *, may_show: bool) -> str:
    """Python that binds these names again; empty for none.

    Modules are imported. ``may_show`` is False where a model may not read what the notebook holds: then
    nothing that holds data is written down.

    Raises
    ------
    RasgoError
        for a value that is too large, of a kind that cannot be written, or withheld.
    """
    lines = [_line(name, value, may_show=may_show) for name, value in values.items()]
    needs_pandas = any("pd." in line for line in lines) and "import pandas as pd" not in lines
    return "\n".join([*(["import pandas as pd"] if needs_pandas else []), *lines])


def _line(name: str, value: object, *, may_show: bool) -> str:
    if isinstance(value, types.ModuleType):
        return f"import {value.__name__}" + (f" as {name}" if name != value.__name__ else "")
    if not may_show:
        raise RasgoError(
            f"The run reads your variable {name}, whose values may not leave the notebook (privacy level or "
            "masked columns). Make it in the case's setup yourself: docs/evals.md has the format."
        )
    text = f"{name} = {_literal(name, value)}"
    if len(text) > _MOST_LETTERS:
        raise _cannot(name, "is too large")
    return text


def _literal(name: str, value: object) -> str:
    import pandas as pd

    if isinstance(value, pd.DataFrame):
        return _frame_literal(name, value)
    if _is_plain(value):
        return repr(value)
    raise _cannot(name, f"is a {type(value).__name__}, which has no short text")


def _frame_literal(name: str, frame: pd.DataFrame) -> str:
    rows, columns = frame.shape
    if rows > _MOST_ROWS or columns > _MOST_COLUMNS:
        raise _cannot(name, f"has {rows:,} rows and {columns} columns")
    if not frame.columns.is_unique or not all(_is_plain(key) for key in frame.columns):
        raise _cannot(name, "has columns whose names are not plain and each its own")
    pieces = [f"{key!r}: {_column_literal(name, frame[key])}" for key in frame.columns]
    return f"pd.DataFrame({{{', '.join(pieces)}}})"


def _column_literal(name: str, column: Any) -> str:
    import pandas as pd

    if pd.api.types.is_datetime64_any_dtype(column):
        texts = [None if moment is pd.NaT else str(moment) for moment in column]
        return f"pd.to_datetime({texts!r})"
    plain = [None if pd.api.types.is_scalar(one) and pd.isna(one) else one for one in column.tolist()]
    if not all(_is_plain(one) for one in plain):
        raise _cannot(name, f"has a column {column.name!r} of {column.dtype}")
    return repr(plain)


def _is_plain(value: object) -> bool:
    if isinstance(value, list | tuple | set):
        return all(map(_is_plain, value))
    if isinstance(value, dict):
        return all(_is_plain(one) for pair in value.items() for one in pair)
    return type(value) in _PLAIN and value == value and value not in (float("inf"), float("-inf"))


def _cannot(name: str, why: str) -> RasgoError:
    return RasgoError(
        f"The run reads your variable {name}, which {why}. Save it as a file, read that in the case's setup, "
        "and write the case yourself: docs/evals.md has the format."
    )
