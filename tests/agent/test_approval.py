"""Calls that would do more than read and compute: who is asked, what is decided, what the model reads."""

import json

import pytest
from clicking import ALWAYS, WRITES, Page, python, settle

from rasgo_nb.agent.events import (
    Approval,
)
from rasgo_nb.desk import Approved, Refused
from rasgo_nb.errors import LimitReached
from rasgo_nb.widgets.text import run_text

# --- a person decides


def test_what_only_computes_is_not_asked(run):
    page = run([python("x = sum(range(10))\nx")])
    assert (page.asked, page.calls[0].effects) == ([], None)


def test_an_approved_call_runs(run, in_folder):
    page = run([python(WRITES)], Approved())
    assert (in_folder / "out.csv").exists()
    assert page.decided == [Approval(True, "you")]
    assert "approved by you: writes the file 'out.csv'" in run_text(page.log)


def test_a_refused_call_does_not_run_and_the_model_reads_why(run, in_folder):
    page = run([python(WRITES)], Refused("Write nothing, show it."))
    assert not (in_folder / "out.csv").exists()
    assert "The person refused this call: Write nothing, show it." in page.read[0]
    assert page.calls[0].approval == Approval(False, "you", "Write nothing, show it.")


def test_an_edited_call_runs_as_edited_and_the_model_is_told(run, shell):
    shell.user_ns["df"] = 0
    page = run([python("df = 1")], Approved(code="other = 2"))
    assert (shell.user_ns["df"], shell.user_ns["other"]) == (0, 2)
    assert "The person changed your code" in page.read[0]
    assert json.loads(page.read[0])["run_instead"] == "other = 2"
    assert page.calls[0].approval == Approval(True, "you", code="other = 2")
    assert "other = 2" in run_text(page.log)


def test_an_edit_that_changes_nothing_is_none(run):
    page = run([python(WRITES)], Approved(code=WRITES))
    assert page.decided == [Approval(True, "you")]
    assert "run_instead" not in page.read[0]


def test_an_edit_that_leaves_nothing_is_a_refusal(run):
    page = run([python(WRITES)], Approved(code=" \n"))
    assert page.decided == [Approval(False, "you", "nothing is left of its code.")]


def test_an_edited_call_that_fails_tells_what_ran(run):
    page = run([python(WRITES)], Approved(code="1 / 0"))
    assert "ZeroDivisionError" in page.read[0]
    assert "1 / 0" in page.read[0]


def test_an_edit_may_do_what_the_call_may_not_but_nothing_that_is_denied(shop, run, shell):
    settle(shop, network="deny")
    page = run([python(WRITES)], Approved(code="import requests\nrequests.get('http://127.0.0.1:9')"))
    assert [one.by for one in page.decided] == ["policy"]
    assert "`%rasgo policy network ask`" in page.read[0]


def test_a_rebound_variable_stays_so_where_it_was_approved(run, shell):
    shell.user_ns["df"] = "mine"
    page = run([python("df = 'new'"), python("df = df + 'er'")], Approved())
    assert shell.user_ns["df"] == "newer"
    assert len(page.asked) == 1  # then the name is the run's own


def test_a_variable_that_nobody_foresaw_to_be_rebound_is_put_back(run, shell):
    shell.user_ns["df"] = "mine"
    shell.user_ns["other"] = "mine too"
    hidden = "get_ipython().user_ns['oth' + 'er'] = 1"
    run([python(f"df = 1\n{hidden}")], Approved())
    assert (shell.user_ns["df"], shell.user_ns["other"]) == (1, "mine too")


# --- always, and never


def test_what_was_always_approved_is_asked_no_more_until_it_is_revoked(shop, run):
    calls = [python(WRITES), python(WRITES.replace("out", "in"))]
    assert [one.by for one in run(calls, Approved(always=True)).decided] == [ALWAYS, ALWAYS]
    assert shop.policy.always == {"write_file"}
    assert [one.by for one in run([python(WRITES)]).decided] == [ALWAYS]
    shop.policy.revoke("write_file")
    assert [one.by for one in run([python(WRITES)], Approved()).decided] == ["you"]


def test_always_holds_for_such_effects_and_no_others(run):
    page = run([python(WRITES), python("exec('x = 1')")], Approved(always=True), Refused())
    assert [one.by for one in page.decided] == [ALWAYS, "you"]


def test_what_cannot_be_judged_is_asked_each_time(shop, run):
    page = run(
        [python("exec('x = 1')"), python("exec('y = 1')")], Approved(always=True), Approved(always=True)
    )
    assert page.decided == [Approval(True, "you"), Approval(True, "you")]
    assert shop.policy.always == set()


def test_what_policy_denies_is_not_asked(shop, run, in_folder):
    settle(shop, write_file="deny")
    shop.policy.always.add("write_file")
    page = run([python(WRITES)])
    assert "Policy denies this call: it writes the file 'out.csv'." in page.read[0]
    assert "`%rasgo policy write_file ask`" in page.read[0]
    assert [(one.approved, one.by) for one in page.decided] == [(False, "policy")]
    assert not (in_folder / "out.csv").exists()


def test_what_policy_allows_is_not_asked_and_rebinding_stays(shop, run, shell):
    settle(shop, rebind="allow", write_file="allow")
    shell.user_ns["df"] = "mine"
    page = run([python(f"df = 1\n{WRITES}")])
    assert (shell.user_ns["df"], page.decided) == (1, [])


# --- again and again


def test_another_attempt_after_a_refusal_is_asked_about(run):
    page = run([python(WRITES), python(WRITES + "\n")], Refused("No."), Refused("No!"))
    assert [one.reason for one in page.decided] == ["No.", "No!"]


def test_the_same_call_is_refused_again_without_asking_and_then_ends_the_run(run):
    page = Page(Refused("No."))
    with pytest.raises(LimitReached, match="round in circles"):
        run([python(WRITES)] * 4, page=page)
    assert page.decided == [Approval(False, "you", "No.")] * 3
    assert page.clicks == []


# --- nobody there


def test_where_nobody_is_there_rebinding_is_put_back(alone, shell):
    shell.user_ns["df"] = "mine"
    page = alone(python("df = 1\ntwice = df * 2"))
    assert (shell.user_ns["df"], shell.user_ns["twice"]) == ("mine", 2)
    assert [(one.approved, one.by) for one in page.decided] == [(True, "policy")]
    assert '"put_back"' in page.read[0]


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (WRITES, "`%rasgo policy write_file allow`"),
        (f"df = 1\n{WRITES}", "`%rasgo policy write_file allow`"),
        ("exec('x = 1')", "so that what it does can be judged"),
    ],
)
def test_where_nobody_is_there_nothing_else_is_done(alone, shell, in_folder, code, told):
    shell.user_ns["df"] = "mine"
    page = alone(python(code))
    assert "Nobody could be asked to approve this call" in page.read[0]
    assert told in page.read[0]
    assert [(one.approved, one.by) for one in page.decided] == [(False, "policy")]
    assert shell.user_ns["df"] == "mine"
    assert not (in_folder / "out.csv").exists()
