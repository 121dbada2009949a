"""What terminals and saved text show of an approval."""

import io

import pytest
from rich.console import Console

from rasgo_nb.agent.events import (
    Approval,
    ApprovalGiven,
    ApprovalRequested,
    RunStarted,
    StepStarted,
    ToolCallFinished,
    ToolCallStarted,
)
from rasgo_nb.agent.messages import ToolCall, ToolResult
from rasgo_nb.agent.run_log import RunLog
from rasgo_nb.policy import Effects
from rasgo_nb.widgets.terminal import TerminalView
from rasgo_nb.widgets.text import approval_text, run_text

CALL = ToolCall("1", "run_python", {"code": "df = 1"})
EFFECTS = Effects(frozenset({"rebind"}), ("rebinds `df`", "writes the file 'out.csv'"))
ASKED = (
    RunStarted("1", "Do it.", "scripted", "shop"),
    StepStarted(1),
    ToolCallStarted(1, CALL),
    ApprovalRequested(1, CALL, EFFECTS),
)
DONE = ToolCallFinished(1, CALL, ToolResult("1", "{}", page={}), 0.1)


def log_of(*events):
    log = RunLog()
    for event in events:
        log.add(event)
    return log


@pytest.mark.parametrize(
    ("approval", "says"),
    [
        (Approval(True, "you"), "approved by you: "),
        (Approval(True, "you, always in this notebook"), "approved by you, always in this notebook: "),
        (Approval(True, "you", code="x = 1"), "approved by you, after a change of its code: "),
        (Approval(False, "you", "No."), "refused by you: "),
        (Approval(False, "policy", "Policy denies this call."), "refused by policy: "),
    ],
)
def test_a_decision_is_one_line(approval, says):
    log = log_of(*ASKED, ApprovalGiven(1, "1", approval), DONE)
    line = f"{says}rebinds `df`; writes the file 'out.csv'"
    assert approval_text(log.call("1")) == line
    assert line in run_text(log)


def test_a_call_that_waits_and_one_that_was_left_waiting_say_so():
    assert approval_text(log_of(*ASKED).call("1")).startswith("waits for your approval: rebinds")
    assert approval_text(log_of(*ASKED, DONE).call("1")).startswith("not decided: rebinds")
    assert approval_text(log_of(*ASKED[:3], DONE).call("1")) == ""


def test_a_terminal_shows_the_line_and_the_code_that_ran_instead():
    view = TerminalView(Console(file=io.StringIO(), width=100))
    for event in (*ASKED, ApprovalGiven(1, "1", Approval(True, "you", code="other = 2")), DONE):
        view(event)
    written = view.console.file.getvalue()
    assert "   approved by you, after a change of its code: rebinds `df`;" in written
    assert written.index("df = 1") < written.index("other = 2")
    assert written.count("other = 2") == 1


def test_saved_text_holds_the_code_that_ran():
    log = log_of(*ASKED, ApprovalGiven(1, "1", Approval(True, "you", code="other = 2")), DONE)
    assert "other = 2" in run_text(log)
    assert "df = 1" not in run_text(log)
