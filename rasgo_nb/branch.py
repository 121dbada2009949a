"""A run that goes on from one of its steps, with other SQL or Python there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from rasgo_nb.agent.events import Approval, Event, RunNoted, TextDelta
from rasgo_nb.agent.loop import Begun
from rasgo_nb.agent.messages import Message, ToolCall, ToolResult, Usage
from rasgo_nb.agent.retold import events_of_call, events_of_model_call, events_of_step
from rasgo_nb.errors import RasgoError, UnknownName
from rasgo_nb.ran import KINDS, ran_in

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from rasgo_nb.agent.approval import Person
    from rasgo_nb.agent.interface import Interface
    from rasgo_nb.agent.run_log import CallLog, ModelCallLog, StepLog
    from rasgo_nb.conversation import Conversation, Turn
    from rasgo_nb.kept_runs import KeptRun
    from rasgo_nb.policy import Effects


@dataclass(frozen=True, slots=True)
class Branch:
    """Where the new run begins: all before ``step`` is done, and so are the ``kept`` calls of that step.

    ``reply`` is what the model replied in that step, its calls under our names of the tools, the one with the
    id ``edited`` with the person's code; None where the model is asked for that step's reply again.
    ``tools_out`` are tools that the new run does without, as the model or we call them.
    """

    conversation: Conversation
    turn: Turn
    run_id: str  # of the run that it leaves
    step: int
    reply: Message | None = None
    edited: str = ""
    done: tuple[StepLog, ...] = ()
    kept: tuple[CallLog, ...] = ()
    asked: tuple[ModelCallLog, ...] = ()  # the model calls that the reply and the kept calls came of
    note: str = ""  # for the person
    tools_out: frozenset[str] = frozenset()

    @property
    def kept_ids(self) -> frozenset[str]:
        """Ids of the kept calls."""
        return frozenset(call.tool_call.id for call in self.kept)

    def begun(self, interface: Interface) -> Begun | None:
        """The step as the loop begins with it; None where its reply is asked for again."""
        if self.reply is None:
            return None
        asked = [event for one in self.asked for event in events_of_model_call(one)]
        told = [TextDelta(self.step, self.reply.text)] if self.reply.text else []
        kept = [event for call in self.kept for event in events_of_call(self.step, call)]
        return Begun(_in_its_words(self.reply, interface), self.results(), (*asked, *told, *kept))

    def events(self) -> list[Event]:
        """What the person should know, and the events of the steps before, told again."""
        noted = [RunNoted(self.note)] if self.note else []
        return [*noted, *(event for step in self.done for event in events_of_step(step))]

    def leaves_out(self, tool: str, interface: Interface) -> bool:
        """Whether the new run does without that tool of ours."""
        return not self.tools_out.isdisjoint((tool, interface.words_of(tool).name))

    def results(self) -> tuple[ToolResult, ...]:
        """Those of the kept calls, in order."""
        return tuple(call.result for call in self.kept if call.result is not None)


def _in_its_words(reply: Message, interface: Interface) -> Message:
    """The reply with the tool names of an interface."""
    parts = (
        replace(part, name=interface.words_of(part.name).name) if isinstance(part, ToolCall) else part
        for part in reply.parts
    )
    return Message(reply.role, tuple(parts))


class PersonWithOwnEdit:
    """The person of a run; about the call that they wrote themselves they are not asked."""

    def __init__(self, person: Person, tool_call_id: str) -> None:
        self.person = person
        self.tool_call_id = tool_call_id

    async def reply(self, tool_call_id: str, question: str, choices: Sequence[str]) -> str | None:
        """What they say."""
        return await self.person.reply(tool_call_id, question, choices)

    async def approve(self, tool_call: ToolCall, effects: Effects, code: str) -> Approval | None:
        """What they decide."""
        if tool_call.id == self.tool_call_id:
            return Approval(True, "you")
        return await self.person.approve(tool_call, effects, code)


def branch_of(run: KeptRun, *, step: int, call: int | None = None, code: str) -> Branch:
    """The conversation as it was when the model had asked for that call; the turn itself stays as it is.

    ``call`` counts the calls of the step from 1; None where just one of them has code.

    Raises
    ------
    UnknownName
        for a step or call that does not exist.
    RasgoError
        for one without code, or no code in its place.
    """
    turn, steps = run.turn, run.log.steps
    chosen = step_of(steps, step)
    edited = call_with_code(chosen, call)
    if not code.strip():
        raise RasgoError(f"Write the new SQL or Python below `%%ask --from-step {step}`.")
    place = [number for number, one in enumerate(turn.messages) if one.role == "assistant"][step - 1]
    ids = [one.tool_call.id for one in chosen.calls]
    kept = tuple(chosen.calls[: ids.index(edited.tool_call.id)])
    earlier = replace(
        turn,
        messages=turn.messages[:place],
        run=None,
        bound={},
        bound_in_step={},
        cuts=cuts_before(steps, step),
    )
    return Branch(
        run.conversation.before_turn(turn),
        earlier,
        run.started.run_id,
        step,
        _edited_reply(turn.messages[place], chosen, edited.tool_call.id, code),
        edited.tool_call.id,
        tuple(one for one in steps if one.number < step),
        kept,
        _asked(chosen, {"", *(one.tool_call.id for one in kept)}),
    )


def _asked(step: StepLog, tool_call_ids: Collection[str]) -> tuple[ModelCallLog, ...]:
    """The model calls of the step, of those inside tool calls just these."""
    return tuple(one for one in step.model_calls if one.called.tool_call_id in tool_call_ids)


def step_of(steps: Sequence[StepLog], number: int) -> StepLog:
    """The step of that number.

    Raises
    ------
    UnknownName
        where there is none.
    """
    for step in steps:
        if step.number == number and step.calls:
            return step
    known = [step.number for step in steps]
    has = f"The run has steps {known[0]} to {known[-1]}." if known else "The run has no steps."
    if number in known:
        raise RasgoError(f"Step {number} has no SQL or Python to edit. {_with_code(steps)}")
    raise UnknownName(f"There is no step {number}. {has}")


def call_with_code(step: StepLog, number: int | None) -> CallLog:
    """The call of that number, from 1; or the only one that has code.

    Raises
    ------
    UnknownName
        where there is no such call.
    RasgoError
        where it has no code, or it is not clear which is meant.
    """
    if number is not None:
        if not 1 <= number <= len(step.calls):
            raise UnknownName(f"Step {step.number} has no call {number}, but 1 to {len(step.calls)}.")
        if not has_code(step.calls[number - 1]):
            raise RasgoError(f"Call {number} of step {step.number} has no SQL or Python to edit.")
        return step.calls[number - 1]
    numbers = [place for place, call in enumerate(step.calls, 1) if has_code(call)]
    if not numbers:
        raise RasgoError(f"Step {step.number} has no SQL or Python to edit. Choose one that ran some.")
    if len(numbers) > 1:
        offers = " or ".join(f"--call {place}" for place in numbers)
        raise RasgoError(f"Step {step.number} has several calls with code. Pick one with {offers}.")
    return step.calls[numbers[0] - 1]


def has_code(call: CallLog) -> bool:
    """Whether the call is one whose SQL or Python can be edited, also where it failed."""
    return KINDS.get(call.tool_call.name) in ("sql", "python") and not call.tool_call.malformed


def _with_code(steps: Sequence[StepLog]) -> str:
    numbers = [str(step.number) for step in steps if any(map(has_code, step.calls))]
    return f"Steps with code: {', '.join(numbers)}." if numbers else "No step of the run has any."


def _edited_reply(reply: Message, step: StepLog, edited: str, code: str) -> Message:
    """The reply with our names of the tools, and the person's code in the call that they edited."""
    calls = {call.tool_call.id: call.tool_call for call in step.calls}

    def renamed(call: ToolCall) -> ToolCall:
        call = replace(call, name=calls[call.id].name) if call.id in calls else call
        return _with_new_code(call, code) if call.id == edited else call

    parts = (renamed(part) if isinstance(part, ToolCall) else part for part in reply.parts)
    return Message(reply.role, tuple(parts))


