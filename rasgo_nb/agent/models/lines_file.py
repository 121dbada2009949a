"""The file of recorded lines: JSONL, one reply of a model a line, below a head for each question.

    {"lines": 1, "question": "...", "model": "anthropic:...", "interface": "anthropic 3"}
    {"purpose": "reply", "saw": "...", "parts": [{"text": "..."}, {"tool_call": "run_sql", ...}], ...}

It holds nothing but what the models replied, and digests of the tool results that they had seen.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, get_args

from rasgo_nb.agent.messages import Message, Part, StopReason, Text, Thinking, ToolCall, Usage
from rasgo_nb.errors import RasgoError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

FORMAT = 1
ANEW = "Record them anew: ask a model that is not `replay:`, and type `%rasgo replay --save-lines FILE`."
PURPOSES = ("reply", "summary", "sql")

# What differs each time that a statement runs.
_PASSING = re.compile(r"(?:elapsed_s|query_id)\W{1,4}[\w.-]+")


@dataclass(frozen=True, slots=True)
class RecordedReply:
    """One reply; ``saw`` is the digest of what the model had been told since its last one, or empty."""

    purpose: str
    message: Message
    stop_reason: StopReason = "end_turn"
    usage: Usage = field(default_factory=Usage)
    saw: str = ""


@dataclass(frozen=True, slots=True)
class Recording:
    """The replies to one question, in order; ``interface`` is family and version: ``anthropic 3``."""

    question: str
    model: str
    interface: str
    replies: tuple[RecordedReply, ...] = ()


def digest_of(messages: Sequence[Message]) -> str:
    """A digest of the tool results since the last reply, times and ids of queries aside; empty for none."""
    told: list[str] = []
    for message in reversed(messages):
        if message.role == "assistant":
            break
        told += [_PASSING.sub("", result.content) for result in message.tool_results]
    return (
        hashlib.sha256("\x1f".join(sorted(told)).encode("utf-8", "replace")).hexdigest()[:16] if told else ""
    )


# --- to a file


def write_recording(
    path: Path, recording: Recording, *, masked: Callable[[str], str] = lambda line: line
) -> None:
    """Put a recording into the file, in place of one of the same question; others stay.

    ``masked`` hides in a line what must not be kept.

    Raises
    ------
    RasgoError
        where the file cannot be read or written.
    """
    others = read_recordings(path) if path.exists() else []
    others = [one for one in others if one.question.strip() != recording.question.strip()]
    text = "".join(f"{masked(line)}\n" for one in (*others, recording) for line in lines_of(one))
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        reason = error.strerror or error
        raise RasgoError(
            f"{path} cannot be written: {reason}. Name another file with `--save-lines`."
        ) from None


def lines_of(recording: Recording) -> list[str]:
    """A recording as lines of JSON."""
    head = {
        "lines": FORMAT,
        "question": recording.question,
        "model": recording.model,
        "interface": recording.interface,
    }
    return [json.dumps(one, ensure_ascii=False) for one in (head, *map(_reply_to_json, recording.replies))]


def _reply_to_json(reply: RecordedReply) -> dict[str, object]:
    made: dict[str, object] = {"purpose": reply.purpose}
    if reply.saw:
        made["saw"] = reply.saw
    parts = (_part_to_json(part) for part in reply.message.parts)
    made["parts"] = [part for part in parts if part]
    made["stop_reason"] = reply.stop_reason
    usual = Usage()
    tokens = {one.name: getattr(reply.usage, one.name) for one in fields(Usage) if one.name != "cost_usd"}
    made["usage"] = {name: count for name, count in tokens.items() if count != getattr(usual, name)}
    return made


def _part_to_json(part: Part) -> dict[str, object]:
    """One part; the signature of a thought is of use to its provider alone."""
    match part:
        case Text():
            return {"text": part.text}
        case Thinking():
            return {"thinking": part.text} if part.text else {}
        case ToolCall(malformed=fault) if fault:
            return {"tool_call": part.name, "id": part.id, "malformed": fault}
        case ToolCall():
            return {"tool_call": part.name, "id": part.id, "arguments": dict(part.arguments)}
        case _:
            return {}


# --- from a file


def read_recordings(path: Path) -> list[Recording]:
    """All recordings of a file.

    Raises
    ------
    RasgoError
        naming the file and the line that is wrong.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise RasgoError(f"The recorded lines in {path} cannot be read: {reason}. {ANEW}") from None
    found: list[Recording] = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                _take(found, json.loads(line))
            except (ValueError, TypeError, KeyError, RecursionError) as error:
                raise RasgoError(f"{path}, line {number}: {_fault(error)}. {ANEW}") from None
    if not found:
        raise RasgoError(f"{path} holds no recorded lines. {ANEW}")
    return found


