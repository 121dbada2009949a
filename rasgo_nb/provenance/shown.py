"""What the results of a run show, as columns of numbers and labels."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rasgo_nb.provenance.printed import numbers_by_line, printed_frames
from rasgo_nb.provenance.words import stems

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    import pandas as pd

    from rasgo_nb.agent.run_log import CallLog, RunLog

MOST_ROWS = 50_000  # of one result
MOST_CELLS = 400_000  # of all results
MOST_LABELS = 20_000  # different ones in a column
_MOST_TEXT = 40_000  # characters of one printed text
_MOST_MADE = 20
_KEYS = re.compile(
    r"(?:^|_)(?:year|month|day|hour|minute|quarter|week|weekday|dow|doy|id|key|number|no|nr|num|rank|"
    r"rn|position|index|code|zip|decade|bucket|bin|tailnum|flight)$",
    re.I,
)


@dataclass(eq=False, slots=True)
class Column:
    """One column: its ``numbers``, NaN where there is none, or its ``labels`` and which of them each row has.

    ``dates`` has (year, month, day) for each label, where labels are dates; ``is_key`` says that the numbers
    name things rather than measure them.
    """

    name: str
    numbers: np.ndarray[Any, Any] | None = None
    labels: list[str] = field(default_factory=list)
    codes: np.ndarray[Any, Any] | None = None
    dates: list[tuple[int, int, int]] = field(default_factory=list)
    is_key: bool = False
    is_whole: bool = False  # all numbers are integers
    words: frozenset[str] = frozenset()


@dataclass(eq=False, slots=True)
class Shown:
    """A result: ``rows`` is how many it has in all; ``is_text`` where it was printed, not a table."""

    step: int
    tool_call_id: str
    name: str
    columns: list[Column]
    rows: int
    words: frozenset[str] = frozenset()  # of its name and of the tables that it came from
    is_text: bool = False
    counts_rows: bool = True

    @property
    def measures(self) -> list[Column]:
        """The columns whose numbers measure something."""
        return [one for one in self.columns if one.numbers is not None and not one.is_key]

    @property
    def labelled(self) -> list[Column]:
        """The columns whose values name a row."""
        return [one for one in self.columns if one.codes is not None or one.is_key]


@dataclass(slots=True)
class Results:
    """All that a run's steps have shown; ``code`` is what they ran, by step and call."""

    tables: list[Shown] = field(default_factory=list)
    code: list[tuple[int, str, str]] = field(default_factory=list)
    is_whole: bool = True
    cells: int = 0

    def add(self, shown: Shown, cells: int) -> None:
        """Take in a result."""
        self.tables.append(shown)
        self.cells += cells


def results_of(log: RunLog) -> Results:
    """What all finished calls of a run have shown, the last ones first."""
    results = Results()
    for step in reversed(log.steps):
        for call in reversed(step.calls):
            if call.result is None or call.tool_call.name == "final_answer":
                continue
            code = " ".join(
                str(value)
                for name, value in call.tool_call.arguments.items()
                if name in ("sql", "code", "question", "look_for", "words")
            )
            results.code.append((step.number, call.tool_call.id, code))
            if not call.result.is_error:
                _take_in(results, step.number, call)
    return results


def _take_in(results: Results, step: int, call: CallLog) -> None:
    """Add what one call has shown, whatever kind of tool it was."""
    import pandas as pd

    value: Any = call.result.value if call.result else None
    name = str(call.tool_call.arguments.get("save_as", "") or call.tool_call.arguments.get("table", ""))
    words = stems(f"{name} {_tables_in(str(call.tool_call.arguments.get('sql', '')))}")
    at = (step, call.tool_call.id)
    frame = getattr(value, "frame", None)
    if isinstance(frame, pd.DataFrame):
        add_frame(results, at, name, frame, words)
        return
    if hasattr(value, "outputs") and hasattr(value, "made"):
        _add_cell(results, at, value)
        return
    if isinstance(value, pd.DataFrame | pd.Series):
        _add_value(results, at, name, value)
    if isinstance(value, list | tuple) and value and hasattr(value[0], "top_values"):
        _add_profiles(results, at, name, value)
        return
    add_text(results, at, call.result.content if call.result else "")


