"""Cases worked off in processes of their own, and the log of what came of them."""

from dataclasses import replace
from datetime import timedelta

import duckdb
import pytest

from rasgo_nb.errors import RasgoError
from rasgo_nb.evals.clock import duckdb_clock
from rasgo_nb.evals.log_file import Head, append, begin_log, go_on_log, read_log, result_line, result_of
from rasgo_nb.evals.program import CRASHING, EMPTY, REFUSING, WRONG
from rasgo_nb.evals.suite_clock import moment_of
from rasgo_nb.evals.suite_file import suite_of
from rasgo_nb.evals.work_off import Work
from rasgo_nb.evals.workers import results_of

SUITE = """
suite: tiny
cases:
  - id: day
    question: What day is it?
    answer: {value: {is: 2013-07-01}}
    environment: {clock: 2013-07-01T12:00:00, setup: x = 1}
    gold:
      - run_sql: {sql: SELECT current_date AS d, save_as: n}
      - run_python: {code: "import datetime\\nassert n.d[0].date() == datetime.date.today()\\ny = x + 1"}
      - final_answer: {text: It is 2013-07-01.}
    end_state: {values: {x: 1, y: 2}}
  - id: hang
    question: Hang.
    answer: {contains: [x]}
    budget: {seconds: 2}
    gold:
      - run_python: {code: "while True: pass"}
      - final_answer: {text: x}
"""
HEAD = Head(("tiny",), "abc", ("offline",), ("",), 1, "0", "2013-07-01T00:00:00+00:00")


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("suite")
    day, hang = suite_of(SUITE, folder / "tiny.yaml").cases
    programs = {"gold": day.gold, "wrong": WRONG, "empty": EMPTY, "refusing": REFUSING, "crashing": CRASHING}
    works = [Work(day, folder, name, program=one) for name, one in programs.items()]
    works.insert(1, Work(replace(hang, gold=None), folder, "hang", program=hang.gold))
    return {one.model: one for one in results_of(works, jobs=1)}


def test_the_gold_program_scores_full_marks_at_its_frozen_clock(results):
    scores = results["gold"].scores
    assert {one.value for one in scores.values()} <= {1.0, None}, scores
    assert (scores["answer"].value, scores["end_state"].value) == (1.0, 1.0)


@pytest.mark.parametrize("program", ["wrong", "empty", "refusing", "crashing"])
def test_other_programs_score_nothing(results, program):
    assert results[program].scores["answer"].value == 0


def test_a_case_that_hangs_is_stopped_and_the_others_go_on(results):
    assert results["hang"].outcome == "out_of_time"
    assert results["hang"].elapsed_s < 30


def test_a_line_of_the_log_is_the_result(results):
    for result in results.values():
        assert result_line(result_of(result_line(result))) == result_line(result)


def test_a_log_that_was_cut_goes_on_after_its_last_whole_line(results, tmp_path):
    path = tmp_path / "log.jsonl"
    with begin_log(path, HEAD) as log:
        append(log, result_line(results["gold"]))
        log.write('{"case": "cu')
    with go_on_log(path) as log:
        append(log, result_line(results["wrong"]))
    head, told = read_log(path)
    assert (head, [one.model for one in told]) == (HEAD, ["gold", "wrong"])


def test_what_is_no_log_is_refused_in_one_line(tmp_path):
    (tmp_path / "log.jsonl").write_text("hello\n")
    with pytest.raises(RasgoError, match="no log of evals"):
        read_log(tmp_path / "log.jsonl")


def test_the_clock_of_the_database_stands_in_all_its_words():
    moment = moment_of("2013-07-01T12:30:00")
    connection = duckdb.connect()
    for statement in duckdb_clock(moment):
        connection.execute(statement)
    days = "now()::date, current_timestamp::date, current_date, today(), localtimestamp::date"
    ages = "age(DATE '2013-06-30'), age(DATE '2013-07-03', DATE '2013-07-01')"
    told = connection.execute(f"SELECT {days}, localtime, {ages}").fetchone()
    day, time = moment.date(), moment.time()
    assert told == (day, day, day, day, day, time, timedelta(days=1), timedelta(days=2))
