"""Whole runs over a provider's real SDK and real HTTP: question in, answer out, faults on the way."""

import pytest
from protocols import chat_completions
from server import Reply, serving

from rasgo_nb.agent.events import ReplyRetried
from rasgo_nb.agent.models.scripted import Call, Line, call, say
from rasgo_nb.config import Config, ProviderSettings
from rasgo_nb.errors import ModelFailed
from rasgo_nb.interrupt import run_sync

COUNT = Reply(
    say("Counting.", call("run_sql", sql="SELECT count(*) AS orders FROM orders", save_as="counted"))
)
DONE = Reply(say("", call("final_answer", text="There are 4 orders.", steps=[1], dataframes=["counted"])))


@pytest.fixture
def ask_over_http(shop):
    """Ask the shop a question over loopback HTTP: ``run, events, server = ask_over_http(*replies)``."""

    def ask(*replies, question="How many orders are there?", **options):
        events = []
        with serving(chat_completions.SUBJECTS[0].protocol, *replies) as server:
            acme = ProviderSettings(kind="openai-compatible", base_url=f"{server.url}/v1")
            shop.config = Config(model="acme:some-model:7b", providers={"acme": acme})
            run = run_sync(shop.ask(question, view=events.append, **options))
        return run, events, server

    return ask


def test_a_question_is_answered_by_a_model_named_today(ask_over_http):
    run, _, server = ask_over_http(COUNT, DONE)
    assert (run.status, run.answer, run.model) == ("answered", "There are 4 orders.", "acme:some-model:7b")
    assert run.result["orders"].tolist() == [4]
    assert {request.json["model"] for request in server.requests} == {"some-model:7b"}


def test_a_rate_limit_in_mid_run_is_waited_out_and_no_tool_runs_twice(ask_over_http):
    busy = Reply(status=429, message="slow down", headers={"retry-after-ms": "20"})
    cut = Reply(say("I will now say"), cut_after=2)
    run, events, server = ask_over_http(COUNT, busy, cut, DONE)
    assert [event.step for event in events if isinstance(event, ReplyRetried)] == [2, 2]
    assert (run.answer, len(run.steps), len(server.requests)) == ("There are 4 orders.", 2, 4)


def test_calls_to_tools_that_do_not_exist_and_broken_arguments_are_told_to_the_model(ask_over_http):
    odd = Reply(
        Line("", (Call("launch_rocket", {}), Call("run_sql", raw='{"sql": "SEL'), Call("run_sql", raw="[1]")))
    )
    run, _, _ = ask_over_http(odd, COUNT, DONE)
    told = [result.content for result in run.transcript[3].tool_results]
    assert "There is no tool 'launch_rocket'" in told[0]
    assert all("no JSON object" in content for content in told[1:])
    assert run.status == "answered"


def test_ten_megabytes_of_arguments_are_refused_and_not_sent_back(ask_over_http):
    huge = Reply(Line("", (Call("run_sql", raw='{"sql": "' + "x" * 10_000_000 + '"}'),)), split=1_000_000)
    run, _, server = ask_over_http(huge, COUNT, DONE)
    assert "10,000,011 characters" in run.transcript[3].tool_results[0].content
    assert len(server.requests[-1].body) < 100_000


def test_repeated_ids_are_told_apart(ask_over_http):
    twice = Call("run_sql", {"sql": "SELECT 1 AS one"}, id="same")
    run, _, _ = ask_over_http(Reply(Line("", (twice, twice))), Reply(say("Both are one.")))
    assert [one.tool_call_id for one in run.transcript[3].tool_results] == ["same", "same_2"]


def test_a_refused_key_ends_the_run_with_one_line_and_a_whole_transcript(ask_over_http, shop):
    with pytest.raises(ModelFailed, match=r"acme refused the key \(status 401\).*rasgo-nb key set acme"):
        ask_over_http(COUNT, Reply(status=401, message="no such key"))
    assert [message.role for message in shop.last_run.transcript] == ["system", "user", "assistant", "tool"]


def test_a_web_page_in_place_of_an_api_is_told(ask_over_http):
    page = Reply(body=b"<!doctype html><html><body>Sign in</body></html>", content_type="text/html")
    with pytest.raises(ModelFailed, match="base URL"):
        ask_over_http(*[page] * 10)
