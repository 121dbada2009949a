"""What was said in a run as JSON in the shape that OpenTelemetry's conventions give messages.

Source: gen-ai-input-messages.json, gen-ai-output-messages.json, gen-ai-system-instructions.json and
gen-ai-tool-definitions.json of https://github.com/open-telemetry/semantic-conventions-genai.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, assert_never

from rasgo_nb.agent.messages import Text, Thinking, ToolCall, ToolResult

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rasgo_nb.agent.messages import Message, Part, ToolPage


def prompt_json(messages: Sequence[Message]) -> str:
    """All but the instructions, in order."""
    return _json([_message(one) for one in messages if one.role != "system"])


def instructions_json(messages: Sequence[Message]) -> str:
    """The parts of the instructions."""
    return _json([_part(part) for one in messages if one.role == "system" for part in one.parts])


def reply_json(message: Message, reason: str) -> str:
    """A reply, with why it ended."""
    return _json([_message(message) | {"finish_reason": reason}])


def question_json(question: str) -> str:
    """The question as the one message of a person."""
    return _json([{"role": "user", "parts": [{"type": "text", "content": question}]}])


def answer_json(answer: str) -> str:
    """The answer as the one message of a run."""
    part = {"type": "text", "content": answer}
    return _json([{"role": "assistant", "parts": [part], "finish_reason": "stop"}])


def tools_json(tools: Sequence[ToolPage]) -> str:
    """The tools as the model read them."""
    return _json(
        [
            {
                "type": "function",
                "name": one.name,
                "description": one.description,
                "parameters": one.parameters,
            }
            for one in tools
        ]
    )


def arguments_json(arguments: Mapping[str, object]) -> str:
    """The arguments of a tool call."""
    return _json(arguments)


def _message(message: Message) -> dict[str, Any]:
    return {"role": message.role, "parts": [_part(part) for part in message.parts]}


def _part(part: Part) -> dict[str, Any]:
    match part:
        case Text():
            return {"type": "text", "content": part.text}
        case Thinking():
            return {"type": "reasoning", "content": part.text}
        case ToolCall():
            return {"type": "tool_call", "id": part.id, "name": part.name, "arguments": part.arguments}
        case ToolResult():
            return {"type": "tool_call_response", "id": part.tool_call_id, "response": part.content}
        case _:
            assert_never(part)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
