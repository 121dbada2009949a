"""Events as plain JSON and back. Each value says what it is; reading forgives what it does not know."""

from __future__ import annotations

import base64
import datetime
import math
import time
from dataclasses import MISSING, dataclass, field, fields
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, cast

from rasgo_nb.agent.events import RunNoted, TextDelta
from rasgo_nb.agent.messages import Message, Text, Thinking, ToolCall, ToolPage, ToolResult
from rasgo_nb.kernel_exec import CellResult
from rasgo_nb.outputs import ExecuteResult
from rasgo_nb.trace.frames import DEFAULT_ROWS, FrameSummary, frame_of, summary_of
from rasgo_nb.trace.values import EVENTS, JSON_FIELDS, VALUES, WORDS, NewerValue, ShownValue

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from rasgo_nb.agent.events import Event

FORMAT = 1
KIND = "$"  # the key that says what a value is
AT = "at"  # the key of when an event was told, in seconds since 1970
LONG = 4_000  # characters from which a text may be stored once for all
MOST_FIGURE = 1_000_000  # bytes of a figure's JSON
_MOST_SHOWN = 8_000
_SENT_RESULT = ("tool_call_id", "content", "is_error", "images")  # what of a result is sent to a model

Json = Any


@dataclass(slots=True)
class Packing:
    """How values are written that are better kept apart: by themselves, unless told otherwise.

    ``text`` takes a long text, ``shared`` a message or tool page; what they give back is written in place of
    it. ``frame`` sums a DataFrame up.
    """

    text: Callable[[str], Json] | None = None
    shared: Callable[[Message | ToolPage], Json] | None = None
    frame: Callable[[pd.DataFrame], FrameSummary | dict[str, Json]] = field(
        default=lambda frame: summary_of(frame, rows=DEFAULT_ROWS)
    )


@dataclass(slots=True)
class Unpacking:
    """Finds what was kept apart: a text by its mark; a frame's figures by theirs, None where not known."""

    text: Callable[[str], str] = field(default=lambda _mark: "")
    shared: Callable[[str], object] = field(default=lambda _mark: None)
    late: Callable[[int], Mapping[str, Json] | None] = field(default=lambda _mark: None)


def encoded(event: Event, packing: Packing | None = None) -> dict[str, Json]:
    """The event as JSON: its name under ``$``, and its fields."""
    if type(event) is TextDelta:  # of which there are hundreds
        return {KIND: "TextDelta", "step": event.step, "text": event.text}
    return _Encoder(packing or Packing()).fields_of(event)


def encoded_value(value: object, packing: Packing | None = None) -> Json:
    """Any value that an event may hold, as JSON."""
    return _Encoder(packing or Packing()).value(value)


def encoded_message(value: Message | ToolPage, packing: Packing | None = None) -> dict[str, Json]:
    """A message or tool page as a model is sent it: of results without what only a person sees."""
    return _Encoder(packing or Packing()).message(value)


def decoded(data: Mapping[str, Json], unpacking: Unpacking | None = None) -> Event:
    """The event that was recorded; one that a newer version wrote becomes a note that says so."""
    name = data.get(KIND) if isinstance(data, dict) else None
    kind = EVENTS.get(name) if isinstance(name, str) else None
    if kind is None:
        return RunNoted(f"A step of a newer version is not shown ({name or 'without a name'}).")
    return cast("Event", _Decoder(unpacking or Unpacking()).made(kind, data))


def timed(data: dict[str, Json], at_s: float = 0.0) -> dict[str, Json]:
    """An encoded event with when it was told: now, or in seconds since 1970."""
    return {**data, AT: round(at_s or time.time(), 6)}


def time_of(data: Mapping[str, Json]) -> float:
    """When an event was told, in seconds since 1970; 0 where that is not known."""
    at = data.get(AT) if isinstance(data, dict) else None
    return float(at) if isinstance(at, int | float) else 0.0


def decoded_value(data: Json, unpacking: Unpacking | None = None) -> object:
    """The value that was written so."""
    return _Decoder(unpacking or Unpacking()).value(data)


