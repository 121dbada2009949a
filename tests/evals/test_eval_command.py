"""The command as a person runs it: what is worked off, gone on with, refused, and told."""

import pytest

from rasgo_nb.errors import RasgoError
from rasgo_nb.evals.check import check
from rasgo_nb.evals.evaluate import Plan, evaluate
from rasgo_nb.evals.suite_file import suite_of

CASE = """
  - id: {id}
    question: How many orders are there?
    answer: {{value: 61948}}
    environment: {{setup: "{setup}"}}
    budget: {{seconds: {seconds}}}
    gold:
      - run_python: {{code: "{gold}"}}
      - final_answer: {{text: There are 61948 orders.}}
"""


def suite(folder, *cases, name="tiny"):
    whole = f"suite: {name}\ncases:" + "".join(
        CASE.format(**{"id": f"case{at}", "setup": "", "seconds": 60, "gold": "n = 1", **case})
        for at, case in enumerate(cases)
    )
    path = folder / f"{name}.yaml"
    path.write_text(whole)
    return suite_of(whole, path)


def evaluated(plan, folder, **kept):
    return evaluate(plan, folder, told=lambda *_: None, **kept)


DYING = {"setup": "import os; os._exit(3)"}
HANGING = {"gold": "while True: pass", "seconds": 1}
FAILING = {"setup": "1 / 0"}


def test_what_is_wrong_with_a_suite_is_no_mark_for_the_model_and_told_once(tmp_path):
    plan = Plan((suite(tmp_path, DYING, HANGING, FAILING, {}),), jobs=2)
    done = evaluated(plan, tmp_path / "out")
    assert [one.outcome for one in done.results] == ["not_run"] * 3 + ["answered"]
    assert {one.scores["answer"].value for one in done.results[:3]} == {None}
    assert done.left == 3
    died, hung, failed = done.not_run
    assert "The gold program of case case0 did not end well: its process ended with 3" in died
    assert "The gold program of case case1 did not end well" in hung
    assert "The setup of case case2 failed: ZeroDivisionError" in failed


def test_going_on_tries_again_what_could_not_be_run_and_takes_other_models_and_repeats(tmp_path):
    first = suite(tmp_path, {})
    done = evaluated(Plan((first,), jobs=1), tmp_path / "out")
    again = evaluated(Plan((first,), repeats=2, jobs=1), tmp_path, resume=done.log)
    assert [(one.repeat, one.outcome) for one in again.results] == [(1, "answered"), (2, "answered")]
    less = evaluated(Plan((first,), jobs=1), tmp_path, resume=done.log)
    assert (len(less.results), less.left) == (2, 0)
    with pytest.raises(RasgoError, match="of other suites"):
        evaluated(Plan((suite(tmp_path, {}, {}),)), tmp_path, resume=done.log)


def test_a_limit_that_is_met_stops_and_says_how_much_is_left(tmp_path):
    plan = Plan((suite(tmp_path, {}, {}, {}),), max_minutes=0.0001, jobs=1)
    done = evaluated(plan, tmp_path / "out")
    assert (len(done.results), done.left, done.why) == (1, 2, "the limit of 0.0001 minutes is met")


def test_a_check_tells_of_a_gold_program_that_fails_once(tmp_path):
    plan = Plan((suite(tmp_path, {"gold": "1 / 0"}, DYING),), jobs=2)
    faults = check(plan, told=lambda *_: None)
    assert [fault.case for fault in faults if fault.program == "not run"] == ["case1"], faults
