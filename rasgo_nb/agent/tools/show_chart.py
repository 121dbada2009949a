from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

from rasgo_nb.agent.messages import Image
from rasgo_nb.agent.page import Page, safe_text, shown
from rasgo_nb.agent.privacy import Sight
from rasgo_nb.agent.private_pages import of_error, strictest, withheld_output
from rasgo_nb.agent.tools.base import ToolContext, ToolOutput, tool
from rasgo_nb.catalog.near_miss import nearest_names
from rasgo_nb.errors import CannotDraw, ToolError
from rasgo_nb.figure import Encoding, Mark, draw
from rasgo_nb.figure.picture import png_of, why_no_picture

if TYPE_CHECKING:
    import pandas as pd

_MAX_COLUMNS = 60


@tool(alone=True)
async def show_chart(
    context: ToolContext,
    *,
    dataframe: Annotated[str, "name of a DataFrame in the notebook"],
    x: Annotated[str, "column for the x axis: a time, a category or a number"],
    y: Annotated[str, "column for the y axis, a number; empty for a histogram of x"] = "",
    mark: Annotated[Mark, "auto takes what suits the columns' types"] = "auto",
    color: Annotated[str, "column that splits into coloured series; at most 12 values"] = "",
    title: Annotated[str, "what the chart shows, in a few words"] = "",
    save_as: Annotated[str, "name for the figure"] = "figure",
) -> ToolOutput:
    """Draw a Plotly chart from a DataFrame; the figure is shown to the person and bound to a name.

    A line for a trend over time, bars for categories, scatter for two numbers, a histogram or box for a
    spread. Draw few points: aggregate with run_sql first. Where the result says `picture: attached` you see
    the chart: look at it; else you don't. What could not be drawn is refused with the reason.
    """
    frames = context.frames()
    if dataframe not in frames:
        raise ToolError(
            f"There is no DataFrame {dataframe!r}.", did_you_mean=nearest_names(dataframe, frames, most=5)
        )
    sight = strictest(context)
    encoding = Encoding(mark=mark, x=x, y=y, color=color, title=title)
    try:
        figure, encoding = draw(frames[dataframe], encoding)
    except CannotDraw as reason:
        failed = ToolError(str(reason), columns=_columns(frames[dataframe]))
        raise of_error(context, sight, failed) from None
    name = context.bind(save_as, figure)
    page: dict[str, object] = {"figure": name, "mark": encoding.mark, "points": len(frames[dataframe])}
    if sight.level != "rows":
        return ToolOutput(_private(page, sight), value=figure, withheld=withheld_output(sight))
    if not context.sees_images:
        return ToolOutput(page, value=figure)
    images = await _pictures(figure)
    page["picture"] = "attached" if images else f"none: {why_no_picture() or 'it could not be made.'}"
    return ToolOutput(page, value=figure, images=images)


def _private(page: dict[str, object], sight: Sight) -> Page:
    told = page if sight.level == "stats" else {"figure": page["figure"], "mark": page["mark"]}
    return {**told, "picture": f"none: {sight.reason}. The person sees the chart."}


async def _pictures(figure: Any) -> tuple[Image, ...]:
    png = await asyncio.to_thread(png_of, figure)
    return (Image(png),) if png else ()


def _columns(frame: pd.DataFrame) -> Page:
    names = [safe_text(name) for name in frame.columns[:_MAX_COLUMNS]]
    return shown(names, total=frame.shape[1], noun="columns")
