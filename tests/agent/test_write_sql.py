"""A second model writes the SQL: what it is told, how its SQL is run, and what becomes of its failures."""

import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasgo_nb.agent.events import StepStarted, ToolCallFinished, ToolCallStarted
from rasgo_nb.agent.interface import Interface
from rasgo_nb.agent.messages import ToolCall, ToolResult, Usage
from rasgo_nb.agent.models.scripted import Line, ScriptedModel, say
from rasgo_nb.agent.run_log import RunLog
from rasgo_nb.agent.specialist import Specialist, sql_of
from rasgo_nb.agent.toolbox import Toolbox
from rasgo_nb.agent.tools import ALL_TOOLS, ALL_WITH_SPECIALIST
from rasgo_nb.agent.tools.base import ToolContext
from rasgo_nb.catalog.search.catalog import Catalog
from rasgo_nb.errors import ModelFailed
from rasgo_nb.widgets.static import run_html
from rasgo_nb.widgets.text import run_text

COUNT = "SELECT count(*) AS orders FROM orders"


@pytest.fixture
def write(shop):
    """Have these lines' model write SQL: ``result, page, model = write(*lines)``."""

    def write(*lines, question="How many orders?", tables=("orders",)):
        model, connection = ScriptedModel(*lines), shop.connection()
        context = ToolContext(
            connection=connection,
            catalog=Catalog(connection.describe_tables()),
            user_ns=shop.shell.user_ns,
            run_code=None,
            specialist=Specialist(model),
        )
        box = Toolbox(ALL_WITH_SPECIALIST, context, Interface())
        arguments = {"question": question, "tables": list(tables), "save_as": "counted"}
        result = asyncio.run(box.run(ToolCall("1", "write_sql", arguments), context))
        return result, json.loads(result.content), model

    return write


def test_its_sql_runs_as_if_the_main_model_had_written_it(write, shop):
    result, page, _model = write(say(f"```sql\n{COUNT};\n```"))
    assert (page["sql"], page["dataframe"], page["rows"]) == (COUNT, "counted", 1)
    assert shop.shell.user_ns["counted"].orders[0] == 4
    assert result.value.frame is shop.shell.user_ns["counted"]


def test_it_sees_the_question_and_the_tables_but_no_rows(write):
    _result, _page, model = write(say(COUNT), tables=["orders", "customers"])
    instructions, question = model.seen[0]
    assert "dialect: duckdb" in instructions.text
    assert question.text.startswith("How many orders?")
    assert "in euro" in question.text
    assert "referenced_columns" in question.text
    assert "Ada" not in question.text
    assert "2024-01-05" not in question.text
    assert model.tools == ()


def test_a_failing_statement_is_mended_once_with_the_databases_words(write):
    result, page, model = write(say("SELECT sum(amonut) FROM orders"), say("SELECT sum(amount) FROM orders"))
    assert not result.is_error
    assert page["sql"] == "SELECT sum(amount) FROM orders"
    assert "amonut" in model.seen[1][-1].text
    assert "did_you_mean" in model.seen[1][-1].text


def test_a_statement_that_fails_twice_goes_to_the_main_model_with_its_sql(write):
    wrong = say("SELECT sum(amonut) FROM orders")
    result, page, model = write(wrong, wrong, say(COUNT))
    assert result.is_error
    assert len(model.seen) == 2
    assert page["sql"] == "SELECT sum(amonut) FROM orders"
    assert page["error"].endswith("Write SQL yourself with run_sql.")
    assert page["did_you_mean"][0]["nearest"] == ["amount"]


def test_what_it_took_is_counted_also_where_it_failed(write):
    wrong = Line("SELECT nothing FROM orders", usage=Usage(100, 10))
    good = Line(COUNT, usage=Usage(50, 5))
    assert write(wrong, good)[0].usage == Usage(150, 15, requests=2)
    assert write(wrong, wrong)[0].usage == Usage(200, 20, requests=2)


def test_the_guard_holds_for_its_sql_too(write, shop):
    result, page, _model = write(say("DROP TABLE orders"), say("DELETE FROM orders"))
    assert result.is_error
    assert "DELETE" in page["error"].upper()
    assert shop.connection().run_query(COUNT).frame.orders[0] == 4


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (Line(fails=ModelFailed("Its provider is gone.")), "Its provider is gone"),
        (Line("I'd rather not.", stop_reason="content_filter"), "declined"),
        (say(""), "no SQL"),
        (say("I don't know these tables."), "no SQL"),
    ],
)
def test_a_specialist_that_fails_leaves_the_writing_to_the_main_model(write, line, says):
    result, page, _model = write(line, line)
    assert result.is_error
    assert says in page["error"]
    assert page["error"].endswith("Write SQL yourself with run_sql.")


def test_an_unknown_table_is_refused_before_anyone_is_asked(write):
    _result, page, model = write(say(COUNT), tables=["order"])
    assert any("orders" in name for name in page["did_you_mean"])
    assert model.seen == []


def test_the_tool_is_there_only_where_a_model_is_set():
    assert "write_sql" not in [tool.name for tool in ALL_TOOLS]
    assert [tool for tool in ALL_WITH_SPECIALIST if tool.name != "write_sql"] == list(ALL_TOOLS)
    assert ALL_WITH_SPECIALIST[-1].name == "final_answer"


@pytest.mark.parametrize(
    ("reply", "sql"),
    [
        (COUNT, COUNT),
        (f"{COUNT};\n", COUNT),
        (f"```sql\n{COUNT}\n```", COUNT),
        (f"```\n{COUNT}", COUNT),
        (f"Here it is:\n\n```SQL\n{COUNT}\n```\nIt counts.", COUNT),
        (f"<think>SELECT or WITH?</think>{COUNT}", COUNT),
        (f"This counts them.\n{COUNT}", COUNT),
        (f"```python\nprint(1)\n```\n```sql\n{COUNT}\n```", COUNT),
        ("with a AS (SELECT 1 AS x) SELECT x FROM a", "with a AS (SELECT 1 AS x) SELECT x FROM a"),
        ("I can't.", ""),
        ("", ""),
    ],
)
def test_the_statement_is_read_out_of_the_reply(reply, sql):
    assert sql_of(reply, "duckdb") == sql


@given(st.text())
def test_whatever_it_replies_the_sql_is_a_part_of_it(reply):
    assert sql_of(reply, "duckdb") in reply.replace("\r", "") or sql_of(reply, "duckdb") in reply


def test_the_card_shows_the_sql_that_was_written():
    log = RunLog()
    result = ToolResult("1", "{}", value=None, page={"sql": COUNT})
    tool_call = ToolCall("1", "write_sql", {"question": "How many?", "tables": ["orders"]})
    for event in (StepStarted(1), ToolCallStarted(1, tool_call), ToolCallFinished(1, tool_call, result, 0.1)):
        log.add(event)
    assert COUNT in run_text(log)
    assert "COUNT(*) AS orders\nFROM orders" in run_html(log)
