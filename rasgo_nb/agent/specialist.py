"""A second model that writes SQL for the main one: what it is told, and the SQL in its reply."""

from __future__ import annotations

import json
import re
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from importlib import resources
from typing import TYPE_CHECKING

from rasgo_nb.agent.assembler import Assembler
from rasgo_nb.agent.messages import Message, Text, Usage
from rasgo_nb.agent.replies import check_complete
from rasgo_nb.agent.retry import RetryPolicy, stream_with_retries
from rasgo_nb.connectors.statement import read_statement

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rasgo_nb.agent.models.base import Model

_PATIENCE = RetryPolicy(max_retries=2)
_PATIENCE_S = 60.0
_FENCED = re.compile(r"```[ \t]*\w*[ \t]*\n(.*?)(?:\n[ \t]*```|\Z)", re.S)
_THOUGHT = re.compile(r"<think(?:ing)?>.*?</think(?:ing)?>", re.S)  # open models think in their text
_BEGINNING = re.compile(r"^[ \t(]*(?:select|with|from|values|describe|show|pivot|summarize)\b", re.I | re.M)


@dataclass(frozen=True, slots=True)
class Specialist:
    """A model that writes SQL, and what its tokens cost.

    ``inside`` gives the model as it is called within the tool call of an id.
    """

    model: Model
    priced: Callable[[Usage], Usage] = lambda usage: usage
    inside: Callable[[str], Model] | None = None

    def in_call(self, tool_call_id: str) -> Specialist:
        """The same for one tool call."""
        return self if self.inside is None else replace(self, model=self.inside(tool_call_id))


@dataclass(slots=True)
class SqlWriting:
    """The exchange with a specialist about one question. ``usage`` is what it took so far."""

    specialist: Specialist
    dialect: str
    usage: Usage = field(default_factory=Usage)
    messages: list[Message] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin with our instructions."""
        prompt = (
            resources.files("rasgo_nb.agent.prompts").joinpath("write_sql.md").read_text(encoding="utf-8")
        )
        self.messages.append(Message("system", (Text(prompt.replace("{dialect}", self.dialect)),)))

    async def write(self, question: str, tables: Sequence[object]) -> str:
        """The SQL for a question about tables, of which the model reads just these descriptions.

        Raises
        ------
        ModelFailed
            when it gives no reply.
        """
        details = json.dumps(tables, ensure_ascii=False, default=str)
        return await self._asked(f"{question}\n\nTables, as the database describes them:\n{details}")

    async def mend(self, error: str) -> str:
        """The SQL again, after what the database said of the last one. Raises as ``write``."""
        return await self._asked(f"It failed:\n{error}\n\nSend the whole statement again, mended.")

    async def _asked(self, text: str) -> str:
        self.messages.append(Message("user", (Text(text),)))
        reply = Assembler(0, self.specialist.model.name)
        fragments = stream_with_retries(
            self.specialist.model, self.messages, (), policy=_PATIENCE, seconds_left=lambda: _PATIENCE_S
        )
        try:
            async with aclosing(fragments) as stream:
                async for fragment in stream:
                    reply.add(fragment)
        finally:
            self.usage += self.specialist.priced(reply.usage)
        check_complete(reply)
        said = reply.message().text
        # Thinking and stray tool calls stay out: what goes back is text that any model accepts.
        self.messages.append(Message("assistant", (Text(said or "(nothing)"),)))
        return sql_of(said, self.dialect)


def sql_of(reply: str, dialect: str) -> str:
    """The statement in a reply, in a fence or bare; empty where there is none.

    Of several, the first that names a table.
    """
    text = _THOUGHT.sub("", reply).strip()
    start = _BEGINNING.search(text)
    found = _FENCED.findall(text) or [text[start.start() :] if start else text]
    statements = [one.strip().rstrip("; \n") for one in found]
    naming = (one for one in statements if read_statement(one, dialect).tables)
    return next(naming, statements[0] if start else "")
