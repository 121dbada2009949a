"""Between a tool call and what it would do: policy decides, or the person where policy says so."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from rasgo_nb.agent.events import Approval, ApprovalGiven, ApprovalRequested, By, Event
from rasgo_nb.agent.page import bounded
from rasgo_nb.errors import ToolError

if TYPE_CHECKING:
    from rasgo_nb.agent.messages import ToolCall
    from rasgo_nb.agent.permissions import NotebookPolicy
    from rasgo_nb.policy import Effects

ALWAYS: By = "you, always in this notebook"
PUT_BACK = "Nobody could be asked: what it binds anew holds afterwards what it held before."
EMPTIED = "nothing is left of its code."
REFUSED = "The person refused this call. Go another way, or ask what they would rather have."
EDITED = "The person changed your code before approving it. What ran is `run_instead`."

_MAX_CODE = 6_000  # characters of the person's code that the model reads

EffectsOf = Callable[[Mapping[str, object]], "Effects"]


class Person(Protocol):
    """Whoever asked the question, as far as they can be reached. Both wait, and may be stopped meanwhile."""

    async def reply(self, tool_call_id: str, question: str, choices: Sequence[str]) -> str | None:
        """What they say to a question; None where nobody can be asked, or says nothing."""

    async def approve(self, tool_call: ToolCall, effects: Effects, code: str) -> Approval | None:
        """What they decide about a call; None where nobody can be asked."""


class Nobody:
    """The person of a run that nobody sits before."""

    async def reply(self, _tool_call_id: str, _question: str, _choices: Sequence[str]) -> str | None:
        """Nothing is said."""
        return None

    async def approve(self, _tool_call: ToolCall, _effects: Effects, _code: str) -> Approval | None:
        """Nothing is decided."""
        return None


class CallRefused(ToolError):
    """Policy or the person refused a call; nothing of it has run."""


@dataclass(slots=True)
class Refusals:
    """What the person refused in this run; they are asked about one call at a time."""

    by_call: dict[str, Approval] = field(default_factory=dict)
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)


class Gate:
    """Where one call is let through, or not. ``call`` has our name of its tool."""

    def __init__(
        self,
        call: ToolCall,
        *,
        step: int,
        policy: NotebookPolicy,
        person: Person,
        refusals: Refusals,
        report: Callable[[Event], None],
    ) -> None:
        self.call = call
        self.step = step
        self.policy = policy
        self.person = person
        self.refusals = refusals
        self.report = report
        self.waited_s = 0.0
        self.run_instead = ""  # the code of the person, where they edited the call's own
        self._rebound: frozenset[str] = frozenset()
        self.was_refused = False  # by the person just now: to try in another way is no failure

    async def let_through(
        self, arguments: Mapping[str, object], effects_of: EffectsOf, *, code: str = ""
    ) -> dict[str, object]:
        """The arguments to run with; ``code`` names the one that the person may edit.

        Raises
        ------
        CallRefused
            when the call may not run: who decided, why, and how that is changed.
        """
        effects = effects_of(arguments)
        if self.policy.judge(effects) == "allow" and not self.policy.lifted(effects):
            return dict(arguments)
        async with self.refusals.asking:
            call = replace(self.call, arguments=arguments)
            self.report(ApprovalRequested(self.step, call, effects))
            approval = await self._decision(call, effects, code)
            if approval.code is not None:
                arguments = {**arguments, code: approval.code}
                effects = effects_of(arguments)
                approval = self._as_denied(effects, approval)
            self.report(ApprovalGiven(self.step, call.id, approval))
        if not approval.approved:
            raise CallRefused(_refusal(approval))
        self.run_instead = approval.code or self.run_instead
        self._rebound = frozenset(() if approval.by == "policy" else effects.rebound)
        return dict(arguments)

    def may_rebind(self, name: str) -> bool:
        """Whether the call may bind that variable of the person's anew, or delete it."""
        return self.policy.rule("rebind") == "allow" or name in self._rebound

    def note(self) -> dict[str, object]:
        """What the model is told of an edit, beside the result."""
        return (
            {"edited": EDITED, "run_instead": bounded(self.run_instead, _MAX_CODE)}
            if self.run_instead
            else {}
        )

    async def _decision(self, call: ToolCall, effects: Effects, code: str) -> Approval:
        verdict = self.policy.judge(effects)
        if verdict == "deny":
            return Approval(False, "policy", self._denial(effects))
        if verdict == "allow":  # perhaps since a moment ago, by another call of the step
            return Approval(True, ALWAYS)
        key = json.dumps([call.name, call.arguments], sort_keys=True, default=str)
        if key in self.refusals.by_call:
            return self.refusals.by_call[key]
        approval = await self._asked(call, effects, code)
        if approval is None:
            return self._without_person(effects)
        if not approval.approved:
            self.refusals.by_call[key] = approval
            self.was_refused = True
        elif approval.by == ALWAYS and not self.policy.allow_always(effects):
            return replace(approval, by="you")
        return approval

    async def _asked(self, call: ToolCall, effects: Effects, code: str) -> Approval | None:
        text = str(call.arguments[code]) if code else ""
        began = time.perf_counter()
        try:
            approval = await self.person.approve(call, effects, text)
        finally:
            self.waited_s += time.perf_counter() - began
        if approval is None or approval.code is None:
            return approval
        if not code or approval.code == text:
            return replace(approval, code=None)
        return approval if approval.code.strip() else Approval(False, "you", EMPTIED)

    def _as_denied(self, effects: Effects, approval: Approval) -> Approval:
        """What the person edited is not asked about again, but what policy denies stays denied."""
        if self.policy.judge(effects) != "deny":
            return approval
        return replace(approval, approved=False, by="policy", reason=self._denial(effects))

    def _denial(self, effects: Effects) -> str:
        kind = self.policy.kinds(effects, "deny")[0]
        return (
            f"Policy denies this call: it {_told(effects)}. "
            f"The person can change that with `%rasgo policy {kind} ask`."
        )

    def _without_person(self, effects: Effects) -> Approval:
        """What holds where nobody can be asked: only what can be put back is done."""
        kinds = [kind for kind in self.policy.kinds(effects, "ask") if kind != "rebind"]
        if not kinds and not effects.unknown and not effects.above:
            return Approval(True, "policy", PUT_BACK)
        hints = [
            f"The person can allow it before they ask, with `%rasgo policy {kind} allow`." for kind in kinds
        ]
        hints += ["Write it so that what it does can be judged."] if effects.unknown else []
        hints += [f"Have it read less. {effects.above.mend}"] if effects.above else []
        said = f"Nobody could be asked to approve this call: it {_told(effects)}. {' '.join(hints)}"
        return Approval(False, "policy", said)


def _refusal(approval: Approval) -> str:
    if approval.by == "policy":
        return approval.reason
    return f"The person refused this call: {approval.reason}" if approval.reason else REFUSED


def _told(effects: Effects) -> str:
    return "; ".join(effects.told or effects.unknown)
