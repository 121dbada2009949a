"""The numbers of an answer then and now: each as the answer said it, and what its place gives today."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rasgo_nb.content import is_a
from rasgo_nb.replay.number_ways import Parts, way_of, written_number
from rasgo_nb.replay.outcome import NumberNow
from rasgo_nb.replay.same_value import plain_value, shown_value
from rasgo_nb.trace.frames import ROWS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rasgo_nb.agent.run_log import RunLog
    from rasgo_nb.provenance.provenance import NumberTrace, Place

_NUMBERS = re.compile(r"[-\u2212]?\d[\d,]*(?:\.\d+)?")
_MOST_CELLS = 200_000
_MOST_TEXT = 50_000


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
    old, new = _parts(number, then, then), _parts(number, today, then)
    if new is None or old is None:
        return _text_now(number, then, today)
    written = written_number(number.text)
    made = way_of(written, old, number.said) if written else None
    if written is None or made is None:
        return _text_now(number, then, today)
    try:
        return NumberNow(number.text, written.with_value(made(new)), number.said)
    except (ArithmeticError, IndexError):
        return NumberNow(number.text, "", number.said, "it cannot be computed today")


def _text_now(number: NumberTrace, then: Mapping[str, object], today: Mapping[str, object]) -> NumberNow:
    """A date or a name that holds digits: as it stands there today."""
    place = number.places[0]
    before = _value_at(place, then[place.tool_call_id], None)
    if before is None or number.text not in shown_value(before):
        return NumberNow(number.text, "", number.said, "how it was made of its values is not known")
    value = _value_at(place, today[place.tool_call_id], then[place.tool_call_id])
    if value is None:
        return NumberNow(number.text, "", number.said, "its row is not there today")
    is_same = shown_value(before) == shown_value(value)
    return NumberNow(number.text, number.text if is_same else shown_value(value), number.said)


# --- values at places


def _parts(number: NumberTrace, results: Mapping[str, object], then: Mapping[str, object]) -> Parts | None:
    """What the number is made of; None where one of its places has no number."""
    values: list[float] = []
    for place in number.places:
        if place.column and place.row < 0:
            continue  # it is of the whole column
        before = then[place.tool_call_id] if results is not then else None
        value = _number_at(number, place, results[place.tool_call_id], before)
        if value is None:
            return None
        values.append(value)
    first = number.places[0]
    frame = _frame_of(results[first.tool_call_id])
    return Parts(tuple(values), _column_of(frame, first.column), _counts_of(frame))


def _column_of(frame: Any, name: str) -> tuple[float, ...]:
    """The numbers of a whole column; none where it was not kept whole."""
    names = [] if frame is None else [str(one) for one in frame.columns]
    if name not in names or frame.attrs.get(ROWS, len(frame)) != len(frame):
        return ()
    cells = map(plain_value, frame.iloc[:, names.index(name)])
    return tuple(float(cell) for cell in cells if isinstance(cell, int | float | Decimal))


def _counts_of(frame: Any) -> tuple[float, ...]:
    """How many different values each column has."""
    if frame is None or frame.attrs.get(ROWS, len(frame)) != len(frame) or frame.size > _MOST_CELLS:
        return ()
    columns = (frame.iloc[:, place] for place in range(frame.shape[1]))
    return tuple(float(len({shown_value(cell) for cell in column})) for column in columns)


def _number_at(number: NumberTrace, place: Place, result: Any, before: Any) -> float | None:
    value = plain_value(_value_at(place, result, before))
    if value is None:
        return _printed_number(number, place, result, before)
    if isinstance(value, str):
        found = written_number(value)
        return found.value if found else None
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _printed_number(number: NumberTrace, place: Place, result: Any, before: Any) -> float | None:
    """The number that stands in today's text where the traced one stood in the text then."""
    found = [one.value for text in _NUMBERS.findall(_text_of(result)) if (one := written_number(text))]
    if before is None:
        wanted = written_number(place.value or number.text)
        return wanted.value if wanted and wanted.value in found else None
    old = [one.value for text in _NUMBERS.findall(_text_of(before)) if (one := written_number(text))]
    wanted = written_number(place.value or number.text)
    if wanted is None or len(old) != len(found) or wanted.value not in old:
        return None
    return found[old.index(wanted.value)]


def _text_of(result: Any) -> str:
    outputs = getattr(result, "outputs", ())
    texts = [
        getattr(one, "text", "") or str(getattr(one, "data", {}).get("text/plain", "")) for one in outputs
    ]
    return "\n".join(texts)[:_MOST_TEXT]


def _value_at(place: Place, result: Any, before: Any) -> object:
    """The value at the place; of today's result by the key of the row ``before``, where there is one."""
    made = getattr(result, "made", {}).get(place.column)
    if isinstance(plain_value(made), int | float):
        return made  # a variable
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
        return None
    return frame.iloc[row, names.index(place.column)]


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
