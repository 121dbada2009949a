"""A run from question to answer, played by the scripted model on a real database and a real shell."""

import asyncio
import json
import os
import signal
import threading
import time

import pytest

from rasgo_nb.agent.events import Answered, RunStopped, StepStarted, TextDelta, ToolCallFinished
from rasgo_nb.agent.messages import Usage
from rasgo_nb.agent.models.scripted import Call, Line, ScriptedModel, call, say
from rasgo_nb.errors import LimitReached, RasgoError, Stopped
from rasgo_nb.interrupt import run_sync

COUNT = "SELECT count(*) AS orders FROM orders"
DONE = say("", call("final_answer", text="There are 4 orders.", steps=[1], dataframes=["counted"]))


def well_formed(transcript):
    """Every tool call has just one result, in the message right after it."""
    for message, after in zip(transcript, [*transcript[1:], None], strict=True):
        if message.tool_calls:
            assert after is not None
            assert [r.tool_call_id for r in after.tool_results] == [c.id for c in message.tool_calls]
    return True


def test_a_question_is_answered_with_the_frame_behind_it(ask):
    run, _ = ask(ScriptedModel(say("Counting.", call("run_sql", sql=COUNT, save_as="counted")), DONE))
    assert (run.status, run.answer) == ("answered", "There are 4 orders.")
    assert run.result.to_dict("list") == {"orders": [4]}
    assert list(run.dataframes) == ["counted"]
    assert well_formed(run.transcript)


def test_an_answer_may_be_plain_text(ask):
    run, events = ask(ScriptedModel(say("There are **4** orders.")))
    assert run.answer == "There are **4** orders."
    assert isinstance(events[-1], Answered)


def test_text_streams_as_it_is_made(ask):
    _, events = ask(ScriptedModel(say("There are 4 orders.")))
    assert [event.text for event in events if isinstance(event, TextDelta)] == ["There are", " 4 orders."]


def test_a_wrong_column_is_told_to_the_model_and_mended(ask):
    def mend(messages):
        page = json.loads(messages[-1].tool_results[0].content)
        right = page["did_you_mean"][0]["nearest"][0]
        return say("", call("run_sql", sql=f"SELECT sum({right}) AS total FROM orders", save_as="total"))

    wrong = say("", call("run_sql", sql="SELECT sum(amuont) FROM orders"))
    run, _ = ask(ScriptedModel(wrong, mend, say("Done.")))
    assert run.result["total"].tolist() == [42.75]


def test_independent_calls_run_at_the_same_time(ask):
    slow = "SELECT count(*) FROM range(30000000) t(i) WHERE sin(i) > 2"
    both = say("", call("run_sql", sql=slow, save_as="a"), call("run_sql", sql=slow, save_as="b"))
    _, events = ask(ScriptedModel(both, say("Done.")))
    kinds = [type(event).__name__ for event in events if type(event).__name__.startswith("ToolCall")]
    calls = [kind for kind in kinds if kind != "ToolCallDelta"]
    assert calls == ["ToolCallStarted", "ToolCallStarted", "ToolCallFinished", "ToolCallFinished"]


def test_python_runs_one_at_a_time_on_the_main_thread(ask, shell):
    code = "import threading\nplaces = globals().get('places', []) + [threading.current_thread().name]"
    step = say("", call("run_python", code=code), call("run_python", code=code))
    ask(ScriptedModel(step, say("Done.")))
    assert shell.user_ns["places"] == ["MainThread", "MainThread"]


def test_running_out_of_steps_says_what_to_do(ask):
    model = ScriptedModel(*(say("", call("search_tables", words=word)) for word in "abcdef"))
    with pytest.raises(LimitReached, match="--max-steps 8"):
        ask(model, max_steps=4)


def test_running_out_of_tokens_stops_before_more_is_spent(shop):
    from dataclasses import replace

    shop.config = replace(shop.config, max_tokens=100)
    dear = Line("", (call("search_tables", words="orders"),), usage=Usage(input_tokens=90, output_tokens=20))
    with pytest.raises(LimitReached, match="max_tokens 200"):
        run_sync(shop.ask("How many?", model=ScriptedModel(dear, dear)))
    assert shop.last_run.usage.requests == 1


def test_running_out_of_money_stops(shop):
    from dataclasses import replace

    shop.config = replace(shop.config, max_cost_usd=0.5)
    dear = Line("", (call("search_tables", words="orders"),), usage=Usage(cost_usd=0.6))
    with pytest.raises(LimitReached, match=r"0\.60 USD.*max_cost_usd 1"):
        run_sync(shop.ask("How many?", model=ScriptedModel(dear, dear)))


