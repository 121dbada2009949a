"""What the person is shown and may type where there is no page."""

import os
import pty
import sys
import unicodedata
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasgo_nb.agent.events import Approval
from rasgo_nb.agent.models.scripted import ScriptedModel, call, say
from rasgo_nb.person import approval_text, question_text, read_decision, visible
from rasgo_nb.policy import Effects

ALWAYS = "you, always in this notebook"


@contextmanager
def typed(monkeypatch, *lines):
    """A terminal on which these lines are typed; Ctrl-D is a line of its own."""
    ours, theirs = pty.openpty()
    os.write(ours, "".join(line if line == "\x04" else f"{line}\n" for line in lines).encode())
    with os.fdopen(theirs) as terminal, monkeypatch.context() as patch:
        patch.setattr(sys, "stdin", terminal)
        yield
    os.close(ours)


@pytest.mark.parametrize(
    ("line", "decision"),
    [
        ("y", Approval(True, "you")),
        (" Yes ", Approval(True, "you")),
        ("A", Approval(True, ALWAYS)),
        ("always", Approval(True, ALWAYS)),
        ("n", Approval(False, "you")),
        ("no", Approval(False, "you")),
        ("", Approval(False, "you")),
        ("Take a new name.", Approval(False, "you", "Take a new name.")),
        ("yes, but into /tmp", Approval(False, "you", "yes, but into /tmp")),
    ],
)
def test_a_line_is_a_decision(line, decision):
    assert read_decision(line) == decision


@given(st.text())
def test_only_a_clear_yes_approves(line):
    assert read_decision(line).approved == (line.strip().casefold() in {"y", "yes", "a", "always"})


def test_what_a_call_would_do_is_a_list_above_its_code():
    effects = Effects(sentences=("writes the file 'out.csv'", "rebinds `df`"))
    assert approval_text("run_python", effects, "df = 1\ndf").splitlines() == [
        "run_python waits for your approval:",
        "  - it writes the file 'out.csv'",
        "  - it rebinds `df`",
        "",
        "    df = 1",
        "    df",
        "",
        "[y]es, [a]lways in this notebook, [n]o, or write why not: ",
    ]


def test_always_is_not_offered_for_what_cannot_be_judged():
    effects = Effects(frozenset({"compute"}), ("cannot be judged: calls `exec`",), unknown=("calls `exec`",))
    assert approval_text("run_python", effects, "").endswith("\n[y]es, [n]o, or write why not: ")


def test_code_cannot_hide_behind_what_a_terminal_obeys():
    code = "os.remove('a')\r# harmless\x1b[2K\u202etxt.\x9b1A"
    assert "os.remove('a')\\r# harmless\\x1b[2K\\u202etxt.\\x9b1A" in approval_text("t", Effects(), code)


@given(st.text())
def test_whatever_is_shown_stays_in_its_place(text):
    kinds = {unicodedata.category(letter) for letter in visible(text) if letter not in "\n\t"}
    assert not kinds & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert visible("plain ünï 🎲\n\tx") == "plain ünï 🎲\n\tx"


def test_choices_are_numbered():
    assert question_text("Net?", ["net", "gross"]) == "Net?\n  1. net\n  2. gross\n> "


@pytest.mark.parametrize(
    ("line", "reply"), [("2", "gross"), ("3", "3"), ("none of it", "none of it"), ("²", "²")]
)
def test_a_number_picks_a_choice_and_other_words_stay_free(ask, monkeypatch, line, reply):
    asking = call("ask_user", question="Net?", choices=["net", "gross"])
    with typed(monkeypatch, line):
        run, _ = ask(ScriptedModel(say("", asking), say("Done.")))
    assert run.steps[0].calls[0].result.value == reply


@pytest.mark.parametrize(
    ("line", "decision"),
    [
        ("y", Approval(True, "you")),
        ("not now", Approval(False, "you", "not now")),
        ("\x04", Approval(False, "you")),
    ],
)
def test_on_a_terminal_the_person_types_what_they_decide(ask, shell, monkeypatch, capsys, line, decision):
    shell.user_ns["df"] = "mine"
    with typed(monkeypatch, line):
        run, _ = ask(ScriptedModel(say("", call("run_python", code="df = 1")), say("Done.")))
    assert run.steps[0].calls[0].approval == decision
    assert shell.user_ns["df"] == (1 if decision.approved else "mine")
    assert "  - it rebinds `df`" in capsys.readouterr().out
