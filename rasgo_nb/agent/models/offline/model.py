"""A model like any other to the loop: sees the transcript, streams a reply."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING

from rasgo_nb.agent.messages import Usage
from rasgo_nb.agent.models.base import ReplyEnd, TextFragment, ToolCallFragment
from rasgo_nb.agent.models.offline.progress import read_progress
from rasgo_nb.agent.models.offline.reply import Call, Reply
from rasgo_nb.agent.models.offline.steps import connection_of, next_reply

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator, Sequence

    from rasgo_nb.agent.messages import Message, ToolPage
    from rasgo_nb.agent.models.base import Fragment

_QUERYING = frozenset({"get_table_detail", "profile_columns", "run_sql"})
_PIECE = 200  # characters of arguments in one fragment


class OfflineModel:
    """Answers questions by rules, with no network and no key.

    It holds no state: where a run is, it reads from the messages.
    """

    name = "offline"

    async def stream_reply(
        self, messages: Sequence[Message], tools: Sequence[ToolPage]
    ) -> AsyncGenerator[Fragment, None]:
        """The next reply: a sentence, and the tool calls that it announces."""
        progress = read_progress(_last_turn(messages))
        reply = await asyncio.to_thread(next_reply, progress)
        offered = {tool.name for tool in tools}
        calls = [_on(connection_of(progress), call) for call in reply.calls if call.name in offered]
        for text in _texts(reply, calls):
            yield TextFragment(text)
        began = len(progress.finished)
        for index, call in enumerate(calls):
            for fragment in _fragments(index, call, f"offline_{began + index + 1}"):
                yield fragment
        yield ReplyEnd("tool_calls" if calls else "end_turn", Usage(requests=1))

    async def aclose(self) -> None:
        """Nothing is open."""


def _on(connection: str, call: Call) -> Call:
    """The call with the connection that it queries, where a run has several."""
    if not connection or call.name not in _QUERYING:
        return call
    return Call(call.name, {**call.arguments, "connection": connection})


def _last_turn(messages: Sequence[Message]) -> Sequence[Message]:
    """The rules answer one question at a time: the last one."""
    asked = [place for place, message in enumerate(messages) if message.role == "user"]
    return [*messages[:1], *messages[asked[-1] :]] if len(asked) > 1 else messages


def _texts(reply: Reply, calls: Sequence[Call]) -> Iterator[str]:
    """The sentence in a few pieces; the answer itself where no tool can take it."""
    text = reply.text
    if reply.calls and not calls:
        text = str(reply.calls[0].arguments.get("text") or f"{text} But there is no tool for it.")
    yield from re.findall(r"\S+\s*(?:\S+\s*){0,3}", text)


def _fragments(index: int, call: Call, call_id: str) -> Iterator[ToolCallFragment]:
    arguments = json.dumps(dict(call.arguments), default=str)
    yield ToolCallFragment(index, "", call_id, call.name)
    for start in range(0, len(arguments), _PIECE):
        yield ToolCallFragment(index, arguments[start : start + _PIECE])
