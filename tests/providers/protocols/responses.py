"""OpenAI's Responses API as it streams: one typed event for everything that begins, grows or ends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from server import Request, argument_pieces, sse
from subjects import KEY, SIGNATURE, Subject

from rasgo_nb.agent.models.azure import AzureModel
from rasgo_nb.agent.models.endpoint import Endpoint
from rasgo_nb.agent.models.openai import OpenAIModel

if TYPE_CHECKING:
    from rasgo_nb.agent.messages import StopReason, Usage
    from rasgo_nb.agent.models.scripted import Call, Line

INCOMPLETE = {"max_tokens": "max_output_tokens", "content_filter": "content_filter"}


class ResponsesProtocol:
    """Streams a line as the items of a response; a filtered line is a refusal in the provider's words."""

    name = "responses"
    content_type = "text/event-stream; charset=utf-8"

    def stream(self, line: Line, *, stop_reason: StopReason, request: Request) -> list[bytes]:
        return _Script(line, stop_reason, str(request.json.get("model", ""))).events()

    def error(self, status: int, message: str) -> bytes:
        error = {"message": message, "type": "invalid_request_error", "param": None, "code": None}
        return json.dumps({"error": error | {"status": status}}).encode()


class _Script:
    def __init__(self, line: Line, stop_reason: StopReason, model: str) -> None:
        self.line = line
        self.stop_reason = stop_reason
        self.model = model
        self.sent: list[bytes] = []
        self.output: list[dict[str, Any]] = []

    def events(self) -> list[bytes]:
        self.send("response.created", response=self.response("in_progress"))
        self.send("response.in_progress", response=self.response("in_progress"))
        if self.line.thinking:
            self.reasoning()
        if self.line.text:
            self.message()
        for call in self.line.calls:
            self.function_call(call)
        self.end()
        return self.sent

    def send(self, kind: str, **facts: object) -> None:
        self.sent.append(sse({"type": kind, "sequence_number": len(self.sent), **facts}, kind))

    def response(self, status: str, **facts: object) -> dict[str, Any]:
        return {
            "id": "resp_1", "object": "response", "created_at": 1, "status": status, "error": None,
            "incomplete_details": None, "instructions": None, "metadata": {}, "model": self.model,
            "output": list(self.output), "parallel_tool_calls": True, "temperature": 1.0,
            "tool_choice": "auto", "tools": [], "top_p": 1.0, "usage": None,
        } | facts  # fmt: skip

    def reasoning(self) -> None:
        place, text = len(self.output), self.line.thinking
        at = {"item_id": "rs_1", "output_index": place, "summary_index": 0}
        empty = {"id": "rs_1", "type": "reasoning", "summary": [], "encrypted_content": "not yet whole"}
        self.send("response.output_item.added", output_index=place, item=empty)
        part = {"type": "summary_text", "text": ""}
        self.send("response.reasoning_summary_part.added", **at, part=part)
        for piece in _halves(text):
            self.send("response.reasoning_summary_text.delta", **at, delta=piece)
        self.send("response.reasoning_summary_text.done", **at, text=text)
        self.send("response.reasoning_summary_part.done", **at, part=part | {"text": text})
        whole = {
            "id": "rs_1", "type": "reasoning", "summary": [part | {"text": text}],
            "encrypted_content": SIGNATURE, "status": "completed",
        }  # fmt: skip
        self.item_done(whole)

    def message(self) -> None:
        place, text = len(self.output), self.line.text
        refused = self.stop_reason == "content_filter"
        kind, field = ("refusal", "refusal") if refused else ("output_text", "text")
        at = {"item_id": "msg_1", "output_index": place, "content_index": 0}
        item = {"id": "msg_1", "type": "message", "role": "assistant", "status": "in_progress", "content": []}
        part: dict[str, Any] = {"type": kind, field: ""} | ({} if refused else {"annotations": []})
        self.send("response.output_item.added", output_index=place, item=item)
        self.send("response.content_part.added", **at, part=part)
        for piece in _halves(text):
            self.send(f"response.{kind}.delta", **at, delta=piece)
        self.send(f"response.{kind}.done", **at, **{field: text})
        self.send("response.content_part.done", **at, part=part | {field: text})
        self.item_done(item | {"status": "completed", "content": [part | {field: text}]})

    def function_call(self, call: Call) -> None:
        place = len(self.output)
        text = json.dumps(call.arguments, ensure_ascii=False) if call.raw is None else call.raw
        item = {
            "id": f"fc_{place}", "type": "function_call", "status": "in_progress",
            "call_id": call.id or f"call_{place}", "name": call.name, "arguments": "",
        }  # fmt: skip
        at = {"item_id": item["id"], "output_index": place}
        self.send("response.output_item.added", output_index=place, item=item)
        for piece in argument_pieces(text):
            self.send("response.function_call_arguments.delta", **at, delta=piece)
        self.send("response.function_call_arguments.done", **at, name=call.name, arguments=text)
        self.item_done(item | {"status": "completed", "arguments": text})

    def item_done(self, item: dict[str, Any]) -> None:
        self.send("response.output_item.done", output_index=len(self.output), item=item)
        self.output.append(item)

    def end(self) -> None:
        usage = _usage(self.line.usage)
        refused = self.stop_reason == "content_filter" and self.line.text
        reason = None if refused else INCOMPLETE.get(self.stop_reason)
        if reason:
            details = {"reason": reason}
            facts = self.response("incomplete", incomplete_details=details, usage=usage)
            self.send("response.incomplete", response=facts)
        else:
            self.send("response.completed", response=self.response("completed", usage=usage))


def _usage(usage: Usage) -> dict[str, Any]:
    return {
        "input_tokens": usage.input_tokens,
        "input_tokens_details": {
            "cached_tokens": usage.cached_tokens,
            "cache_write_tokens": usage.cache_write_tokens,
        },
        "output_tokens": usage.output_tokens,
        "output_tokens_details": {"reasoning_tokens": usage.output_tokens // 2},
        "total_tokens": usage.input_tokens + usage.output_tokens,
    }


def _halves(text: str) -> list[str]:
    middle = len(text) // 2
    return [piece for piece in (text[:middle], text[middle:]) if piece]


def _openai(url: str) -> OpenAIModel:
    return OpenAIModel("openai:gpt-test", Endpoint("openai", f"{url}/v1", KEY), {}, "notebook-1")


def _azure(url: str) -> AzureModel:
    return AzureModel("azure:my-deployment", Endpoint("azure", url, KEY), {}, "notebook-1")


def _azure_of_a_version(url: str) -> AzureModel:
    endpoint = Endpoint("azure", url, KEY, extras={"api_version": "2027-01-01-preview"})
    return AzureModel("azure:my-deployment", endpoint, {}, "notebook-1")


SUBJECTS = [
    Subject("openai", _openai, ResponsesProtocol()),
    Subject("azure", _azure, ResponsesProtocol()),
    Subject("azure-of-a-version", _azure_of_a_version, ResponsesProtocol()),
]
