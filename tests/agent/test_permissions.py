"""Whatever the rules and whatever a call would do: nothing runs that is denied, or that nobody approved."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from rasgo_nb.agent.approval import ALWAYS, CallRefused, Gate, Nobody, Refusals
from rasgo_nb.agent.events import Approval, ApprovalGiven, ApprovalRequested
from rasgo_nb.agent.messages import ToolCall
from rasgo_nb.agent.permissions import NotebookPolicy
from rasgo_nb.policy import EFFECTS, RULES, Effects, Policy

rules = st.dictionaries(st.sampled_from(EFFECTS), st.sampled_from(RULES)).map(Policy)
kinds = st.frozensets(st.sampled_from(EFFECTS))
effects = st.builds(Effects, kinds=kinds, unknown=st.sampled_from([(), ("calls `exec`",)]))
approvals = st.builds(
    Approval,
    approved=st.booleans(),
    by=st.sampled_from(["you", ALWAYS]),
    code=st.sampled_from([None, "", "x = 1", "y = 1"]),
)


class Decided(Nobody):
    """A person who has made up their mind."""

    def __init__(self, approval):
        self.approval = approval

    async def approve(self, tool_call, effects, code):
        return self.approval


def passed(policy, person, would, edited=None):
    """The arguments that were let through, None where none were; and what was reported."""
    reported = []
    gate = Gate(
        ToolCall("1", "run_python", {"code": "x = 1"}),
        step=1,
        policy=policy,
        person=person,
        refusals=Refusals(),
        report=reported.append,
    )

    def effects_of(arguments):
        return would if arguments["code"] == "x = 1" or edited is None else edited

    try:
        return asyncio.run(gate.let_through({"code": "x = 1"}, effects_of, code="code")), reported
    except CallRefused:
        return None, reported


def notebook(policy, always):
    permissions = NotebookPolicy(lambda: policy)
    permissions.always |= always
    return permissions


@given(rules, kinds, effects)
def test_without_a_person_only_what_is_allowed_or_can_be_put_back_runs(policy, always, would):
    permissions = notebook(policy, always)
    arguments, _ = passed(permissions, Nobody(), would)
    asked = {kind for kind in would.kinds if permissions.rule(kind) != "allow"}
    is_harmless = not would.unknown and all(
        kind == "rebind" and permissions.rule(kind) == "ask" for kind in asked
    )
    assert (arguments is not None) == is_harmless


@given(rules, kinds, effects, approvals, effects)
def test_nobody_can_approve_what_is_denied(policy, always, would, approval, edited):
    permissions = notebook(policy, always)
    arguments, _ = passed(permissions, Decided(approval), would, edited)
    ran = would if arguments == {"code": "x = 1"} else edited
    assert arguments is None or not any(policy.rule(kind) == "deny" for kind in ran.kinds)


@given(rules, kinds, effects, approvals)
def test_what_is_asked_runs_where_the_person_says_so_and_is_reported(policy, always, would, approval):
    permissions = notebook(policy, always)
    verdict = permissions.judge(would)
    arguments, reported = passed(permissions, Decided(approval), would)
    if verdict == "ask":
        assert (arguments is not None) == (approval.approved and approval.code != "")
    if reported:
        assert [type(event) for event in reported] == [ApprovalRequested, ApprovalGiven]
        assert reported[1].approval.approved == (arguments is not None)
    else:
        assert policy.judge(would) == "allow"


@given(rules, kinds, effects, effects)
def test_always_allows_the_kinds_that_were_asked_and_no_more(policy, always, would, other):
    permissions = notebook(policy, always)
    permissions.allow_always(would)
    added = permissions.always - always
    assert added == {kind for kind in would.kinds - always if policy.rule(kind) == "ask"}
    permissions.revoke()
    assert permissions.judge(other) == policy.judge(other)
