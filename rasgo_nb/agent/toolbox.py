"""Runs the tool calls of a reply; each gets a result, whatever happens."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import replace
from difflib import get_close_matches
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any

from rasgo_nb.agent.approval import Gate, Refusals
from rasgo_nb.agent.events import LOCAL, Answer, Event, ToolCallDelta, ToolCallFinished, ToolCallStarted
from rasgo_nb.agent.events import ToolOutput as ToolShown
from rasgo_nb.agent.messages import ToolCall, ToolPage, ToolResult, Usage
from rasgo_nb.agent.privacy import words_of
from rasgo_nb.agent.private_pages import WITHHELD_ERROR, PartlyTold, of_error, strictest
from rasgo_nb.agent.render import render
from rasgo_nb.agent.validation import checked_arguments
from rasgo_nb.connectors.tag import tagged
from rasgo_nb.errors import LimitReached, QueryError, ToolError, UnknownName

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence

    from rasgo_nb.agent.interface import Interface
    from rasgo_nb.agent.page import Page
    from rasgo_nb.agent.permissions import NotebookPolicy
    from rasgo_nb.agent.tools.base import Tool, ToolContext, ToolOutput

CONNECTION = "connection"  # the argument that names one, where a run has several
NO_RESULT = "The run was stopped before this call had a result."


def _unheard(_event: Event) -> None:
    """Nobody listens."""


class Toolbox:
    """The tools of a run, and the memory of which calls failed.

    Calls and pages have the interface's names of tools; whatever is reported has ours.
    """

    def __init__(self, tools: Sequence[Tool], context: ToolContext, interface: Interface) -> None:
        shown = [tool for tool in tools if tool.name not in interface.left_out]
        self.tools = {interface.words_of(tool.name).name: tool for tool in shown}
        self.context = context
        self.interface = interface
        self.pages = tuple(_page(tool, interface, context) for tool in shown)
        self._failed: set[str] = set()
        self._refused: set[str] = set()  # ids of calls that the person was asked about, and refused
        self._refusals = Refusals()

    def batch(self, step: int, calls: Sequence[ToolCall], report: Callable[[Event], None]) -> Batch:
        """The calls of one step, ready to run."""
        return Batch(self, step, calls, report)

    def runs_alone(self, call: ToolCall) -> bool:
        """Whether the call must wait for those before it, on the main thread."""
        tool = self.tools.get(call.name)
        return tool is not None and tool.alone

    def our_name(self, name: str) -> str:
        """What we call the tool that the model calls by that name."""
        return self.tools[name].name if name in self.tools else name

    def in_our_name(self, call: ToolCall) -> ToolCall:
        """The call as it is reported."""
        return replace(call, name=self.our_name(call.name))

    def in_our_words(self, event: Event) -> Event:
        """The event as it is reported: with our name of the tool that a call is being written for."""
        return replace(event, name=self.our_name(event.name)) if isinstance(event, ToolCallDelta) else event

    def gate(self, call: ToolCall, context: ToolContext, report: Callable[[Event], None] = _unheard) -> Gate:
        """What the call has to pass before it does more than policy lets it do."""
        return Gate(
            self.in_our_name(call),
            step=context.step,
            policy=self.policy_of(call),
            person=context.person,
            refusals=self._refusals,
            report=report,
        )

    async def run(self, call: ToolCall, context: ToolContext) -> ToolResult:
        """The result of one call; what is wrong with the call is a result too, for the model to read."""
        gate = context.gate or self.gate(call, context)
        context.said.update(words_of((json.dumps(call.arguments, ensure_ascii=False, default=str),)))
        try:
            output = await self._run(call, replace(context, gate=gate, tool_call_id=call.id), gate)
        except PartlyTold as error:
            page = {"error": str(error), **gate.note(), **error.page}
            return self._failure(call, page, shown=error.whole)
        except ToolError as error:
            return self._failure(call, {"error": str(error), **gate.note(), **error.page})
        except (QueryError, UnknownName) as error:
            told = of_error(context, strictest(context), error)
            page = {"error": str(told), **gate.note(), **told.page}
            return self._failure(call, page, shown={"error": str(error)})
        finally:
            if gate.was_refused:
                self._refused.add(call.id)
        page = {**gate.note(), **output.page}
        content = render(page, self.interface)
        context.said.update(words_of((content,)))
        return ToolResult(
            call.id,
            content,
            is_error=output.is_error,
            images=output.images if self.interface.sees_images else (),
            value=output.value,
            page=page,
            usage=output.usage,
            withheld=output.withheld,
        )

    async def _run(self, call: ToolCall, context: ToolContext, gate: Gate) -> ToolOutput:
        tool = self._tool(call)
        arguments = checked_arguments(call.name, self._parameters(call), call.arguments)
        if tool.queries:
            context = context.at(str(arguments.get(CONNECTION, "")))
        if tool.effects is not None:
            arguments = await gate.let_through(arguments, partial(tool.effects, context), code=tool.code)
        if tool.queries:
            arguments = {name: value for name, value in arguments.items() if name != CONNECTION}
        return await tool.run(context, **arguments)

    def policy_of(self, call: ToolCall) -> NotebookPolicy:
        """The policy that holds for a call: where it queries, that of its connection."""
        tool, context = self.tools.get(call.name), self.context
        name = call.arguments.get(CONNECTION) or context.connection.name
        if tool is None or not tool.queries or not isinstance(name, str) or name not in context.used:
            return context.policy
        return context.used[name].policy

    def note_outcome(self, call: ToolCall, result: ToolResult) -> None:
        """Remember failures; whatever changes the user namespace makes earlier ones worth another try.

        Raises
        ------
        LimitReached
            when the same call had failed before.
        """
        if not result.is_error:
            if self.runs_alone(call):
                self._failed.clear()
            return
        if call.id in self._refused:
            return
        state = [call.name, call.arguments, call.malformed, len(self.context.bound)]
        key = json.dumps(state, sort_keys=True, default=str)
        if key in self._failed:
            raise LimitReached(
                "Going round in circles: the model made the same failing call to "
                f"{self.our_name(call.name)} twice. "
                "Say in the question what it should do instead, and ask again."
            )
        self._failed.add(key)

    def _tool(self, call: ToolCall) -> Tool:
        if call.name not in self.tools:
            near = get_close_matches(call.name, self.tools, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise ToolError(f"There is no tool {call.name!r}.{hint}", tools=sorted(self.tools))
        tool = self.tools[call.name]
        if call.malformed:
            raise ToolError(call.malformed, parameters=self._parameters(call))
        return tool

    def _parameters(self, call: ToolCall) -> Mapping[str, object]:
        return next(page.parameters for page in self.pages if page.name == call.name)

    def _failure(self, call: ToolCall, page: Page, *, shown: Page | None = None) -> ToolResult:
        """The result of a call that failed; ``shown`` is what the person sees, where that is more."""
        content = render(page, self.interface)
        self.context.said.update(words_of((content,)))
        withheld = WITHHELD_ERROR if "privacy" in page else ""
        return ToolResult(call.id, content, is_error=True, value=shown or page, page=page, withheld=withheld)


class Batch:
    """The calls of one step: independent ones at the same time, the others one by one, in order."""

    def __init__(
        self, toolbox: Toolbox, step: int, calls: Sequence[ToolCall], report: Callable[[Event], None]
    ) -> None:
        self.toolbox = toolbox
        self.step = step
        self.calls = calls
        self.report = report
        self._results: dict[str, ToolResult] = {}

    async def run(self) -> None:
        """Run every call to its end.

        Raises
        ------
        LimitReached
            when a call failed that had failed before.
        """
        for alone, group in groupby(self.calls, self.toolbox.runs_alone):
            if alone:
                for call in group:
                    # Awaited right here: a KeyboardInterrupt in a task of its own would end the event loop.
                    await self._run_one(call)
            else:
                await _all_or_none([self._run_one(call) for call in group])
        for call in self.calls:
            self.toolbox.note_outcome(call, self._results[call.id])

    def results(self) -> tuple[ToolResult, ...]:
        """One result for each call, in order, also where the batch was stopped."""
        return tuple(
            self._results.get(call.id) or ToolResult(call.id, NO_RESULT, is_error=True) for call in self.calls
        )

    def usage(self) -> Usage:
        """What models inside the tools took."""
        return sum((result.usage for result in self.results() if result.usage), Usage())

    def answer(self) -> Answer | None:
        """The answer, where one of the calls gave it."""
        values = [result.value for result in self.results()]
        return next((value for value in values if isinstance(value, Answer)), None)

    async def _run_one(self, call: ToolCall) -> None:
        began = time.perf_counter()
        told = self.toolbox.in_our_name(call)
        self.report(ToolCallStarted(self.step, told))
        context = replace(
            self.toolbox.context,
            step=self.step,
            show=lambda output: self.report(ToolShown(self.step, call.id, output)),
            report=self.report,
        )
        gate = self.toolbox.gate(call, context, self.report)
        result = ToolResult(call.id, NO_RESULT, is_error=True)
        try:
            with tagged(context.run_id, self.step):
                result = await self.toolbox.run(call, replace(context, gate=gate))
        finally:
            self._results[call.id] = result
            elapsed_s = time.perf_counter() - began - gate.waited_s
            self.report(ToolCallFinished(self.step, told, result, elapsed_s))


def _page(tool: Tool, interface: Interface, context: ToolContext) -> ToolPage:
    """The tool as this interface words it; with a choice of connections where there are several."""
    words = interface.words_of(tool.name)
    properties: Any = tool.parameters["properties"]
    if tool.queries and len(context.used) > 1:
        properties = {**properties, CONNECTION: _choice(context)}
    described = {
        name: schema
        | {"description": interface.in_its_words(words.parameters.get(name) or schema["description"])}
        if words.parameters.get(name) or "description" in schema
        else schema
        for name, schema in properties.items()
    }
    description = interface.in_its_words(words.description or tool.description)
    return ToolPage(words.name, description, {**tool.parameters, "properties": described})


def _choice(context: ToolContext) -> dict[str, object]:
    names = ", ".join(f"{name} ({one.connection.dialect})" for name, one in context.used.items())
    said = f"which one: {names}; or {LOCAL}, for DataFrames alone. {next(iter(context.used))} where left out"
    return {"type": "string", "description": said}


async def _all_or_none(works: Sequence[Coroutine[None, None, None]]) -> None:
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
