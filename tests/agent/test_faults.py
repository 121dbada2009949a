"""What a run makes of the faults of models: tried again, told in one line, never a tool run twice."""

import random

import pytest

from rasgo_nb.agent.events import ContextShortened, ReplyRetried, ToolCallStarted
from rasgo_nb.agent.models.scripted import Line, ScriptedModel, call, say
from rasgo_nb.agent.replies import CUT, UNBACKED
from rasgo_nb.agent.retry import RetryPolicy
from rasgo_nb.agent.run_log import RunLog
from rasgo_nb.errors import ContextOverflow, ModelFailed, ModelUnavailable

COUNT = call("run_sql", sql="SELECT count(*) AS orders FROM orders", save_as="counted")
BUSY = ModelUnavailable("acme is limiting requests (status 429): slow down.", retry_after_s=0.01)
BROKEN = Line("I will now", fails=BUSY)


def test_a_reply_that_breaks_off_is_asked_for_anew_and_leaves_no_trace(ask):
    run, events = ask(ScriptedModel(BROKEN, say("Counting.", COUNT), say("There are 4.")))
    retried = next(event for event in events if isinstance(event, ReplyRetried))
    assert (retried.step, retried.reason) == (1, str(BUSY))
    assert [step.text for step in run.steps] == ["Counting.", "There are 4."]
    assert [message.role for message in run.transcript] == [
        "system",
        "user",
        "assistant",
        "tool",
        "assistant",
    ]


def test_a_retry_never_runs_a_tool_again(ask):
    _, events = ask(ScriptedModel(say("Counting.", COUNT), BROKEN, BROKEN, say("There are 4.")))
    assert len([event for event in events if isinstance(event, ToolCallStarted)]) == 1


def test_retries_end_with_a_line_that_says_how_to_go_on(ask):
    with pytest.raises(ModelFailed, match=r"Tried 6 times.*%ask --continue"):
        ask(ScriptedModel(*[BROKEN] * 10))


def test_a_wait_that_outlasts_the_run_is_not_waited(ask):
    later = ModelUnavailable("acme is overloaded (status 529): busy.", retry_after_s=86_400)
    with pytest.raises(ModelFailed, match=r"wait 86,40\d s, longer than a run"):
        ask(ScriptedModel(Line(fails=later)))


def test_a_reply_that_meets_the_end_of_the_window_leaves_no_trace(ask):
    full = Line("Half an ans", fails=ContextOverflow("too long"))
    long = say("", call("run_sql", sql="SELECT i, repeat('x', 50) AS text FROM range(1000) t(i)"))
    run, _ = ask(ScriptedModel(long, full, say("Four.")))
    assert (run.answer, run.steps[1].text) == ("Four.", "Four.")
    assert "end of the model's context window" in run.steps[1].notes[0]


def test_requests_of_a_reply_that_broke_off_are_counted(ask):
    run, _ = ask(ScriptedModel(Line("I wi", fails=ModelUnavailable("busy", retry_after_s=0.0)), say("Four.")))
    assert run.usage.requests == 2


def test_what_cannot_pass_is_not_tried_again(ask):
    model = ScriptedModel(Line(fails=ModelFailed("acme refused the key (status 401): no.")), say("Hello."))
    with pytest.raises(ModelFailed, match="refused the key"):
        ask(model)
    assert len(model.seen) == 1


def test_waits_grow_and_jitter_but_keep_what_the_provider_asked():
    random.seed(7)
    policy = RetryPolicy()
    waits = [policy.wait_s(retry, None) for retry in range(10)]
    assert all(0.25 * 2**retry <= wait <= 0.5 * 2**retry for retry, wait in enumerate(waits[:6]))
    assert max(waits) <= 30
    assert 7 <= policy.wait_s(0, 7.0) <= 7.7
    assert len({policy.wait_s(3, None) for _ in range(20)}) > 10


def test_a_refusal_is_told_in_the_models_words(ask):
    with pytest.raises(ModelFailed, match=r"declined to reply: I can't help with that.*Ask in other words"):
        ask(ScriptedModel(Line("I can't help with that.", stop_reason="content_filter")))


def test_an_empty_reply_says_so(ask):
    with pytest.raises(ModelFailed, match="empty reply"):
        ask(ScriptedModel(Line("")))


def test_a_reply_of_nothing_but_thinking_up_to_the_limit_names_the_limit(ask):
    with pytest.raises(ModelFailed, match="max_output_tokens"):
        ask(ScriptedModel(Line("", thinking="Hm.", stop_reason="max_tokens")))


def test_an_answer_that_no_step_backs_says_so(ask):
    run, _ = ask(ScriptedModel(say("There are 4 orders.")))
    assert run.assumptions == (UNBACKED,)


def test_an_answer_cut_by_the_models_limit_says_so(ask):
    run, _ = ask(ScriptedModel(say("Counting.", COUNT), Line("There are", stop_reason="max_tokens")))
    assert run.assumptions == (CUT,)


@pytest.mark.parametrize(
    "text",
    [
        '<tool_call>{"name": "run_sql", "arguments": {"sql": "SELECT 1"}}</tool_call>',
        'I call {"name": "run_sql", "parameters": {}}',
        "[TOOL_CALLS] run_sql",
    ],
)
def test_tool_calls_written_as_text_tell_of_the_endpoint(ask, text):
    with pytest.raises(ModelFailed, match="as text: the endpoint does not pass tools on"):
        ask(ScriptedModel(say(text)))


def test_a_broken_reply_is_void_in_every_view():
    from rasgo_nb.agent.events import RunStarted, StepStarted, TextDelta
    from rasgo_nb.widgets.static import run_html
    from rasgo_nb.widgets.text import run_text

    log = RunLog()
    for event in (
        RunStarted("1", "q", "m", "c"),
        StepStarted(1),
        TextDelta(1, "half a sent"),
        ReplyRetried(1, "acme is overloaded.", 2.0),
        ContextShortened(1, "3 old results were shortened."),
    ):
        log.add(event)
    for view in (run_html(log), run_text(log)):
        assert "half a sent" not in view
        assert "acme is overloaded. Trying again in 2.0 s." in view
        assert "3 old results were shortened." in view
