"""Statistics of evals, against published values and by simulation."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasgo_nb.evals.score import CaseResult, Score
from rasgo_nb.evals.statistics import (
    compared,
    differs,
    holm,
    mcnemar,
    mean_of_cases,
    pass_at_k,
    pass_hat_k,
    passing,
    sign_flip,
    smallest_difference,
    wilson,
)


def test_pass_at_k_and_pass_hat_k_count_all_draws():
    assert pass_at_k(1, 2, 1) == 0.5
    assert pass_at_k(3, 10, 5) == pytest.approx(1 - 21 / 252)
    assert pass_hat_k(3, 4, 2) == pytest.approx(0.5)
    assert [pass_at_k(4, 4, 4), pass_hat_k(4, 4, 4), pass_at_k(0, 4, 4)] == [1, 1, 0]


@given(st.integers(1, 30), st.data())
def test_more_attempts_pass_more_and_hold_less(n, data):
    correct, k = data.draw(st.integers(0, n)), data.draw(st.integers(1, n))
    assert pass_at_k(correct, n, 1) == pytest.approx(correct / n)
    assert 0 <= pass_hat_k(correct, n, k) <= correct / n + 1e-12 <= pass_at_k(correct, n, k) + 2e-12


def test_wilson_gives_published_intervals():
    # Newcombe, Statistics in Medicine 17 (1998), table I, method 3
    for correct, n, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)):
        interval = wilson(correct, n)
        assert (interval.low, interval.high) == pytest.approx((low, high), abs=5e-5)


def test_mcnemar_gives_binomial_tails():
    assert mcnemar(0, 5) == pytest.approx(2 / 32)
    assert mcnemar(2, 10) == pytest.approx(2 * (1 + 12 + 66) / 4096)
    assert [mcnemar(0, 0), mcnemar(3, 3)] == [1, 1]


def test_sign_flips_of_ones_are_mcnemars_test():
    assert sign_flip([1] * 10 + [-1] * 2) == pytest.approx(mcnemar(2, 10))
    assert sign_flip([1] * 25 + [-1] * 10) == pytest.approx(mcnemar(10, 25), abs=0.01)


def test_holm_gives_the_textbook_values():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_repeats_of_a_case_are_no_further_cases():
    rng = np.random.default_rng(1)
    once = {str(case): [float(rng.random() < 0.5)] for case in range(40)}
    again = {case: scores * 10 for case, scores in once.items()}
    width, wide = (interval.high - interval.low for interval in map(mean_of_cases, (once, again)))
    assert wide == pytest.approx(width, rel=0.15)


def test_the_false_alarm_rate_is_near_five_percent():
    rng = np.random.default_rng(7)
    alarms = 0
    for _ in range(300):
        hard = rng.random(40)
        a, b = ({str(at): list((rng.random(3) < p) * 1.0) for at, p in enumerate(hard)} for _ in range(2))
        alarms += differs(a, b).is_real
    assert 0.01 <= alarms / 300 <= 0.09


def test_the_interval_of_a_mean_holds_the_truth_most_of_the_time():
    rng = np.random.default_rng(3)
    held = 0
    for turn in range(200):
        cases = {str(at): list((rng.random(3) < rng.beta(2, 1)) * 1.0) for at in range(50)}
        interval = mean_of_cases(cases, seed=turn)
        held += interval.low <= 2 / 3 <= interval.high
    assert 0.89 <= held / 200 <= 0.99


def test_what_differs_is_said_in_one_honest_sentence():
    a = {str(at): [0.0 if at < 12 else 1.0] for at in range(60)}
    b = {str(at): [0.0 if at < 1 else 1.0] for at in range(60)}
    better = differs(a, b, names=("old", "new"))
    assert better.says.startswith("11 of 60 cases differ; new is better by 18 points (")
    assert better.says.endswith("more than noise (p = under 0.001).")
    assert differs(b, a, names=("new", "old")).says == better.says
    same = differs(a, a).says
    needed = math.ceil(100 * smallest_difference([0] * 60))
    assert same == f"No case differs; of 60 cases {needed} points would be needed."
    few = differs({str(at): [1.0] for at in range(20)}, {str(at): [float(at > 1)] for at in range(20)})
    assert few.says.startswith("No difference that 20 cases could show; ")
    assert not few.is_real


def result(case, value, repeat=1):
    return CaseResult(
        case, repeat, "m", "i", "answered", {"answer": Score(value), "calls_recall": Score(None)}
    )


def test_several_scores_are_corrected_together_and_unasked_ones_left_out():
    a, b = ([result(str(at), float(at < few)) for at in range(30)] for few in (10, 25))
    assert [(one.score, one.is_real) for one in compared(a, b, ("answer", "calls_recall"))] == [
        ("answer", True)
    ]
    assert differs(a, b, "calls_recall").says.startswith("Nothing to compare")


def test_passing_leaves_out_cases_with_too_few_attempts():
    scores = {"a": [1.0, 0.0], "b": [1.0, 1.0], "c": [1.0]}
    assert passing(scores, 2).value == 1
    assert passing(scores, 2, all_of=True).value == 0.5
    assert passing(scores, 2).n == 2
