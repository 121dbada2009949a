"""Marks: a run of the shop by a scripted model, marked as its case asks."""

from dataclasses import replace

import pytest

from rasgo_nb.agent.models.scripted import ScriptedModel, call, say
from rasgo_nb.agent.run_log import RunLog
from rasgo_nb.evals.case import (
    Budget,
    CallWanted,
    Case,
    Completion,
    EndState,
    FigureWanted,
    FrameWanted,
    Judged,
    ValueWanted,
)
from rasgo_nb.evals.judge import Judgement, Vote
from rasgo_nb.evals.marks import Gold, asked_of_judge, calls_made, marked
from rasgo_nb.evals.score import SCORES

COUNT = "SELECT count(*) AS n FROM orders"


@pytest.fixture
def mark(shop, ask, shell):
    """The scores of a scripted run: ``mark(case, *lines)``."""

    def mark(case, *lines, gold=None, **options):
        run, events = ask(ScriptedModel(*lines), question=case.question)
        log = RunLog()
        for event in events:
            log.add(event)
        names = {name: value for name, value in shell.user_ns.items() if not name.startswith("_")}
        given = {"log": log, "gold": gold, "namespace": names, "connections": shop.connections, **options}
        return marked(case, run, **given)

    return mark


def sql(text, **arguments):
    return say("", call("run_sql", sql=text, **arguments))


def answers(text, **arguments):
    return say("", call("final_answer", text=text, **arguments))


def case(question="How many orders are there?", completion=None, **parts):
    return Case("one", question, completion or Completion(value=ValueWanted(5)), **parts)


def frame_of(shop, statement):
    return shop.connections["shop"].run_query(statement).frame


def test_a_right_value_scores_and_a_wrong_one_does_not(mark):
    asked = case(completion=Completion(value=ValueWanted(4)))
    assert mark(asked, sql(COUNT), answers("There are **4** orders."))["answer"].value == 1
    wrong = mark(asked, sql(COUNT), answers("There are 5 orders."))["answer"]
    assert wrong.value == 0
    assert wrong.why == "4 is not among the numbers said: 5"


def test_every_score_is_told_and_what_is_not_asked_is_none(mark):
    scores = mark(case(completion=Completion(value=ValueWanted(4))), sql(COUNT), answers("4 orders."))
    assert list(scores) == list(SCORES)
    unasked = (
        "end_state",
        "calls_precision",
        "calls_recall",
        "tables_found",
        "errors_mended",
        "no_forbidden",
    )
    assert {name: scores[name].value for name in unasked} == dict.fromkeys(unasked)
    assert scores["in_budget"].value == 1


@pytest.mark.parametrize(
    "lines",
    [
        (answers("I cannot answer this: no table holds it."),),
        (say("I don't know."),),
        (say("Four, maybe 7"),),
    ],
)
def test_empty_refusing_and_wrong_runs_score_nothing(mark, lines):
    completion = Completion(value=ValueWanted(12.5), contains=("orders",))
    assert mark(case(completion=completion), *lines)["answer"].value == 0


def test_a_crash_scores_nothing():
    scores = marked(case(), None, log=RunLog(), outcome="crashed")
    assert scores["answer"].value == 0
    assert scores["answer"].why == "it crashed"


def test_a_refusal_case_wants_why_there_is_no_answer(mark):
    asked = case("Which orders were returned?", Completion(refusal=True))
    assert mark(asked, answers("The data does not record returns, so I cannot tell."))["answer"].value == 1
    assert mark(asked, sql(COUNT), answers("Of the orders, 4 were returned."))["answer"].value == 0
    shown = answers("I cannot tell.", dataframes=["result"])
    assert mark(asked, sql(COUNT), shown)["answer"].why == "it shows result"


def test_the_frame_of_the_gold_program_is_wanted_whatever_it_is_called(mark, shop):
    gold = Gold(frames={"g": frame_of(shop, "SELECT country, count(*) AS n FROM customers GROUP BY 1")})
    asked = case("Customers by country?", Completion(frame=FrameWanted()))
    right = sql("SELECT count(id) AS how_many, country AS land FROM customers GROUP BY ALL", save_as="c")
    wrong = sql("SELECT 2 AS how_many, country AS land FROM customers GROUP BY ALL", save_as="w")
    scored = mark(asked, right, answers("See.", dataframes=["c"]), gold=gold)
    assert scored["answer"].value == 1
    assert mark(asked, wrong, answers("See.", dataframes=["w"]), gold=gold)["answer"].value == 0
    assert mark(asked, right, answers("See."), gold=gold)["answer"].why == "the answer names no DataFrame"