class _Encoder:
    def __init__(self, packing: Packing) -> None:
        self.packing = packing

    def fields_of(self, value: Any, only: tuple[str, ...] = ()) -> dict[str, Json]:
        written: dict[str, Json] = {KIND: type(value).__name__}
        for name in only or _NAMES[type(value)]:
            one = getattr(value, name)
            written[name] = self.json(one) if name in JSON_FIELDS else self.value(one)
        return written

    def value(self, value: Any) -> Json:
        """A value; a list of JSON stands for a tuple, which most sequences here are."""
        kind = type(value)
        if kind is str:
            return self.text(value)
        if value is None or kind is bool or kind is int:
            return value
        if kind is tuple:
            return [self.value(item) for item in value]
        if kind is list:
            return {KIND: "list", "of": [self.value(item) for item in value]}
        if kind is dict:
            return self.mapping(value, self.value)
        return self.scalar(value) if kind.__name__ not in _KNOWN else self.known(value)

    def json(self, value: Any) -> Json:
        """JSON, as it is; what is none within it is written as a value."""
        kind = type(value)
        if kind is str:
            return self.text(value)
        if value is None or kind is bool or kind is int or (kind is float and math.isfinite(value)):
            return value
        if kind is list or kind is tuple:
            return [self.json(item) for item in value]
        if kind is dict:
            return self.mapping(value, self.json)
        return self.value(value)

    def text(self, value: str) -> Json:
        if self.packing.text is None or len(value) < LONG:
            return value
        return self.packing.text(value)

    def mapping(self, value: dict[Any, Any], write: Callable[[Any], Json]) -> Json:
        if KIND not in value and all(type(key) is str for key in value):
            return {key: write(item) for key, item in value.items()}
        return {KIND: "dict", "of": [[self.value(key), write(item)] for key, item in value.items()]}

    def known(self, value: Any) -> Json:
        """One of our dataclasses, or a DataFrame."""
        if type(value).__name__ == "DataFrame":
            return self.frame(value)
        if not isinstance(value, VALUES[type(value).__name__]):
            return self.shown(value)
        if isinstance(value, Message | ToolPage):
            return self.message(value) if self.packing.shared is None else self.packing.shared(value)
        if isinstance(value, CellResult):
            return self.cell_result(value)
        return self.fields_of(value)

    def message(self, value: Message | ToolPage) -> dict[str, Json]:
        """A message as a model is sent it: of tool results without what only a person sees."""
        if isinstance(value, ToolPage):
            return self.fields_of(value)
        parts = [
            self.fields_of(part, _SENT_RESULT) if isinstance(part, ToolResult) else self.fields_of(part)
            for part in value.parts
        ]
        return {KIND: "Message", "role": value.role, "parts": parts}

    def cell_result(self, result: CellResult) -> Json:
        written = self.fields_of(result, tuple(name for name in _NAMES[CellResult] if name != "value"))
        written["value"] = self.value_of_code(result)
        return written

    def value_of_code(self, result: CellResult) -> Json:
        """The value of code: whole where it is plain or a frame, else what it showed."""
        written = self.value(result.value)
        if isinstance(written, dict) and written.get(KIND) == "ShownValue":
            bundles = [one.data for one in result.outputs if isinstance(one, ExecuteResult)]
            shown = str(bundles[-1].get("text/plain", "")) if bundles else ""
            written["text"] = self.text(shown[:_MOST_SHOWN])
        return written

    def frame(self, value: Any) -> Json:
        if not type(value).__module__.startswith("pandas"):
            return self.shown(value)
        kept = self.packing.frame(value)
        return kept if isinstance(kept, dict) else self.fields_of(kept)

    def scalar(self, value: Any) -> Json:
        """A value that JSON has no like for."""
        if isinstance(value, float):
            number = float(value)
            return number if math.isfinite(number) else {KIND: "float", "of": str(number)}
        for name, kind in _SCALARS.items():
            if isinstance(value, kind):
                return {KIND: name, "of": _WRITE[name](value)}
        if isinstance(value, frozenset | set):
            return {KIND: "frozenset", "of": sorted((self.value(item) for item in value), key=repr)}
        if isinstance(value, int | str):
            return int(value) if isinstance(value, int) else self.text(str(value))
        if isinstance(value, list | tuple):
            return self.value(list(value) if isinstance(value, list) else tuple(value))
        if isinstance(value, dict):
            return self.mapping(dict(value), self.value)
        if type(value).__module__ == "numpy" and getattr(value, "ndim", 1) == 0 and hasattr(value, "item"):
            plain = value.item()
            return self.shown(value) if type(plain).__module__ == "numpy" else self.value(plain)
        return self.of_library(value)

    def of_library(self, value: Any) -> Json:
        name, module = type(value).__name__, type(value).__module__
        if name == "Series" and module.startswith("pandas"):
            return {KIND: "Series", "of": self.frame(value.to_frame())}
        if name == "Figure" and module.startswith("plotly"):
            written = str(value.to_json())
            if len(written) <= MOST_FIGURE:
                return {KIND: "figure", "of": self.text(written)}
            return {KIND: "ShownValue", "type": "Figure", "text": f"A figure of {len(written):,} bytes."}
        if module.partition(".")[0] == "types" or name == "mappingproxy":
            return self.mapping(dict(value), self.value)
        return self.shown(value)

    def shown(self, value: object) -> Json:
        """Its type alone: its own code may be slow, or fail."""
        return {KIND: "ShownValue", "type": type(value).__name__, "text": ""}