def _fault(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"this is no JSON ({error.msg} at column {error.colno})"
    if isinstance(error, KeyError):
        return f"{error.args[0]!r} is missing"
    return str(error) or type(error).__name__


def _take(found: list[Recording], line: Any) -> None:
    """Take in the next line: a head begins a recording, a reply belongs to the last one."""
    if not isinstance(line, dict):
        raise TypeError("this is no JSON object")
    if "lines" in line:
        if line["lines"] != FORMAT:
            raise ValueError(f"the format {line['lines']!r} is not known, only {FORMAT}")
        found.append(Recording(_text(line, "question"), _text(line, "model"), _text(line, "interface")))
    elif not found:
        raise ValueError("a reply stands before the head of its question")
    else:
        reply = _reply_from_json(line)
        found[-1] = replace(found[-1], replies=(*found[-1].replies, reply))


def _reply_from_json(line: Mapping[str, Any]) -> RecordedReply:
    purpose, reason = _text(line, "purpose"), line.get("stop_reason", "end_turn")
    if purpose not in PURPOSES:
        raise ValueError(f"there is no purpose {purpose!r}, but {', '.join(PURPOSES)}")
    if reason not in get_args(StopReason):
        raise ValueError(f"there is no stop_reason {reason!r}, but {', '.join(get_args(StopReason))}")
    parts = line["parts"]
    if not isinstance(parts, list):
        raise TypeError("parts is no list")
    message = Message("assistant", tuple(map(_part_from_json, parts)))
    return RecordedReply(purpose, message, reason, _usage(line.get("usage", {})), str(line.get("saw", "")))


def _part_from_json(part: Any) -> Part:
    if not isinstance(part, dict):
        raise TypeError("a part is no JSON object")
    if "text" in part:
        return Text(_text(part, "text"))
    if "thinking" in part:
        return Thinking(_text(part, "thinking"))
    if "tool_call" not in part:
        raise ValueError("a part has neither text, thinking nor tool_call")
    name, identity = _text(part, "tool_call"), _text(part, "id")
    if "malformed" in part:
        return ToolCall(identity, name, {}, malformed=_text(part, "malformed"))
    arguments = part["arguments"]
    if not isinstance(arguments, dict):
        raise TypeError("arguments is no JSON object")
    return ToolCall(identity, name, arguments)


def _usage(counts: Any) -> Usage:
    """Tokens as recorded; they cost nothing now."""
    known = {one.name for one in fields(Usage)} - {"cost_usd"}
    if not isinstance(counts, dict) or not all(type(count) is int for count in counts.values()):
        raise TypeError("usage is no JSON object of whole numbers")
    return Usage(**{name: count for name, count in counts.items() if name in known}, cost_usd=0.0)


def _text(line: Mapping[str, Any], key: str) -> str:
    value = line[key]
    if not isinstance(value, str):
        raise TypeError(f"{key} is no text")
    return value


def questions_of(recordings: Iterable[Recording]) -> str:
    """The questions that were recorded, for a person."""
    return "; ".join(
        one.question if len(one.question) <= 60 else f"{one.question[:57]}..." for one in recordings
    )
