from __future__ import annotations

import base64
import binascii
import builtins
from collections.abc import Mapping
from typing import Annotated

from rasgo_nb.agent.messages import Image
from rasgo_nb.agent.page import Page, bounded, grid, plain, shown
from rasgo_nb.agent.privacy import Sight, is_told, told_text
from rasgo_nb.agent.private_pages import PartlyTold, known_words, of_value, strictest, withheld_output
from rasgo_nb.agent.tools.base import ToolContext, ToolOutput, tool
from rasgo_nb.effects.python import effects_of_python
from rasgo_nb.errors import ToolError
from rasgo_nb.kernel_exec import CellResult
from rasgo_nb.outputs import CellError, DisplayData, ExecuteResult, Output, Stream
from rasgo_nb.policy import Effects

_MAX_OUTPUT = 6_000  # characters of printed text that the model reads
_MAX_VALUE = 3_000
_MAX_ROWS = 20
_MAX_PICTURES = 2
_MAX_PICTURE_BYTES = 1_000_000
_PNG = b"\x89PNG\r\n\x1a\n"
WITHHELD = "What the code printed, showed or held is withheld:"
INSTEAD = "Aggregate with run_sql to see figures; name what the person should look at in your answer."
_PLAIN = (str, bool, int, float, list, tuple, dict, set, frozenset)


def _effects_of_call(context: ToolContext, arguments: Mapping[str, object]) -> Effects:
    return effects_of_python(
        str(arguments["code"]), context.user_ns, transform=context.transform, may_rebind=context.is_own
    )


@tool(alone=True, effects=_effects_of_call, code="code")
async def run_python(
    context: ToolContext,
    *,
    code: Annotated[
        str, "Python, run as a cell of the notebook; end with an expression to see it", {"minLength": 1}
    ],
) -> ToolOutput:
    """Run Python in the notebook's own namespace, with its variables and DataFrames, as if in a cell.

    Use it for what SQL does badly: statistics, models, reshaping. What is printed, displayed and the value of
    the last expression come back, with the names that the code made or changed. A step that fails leaves the
    names as they were. The person is asked before code binds one of their variables anew, writes files or
    reaches the network: pick new names, and do none of it that the question does not need. What was bound
    anew unasked is put back afterwards, and listed in `put_back`. Charts are better made with show_chart.
    """
    result = await context.run_code(
        code, step=context.step, on_output=context.show, may_replace=context.may_replace
    )
    sight = strictest(context)  # now: the code itself may have opened a connection
    if result.error is not None and sight.level != "rows":
        raise _private_failure(context, result, result.error, sight)
    if result.error is not None:
        raise ToolError(f"{result.error.ename}: {result.error.evalue}", **_failure(result, result.error))
    for name in (*result.diff.new, *result.diff.rebound):
        context.bound[name] = context.user_ns.get(name)
    if sight.level != "rows":
        return ToolOutput(_private(context, result, sight), value=result, withheld=withheld_output(sight))
    if not context.sees_images:
        return ToolOutput(_page(result), value=result)
    shown_pictures = _pictures(result.outputs)
    images = tuple(shown_pictures[:_MAX_PICTURES])
    note = {"pictures": f"{len(images)} of {len(shown_pictures)} attached"} if images else {}
    return ToolOutput({**_page(result), **note}, value=result, images=images)


def _private(context: ToolContext, result: CellResult, sight: Sight) -> Page:
    """Which names changed, and type and shape of the value: nothing that was printed, shown or held."""
    known = known_words(context)
    page: dict[str, object] = {"privacy": f"{WITHHELD} {sight.reason}. {INSTEAD}"}
    if result.value is not None:
        page["value"] = of_value(result.value, sight, known)
    changes = {
        kind: [name for name in names if is_told(name, known)]
        for kind in ("new", "rebound", "mutated", "deleted")
        if (names := getattr(result.diff, kind))
    }
    return page | ({"changed": changes} if changes else {}) | _put_back(result)


def _private_failure(context: ToolContext, result: CellResult, error: CellError, sight: Sight) -> ToolError:
    known = known_words(context)
    name = error.ename if is_told(error.ename, known) or hasattr(builtins, error.ename) else "An error"
    whole = {"error": f"{error.ename}: {error.evalue}", **_failure(result, error)}
    message = f"{name}: {told_text(error.evalue, known)}"
    return PartlyTold(message, whole=whole, line=error.line, privacy=f"{WITHHELD} {sight.reason}. {INSTEAD}")


def _page(result: CellResult) -> Page:
    page: dict[str, object] = {}
    text = _text(result.outputs)
    if text:
        page["output"] = bounded(text, _MAX_OUTPUT)
    if result.value is not None:
        page["value"] = _value(result)
    changes = {
        kind: list(names)
        for kind in ("new", "rebound", "mutated", "deleted")
        if (names := getattr(result.diff, kind))
    }
    if changes:
        page["changed"] = changes
    return page | _put_back(result)


def _put_back(result: CellResult) -> dict[str, object]:
    if not result.put_back:
        return {}
    names = shown(result.put_back, total=len(result.put_back), noun="variables of the person")
    hint = "They hold what they held before this step. Bind what you need of it to new names."
    return {"put_back": names, "hint": hint}


def _value(result: CellResult) -> object:
    import pandas as pd

    if isinstance(result.value, pd.DataFrame):
        return grid(result.value, rows=_MAX_ROWS)
    if isinstance(result.value, _PLAIN):
        return plain(result.value)
    # As the notebook shows it: a Series, a model, an array have a text made for reading.
    texts = [output.data.get("text/plain") for output in result.outputs if isinstance(output, ExecuteResult)]
    return bounded(str(texts[-1]), _MAX_VALUE) if texts else plain(result.value)


def _pictures(outputs: tuple[Output, ...]) -> list[Image]:
    """The PNGs that the code displayed and that are small enough to send."""
    texts = [
        text
        for output in outputs
        if isinstance(output, DisplayData | ExecuteResult)
        and isinstance(text := output.data.get("image/png"), str)
        and len(text) * 3 // 4 <= _MAX_PICTURE_BYTES
    ]
    return [Image(png) for text in texts if (png := _decoded(text)).startswith(_PNG)]


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except (binascii.Error, ValueError):  # whatever the code displayed under that name
        return b""


def _failure(result: CellResult, error: CellError) -> dict[str, object]:
    page: dict[str, object] = {"line": error.line, "traceback": bounded(error.traceback, 3_000)}
    text = _text(result.outputs)
    return page | ({"output": bounded(text, 2_000)} if text else {})


def _text(outputs: tuple[Output, ...]) -> str:
    """What was printed and displayed, as text; the last expression is told apart as the value."""
    pieces = []
    for output in outputs:
        match output:
            case Stream():
                pieces.append(output.text)
            case DisplayData():
                pieces.append(f"[displayed: {output.data.get('text/plain', ', '.join(output.data))}]\n")
            case ExecuteResult() | CellError():
                pass
    return "".join(pieces)
