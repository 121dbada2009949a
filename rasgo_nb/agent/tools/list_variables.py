from __future__ import annotations

from rasgo_nb.agent.page import shown
from rasgo_nb.agent.tools.base import ToolContext, ToolOutput, tool
from rasgo_nb.namespace import describe_names

_MAX_VARIABLES = 100


@tool()
async def list_variables(context: ToolContext) -> ToolOutput:
    """The variables in the notebook: name, type, and shape or a short value. DataFrames come first.

    Use it when the question speaks of something that is no table: a DataFrame, a result computed earlier, "my
    data".
    """
    variables = describe_names(context.user_ns, hidden=context.hidden)
    variables.sort(key=lambda one: one.type != "DataFrame")
    items = [
        {"name": one.name, "type": one.type, "summary": one.summary} for one in variables[:_MAX_VARIABLES]
    ]
    return ToolOutput({"variables": shown(items, total=len(variables), noun="variables")}, value=variables)
