"""A whole run with the offline model: real tools, a real DuckDB, no network."""

import json

import pytest

from rasgo_nb.agent.messages import Message, Text, ToolPage
from rasgo_nb.agent.models.base import ReplyEnd, TextFragment, ToolCallFragment
from rasgo_nb.agent.models.offline.model import OfflineModel
from rasgo_nb.interrupt import run_sync


@pytest.fixture
def asked(shop):
    """The run of a question, and the tools that it called, in their order."""

    def asked(question):
        run = run_sync(shop.ask(question, model="offline"))
        return run, [call.name for message in run.transcript for call in message.tool_calls]

    return asked


def test_a_count_is_answered_with_its_number(asked):
    run, tools = asked("How many orders are there?")
    assert run.status == "answered"
    assert "**4**" in run.answer
    assert run.result.iloc[0, 0] == 4
    assert tools[0] == "search_tables"
    assert tools[-2:] == ["run_sql", "final_answer"]


def test_values_are_found_however_they_are_spelt(asked):
    run, tools = asked("Which customers are from GERMANY?")
    assert run.result.iloc[:, 0].tolist() == ["Bob", "Cy"]
    assert "profile_columns" in tools
    assert any("'Germany'" in one for one in run.assumptions)


def test_tables_are_joined_and_the_join_is_told(asked):
    run, _ = asked("What is the total amount of orders for each country?")
    assert dict(zip(run.result["country"], run.result.iloc[:, 1].astype(float), strict=True)) == {
        "France": 30.5,
        "Germany": 12.25,
    }
    assert any("customer_id" in one for one in run.assumptions)


def test_a_breakdown_of_three_is_drawn(asked):
    run, tools = asked("number of orders per month")
    assert "show_chart" in tools
    assert list(run.figures)


def test_a_single_number_is_not_drawn(asked):
    _, tools = asked("What is the average amount of orders?")
    assert "show_chart" not in tools


def test_a_live_frame_is_asked_by_its_name(asked, shell):
    import pandas as pd

    shell.user_ns["tips"] = pd.DataFrame({"day": ["Sun", "Sun", "Mon"], "tip": [1.0, 3.0, 5.0]})
    run, tools = asked("What is the average tip by day in @tips?")
    assert tools[0] == "describe_variable"
    assert sorted(run.result.iloc[:, 1].tolist()) == [2.0, 5.0]


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("delete all orders", "change data"),
        ("Forecast the orders of next month", "forecast"),
        ("hello there", "no question about the data"),
        ("What is the velocity of a swallow?", "cannot answer"),
    ],
)
def test_what_is_beyond_it_is_said_with_what_to_type(asked, question, reason):
    run, tools = asked(question)
    assert reason in run.answer
    assert "%rasgo model" in run.answer
    assert "run_sql" not in tools


def test_a_cause_is_not_claimed(asked):
    run, _ = asked("How many orders are there for each country, and why?")
    assert "beyond rules" in run.answer


def test_words_that_were_not_used_are_said(asked):
    run, _ = asked("How many orders were refunded?")
    assert "refunded" in run.answer


def test_a_number_that_no_column_was_found_for_is_said(asked):
    run, _ = asked("How many orders have a velocity above 7?")
    assert "'7'" in run.answer


def test_a_month_is_read_as_a_part_of_the_date(asked):
    run, _ = asked("How many orders were placed in February?")
    assert "**2**" in run.answer


def test_a_reply_streams_a_sentence_and_then_the_call():
    fragments = run_sync(_reply([Message("user", (Text("How many orders?"),))], ["search_tables"]))
    assert isinstance(fragments[0], TextFragment)
    assert fragments[-1] == ReplyEnd("tool_calls", fragments[-1].usage)
    calls = [one for one in fragments if isinstance(one, ToolCallFragment)]
    arguments = json.loads("".join(one.arguments_text for one in calls))
    assert (calls[0].name, arguments["words"]) == ("search_tables", "How many orders?")


def test_without_tools_it_answers_in_text():
    fragments = run_sync(_reply([Message("user", (Text("hello"),))], []))
    assert fragments[-1].stop_reason == "end_turn"
    assert "offline model" in "".join(one.text for one in fragments[:-1])


def test_the_same_transcript_gets_the_same_reply():
    messages = [Message("user", (Text("How many orders?"),))]
    first, second = (run_sync(_reply(messages, ["search_tables"])) for _ in range(2))
    assert first == second


async def _reply(messages, tools):
    pages = [ToolPage(name, "", {}) for name in tools]
    return [fragment async for fragment in OfflineModel().stream_reply(messages, pages)]
