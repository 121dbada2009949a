"""The events that fold to what has been done already, to be told again at the beginning of another run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.agent.events import (
    ApprovalGiven,
    ApprovalRequested,
    ContextShortened,
    Event,
    StepFinished,
    StepStarted,
    TextDelta,
    ThinkingDelta,
    ToolCallFinished,
    ToolCallStarted,
    ToolOutput,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rasgo_nb.agent.run_log import CallLog, ModelCallLog, StepLog


def events_of_step(step: StepLog) -> Iterator[Event]:
    """All of a step that is done."""
    yield StepStarted(step.number)
    for note in step.notes:
        yield ContextShortened(step.number, note)
    for one in step.model_calls:
        yield from events_of_model_call(one)
    if step.thinking:
        yield ThinkingDelta(step.number, step.thinking)
    if step.text:
        yield TextDelta(step.number, step.text)
    for call in step.calls:
        yield from events_of_call(step.number, call)
    yield StepFinished(step.number, step.usage, step.elapsed_s)


def events_of_model_call(one: ModelCallLog) -> Iterator[Event]:
    """All of a model call, whatever came of it."""
    yield one.called
    yield from one.sent
    if one.replied is not None:
        yield one.replied


def events_of_call(step: int, call: CallLog) -> Iterator[Event]:
    """All of a call that has its result."""
    assert call.result is not None
    yield ToolCallStarted(step, call.tool_call)
    if call.effects is not None:
        yield ApprovalRequested(step, call.tool_call, call.effects)
    if call.approval is not None:
        yield ApprovalGiven(step, call.tool_call.id, call.approval)
    for output in call.outputs:
        yield ToolOutput(step, call.tool_call.id, output)
    yield ToolCallFinished(step, call.tool_call, call.result, call.elapsed_s)
