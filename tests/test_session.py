"""Questions, names and settings as they reach a run."""

import json
import os
import pty
import sys

import duckdb
import pandas as pd
import pytest

from rasgo_nb.agent.models.scripted import ScriptedModel, call, say
from rasgo_nb.errors import ConnectionFailed, RasgoError, UnknownName
from rasgo_nb.interrupt import run_sync

HARD = (
    "{braces} {{twice}} 'single' \"double\" %percent %%cells $dollar ${HOME} "
    "!shell ?help `ticks` \\n ünï 🎲 --flag"
)


@pytest.mark.parametrize(
    "question", [HARD, HARD * 20_000, "  indented\n\n    lines \n>>> prompt", "\u2028\x00\x0c"]
)
def test_any_text_reaches_the_model_unharmed(shop, question):
    model = ScriptedModel(say("Read."))
    run_sync(shop.ask(question, model=model))
    assert model.seen[0][1].text == question


@pytest.mark.parametrize("question", ["", "   \n\t"])
def test_an_empty_question_says_where_to_write_it(shop, question):
    with pytest.raises(RasgoError, match="below `%%ask`"):
        run_sync(shop.ask(question, model=ScriptedModel()))


def test_a_name_points_at_a_table_or_a_variable(shop):
    shop.shell.user_ns["rates"] = [1, 2]
    model = ScriptedModel(say("Read."))
    run_sync(shop.ask("Join @orders with @rates, mail ann@example.org or @nobody", model=model))
    question, notes = model.seen[0][1].parts
    assert question.text == "Join @orders with @rates, mail ann@example.org or @nobody"
    assert notes.text.strip().splitlines() == [
        "@orders is the table main.orders.",
        "@rates is a variable of type list.",
    ]


def test_a_result_never_goes_over_a_variable_of_the_person(ask, shell):
    shell.user_ns["result"] = "mine"
    run, _ = ask(
        ScriptedModel(say("", call("run_sql", sql="SELECT 1 AS one", save_as="result")), say("Done."))
    )
    assert shell.user_ns["result"] == "mine"
    assert list(run.dataframes) == ["result_2"]


def test_a_run_may_replace_its_own_frames(ask, shell):
    first, second = (call("run_sql", sql=f"SELECT {n} AS n", save_as="counted") for n in (1, 2))
    ask(ScriptedModel(say("", first), say("", second), say("Done.")))
    assert shell.user_ns["counted"]["n"].tolist() == [2]


def test_frames_of_the_notebook_can_be_queried_by_name(ask, shell):
    import pandas as pd

    shell.user_ns["rates"] = pd.DataFrame({"country": ["France", "Germany"], "rate": [0.2, 0.19]})
    sql = "SELECT c.name, r.rate FROM customers c JOIN rates r USING (country) ORDER BY c.id"
    run, _ = ask(ScriptedModel(say("", call("run_sql", sql=sql)), say("Done.")))
    assert run.result["rate"].tolist() == [0.2, 0.19, 0.19]


def test_without_a_connection_there_is_one_for_frames(session):
    import pandas as pd

    session.shell.user_ns["df"] = pd.DataFrame({"x": [1, 2, 3]})
    model = ScriptedModel(say("", call("run_sql", sql="SELECT sum(x) AS s FROM df")), say("Done."))
    assert run_sync(session.ask("Sum?", model=model)).result["s"].tolist() == [6]


def test_a_wrong_spelling_in_a_filter_becomes_a_hint(ask):
    sql = "SELECT count(*) AS n FROM customers WHERE country = 'germany'"
    run, _ = ask(ScriptedModel(say("", call("run_sql", sql=sql)), say("Done.")))
    assert "'Germany'" in run.transcript[3].tool_results[0].content


def test_a_right_spelling_gets_no_hint(ask):
    sql = "SELECT count(*) AS n FROM customers WHERE country = 'Germany'"
    run, _ = ask(ScriptedModel(say("", call("run_sql", sql=sql)), say("Done.")))
    assert "hints" not in run.transcript[3].tool_results[0].content


def test_an_unknown_model_offers_one_that_exists(shop):
    with pytest.raises(UnknownName, match="--model offline"):
        run_sync(shop.ask("Hello?", model="ofline"))


def test_an_unknown_connection_offers_one_that_is_open(shop):
    with pytest.raises(UnknownName, match="--connection shop"):
        run_sync(shop.ask("Hello?", connection="shopp", model=ScriptedModel()))


def test_a_run_is_bound_to_the_name_asked_for_also_when_it_fails(shop):
    with pytest.raises(RasgoError):
        run_sync(shop.ask("Hello?", model=ScriptedModel(say("")), bind_as="run"))
    assert shop.shell.user_ns["run"].status == "failed"


def test_calls_of_one_step_get_a_name_each(ask, shell):
    queries = [call("run_sql", sql=f"SELECT {number} AS n") for number in range(5)]
    run, _ = ask(ScriptedModel(say("", *queries), say("Done.")))
    pages = [json.loads(one.result.content) for one in run.steps[0].calls]
    found = [shell.user_ns[page["dataframe"]]["n"].tolist() for page in pages]
    assert found == [[0], [1], [2], [3], [4]]


def test_a_table_of_several_schemas_is_not_hidden_by_a_frame(session, shell, tmp_path):
    with duckdb.connect(str(tmp_path / "two.duckdb")) as database:
        database.execute("CREATE TABLE orders AS SELECT 1 AS n")
        database.execute("CREATE SCHEMA old; CREATE TABLE old.orders AS SELECT 2 AS n")
    session.connect(tmp_path / "two.duckdb")
    shell.user_ns["orders"] = pd.DataFrame({"n": [99]})
    model = ScriptedModel(say("", call("run_sql", sql="SELECT n FROM orders")), say("Done."))
    run = run_sync(session.ask("How many?", model=model))
    assert run.result["n"].tolist() == [1]


def test_a_connection_is_opened_anew_in_the_other_mode(session, tmp_path):
    path = tmp_path / "some.duckdb"
    duckdb.connect(str(path)).close()
    session.connect(path)
    assert session.connect(path, read_only=False).read_only is False
    with pytest.raises(ConnectionFailed, match="--name"):
        session.connect(path, name="other")
    assert list(session.connections) == ["some"]


def test_a_person_who_ends_the_input_replies_nothing(ask, monkeypatch):
    ours, theirs = pty.openpty()
    os.write(ours, b"\x04")
    with os.fdopen(theirs) as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)
        run, _ = ask(ScriptedModel(say("", call("ask_user", question="Which year?")), say("Any.")))
    os.close(ours)
    assert run.steps[0].calls[0].result.content.startswith('{"error": "Nobody replied.')


def test_two_files_of_one_stem_are_two_connections(session, tmp_path):
    for year in ("2023", "2024"):
        (tmp_path / year).mkdir()
        (tmp_path / year / "sales.csv").write_text("a\n1\n")
        session.connect(tmp_path / year / "sales.csv")
    session.connect(tmp_path / "2023" / "sales.csv")
    assert list(session.connections) == ["sales", "sales_2"]
