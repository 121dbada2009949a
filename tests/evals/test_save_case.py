"""Answers that a person accepted become cases whose gold program scores full marks."""

import pandas as pd
import pytest

from rasgo_nb.agent.models.scripted import ScriptedModel, call, say
from rasgo_nb.agent.run_log import RunLog
from rasgo_nb.config import with_setting
from rasgo_nb.errors import RasgoError
from rasgo_nb.evals.save_case import save_case
from rasgo_nb.evals.suite_file import read_suite
from rasgo_nb.evals.work_off import Work
from rasgo_nb.evals.workers import results_of
from rasgo_nb.interrupt import run_sync

BY_CUSTOMER = "SELECT customer_id, sum(amount) AS paid FROM orders GROUP BY ALL ORDER BY ALL"
CHANGES = "seen.append(2)\nimport pandas\nout = pandas.DataFrame({'n': seen})"
COUNTED = "SELECT count(*) AS n FROM orders"


@pytest.fixture
def asked(shop, tmp_path, monkeypatch):
    """Ask the shop, in a folder of its own: ``log = asked(line, ...)``."""
    monkeypatch.chdir(tmp_path)

    def asked(*lines, question="Who pays most?", **options):
        log = RunLog()
        run_sync(shop.ask(question, model=ScriptedModel(*lines), view=log.add, **options))
        return log

    return asked


def sql(text, save_as="result", **more):
    return say("", call("run_sql", sql=text, save_as=save_as, **more))


def python(code):
    return say("", call("run_python", code=code))


def answer(text, **named):
    return say("", call("final_answer", text=text, **named))


def saved(tmp_path, place=-1):
    return read_suite(tmp_path / "evals.yaml").cases[place]


def marks(tmp_path, place=-1):
    """The answer's mark and all others that gold programs of the saved case get, worked off in a process."""
    case = saved(tmp_path, place)
    [result] = results_of([Work(case, tmp_path, "gold", program=case.gold)], jobs=1)
    assert result.outcome == "answered", result.message
    return result.scores["answer"].value, {one.value for one in result.scores.values()} - {None}


FULL = (1.0, {1.0})


def test_rows_are_compared_with_what_the_sql_returns(asked, shop, tmp_path):
    log = asked(sql(BY_CUSTOMER), answer("Customer 1.", dataframes=["result"]))
    assert save_case(shop, log) == "evals.yaml, case 1"
    case = saved(tmp_path)
    assert (case.id, case.question, case.tables) == ("who-pays-most", "Who pays most?", ("orders",))
    assert case.completion.frame.columns == ("customer_id", "paid")
    assert marks(tmp_path) == FULL


def test_one_value_is_compared_as_a_value(asked, shop, tmp_path):
    save_case(shop, asked(sql(COUNTED), answer("There are 4.", dataframes=["result"])))
    assert saved(tmp_path).completion.value.from_gold
    assert marks(tmp_path) == FULL


def test_an_answer_of_words_is_compared_by_its_backed_numbers(asked, shop, tmp_path):
    save_case(shop, asked(sql(COUNTED), answer("There are **4** orders.")))
    assert saved(tmp_path).completion.contains == ("4",)
    assert marks(tmp_path) == FULL


def test_a_chart_is_compared_by_what_it_encodes(asked, shop, tmp_path):
    chart = say("", call("show_chart", dataframe="result", mark="bar", x="customer_id", y="paid"))
    save_case(shop, asked(sql(BY_CUSTOMER), chart, answer("See the chart.", figures=["figure"])))
    figure = saved(tmp_path).completion.figure
    assert (figure.mark, figure.x, figure.y) == ("bar", "customer_id", "paid")
    assert marks(tmp_path) == FULL


def test_the_persons_frame_and_variable_are_made_again(asked, shop, tmp_path):
    shop.shell.user_ns |= {"goals": pd.DataFrame({"goal": [10.5, 20.0]}), "factor": 2}
    code = "doubled = goals.assign(goal=goals.goal * factor)"
    save_case(shop, asked(python(code), answer("Doubled.", dataframes=["doubled"])))
    assert "factor = 2" in saved(tmp_path).environment.setup
    assert marks(tmp_path) == FULL


def test_a_variable_that_the_run_itself_changed_is_not_written_as_it_is_now(asked, shop, tmp_path):
    shop.shell.user_ns["seen"] = [1]
    shop.config = with_setting(shop.config, "policy.rebind", "allow", source="the test")
    log = asked(python(CHANGES), answer("Two.", dataframes=["out"]))
    with pytest.raises(RasgoError, match=r"changed your variable seen.*docs/evals\.md"):
        save_case(shop, log)
    assert not (tmp_path / "evals.yaml").exists()


def test_a_follow_up_is_asked_after_the_questions_before_it(asked, shop, tmp_path):
    asked(sql(BY_CUSTOMER, "paid"), answer("Customer 1.", dataframes=["paid"]))
    more = python("top = paid.sort_values('paid').tail(1).reset_index(drop=True)")
    save_case(shop, asked(more, answer("This one.", dataframes=["top"]), question="Only the best?"))
    assert saved(tmp_path).environment.turns == ("Who pays most?",)
    assert marks(tmp_path) == FULL


def test_a_private_connection_writes_no_values_down(asked, shop, tmp_path):
    shop.shell.user_ns["salaries"] = pd.DataFrame({"pay": [987_654]})
    shop.connect(tmp_path / "shop.duckdb", name="private", privacy="schema")
    log = asked(sql(BY_CUSTOMER), answer("Customer 1.", dataframes=["result"]))
    save_case(shop, log)
    assert saved(tmp_path).environment.setup == ""
    assert marks(tmp_path) == FULL
    private = asked(python("x = salaries.copy()"), answer("Done.", dataframes=["x"]), question="Pay?")
    with pytest.raises(RasgoError, match="may not leave the notebook"):
        save_case(shop, private)
    assert "987" not in (tmp_path / "evals.yaml").read_text()


def test_an_answer_without_anything_to_compare_is_refused(asked, shop, tmp_path):
    with pytest.raises(RasgoError, match="no program could compare"):
        save_case(shop, asked(answer("It looks fine.")))
    assert not (tmp_path / "evals.yaml").exists()


def test_a_second_case_goes_below_the_first(asked, shop, tmp_path):
    log = asked(sql(COUNTED), answer("There are 4.", dataframes=["result"]))
    assert [save_case(shop, log), save_case(shop, log)] == ["evals.yaml, case 1", "evals.yaml, case 2"]
    assert [saved(tmp_path, place).id for place in (0, 1)] == ["who-pays-most", "who-pays-most-2"]
    assert marks(tmp_path, 1) == FULL


def test_a_file_that_is_no_suite_stays_as_it_is(asked, shop, tmp_path):
    (tmp_path / "evals.yaml").write_text("shopping: [milk]\n")
    with pytest.raises(RasgoError, match=r"evals\.yaml"):
        save_case(shop, asked(sql(COUNTED), answer("There are 4.", dataframes=["result"])))
    assert (tmp_path / "evals.yaml").read_text() == "shopping: [milk]\n"
