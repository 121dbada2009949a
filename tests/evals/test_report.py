"""The report: one page, whole in itself, whatever the texts in it."""

import re
import time

from rasgo_nb.agent.messages import Usage
from rasgo_nb.evals.case import Case, Completion, ValueWanted
from rasgo_nb.evals.judge import Agreement
from rasgo_nb.evals.report import report_html, report_text
from rasgo_nb.evals.score import SCORES, CallMade, CaseResult, Score

HOSTILE = '</details><script>alert(1)</script><img src=x onerror="alert(2)">'


def result(case, repeat, model, value, **parts):
    scores = {name: Score(None) for name in SCORES} | {"answer": Score(value, f"why {HOSTILE}")}
    calls = (CallMade(1, "run_sql", {"sql": f"SELECT '{HOSTILE}'"}, True, HOSTILE, 0.1, "extra"),) * 4
    usage = Usage(1000, 100, requests=1, cost_usd=0.01)
    return CaseResult(
        case, repeat, model, "plain 3", "answered", scores, HOSTILE, usage=usage, calls=calls, **parts
    )


def results(cases, *models):
    return [
        result(f"case {at}", repeat, model, float((at + len(model) * repeat) % 5 > 0))
        for at in range(cases)
        for model in models
        for repeat in (1, 2)
    ]


def test_hostile_texts_are_only_texts():
    asked = [Case("case 0", HOSTILE, Completion(value=ValueWanted(HOSTILE)))]
    page = report_html([result("case 0", 1, HOSTILE, 1.0)], title=HOSTILE, cases=asked)
    assert "<script" not in page
    assert "<img" not in page
    assert page.count("</details>") == page.count("<details")


def test_a_page_needs_no_network_and_no_script():
    page = report_html(results(10, "a", "bb"), title="flights")
    assert re.findall(r"<[^>\"]*\s(?:src|href)\s*=|url\(", page) == []
    assert page.count('<details class="case') == 10


def test_many_cases_are_small_and_quick():
    began = time.monotonic()
    page = report_html(results(500, "a", "bb", "ccc"))
    assert time.monotonic() - began < 30
    assert len(page) < 15_000_000


def test_the_judge_and_its_agreement_are_told_apart():
    judged = result("one", 1, "a", 1.0, judge_usage=Usage(300, 20, requests=3, cost_usd=0.002))
    page = report_html([judged], agreement=Agreement(0.9, 0.75, 20))
    assert "Votes agree in 90%, over 20 cases; kappa: 0.75." in page
    assert "0.0020 USD" in page


def test_the_terminal_tells_each_score_with_its_interval():
    text = report_text(results(20, "a", "bb"))
    assert re.search(r"answer +\d+% \(\d+% to \d+%\) +\d+%", text)
    assert "pass^k" in text
    assert "a · plain 3 and bb · plain 3, answer: " in text


def test_no_results_are_said():
    assert report_text([]) == "No case was run."
    assert "No case was run." in report_html([])
