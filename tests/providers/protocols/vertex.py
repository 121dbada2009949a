"""Vertex AI: the stream of the Messages API, with Google's errors."""

from __future__ import annotations

import json

from protocols.messages import MessagesProtocol
from subjects import KEY, Subject

from rasgo_nb.agent.models.endpoint import Endpoint
from rasgo_nb.agent.models.vertex import VertexModel

STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
}


class VertexProtocol(MessagesProtocol):
    name = "vertex"

    def error(self, status: int, message: str) -> bytes:
        error = {"code": status, "message": message, "status": STATUSES.get(status, "INTERNAL")}
        return json.dumps([{"error": error}]).encode()


def make(url: str, key: str = KEY) -> VertexModel:
    extras = {"region": "us-east5", "project": "acme-data"}
    endpoint = Endpoint("vertex", f"{url}/v1", key, extras=extras)
    return VertexModel("vertex:claude-sonnet-5-5@20260901", endpoint, {}, "key-1")


SUBJECTS = [Subject("vertex", make, VertexProtocol())]