class _Decoder:
    def __init__(self, unpacking: Unpacking) -> None:
        self.unpacking = unpacking

    def made(self, kind: type, data: Mapping[str, Json]) -> object:
        """The dataclass: fields that it does not know are dropped, missing ones are as usual."""
        given = {
            one.name: self._field(one, data[one.name]) if one.name in data else _usual(one)
            for one in fields(kind)
            if one.init
        }
        return kind(**given)

    def _field(self, one: Any, data: Json) -> object:
        value = self.json(data) if one.name in JSON_FIELDS else self.value(data)
        usual_type = str(one.type)
        if usual_type.startswith(("tuple[", "frozenset[")) and not isinstance(value, tuple | frozenset):
            return _usual(one)
        if usual_type.startswith("tuple[") and usual_type.endswith(", ...]"):
            kinds = _items_of(usual_type.removeprefix("tuple[").removesuffix(", ...]"))
            value = tuple(item for item in cast("tuple[object, ...]", value) if isinstance(item, kinds))
        if usual_type.startswith("Mapping[") and "None" not in usual_type and not isinstance(value, dict):
            return _usual(one)
        if usual_type in WORDS and value not in WORDS[usual_type]:
            return _usual(one)
        if usual_type in _SIMPLE and not isinstance(value, _SIMPLE[usual_type]):
            return _usual(one)
        if usual_type in VALUES and not isinstance(value, VALUES[usual_type]):
            return _usual(one)
        return value

    def value(self, data: Json) -> object:
        if isinstance(data, list):
            return tuple(self.value(item) for item in data)
        if isinstance(data, dict):
            return self.tagged(data) if KIND in data else {key: self.value(one) for key, one in data.items()}
        return cast("object", data)

    def json(self, data: Json) -> object:
        if isinstance(data, list):
            return [self.json(item) for item in data]
        if isinstance(data, dict):
            if data.get(KIND) == "dict":
                return {self.value(key): self.json(item) for key, item in data.get("of", ())}
            return self.tagged(data) if KIND in data else {key: self.json(one) for key, one in data.items()}
        return cast("object", data)

    def tagged(self, data: dict[str, Json]) -> object:
        name, of = str(data[KIND]), data.get("of")
        if name == "FrameSummary":
            return frame_of(self.summary(data))
        if name in VALUES:
            return self.made(VALUES[name], data)
        match name, of:
            case "text", str():
                return self.unpacking.text(of)
            case "shared", str():
                return self.unpacking.shared(of)
            case "list", list():
                return [self.value(item) for item in of]
            case "dict", list():
                return {_hashable(self.value(key)): self.value(item) for key, item in of}
            case "frozenset", list():
                return frozenset(_hashable(self.value(item)) for item in of)
            case "float", str():
                return float(of)
            case "Series", dict():
                return self._series(of)
            case "figure", _:
                return _figure(self.value(of))
        if name in _READ and isinstance(of, str | int | float):
            return _read(name, of)
        return NewerValue(name, {key: self.value(one) for key, one in data.items() if key != KIND})

    def summary(self, data: Mapping[str, Json]) -> FrameSummary:
        """A frame's summary, with what became known of it after it was written."""
        late = self.unpacking.late(data["late"]) if isinstance(data.get("late"), int) else None
        return cast("FrameSummary", self.made(FrameSummary, {**data, **(late or {})}))

    def _series(self, of: dict[str, Json]) -> object:
        frame: Any = self.value(of)
        if type(frame).__name__ != "DataFrame" or frame.shape[1] != 1:
            return frame
        series = frame.iloc[:, 0]
        series.attrs.update(frame.attrs)
        return series