def _tables_in(sql: str) -> str:
    """The names after FROM and JOIN, near enough."""
    return " ".join(re.findall(r"\b(?:from|join)\s+([\w.\"`]+)", sql, re.I))


def _add_cell(results: Results, at: tuple[int, str], cell: Any) -> None:
    """What a step's code gave, made and printed."""
    _add_value(results, at, "", cell.value)
    for name, value in list(cell.made.items())[:_MOST_MADE]:
        if value is not cell.value:
            _add_value(results, at, name, value)
    for output in cell.outputs:
        text = getattr(output, "text", None)
        data = getattr(output, "data", None)
        if isinstance(data, dict) and not isinstance(text, str):
            text = data.get("text/plain")
        if isinstance(text, str):
            add_text(results, at, text)


def _add_value(results: Results, at: tuple[int, str], name: str, value: Any) -> None:
    import pandas as pd

    if isinstance(value, pd.DataFrame):
        add_frame(results, at, name, _with_index(value), stems(name))
    elif isinstance(value, pd.Series):
        add_frame(results, at, name, _with_index(value.to_frame(value.name or name or "value")), stems(name))
    elif isinstance(value, bool | str) or value is None:
        add_text(results, at, value if isinstance(value, str) else "")
    elif isinstance(value, int | float) or (hasattr(value, "item") and getattr(value, "ndim", 1) == 0):
        add_frame(results, at, name, pd.DataFrame({name or "value": [value]}), stems(name), counts_rows=False)
    elif isinstance(value, dict) and value and all(isinstance(one, int | float) for one in value.values()):
        pairs = pd.DataFrame({"key": [str(key) for key in value], name or "value": list(value.values())})
        add_frame(results, at, name, pairs, stems(name))
    elif isinstance(value, list | tuple) or hasattr(value, "ndim"):
        add_text(results, at, str(value)[:_MOST_TEXT])


