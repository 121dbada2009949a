from __future__ import annotations

from rasgo_nb.agent.page import Page, shown
from rasgo_nb.agent.privacy import Sight, is_told
from rasgo_nb.agent.private_pages import known_words, of_value, strictest, withheld_output
from rasgo_nb.agent.tools.base import ToolContext, ToolOutput, tool
from rasgo_nb.namespace import Variable, describe_names

_MAX_VARIABLES = 100


@tool()
async def list_variables(context: ToolContext) -> ToolOutput:
    """The variables in the notebook: name, type, and shape or a short value. DataFrames come first.

    Use it when the question speaks of something that is no table: a DataFrame, a result computed earlier, "my
    data".
    """
    variables = describe_names(context.user_ns, hidden=context.hidden)
    variables.sort(key=lambda one: one.type != "DataFrame")
    sight = strictest(context)
    if sight.level != "rows":
        return ToolOutput(
            _private(context, variables, sight), value=variables, withheld=withheld_output(sight)
        )
    items = [
        {"name": one.name, "type": one.type, "summary": one.summary} for one in variables[:_MAX_VARIABLES]
    ]
    return ToolOutput({"variables": shown(items, total=len(variables), noun="variables")}, value=variables)


def _private(context: ToolContext, variables: list[Variable], sight: Sight) -> Page:
    """Names, types and shapes; a name that code of a run made of what it read is left out."""
    known = known_words(context)
    told = [one for one in variables if one.name not in context.bound or is_told(one.name, known)]
    items = [
        {"name": one.name, **of_value(context.user_ns[one.name], sight, known)}
        for one in told[:_MAX_VARIABLES]
    ]
    page: dict[str, object] = {"variables": shown(items, total=len(variables), noun="variables")}
    return page | {"privacy": f"What they hold is withheld: {sight.reason}."}
