from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from rasgo_nb.agent.events import Answer
from rasgo_nb.agent.tools.base import ToolContext, ToolOutput, tool
from rasgo_nb.catalog.near_miss import nearest_names
from rasgo_nb.errors import ToolError


@tool(alone=True)
async def final_answer(
    context: ToolContext,
    *,
    text: Annotated[
        str, "the answer, in Markdown: first the sentence that answers, with its numbers", {"minLength": 1}
    ],
    assumptions: Annotated[list[str], "what you took for granted, one sentence each"] = [],
    steps: Annotated[list[int], "numbers of the steps that the answer rests on"] = [],
    dataframes: Annotated[list[str], "names of the DataFrames that matter, the main one first"] = [],
    figures: Annotated[list[str], "names of the figures that matter"] = [],
) -> ToolOutput:
    """End the run with the answer.

    Every number in the text must come from a step. Say what is not known. The first DataFrame is shown below
    the answer as its result, so it should hold just what was asked for.
    """
    _check_names(context, [*dataframes, *figures])
    late = [step for step in steps if not 1 <= step <= context.step]
    if late:
        raise ToolError(f"There is no step {late[0]}; the steps so far are 1 to {context.step}.")
    told = (*assumptions, *_cuts(context, dataframes))
    answer = Answer(text, told, tuple(steps), tuple(dataframes), tuple(figures))
    return ToolOutput({"done": True}, value=answer)


def _cuts(context: ToolContext, dataframes: Sequence[str]) -> list[str]:
    """Said whatever the model says: a part must not be taken for the whole."""
    named = dataframes or list(context.cuts)
    return [f"{name} is not the whole. {context.cuts[name]}" for name in named if context.cuts.get(name)]


def _check_names(context: ToolContext, names: Sequence[str]) -> None:
    for name in names:
        if name not in context.user_ns:
            known = [known for known in context.user_ns if not known.startswith("_")]
            raise ToolError(
                f"There is no variable {name!r}.", did_you_mean=nearest_names(name, known, most=5)
            )