def _with_index(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with an index that says something as columns."""
    import pandas as pd

    if isinstance(frame.index, pd.RangeIndex) or len(frame) > MOST_ROWS:
        return frame
    names = [str(name or f"index{place or ''}") for place, name in enumerate(frame.index.names)]
    return frame if set(names) & set(map(str, frame.columns)) else frame.reset_index(names=names)


def _add_profiles(results: Results, at: tuple[int, str], table: str, profiles: Sequence[Any]) -> None:
    """Figures of columns, a row each, and how often their most frequent values occur."""
    import pandas as pd

    figures = ("rows", "nulls", "not_finite", "distinct", "min", "max", "mean")
    rows = [
        {"column": one.name, **{name: _plain(getattr(one, name)) for name in figures}} for one in profiles
    ]
    add_frame(results, at, table, pd.DataFrame(rows), stems(table), counts_rows=False)
    for one in profiles:
        if one.top_values:
            pairs = [(str(value), count) for value, count in one.top_values]
            top = pd.DataFrame(pairs, columns=[one.name, "count"])
            add_frame(results, at, table, top, stems(table), counts_rows=False)


def _plain(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def add_frame(
    results: Results,
    at: tuple[int, str],
    name: str,
    frame: pd.DataFrame,
    words: frozenset[str],
    *,
    counts_rows: bool = True,
) -> None:
    """Take in a frame, as much of it as there is room for."""
    room = max((MOST_CELLS - results.cells) // max(frame.shape[1], 1), 0)
    most = min(MOST_ROWS, room)
    results.is_whole = results.is_whole and len(frame) <= most
    part = frame.head(most)
    columns = [column_of(str(label), part.iloc[:, place]) for place, label in enumerate(part.columns)]
    shown = Shown(*at, name, columns, len(frame), words, counts_rows=counts_rows)
    results.add(shown, part.shape[0] * part.shape[1])


def column_of(name: str, series: pd.Series[Any]) -> Column:
    """A column of a frame: numbers, dates or labels."""
    import numpy as np
    import pandas as pd

    words = stems(name)
    if pd.api.types.is_bool_dtype(series):
        return _labels(name, series.astype(str), words)
    if pd.api.types.is_timedelta64_dtype(series):
        return Column(name, series.dt.total_seconds().to_numpy(), words=words | {"second"})
    if pd.api.types.is_datetime64_any_dtype(series):
        return _dates(name, series, words)
    if pd.api.types.is_numeric_dtype(series):
        numbers = series.to_numpy(dtype="float64", na_value=np.nan)
        return _numbers(name, numbers, words)
    first = next((one for one in series.head(50) if one is not None and one == one), None)
    if first is None or isinstance(first, str):
        return _labels(name, series, words)
    if hasattr(first, "year") and hasattr(first, "month"):
        return _dates(name, series, words)
    numbers = pd.to_numeric(series, errors="coerce").to_numpy(dtype="float64", na_value=np.nan)
    if np.isfinite(numbers).any():
        return _numbers(name, numbers, words)
    return _labels(name, series.astype(str), words)


def _numbers(name: str, numbers: np.ndarray[Any, Any], words: frozenset[str]) -> Column:
    import numpy as np

    finite = numbers[np.isfinite(numbers)]
    is_whole = bool(finite.size) and bool((finite == np.round(finite)).all())
    is_key = is_whole and len(numbers) > 1 and bool(_KEYS.search(name))
    return Column(name, numbers, is_key=is_key, is_whole=is_whole, words=words)


def _labels(name: str, series: pd.Series[Any], words: frozenset[str]) -> Column:
    import pandas as pd

    codes, uniques = pd.factorize(series)
    return Column(name, labels=[str(one) for one in uniques[:MOST_LABELS]], codes=codes, words=words)


def _dates(name: str, series: pd.Series[Any], words: frozenset[str]) -> Column:
    import pandas as pd

    codes, uniques = pd.factorize(series)
    kept = list(uniques[:MOST_LABELS])
    dates = [(one.year, one.month, one.day) for one in kept]
    return Column(name, labels=[str(one) for one in kept], codes=codes, dates=dates, words=words)


def add_text(results: Results, at: tuple[int, str], text: str) -> None:
    """Take in printed text: its frames, and a row for each other line with numbers, named by its words."""
    import numpy as np

    results.is_whole = results.is_whole and len(text) <= _MOST_TEXT
    frames, rest = printed_frames(text[:_MOST_TEXT])
    for frame in frames:
        add_frame(results, at, "", frame, frozenset(), counts_rows=False)
    labels, rows = numbers_by_line(rest)
    if not rows:
        return
    width = max(map(len, rows))
    if width * len(rows) + results.cells > MOST_CELLS:
        results.is_whole = False
        return
    numbers = np.full((len(rows), width), np.nan)
    for place, found in enumerate(rows):
        numbers[place, : len(found)] = found
    columns = [Column("", labels=labels, codes=np.arange(len(rows)))]
    columns += [Column("", numbers[:, place]) for place in range(width)]
    results.add(Shown(*at, "", columns, len(rows), is_text=True, counts_rows=False), numbers.size)


def values_of(table: Shown, row: int) -> Mapping[str, str]:
    """The labels of one row, by column."""
    named = {}
    for column in table.labelled:
        if column.codes is not None and 0 <= row < len(column.codes):
            code = int(column.codes[row])
            named[column.name] = column.labels[code] if 0 <= code < len(column.labels) else ""
        elif column.numbers is not None and 0 <= row < len(column.numbers):
            named[column.name] = f"{column.numbers[row]:g}"
    return named
