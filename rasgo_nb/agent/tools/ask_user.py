from __future__ import annotations

from typing import Annotated

from rasgo_nb.agent.tools.base import ToolContext, ToolOutput, tool
from rasgo_nb.errors import ToolError


@tool(alone=True)
async def ask_user(
    context: ToolContext,
    *,
    question: Annotated[str, "one short question", {"minLength": 1}],
    choices: Annotated[list[str], "answers to pick from; free text stays possible", {"maxItems": 12}] = [],
) -> ToolOutput:
    """Ask the person, and wait for the reply.

    Only when the answer would differ and nothing in the data decides: a term with two meanings, a missing
    period. Otherwise take the likeliest reading and say so among the assumptions of final_answer.
    """
    reply = await context.person.reply(context.tool_call_id, question, choices)
    if reply is None:
        raise ToolError("Nobody replied. Take the likeliest reading and list it as an assumption.")
    return ToolOutput({"reply": reply}, value=reply)
