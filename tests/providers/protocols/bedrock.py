"""Bedrock's InvokeModelWithResponseStream: each event in a chunk of AWS's binary framing.

A frame is its length, its headers' length, a checksum of both, headers, payload, and a checksum of it all:
https://docs.aws.amazon.com/transcribe/latest/dg/event-stream.html
"""

from __future__ import annotations

import json
import struct
from base64 import b64encode
from typing import TYPE_CHECKING
from zlib import crc32

from protocols.messages import events_of
from subjects import KEY, Subject

from rasgo_nb.agent.models.bedrock import BedrockModel
from rasgo_nb.agent.models.endpoint import Endpoint

if TYPE_CHECKING:
    from server import Request

    from rasgo_nb.agent.messages import StopReason
    from rasgo_nb.agent.models.scripted import Line

MODEL = "us.anthropic.claude-sonnet-5-5-v1:0"


def frame(headers: dict[str, str], payload: bytes) -> bytes:
    """One message of the event stream; every header is a string."""
    head = b"".join(
        struct.pack("!B", len(name)) + name.encode() + struct.pack("!BH", 7, len(value)) + value.encode()
        for name, value in headers.items()
    )
    prelude = struct.pack("!II", 16 + len(head) + len(payload), len(head))
    message = prelude + struct.pack("!I", crc32(prelude)) + head + payload
    return message + struct.pack("!I", crc32(message))


def chunk(event: object) -> bytes:
    """An event of the Messages API as Bedrock sends it."""
    payload = {"bytes": b64encode(json.dumps(event, ensure_ascii=False).encode()).decode(), "p": "abcd"}
    headers = {":event-type": "chunk", ":content-type": "application/json", ":message-type": "event"}
    return frame(headers, json.dumps(payload).encode())


def exception(kind: str, message: str) -> bytes:
    """An error in the middle of a stream."""
    headers = {":exception-type": kind, ":content-type": "application/json", ":message-type": "exception"}
    return frame(headers, json.dumps({"message": message}).encode())


class BedrockProtocol:
    name = "bedrock"
    content_type = "application/vnd.amazon.eventstream"

    def stream(self, line: Line, *, stop_reason: StopReason, request: Request) -> list[bytes]:
        return [chunk(event) for event in events_of(line, stop_reason=stop_reason, model=MODEL)]

    def error(self, status: int, message: str) -> bytes:
        return json.dumps({"message": message}).encode()


def make(url: str, key: str = KEY) -> BedrockModel:
    endpoint = Endpoint("bedrock", url, key, extras={"region": "us-east-1"})
    return BedrockModel(f"bedrock:{MODEL}", endpoint, {}, "key-1")


# The framing hides the text that the test damages; damaged frames have tests of their own.
GAPS = {"test_a_damaged_event_is_one_clear_line_or_text": AssertionError}
SUBJECTS = [Subject("bedrock", make, BedrockProtocol(), GAPS)]
