"""Keeps states within their bounds: first pictures go, then lists and texts are halved until all fits."""

from __future__ import annotations

from typing import Any

from rasgo_nb.widgets.safe import State, size

CALL_BYTES = 40_000  # of a call's state as JSON, without its pictures
PICTURE_BYTES = 150_000  # of the pictures and figures of one call
ANSWER_BYTES = 100_000

_CUT = "Cut to fit."
_SHORT = 160  # characters; shorter texts and shorter lists than these are never halved
_FEW = 2
_FEW_ROWS = 5
_MOST_HALVINGS = 16
_WHOLE = frozenset(("spec", "base64", "image", "marks", "id", "version"))


def fitted_call(call: State, *, most: int = CALL_BYTES, pictures: int = PICTURE_BYTES) -> State:
    """The call within so many bytes, and so many more for its pictures."""
    call = _PictureBudget(pictures).spend(call)
    for _ in range(_MOST_HALVINGS):
        if lean_size(call) <= most:
            return call
        call = halved(call)
    return call | {"outputs": [], "body": None, "code": None, "error": _CUT}


def fitted_answer(answer: State, *, most: int = ANSWER_BYTES, pictures: int = PICTURE_BYTES) -> State:
    """The answer within so many bytes, and so many more for its figures."""
    answer = _PictureBudget(pictures).spend(answer)
    for _ in range(_MOST_HALVINGS):
        if lean_size(answer) <= most:
            return answer
        answer = halved(answer)
    return answer | {"bodies": []}


def lean_size(state: State) -> int:
    """The bytes of a state as JSON without its pictures and figures."""
    return size(_without_pictures(state))


def _without_pictures(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: None if key in ("spec", "base64", "image") else _without_pictures(item)
            for key, item in value.items()
        }
    return [_without_pictures(item) for item in value] if isinstance(value, list) else value


class _PictureBudget:
    """Drops what goes beyond so many bytes of pictures and figures, and says so in its place."""

    def __init__(self, most: int) -> None:
        self._left = most

    def spend(self, value: Any) -> Any:
        """The value with the pictures that the budget allows, in order."""
        if isinstance(value, list):
            return [self.spend(item) for item in value]
        if not isinstance(value, dict):
            return value
        if value.get("kind") == "image":
            return self._image(value)
        if "spec" in value:
            return self._figure(value)
        return {key: self.spend(item) for key, item in value.items()}

    def _takes(self, cost: int) -> bool:
        if cost > self._left:
            return False
        self._left -= cost
        return True

    def _image(self, image: State) -> State:
        if self._takes(len(image["base64"])):
            return image
        kilobytes = f"{len(image['base64']) * 3 // 4 // 1000:,} kB"
        return {"kind": "text", "text": f"A picture of {kilobytes}, too large to be kept here."}

    def _figure(self, figure: State) -> State:
        cost = size(figure["spec"])
        image = figure["image"] if self._takes(len(figure["image"])) else ""
        if figure["spec"] is None or self._takes(cost):
            return figure | {"image": image}
        return figure | {"spec": None, "image": image, "note": f"A figure of {cost / 1000:,.0f} kB."}


def halved(value: Any) -> Any:
    """The value with each long list and text cut to half; a state that says how much it shows says so."""
    if isinstance(value, dict) and len(value.get("first") or ()) > _FEW_ROWS:
        # Columns stay while they can: a grid shows those that are named here.
        return value | {"first": value["first"][: len(value["first"]) // 2]}
    if isinstance(value, dict):
        smaller = {key: item if key in _WHOLE else halved(item) for key, item in value.items()}
        for key in ("more", "note"):
            if key in smaller and smaller != value:
                smaller[key] = value[key] if _CUT in value[key] else f"{value[key]} {_CUT}".strip()
        return smaller
    if isinstance(value, list):
        return [halved(item) for item in value[: max(_FEW, (len(value) + 1) // 2)]]
    if isinstance(value, str) and len(value) > _SHORT:
        return f"{value[: max(_SHORT - 20, len(value) // 2)]}… {_CUT}"
    return value
