"""What a step of Python or a chart made, then and now: values, printed text, figures, pictures."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rasgo_nb.content import is_a
from rasgo_nb.outputs import DisplayData, ExecuteResult, Stream
from rasgo_nb.replay.frame_drift import compared_frames
from rasgo_nb.replay.outcome import MOST_CHANGES, Change, Compared
from rasgo_nb.replay.same_value import plain_value, same_value, shown_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rasgo_nb.kernel_exec import CellResult
    from rasgo_nb.outputs import Output

_NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d[\d,]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_ADDRESS = re.compile(r"\b0x[0-9a-f]{6,}\b")
# What %time and %timeit print differs each time: neither data nor code is the cause.
_TIMING = re.compile(r"^(?:CPU times: (?:user|total).*|Wall time: .*|.* per loop \(mean ± .*)\n?", re.M)
_PLOTLY, _PNG = "application/vnd.plotly.v1+json", "image/png"
_MOST_TEXT = 100_000


def compared_cells(then: CellResult, now: CellResult) -> Compared:
    """What code made, printed and showed."""
    changes = [*_name_changes(then, now), *_made_changes(then.made, now.made)]
    changes += _text_changes("printed", _printed(then.outputs), _printed(now.outputs))
    if _can_compare(then.value) and _can_compare(now.value):
        changes += compared_values("value", then.value, now.value)
        changes += _shown_changes(_displayed(then.outputs), _displayed(now.outputs))
    else:
        changes += _shown_changes(then.outputs, now.outputs)
    made = ", ".join((*now.diff.new, *now.diff.rebound, *now.diff.mutated))
    if not changes:
        return Compared(True, f"makes {made}" if made else "")
    return Compared(False, "; ".join(map(str, changes[:2])), tuple(changes[:MOST_CHANGES]))


def compared_figures(then: object, now: object) -> Compared:
    """What two figures draw: their traces, points and titles."""
    one, other = drawn(then), drawn(now)
    if one is None or other is None:
        return Compared(True, "drawn anew; what it drew then is not kept")
    changes = list(_figure_changes(one, other))
    if not changes:
        return Compared(True, _figure_size(other))
    return Compared(False, "; ".join(map(str, changes[:2])), tuple(changes[:MOST_CHANGES]))


def compared_values(name: str, then: object, now: object) -> list[Change]:
    """The changes from one value to another, each beginning with its name."""
    frames = ("DataFrame", "Series")
    if is_a("pandas", frames, then) and is_a("pandas", frames, now):
        found = compared_frames(_as_frame(then), _as_frame(now), is_ordered=True)
        if found.is_same:
            return []
        rest = found.changes or (Change("rows", "as they were", found.said),)
        return [Change(f"{name}: {change.what}", change.then, change.now) for change in rest]
    if _is_figure(then) and _is_figure(now):
        return [
            Change(f"{name}: {change.what}", change.then, change.now)
            for change in compared_figures(then, now).changes
        ]
    if type(plain_value(then)) is not type(plain_value(now)) and not _are_numbers(then, now):
        return [Change(name, _kind_and_text(then), _kind_and_text(now))]
    return [] if same_value(then, now) else [Change(name, shown_value(then), shown_value(now))]


# --- names and what they hold


def _name_changes(then: CellResult, now: CellResult) -> Iterator[Change]:
    before, after = _touched(then), _touched(now)
    for name in sorted(before - after):
        yield Change(name, "made", "")
    for name in sorted(after - before):
        yield Change(name, "", "made")


def _touched(cell: CellResult) -> set[str]:
    return {*cell.diff.new, *cell.diff.rebound, *cell.diff.mutated, *cell.put_back}


def _made_changes(then: Mapping[str, object], now: Mapping[str, object]) -> Iterator[Change]:
    for name, value in then.items():
        if name in now:
            yield from compared_values(name, value, now[name])


def _as_frame(value: Any) -> Any:
    return value.to_frame("value") if value.ndim == 1 else value


def _are_numbers(one: object, other: object) -> bool:
    return all(isinstance(plain_value(value), int | float) for value in (one, other))


def _kind_and_text(value: object) -> str:
    return f"{type(value).__name__} {shown_value(value, most=40)}"


# --- text


def _can_compare(value: object) -> bool:
    """Whether the value tells more than what was shown of it."""
    is_number = isinstance(plain_value(value), int | float) and value is not None
    return is_number or is_a("pandas", ("DataFrame", "Series"), value) or _is_figure(value)


def _displayed(outputs: Sequence[Output]) -> list[Output]:
    """All but the value of the last expression."""
    return [output for output in outputs if not isinstance(output, ExecuteResult)]


def _printed(outputs: Sequence[Output]) -> str:
    texts = [output.text for output in outputs if isinstance(output, Stream) and output.name == "stdout"]
    return _TIMING.sub("", _ADDRESS.sub("0x…", "".join(texts)))[:_MOST_TEXT]


def _text_changes(what: str, then: str, now: str) -> Iterator[Change]:
    """Numbers side by side, where nothing else differs; else the first lines that do."""
    if then == now:
        return
    if _NUMBER.sub("#", then) == _NUMBER.sub("#", now):
        for one, other in zip(_NUMBER.finditer(then), _NUMBER.finditer(now), strict=True):
            if not _same_number(one[0], other[0]):
                yield Change(f"{what} {_words_before(then, one.start())}".rstrip(), one[0], other[0])
        return
    old, new = then.splitlines(), now.splitlines()
    for place in range(max(len(old), len(new))):
        before = old[place] if place < len(old) else ""
        after = new[place] if place < len(new) else ""
        if before != after:
            yield Change(f"{what}, line {place + 1}", shown_value(before), shown_value(after))
            return


def _same_number(one: str, other: str) -> bool:
    try:
        return same_value(float(one.replace(",", "")), float(other.replace(",", "")))
    except ValueError:
        return one == other


def _words_before(text: str, start: int) -> str:
    line = text[:start].rpartition("\n")[2].strip()
    return f"{line[-40:].rstrip(' :=')}" if line else "number"


# --- what was displayed


def _shown_changes(then: Sequence[Output], now: Sequence[Output]) -> Iterator[Change]:
    one, other = list(_bundles(then)), list(_bundles(now))
    if len(one) != len(other):
        yield Change("displayed", f"{len(one)} outputs", f"{len(other)} outputs")
        return
    for place, (old, new) in enumerate(zip(one, other, strict=True), 1):
        what = "shown" if len(one) == 1 else f"output {place}"
        if _PLOTLY in old and _PLOTLY in new:
            found = _figure_changes(_plotly_parts(old[_PLOTLY]), _plotly_parts(new[_PLOTLY]))
            yield from (Change(f"{what}: {change.what}", change.then, change.now) for change in found)
        elif _PNG in old and _PNG in new:
            if _pixels(str(old[_PNG])) != _pixels(str(new[_PNG])):
                yield Change(f"{what}: picture", "as it was", "another")
        else:
            yield from _text_changes(what, _plain_text(old), _plain_text(new))


def _bundles(outputs: Sequence[Output]) -> Iterator[Mapping[str, object]]:
    for output in outputs:
        if isinstance(output, DisplayData | ExecuteResult):
            yield output.data


def _plain_text(bundle: Mapping[str, object]) -> str:
    return _ADDRESS.sub("0x…", str(bundle.get("text/plain", "")))[:_MOST_TEXT]


def _pixels(text: str) -> bytes:
    """What a PNG draws, without its notes of who made it; the text itself where it is none."""
    try:
        data = base64.b64decode(text)
    except ValueError:
        return text.encode()
    place, drawn_parts = 8, []
    while place + 8 <= len(data):
        length = int.from_bytes(data[place : place + 4])
        if data[place + 4 : place + 8] in (b"IHDR", b"PLTE", b"IDAT"):
            drawn_parts.append(data[place + 8 : place + 8 + length])
        place += length + 12
    return b"".join(drawn_parts) or data


# --- figures


def drawn(figure: Any) -> Mapping[str, Any] | None:
    """Data and layout of a Plotly figure, or of its JSON; None of anything else."""
    if isinstance(figure, str):
        try:
            figure = json.loads(figure)
        except ValueError:
            return None
    if hasattr(figure, "to_plotly_json"):
        figure = figure.to_plotly_json()
    return figure if isinstance(figure, Mapping) and "data" in figure else None


def _is_figure(value: object) -> bool:
    return type(value).__name__ in ("Figure", "FigureWidget") and drawn(value) is not None


def _plotly_parts(value: object) -> Mapping[str, Any]:
    return drawn(value) or {"data": ()}


def _figure_size(figure: Mapping[str, Any]) -> str:
    traces = len(figure["data"])
    return "the same drawing" if traces == 1 else f"the same drawing of {traces} series"


def _figure_changes(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Change]:
    old, new = list(then["data"]), list(now["data"])
    if len(old) != len(new):
        yield Change("series", str(len(old)), str(len(new)))
    for place, (one, other) in enumerate(zip(old, new, strict=False), 1):
        name = str(one.get("name") or (f"series {place}" if len(old) > 1 else "the figure"))
        for key in dict.fromkeys((*one, *other)):
            if key not in ("uid", "hovertemplate"):
                yield from _part_changes(f"{key} of {name}", _array(one.get(key)), _array(other.get(key)))
    titles = [_title(figure) for figure in (then, now)]
    if titles[0] != titles[1]:
        yield Change("title", *titles)


def _part_changes(what: str, one: Any, other: Any) -> Iterator[Change]:
    if same_value(one, other):
        return
    if not (isinstance(one, list) and isinstance(other, list)):
        yield Change(what, shown_value(one, most=60), shown_value(other, most=60))
        return
    if len(one) != len(other):
        yield Change(f"points in {what}", f"{len(one):,}", f"{len(other):,}")
        return
    places = [place for place in range(len(one)) if not same_value(one[place], other[place])]
    for place in places[:3]:
        yield Change(f"{what}, point {place + 1}", shown_value(one[place]), shown_value(other[place]))
    if len(places) > 3:
        yield Change(f"{what}, {len(places) - 3:,} more points", "as they were", "others")


def _array(value: Any) -> Any:
    """An array of a figure as a list, also in the packed form of Plotly's JSON."""
    if isinstance(value, Mapping) and "bdata" in value:
        import numpy as np

        found = np.frombuffer(base64.b64decode(str(value["bdata"])), dtype=str(value["dtype"]))
        return found.tolist()
    plain = plain_value(value)
    return list(plain) if isinstance(plain, tuple) else plain


def _title(figure: Mapping[str, Any]) -> str:
    title = (figure.get("layout") or {}).get("title")
    return str(title.get("text", "")) if isinstance(title, Mapping) else str(title or "")
