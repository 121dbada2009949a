"""What a running call shows, as data of kinds that cannot act: text, pictures, Plotly figures."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any

from rasgo_nb.figure import PLOTLY_MIME
from rasgo_nb.outputs import CellError, DisplayData, ExecuteResult, Output, Stream
from rasgo_nb.widgets.figure_state import figure_state
from rasgo_nb.widgets.kept import Kept, KeptFigure
from rasgo_nb.widgets.safe import State, block, line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_MAX_TEXT = 6_000  # of one output
_HEAD = 2_000  # of a longer stream; the rest of what is shown is its tail
_MAX_OUTPUTS = 10  # at the head and again at the tail
_IMAGES = ("image/png", "image/jpeg")
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]+")


def output_states(outputs: Sequence[Output], kept: Kept, key: str) -> list[State]:
    """An ``OutputState`` for each output, the first and the last of very many."""
    joined = list(_joined(outputs))
    states = [
        _output(output, kept, f"{key}.{place}")
        for place, output in enumerate(joined)
        if place < _MAX_OUTPUTS or place >= len(joined) - _MAX_OUTPUTS
    ]
    if len(joined) > len(states):
        note = f"… {len(joined) - len(states):,} of {len(joined):,} outputs are not shown here."
        states.insert(_MAX_OUTPUTS, {"kind": "text", "text": note})
    return states


def _joined(outputs: Sequence[Output]) -> Iterable[Output]:
    """The outputs with neighbouring text of one stream as one."""
    name, pieces = "", list[str]()
    for output in outputs:
        if pieces and not (isinstance(output, Stream) and output.name == name):
            yield Stream(name, "".join(pieces))  # type: ignore[arg-type]
            pieces = []
        if isinstance(output, Stream):
            name = output.name
            pieces.append(output.text)
        else:
            yield output
    if pieces:
        yield Stream(name, "".join(pieces))  # type: ignore[arg-type]


def _output(output: Output, kept: Kept, key: str) -> State:
    match output:
        case Stream():
            return {"kind": "stream", "name": output.name, "text": ends_of(output.text)}
        case CellError():
            return {
                "kind": "error",
                "ename": line(output.ename, 200),
                "evalue": line(output.evalue, 500),
                "traceback": ends_of(output.traceback),
            }
        case DisplayData() | ExecuteResult():
            return _bundle(output.data, kept, key)


def ends_of(text: str) -> str:
    """The beginning and the end of a long text, and how much is between them."""
    if len(text) <= _MAX_TEXT:
        return block(text, _MAX_TEXT)
    tail = text[_HEAD - _MAX_TEXT :]
    cut = len(text) - _MAX_TEXT
    return (
        f"{block(text[:_HEAD], _HEAD)}\n[… {cut:,} characters are not shown here …]\n{block(tail, len(tail))}"
    )


def _bundle(data: Mapping[str, Any], kept: Kept, key: str) -> State:
    if isinstance(data.get(PLOTLY_MIME), dict):
        kept.figures[key] = KeptFigure(data[PLOTLY_MIME])
        return {"kind": "figure", "figure": figure_state(kept.figures[key], key=key)}
    for mime in _IMAGES:
        image = data.get(mime)
        image = base64.b64encode(image).decode() if isinstance(image, bytes) else image
        if isinstance(image, str) and _BASE64.fullmatch(image):
            return {"kind": "image", "mime": mime, "base64": "".join(image.split())}
    text = data.get("text/plain")
    if isinstance(text, str):
        return {"kind": "text", "text": ends_of(text)}
    return {"kind": "text", "text": f"Displayed as {line(', '.join(map(str, data)), 200)}."}
