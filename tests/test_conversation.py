"""Follow-up questions, and runs that are gone on with."""

import pytest

from rasgo_nb.agent.events import StepStarted
from rasgo_nb.agent.messages import Message, Text, Usage
from rasgo_nb.agent.models.scripted import Line, ScriptedModel, call, say
from rasgo_nb.conversation import EARLIER_CHARS, NO_ANSWER
from rasgo_nb.errors import LimitReached, ModelFailed, RasgoError
from rasgo_nb.interrupt import run_sync

COUNT = say("Counting.", call("run_sql", sql="SELECT count(*) AS orders FROM orders", save_as="counted"))
AGAIN = say("Again.", call("run_sql", sql="SELECT 5 AS orders", save_as="counted"))
LONG = say("", call("run_sql", sql="SELECT i, repeat('x', 50) AS text FROM range(1000) t(i)", save_as="long"))
DONE = say("", call("final_answer", text="There are 4.", dataframes=["counted"]))
GONE = Line(fails=ModelFailed("acme is gone."))


def go_on(session, words="", **options):
    events = []
    return run_sync(session.go_on(words, view=events.append, **options)), events


def test_a_follow_up_sees_the_turns_before_it(ask):
    ask(ScriptedModel(COUNT, DONE), "How many orders?")
    model = ScriptedModel(say("Yes."))
    ask(model, "Sure?")
    assert [message.role for message in model.seen[0]] == [
        *("system", "user", "assistant", "tool", "assistant", "user")
    ]
    assert [message.text for message in model.seen[0][1:] if message.text] == [
        *("How many orders?", "Counting.", "There are 4.", "Sure?")
    ]


def test_earlier_results_are_short_and_the_same_in_every_later_turn(ask):
    ask(ScriptedModel(LONG, say("Long.")))
    second, third = ScriptedModel(say("Two.")), ScriptedModel(say("Three."))
    ask(second, "Second?")
    ask(third, "Third?")
    assert len(second.seen[0][3].tool_results[0].content) <= EARLIER_CHARS
    assert third.seen[0][: len(second.seen[0])] == second.seen[0]


def test_tool_calls_of_different_turns_have_different_ids(ask):
    for _ in range(3):
        model = ScriptedModel(COUNT, DONE)
        ask(model)
    ids = [one.id for message in model.seen[-1] for one in message.tool_calls]
    assert len(set(ids)) == len(ids) == 3


def test_a_fresh_question_sees_no_turn_before_it(ask):
    ask(ScriptedModel(say("One.")))
    model = ScriptedModel(say("Two."))
    ask(model, fresh=True)
    assert [message.role for message in model.seen[0]] == ["system", "user"]


def test_the_transcript_of_a_run_is_its_own(ask):
    ask(ScriptedModel(say("One.")), "First?")
    run, _ = ask(ScriptedModel(say("Two.")), "Second?")
    assert [message.text for message in run.transcript[1:]] == ["Second?", "Two."]


def test_a_turn_that_failed_stays_and_says_so(ask):
    with pytest.raises(ModelFailed):
        ask(ScriptedModel(COUNT, GONE))
    model = ScriptedModel(say("Yes."))
    ask(model, "And now?")
    assert model.seen[0][-2:] == (
        Message("assistant", (Text(NO_ANSWER),)),
        Message("user", (Text("And now?"),)),
    )


def test_the_offline_model_answers_the_last_question(ask):
    ask("offline", "How many orders are there?")
    run, _ = ask("offline", "How many customers are there?")
    assert "3" in run.answer


def test_a_run_that_stopped_at_a_limit_goes_on_where_it_was(ask, shop):
    model = ScriptedModel(COUNT, AGAIN, DONE)
    with pytest.raises(LimitReached, match="%ask --continue"):
        ask(model, max_steps=1)
    run, events = go_on(shop)
    assert (run.status, run.answer, run.question) == (
        "answered",
        "There are 4.",
        "How many orders are there?",
    )
    assert [event.step for event in events if isinstance(event, StepStarted)] == [2, 3]
    assert [step.number for step in run.steps] == [1, 2, 3]
    assert [message.role for message in run.transcript] == [
        *("system", "user", "assistant", "tool", "assistant", "tool", "assistant", "tool")
    ]


def test_the_frames_of_a_run_stay_its_own_when_it_goes_on(ask, shop, shell):
    with pytest.raises(LimitReached):
        ask(ScriptedModel(COUNT, AGAIN, DONE), max_steps=1)
    run, _ = go_on(shop)
    assert shell.user_ns["counted"]["orders"].tolist() == [5]
    assert list(run.dataframes) == ["counted"]


def test_usage_counts_both_parts_and_limits_begin_anew(ask, shop):
    dear = Line("", COUNT.calls, usage=Usage(input_tokens=90))
    with pytest.raises(ModelFailed):
        ask(ScriptedModel(dear, GONE, say("Four.")))
    run, _ = go_on(shop, max_steps=1)
    assert (run.usage.input_tokens, [step.number for step in run.steps]) == (90, [1, 2])


def test_a_further_sentence_reaches_another_model(ask, shop):
    with pytest.raises(ModelFailed):
        ask(ScriptedModel(GONE))
    other = ScriptedModel(say("Four."))
    go_on(shop, "Count only paid ones.", model=other)
    assert [m.text for m in other.seen[0][1:]] == ["How many orders are there?", "Count only paid ones."]


def test_a_run_gone_on_with_is_one_turn(ask, shop):
    with pytest.raises(ModelFailed):
        ask(ScriptedModel(GONE, say("Four.")))
    go_on(shop)
    assert len(shop.conversation.turns) == 1


def test_without_a_run_or_after_an_answer_there_is_nothing_to_go_on_with(ask, shop):
    with pytest.raises(RasgoError, match="no run to go on with"):
        go_on(shop)
    ask(ScriptedModel(say("Four.")))
    with pytest.raises(RasgoError, match="follow-up"):
        go_on(shop)


def test_the_magic_goes_on_and_begins_afresh(shop, shell):
    from rasgo_nb.magics import RasgoMagics

    shell.rasgo_nb_session = shop
    magics = RasgoMagics(shell)
    with pytest.raises(RasgoError, match="no run to go on with"):
        magics.ask("--continue")
    magics.ask("--fresh --quiet --model offline How many orders are there?")
    with pytest.raises(RasgoError, match="follow-up"):
        magics.ask("--continue with the rest")
    with pytest.raises(RasgoError, match="exclude each other"):
        magics.ask("--fresh --continue")