def test_an_alternative_is_as_right(mark):
    asked = case(alternatives=(Completion(contains=("quatre",)),))
    assert mark(asked, answers("Il y en a quatre."))["answer"].value == 1


def test_calls_are_matched_by_what_their_sql_returns(mark):
    wanted = (
        CallWanted("run_sql", sql="SELECT sum(1) AS k FROM main.orders"),
        CallWanted("search_tables", "may"),
    )
    asked = case(completion=Completion(value=ValueWanted(4)), calls=wanted)
    search = say("", call("search_tables", words="orders"))
    scores = mark(asked, search, sql(COUNT), sql("SELECT max(id) FROM orders"), answers("4 orders."))
    assert scores["calls_recall"].value == 1
    assert scores["calls_precision"].value == pytest.approx(2 / 3)  # max(id) is 4 too, by chance


def test_a_forbidden_call_is_told(mark):
    asked = case(calls=(CallWanted("run_sql", "never", tables=("customers",)),))
    clean, dirty = sql(COUNT), sql("SELECT count(*) FROM main.customers")
    assert mark(asked, clean, answers("5"))["no_forbidden"].value == 1
    assert mark(asked, dirty, answers("5"))["no_forbidden"].why == "forbidden: run_sql"


def test_a_table_counts_as_found_when_it_was_read_before_it_was_queried(mark):
    asked = case("How many people buy?", tables=("customers",))
    read = say("", call("search_tables", words="customers"))
    query = sql("SELECT count(*) FROM customers")
    assert mark(asked, read, query, answers("3"))["tables_found"].value == 1
    assert mark(asked, query, answers("3"))["tables_found"].value in (0, 1)  # unless the instructions list it


def test_an_error_is_mended_by_a_later_call_that_succeeds(mark):
    asked = case()
    broken = sql("SELECT amout FROM orders")
    assert mark(asked, broken, sql(COUNT), answers("4"))["errors_mended"].value == 1
    assert mark(asked, broken, answers("4"))["errors_mended"].value == 0


def test_the_end_state_is_the_share_of_what_was_asked(mark, shell):
    shell.user_ns["mine"] = [1, 2]
    state = EndState(values={"mine": [1, 2]}, frames=("kept",), absent=("gone",), unchanged=("mine",))
    scores = mark(case(end_state=state), sql(COUNT), answers("4"), before={"mine": [1, 2]})
    assert scores["end_state"].value == 0.75
    assert scores["end_state"].why == "not so: kept is a DataFrame"


def test_a_run_over_budget_is_told_by_how_much(mark):
    scores = mark(case(budget=Budget(steps=1)), sql(COUNT), answers("4"))
    assert scores["in_budget"].why == "over budget: 2 steps of 1"


def test_what_the_judge_said_decides_where_it_is_asked(mark):
    wanted = Judged("names the unit")
    asked = case(completion=Completion(judged=wanted))
    assert asked_of_judge(asked) == (wanted,)
    lines = (sql(COUNT), answers("4 orders."))
    assert mark(asked, *lines)["answer"].value is None
    judged = {wanted: Judgement((Vote(False, "no unit"), Vote(False), Vote(True)))}
    assert mark(asked, *lines, judged=judged)["answer"].why == "the judge: no unit"


def test_a_figure_is_wanted_by_its_encoding(mark, shop):
    chart = say("", call("show_chart", dataframe="by", x="country", y="n", mark="bar", save_as="f"))
    query = sql("SELECT country, count(*) AS n FROM customers GROUP BY 1", save_as="by")
    for wanted, value in (
        (FigureWanted("bar", "country", "n"), 1),
        (FigureWanted("line", "country", "n"), 0),
    ):
        asked = case("Draw customers by country", Completion(figure=wanted))
        assert mark(asked, query, chart, answers("Drawn.", figures=["f"]))["answer"].value == value


def test_the_same_run_gives_the_same_marks_and_keeps_its_calls(shop, ask):
    asked = case(calls=(CallWanted("run_sql"),), completion=Completion(value=ValueWanted(4)))
    run, events = ask(ScriptedModel(sql(COUNT), answers("4 orders.")))
    log = RunLog()
    for event in events:
        log.add(event)
    assert marked(asked, run, log=log) == marked(replace(asked), run, log=log)
    assert [(one.tool, one.mark) for one in calls_made(asked, log)] == [
        ("run_sql", "must"),
        ("final_answer", ""),
    ]
