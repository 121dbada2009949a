"""The numbers of an answer then and now: each as the answer said it, and what its place gives today."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

from rasgo_nb.content import is_a
from rasgo_nb.replay.outcome import NumberNow
from rasgo_nb.replay.same_value import plain_value, shown_value
from rasgo_nb.trace.frames import ROWS, summary_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from rasgo_nb.agent.run_log import RunLog
    from rasgo_nb.provenance.provenance import NumberTrace, Place

_PARTS = re.compile(
    r"(?P<sign>[-\u2212\u2013]?)(?P<number>\d[\d,\u202f\u00a0 ' ]*(?:\.\d+)?|\.\d+)(?P<rest>.*)", re.S
)
_SCALES = (1.0, 100.0, 1e-3, 1e-6, 1e-9, 1e-12, 1 / 60, 60.0, 1 / 3600, 3600.0, 1 / 24, 24.0, 0.01, 1e3)


@dataclass(frozen=True, slots=True)
class _Written:
    """A number as a text has it: what it is, how many decimals, and what stands around its digits."""

    value: float
    decimals: int
    has_groups: bool
    before: str
    after: str

    def with_value(self, value: float) -> str:
        """The text with another number, written alike."""
        digits = f"{abs(value):{',' if self.has_groups or abs(value) >= 10_000 else ''}.{self.decimals}f}"
        sign = "-" if value < 0 and float(digits.replace(",", "")) else ""
        return f"{self.before}{sign}{digits}{self.after}"

    def fits(self, value: float) -> bool:
        """Whether the value, rounded as the text is, is the text's number."""
        return abs(value - self.value) <= 0.5000001 * 10.0**-self.decimals


def numbers_now(log: RunLog, today: Mapping[str, object]) -> tuple[NumberNow, ...]:
    """Each traced number of the answer, then and now. ``today`` has results by the id of their call."""
    if log.provenance is None:
        return ()
    then = {call.tool_call.id: call.result.value for step in log.steps for call in step.calls if call.result}
    traced = [number for number in log.provenance.numbers if number.how not in ("unverified", "asked")]
    return tuple(_number_now(number, then, today) for number in traced)


def _number_now(number: NumberTrace, then: Mapping[str, object], today: Mapping[str, object]) -> NumberNow:
    missing = [place for place in number.places if place.tool_call_id not in today]
    if not number.places or missing:
        why = f"step {missing[0].step} gave nothing today" if missing else "no place is known"
        return NumberNow(number.text, "", number.said, why)
    old = [_number_at(place, then[place.tool_call_id], None) for place in number.places]
    new = [_number_at(place, today[place.tool_call_id], then[place.tool_call_id]) for place in number.places]
    if any(value is None for value in (*old, *new)):
        return _text_now(number, then, today)
    written = _written(number.text)
    made = _way(written, _numbers(old)) if written else None
    if written is None or made is None:
        return NumberNow(number.text, "", number.said, "how it was made of its values is not known")
    return NumberNow(number.text, written.with_value(made(_numbers(new))), number.said)


def _numbers(values: Sequence[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _text_now(number: NumberTrace, then: Mapping[str, object], today: Mapping[str, object]) -> NumberNow:
    """A date or a name that holds digits: as it stands there today."""
    place = number.places[0]
    value = _value_at(place, today[place.tool_call_id], then[place.tool_call_id])
    if value is None:
        return NumberNow(number.text, "", number.said, "its row is not there today")
    before = _value_at(place, then[place.tool_call_id], None)
    if shown_value(before) == shown_value(value):
        return NumberNow(number.text, number.text, number.said)
    return NumberNow(number.text, shown_value(value), number.said)


# --- values at places


def _number_at(place: Place, result: Any, before: Any) -> float | None:
    value = _value_at(place, result, before)
    value = plain_value(value)
    if isinstance(value, str):
        found = _written(value)
        return found.value if found else None
    try:
        return None if value is None else float(value)
    except (TypeError, ValueError):
        return None


def _value_at(place: Place, result: Any, before: Any) -> object:
    """The value at the place; of today's result by the key of the row ``before``, where there is one."""
    frame = _frame_of(result)
    if frame is None:
        return _scalar_of(result)
    if not place.column:
        return frame.attrs.get(ROWS, len(frame))  # how many rows it has
    names = [str(name) for name in frame.columns]
    if place.column not in names:
        return None
    row = place.row if before is None else _row_now(place, _frame_of(before), frame)
    if row is None or not 0 <= row < len(frame):
        return _measured(place, frame)
    return frame.iloc[row, names.index(place.column)]


def _measured(place: Place, frame: Any) -> object:
    """Of a frame that was kept in part, nothing of its other rows is known."""
    return place.value or None if summary_in(frame) is not None else None


def _frame_of(result: Any) -> Any:
    for value in (getattr(result, "frame", None), getattr(result, "value", None), result):
        if is_a("pandas", ("DataFrame",), value):
            return value
        if is_a("pandas", ("Series",), value):
            series: Any = value
            return series.to_frame()
    return None


def _scalar_of(result: Any) -> object:
    """The value of a step of Python, where it is a number."""
    value = plain_value(getattr(result, "value", None))
    return value if isinstance(value, int | float) else None


def _row_now(place: Place, then: Any, now: Any) -> int | None:
    """The row of today's frame that has the same key as the place's row had."""
    if then is None or not 0 <= place.row < len(then):
        return place.row
    names = [str(name) for name in now.columns]
    keys = [
        name
        for at, name in enumerate(map(str, then.columns))
        if name != place.column and name in names and then.dtypes.iloc[at].kind not in "fcb"
    ]
    for key in keys:
        old = [shown_value(value) for value in then.iloc[:, list(map(str, then.columns)).index(key)]]
        new = [shown_value(value) for value in now.iloc[:, names.index(key)]]
        if len(set(old)) == len(old) and len(set(new)) == len(new):
            return new.index(old[place.row]) if old[place.row] in new else None
    return place.row


# --- how a number is made of values


def _written(text: str) -> _Written | None:
    found = _PARTS.search(text)
    if found is None:
        return None
    digits = re.sub(r"[^\d.]", "", found["number"])
    try:
        value = float(digits)
    except ValueError:
        return None
    decimals = len(digits.partition(".")[2])
    has_groups = bool(re.search(r"\d\D\d{3}", found["number"].partition(".")[0]))
    trailing = found["number"][len(found["number"].rstrip()) :]
    before = text[: found.start()]
    return _Written(
        -value if found["sign"] else value, decimals, has_groups, before, trailing + found["rest"]
    )


def _way(written: _Written, old: Sequence[float]) -> Callable[[Sequence[float]], float] | None:
    """How the number was made of the values then, to make it of today's alike."""
    signed = [*_SCALES, *(-scale for scale in _SCALES)]  # "fell by 5" says it of -5
    for scale, make in product(signed, _ways(len(old))):
        try:
            if written.fits(make(old) * scale):
                return lambda new, make=make, scale=scale: make(new) * scale  # type: ignore[misc]
        except ZeroDivisionError:
            continue
    return None


def _ways(count: int) -> Iterator[Callable[[Sequence[float]], float]]:
    yield lambda values: values[0]
    if count > 1:
        yield sum
        yield lambda values: values[0] - values[1]
        yield lambda values: values[0] / values[1]
        yield lambda values: (values[0] - values[1]) / values[1]
        yield lambda values: values[1] / values[0]
        yield lambda values: (values[1] - values[0]) / values[0]
        yield lambda values: values[0] / sum(values)
        yield lambda values: sum(values) / len(values)