def test_running_out_of_time_stops_a_query(shop):
    from dataclasses import replace

    shop.config = replace(shop.config, max_seconds=0.3)
    endless = "SELECT count(*) FROM range(100000000000) t(i) WHERE sin(i) > 2"
    with pytest.raises(LimitReached, match=r"within 0\.3 seconds"):
        run_sync(shop.ask("How many?", model=ScriptedModel(say("", call("run_sql", sql=endless)))))
    assert shop.last_run.status == "stopped"
    assert well_formed(shop.last_run.transcript)


def test_the_same_failing_call_twice_is_going_round_in_circles(ask):
    wrong = say("", call("run_sql", sql="SELECT nothing FROM nowhere"))
    with pytest.raises(LimitReached, match="circles"):
        ask(ScriptedModel(wrong, wrong, wrong))


def test_a_failing_call_may_be_repeated_when_something_has_changed(ask):
    query = say("", call("run_sql", sql="SELECT sum(x) AS s FROM later", save_as="summed"))
    make = say("", call("run_python", code="import pandas as pd\nlater = pd.DataFrame({'x': [1, 2]})"))
    run, _ = ask(ScriptedModel(query, make, query, say("Done.")))
    assert run.result["s"].tolist() == [3]


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (Call("run_sequel", {"sql": COUNT}), "Did you mean run_sql?"),
        (Call("run_sql", {"query": COUNT}), "must contain ['sql']"),
        (Call("run_sql", raw='{"sql": "SELECT'), "no JSON object"),
        (Call("run_sql", raw="[1, 2]"), "no JSON object"),
        (Call("get_table_detail", {"tables": "orders"}), "tables must be array"),
        (Call("search_tables", {"words": "orders", "limit": 0}), "limit must be bigger than or equal to 1"),
        (Call("get_table_detail", {"tables": ["ordres"]}), "main.orders"),
        (Call("describe_variable", {"name": "nobody"}), "There is no variable"),
        (Call("final_answer", {"text": "4", "dataframes": ["nobody"]}), "There is no variable"),
        (Call("final_answer", {"text": "4", "steps": [9]}), "There is no step 9"),
        (Call("ask_user", {"question": "Which?"}), "Nobody replied"),
    ],
)
def test_a_wrong_call_gets_a_result_that_says_what_would_be_right(ask, bad, says):
    run, events = ask(ScriptedModel(say("", bad), say("I give up.")))
    [result] = [event.result for event in events if isinstance(event, ToolCallFinished)]
    assert result.is_error
    assert says in result.content
    assert well_formed(run.transcript)


def test_repeated_ids_of_tool_calls_are_told_apart(ask):
    twins = say("", Call("list_variables", id="x"), Call("search_tables", {"words": "orders"}, id="x"))
    run, _ = ask(ScriptedModel(twins, say("Done.")))
    assert [result.tool_call_id for result in run.transcript[3].tool_results] == ["x", "x_2"]


def test_an_empty_reply_ends_the_run_with_a_clear_line(ask):
    with pytest.raises(RasgoError, match="empty reply"):
        ask(ScriptedModel(say("")))


def test_a_stopped_run_keeps_a_well_formed_transcript_and_its_frames(shop):
    endless = "SELECT count(*) FROM range(100000000000) t(i) WHERE sin(i) > 2"
    model = ScriptedModel(
        say("", call("run_sql", sql=COUNT, save_as="counted")), say("", call("run_sql", sql=endless))
    )
    timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    began = time.monotonic()
    with pytest.raises(Stopped):
        run_sync(shop.ask("How many?", model=model))
    assert time.monotonic() - began < 30
    assert shop.last_run.status == "stopped"
    assert "counted" in shop.shell.user_ns
    assert well_formed(shop.last_run.transcript)


def test_stopping_generated_code_ends_the_run_not_the_loop(shop):
    events = []
    model = ScriptedModel(say("", call("run_python", code="kept = 1\nwhile True: pass")))
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(Stopped):
        run_sync(shop.ask("Loop!", model=model, view=events.append))
    assert isinstance(events[-1], RunStopped)
    assert "kept" not in shop.shell.user_ns
    assert well_formed(shop.last_run.transcript)


def test_the_next_question_works_after_a_stop(shop):
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(Stopped):
        run_sync(shop.ask("Wait!", model=ScriptedModel(Line("a long story", pause_s=20))))
    assert run_sync(shop.ask("Again?", model=ScriptedModel(say("Yes.")))).answer == "Yes."


def test_a_run_can_be_asked_inside_a_running_event_loop(shop):
    async def cell():
        return run_sync(shop.ask("Nested?", model=ScriptedModel(say("Yes."))))

    assert asyncio.run(cell()).answer == "Yes."


def test_steps_are_numbered_from_one(ask):
    _, events = ask(ScriptedModel(say("", call("search_tables", words="orders")), say("Done.")))
    assert [event.step for event in events if isinstance(event, StepStarted)] == [1, 2]
