"""A model that plays the recorded replies of a run, for notebooks and tests without a key."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from rasgo_nb.agent.messages import Text, Thinking, ToolCall
from rasgo_nb.agent.models.base import (
    Fragment,
    ReplyEnd,
    TextFragment,
    ThinkingFragment,
    ToolCallFragment,
)
from rasgo_nb.agent.models.lines_file import ANEW, Recording, digest_of, questions_of
from rasgo_nb.errors import ModelFailed

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence

    from rasgo_nb.agent.messages import Message, Part, ToolPage
    from rasgo_nb.agent.models.lines_file import RecordedReply

REPLAY = "replay:"  # what its names begin with; a run, or a file that ends with ``LINES``
LINES = ".jsonl"


class RecordedModel:
    """Plays the replies of the recording whose question is asked, in order; of one recording, in any case.

    A request without tools is one for a summary of the run so far. ``tell`` is told, once each, where the
    conversation departs from the recording: another question, other tool results. Usage is as it was
    recorded, at no cost.
    """

    def __init__(
        self, name: str, recordings: Sequence[Recording], *, beside: RecordedModel | None = None
    ) -> None:
        self.name = name
        self.recordings = tuple(recordings)
        self.tell: Callable[[str], None] = lambda _note: None
        self._beside = beside  # the one that answers, where this one writes SQL for it
        self._recording: Recording | None = None
        self._played = {"reply": 0, "summary": 0, "sql": 0}
        self._told: set[str] = set()

    @property
    def has_sql(self) -> bool:
        """Whether another model wrote SQL in the recording."""
        return any(reply.purpose == "sql" for one in self.recordings for reply in one.replies)

    def sql_model(self) -> RecordedModel:
        """The model that plays the lines of the one that wrote SQL."""
        return RecordedModel(self.name, self.recordings, beside=self)

    async def stream_reply(
        self, messages: Sequence[Message], tools: Sequence[ToolPage]
    ) -> AsyncGenerator[Fragment, None]:
        """The next recorded reply.

        Raises
        ------
        ModelFailed
            where there is none left.
        """
        purpose = "sql" if self._beside is not None else "reply" if tools else "summary"
        recording = (self._beside or self)._chosen(messages)
        lines = [reply for reply in recording.replies if reply.purpose == purpose]
        place = self._played[purpose]
        if place >= len(lines):
            raise ModelFailed(_no_more(self.name, recording, purpose, len(lines)))
        self._played[purpose] += 1
        line = lines[place]
        if purpose == "reply":
            self._check(line, messages, place)
        for fragment in _fragments(line):
            yield fragment

    async def aclose(self) -> None:
        """Nothing is open."""

    def _chosen(self, messages: Sequence[Message]) -> Recording:
        """The recording that is played from now on, chosen by the question."""
        if self._recording is None:
            question = _question(messages)
            fitting = [one for one in self.recordings if one.question.strip() == question]
            self._recording = (fitting or self.recordings)[0]
            if not fitting:
                told = f"{self.name} was recorded for another question: {questions_of(self.recordings)}"
                self._say(f"{told}. Its replies are played all the same.")
        return self._recording

    def _check(self, line: RecordedReply, messages: Sequence[Message], place: int) -> None:
        saw = digest_of(messages)
        if line.saw and saw and line.saw != saw:
            self._say(
                f"From reply {place + 1} on the conversation departs from the recording of {self.name}: "
                "tool results differ from those that the model had seen. Its replies may not fit them."
            )

    def _say(self, note: str) -> None:
        kind = note.split()[0]  # the first departure of each kind is enough: all after it follow from it
        if kind not in self._told:
            self._told.add(kind)
            self.tell(note)


def _question(messages: Sequence[Message]) -> str:
    """What the person asked last: the first text of the last message of theirs."""
    texts = [
        part.text
        for message in messages
        if message.role == "user"
        for part in message.parts[:1]
        if isinstance(part, Text)
    ]
    return texts[-1].strip() if texts else ""


def _no_more(name: str, recording: Recording, purpose: str, count: int) -> str:
    kinds = {"reply": "replies", "summary": "summaries", "sql": "replies with SQL"}
    had = f"all {count} recorded {kinds[purpose]} are played" if count else f"it holds no {kinds[purpose]}"
    return f"{name} has no line for this: {had} (question: {questions_of([recording])}). {ANEW}"


def _fragments(line: RecordedReply) -> list[Fragment]:
    found: list[Fragment] = []
    for index, part in enumerate(line.message.parts):
        found += _of_part(part, index)
    return [*found, ReplyEnd(line.stop_reason, replace(line.usage, cost_usd=0.0))]


def _of_part(part: Part, index: int) -> list[Fragment]:
    match part:
        case Text():
            return [TextFragment(part.text)]
        case Thinking():
            return [ThinkingFragment(part.text)]
        case ToolCall():
            # What was malformed is so again: no JSON object.
            text = "null" if part.malformed else json.dumps(dict(part.arguments), default=str)
            return [ToolCallFragment(index, "", part.id, part.name), ToolCallFragment(index, text)]
        case _:
            return []