_KNOWN = frozenset((*VALUES, "DataFrame"))
_SIMPLE: Mapping[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "float": (float, int),
    "bool": (bool,),
    "bytes": (bytes,),
}
_USUAL: Mapping[str, Callable[[], object]] = {
    "str": str, "int": int, "float": float, "bool": bool, "bytes": bytes, "tuple": tuple,
    "frozenset": frozenset, "Mapping": dict, "list": list, "dict": dict,
}  # fmt: skip
# In this order: a datetime is a date too.
_SCALARS: Mapping[str, type] = {
    "bytes": bytes,
    "decimal": Decimal,
    "datetime": datetime.datetime,
    "date": datetime.date,
    "time": datetime.time,
    "timedelta": datetime.timedelta,
    "complex": complex,
}
_WRITE: Mapping[str, Callable[[Any], Json]] = {
    "bytes": lambda value: base64.b64encode(value).decode(),
    "decimal": str,
    "datetime": lambda value: value.isoformat() if value == value else "",
    "date": lambda value: value.isoformat(),
    "time": lambda value: value.isoformat(),
    "timedelta": lambda value: f"{value.days} {value.seconds} {value.microseconds}",
    "complex": str,
}
_READ: Mapping[str, Callable[[str], object]] = {
    "bytes": base64.b64decode,
    "decimal": Decimal,
    "datetime": datetime.datetime.fromisoformat,
    "date": datetime.date.fromisoformat,
    "time": datetime.time.fromisoformat,
    "timedelta": lambda text: datetime.timedelta(*map(int, text.split())),
    "complex": complex,
}


def _read(name: str, text: object) -> object:
    try:
        return _READ[name](str(text))
    except (ValueError, InvalidOperation, TypeError):
        return ShownValue(name, str(text))


_NAMES: Mapping[type, tuple[str, ...]] = {
    kind: tuple(one.name for one in fields(kind)) for kind in (*EVENTS.values(), *VALUES.values())
}


def _usual(one: Any) -> object:
    """The value of a field that nothing is said of."""
    if one.default is not MISSING:
        return one.default
    if one.default_factory is not MISSING:
        return one.default_factory()
    kind = str(one.type)
    if kind in VALUES:
        return _Decoder(Unpacking()).made(VALUES[kind], {})
    usual = _USUAL.get(kind.partition("[")[0])
    if usual is not None:
        return usual()
    return WORDS[kind][0] if kind in WORDS else None


def _items_of(kind: str) -> type | tuple[type, ...]:
    """What a sequence of that kind holds; others were damaged."""
    if kind == "Part":
        return (Text, Thinking, ToolCall, ToolResult)
    return VALUES.get(kind) or _SIMPLE.get(kind) or object


def _hashable(value: object) -> Any:
    try:
        hash(value)
    except TypeError:
        return repr(value)
    return value


def _figure(written: object) -> object:
    """The figure, where the library that draws it is here."""
    import json

    from rasgo_nb.figure.bundle import figure_of

    try:
        return figure_of(json.loads(str(written)))
    except (ImportError, ValueError):
        return ShownValue("Figure", "A figure that cannot be drawn here.")
