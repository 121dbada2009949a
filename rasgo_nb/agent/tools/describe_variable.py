from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from rasgo_nb.agent.page import Page, grid, plain, safe_text, shown
from rasgo_nb.agent.private_pages import known_words, of_value, strictest, withheld_output
from rasgo_nb.agent.tools.base import ToolContext, ToolOutput, tool
from rasgo_nb.catalog.near_miss import nearest_names
from rasgo_nb.errors import ToolError
from rasgo_nb.namespace import describe_names

if TYPE_CHECKING:
    import pandas as pd

_MAX_COLUMNS = 100
_SAMPLE_ROWS = 5
_SAMPLE_ITEMS = 20
_CONTAINERS = (list, tuple, dict, set, frozenset)


@tool()
async def describe_variable(
    context: ToolContext,
    *,
    name: Annotated[str, "the variable's name"],
) -> ToolOutput:
    """What one variable of the notebook holds; for a DataFrame its columns, dtypes, nulls and first rows.

    A DataFrame can then be queried by its name with run_sql, or worked on with run_python.
    """
    name = name.removeprefix("@")
    known = {one.name: one for one in describe_names(context.user_ns, hidden=context.hidden)}
    if name not in known:
        raise ToolError(f"There is no variable {name!r}.", did_you_mean=nearest_names(name, known, most=5))
    value = context.user_ns[name]
    sight = strictest(context)
    if sight.level != "rows":
        told = {"name": name, **of_value(value, sight, known_words(context))}
        told["privacy"] = f"What it holds is withheld: {sight.reason}."
        return ToolOutput(told, value=value, withheld=withheld_output(sight))
    page: dict[str, object] = {"name": name, "type": known[name].type, "summary": known[name].summary}
    page.update(_content(value))
    return ToolOutput(page, value=value)


def _content(value: object) -> Page:
    import numpy as np
    import pandas as pd

    if isinstance(value, pd.DataFrame):
        return _frame_page(value)
    if isinstance(value, pd.Series):
        return {"dtype": str(value.dtype), "sample": grid(value.to_frame(), rows=_SAMPLE_ITEMS)}
    # Only what is read without running the value's own code.
    return {"value": plain(value)} if type(value) in (*_CONTAINERS, np.ndarray) else {}


def _frame_page(frame: pd.DataFrame) -> Page:
    items = []
    for position in range(min(frame.shape[1], _MAX_COLUMNS)):
        column = frame.iloc[:, position]
        item = {"name": safe_text(column.name), "dtype": str(column.dtype), "nulls": int(column.isna().sum())}
        if column.dtype.kind in "iufM" and len(column):
            item |= {"min": plain(column.min()), "max": plain(column.max())}
        items.append(item)
    return {
        "shape": list(frame.shape),
        "columns": shown(items, total=frame.shape[1], noun="columns"),
        "sample": grid(frame, rows=_SAMPLE_ROWS),
    }