def _with_new_code(call: ToolCall, code: str) -> ToolCall:
    if call.name == "run_python":
        return replace(call, arguments={**call.arguments, "code": code})
    # The SQL that another model wrote for the main one is run as the person's own.
    save_as = {key: call.arguments[key] for key in ("save_as", "connection") if key in call.arguments}
    return replace(call, name="run_sql", arguments={"sql": code, **save_as})


def made_before(run: KeptRun, branch: Branch) -> dict[str, tuple[object, int]]:
    """What the calls that stay done bound names to: object and step, by name; as far as it is still known."""
    results = {
        call.tool_call.id: call.result.value for step in run.log.steps for call in step.calls if call.result
    }
    made: dict[str, tuple[object, int]] = {}
    for ran in ran_in(run.log.steps, run.started.dialect_of):
        if ran.step < branch.step or ran.call in branch.kept_ids:
            for name in ran.writes:
                value = results[ran.call]
                of_tool = {"sql": getattr(value, "frame", None), "chart": value}
                made[name] = (of_tool.get(ran.kind, run.turn.bound.get(name)), ran.step)
    return {name: one for name, one in made.items() if one[0] is not None}


def bind_again(
    made: Mapping[str, tuple[object, int]], names: dict[str, Any], of_runs: Mapping[int, object]
) -> None:
    """Bind these names to what they were bound to, but for those that the person uses now.

    ``of_runs`` are the objects, by id, that runs made: a name that shows one of them is no person's.
    """
    for name, (value, _) in made.items():
        if name not in names or id(names[name]) in of_runs:
            names[name] = value


def usage_before(branch: Branch) -> Usage:
    """What the steps took that are done."""
    return sum((step.usage for step in branch.done), Usage())


def cuts_before(steps: Sequence[StepLog], before: int) -> dict[str, str]:
    """What was cut from the results of the steps before one, by name of the frame."""
    calls = {
        call.tool_call.id: call.result.value
        for step in steps
        if step.number < before
        for call in step.calls
        if call.result is not None
    }
    ran = ran_in([step for step in steps if step.number < before], lambda _call: "")
    return {one.name: getattr(calls[one.call], "cut", "") for one in ran if one.kind == "sql"}
