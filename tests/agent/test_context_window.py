"""What a model is sent of a transcript that has grown too long."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rasgo_nb.agent.context_window import SHORT_CHARS, ContextWindow, _message_bytes
from rasgo_nb.agent.interface import Interface
from rasgo_nb.agent.messages import Image, Message, Text, ToolCall, ToolResult, Usage
from rasgo_nb.agent.models.scripted import Line, ScriptedModel, say
from rasgo_nb.agent.render import render
from rasgo_nb.agent.shortening import STILL_THERE
from rasgo_nb.agent.summary import record
from rasgo_nb.errors import ContextOverflow, ModelFailed
from rasgo_nb.interrupt import run_sync

SMALL = Interface(context_window=12_000, max_output_tokens=2_000)  # 10,000 tokens: about 33,000 bytes
TINY = Interface(context_window=2_500, max_output_tokens=500)
OPENING = [Message("system", (Text("Be exact."),)), Message("user", (Text("How many?"),))]


def step(number, rows=200, calls=1, images=()):
    """A reply that calls tools, and their results."""
    page = {"columns": ["n"], "rows": [[f"value {row} of {number}"] for row in range(rows)], "shown": "all"}
    ids = [f"call_{number}_{index}" for index in range(calls)]
    results = [ToolResult(one, render(page, SMALL), page=page, images=images) for one in ids]
    return [
        Message("assistant", tuple(ToolCall(one, "run_sql", {"sql": f"SELECT {number}"}) for one in ids)),
        Message("tool", tuple(results)),
    ]


def transcript(steps, **options):
    return OPENING + [message for number in range(steps) for message in step(number, **options)]


def fitted(window, messages):
    return run_sync(window.fit(messages, ()))


def is_well_formed(messages):
    """Every tool call has just one result right after it, and every result its call."""
    for before, message in zip([None, *messages], [*messages, None], strict=True):
        called = [call.id for call in before.tool_calls] if before else []
        results = [result.tool_call_id for result in message.tool_results] if message else []
        assert called == results
    return True


def test_what_fits_is_sent_as_it_is():
    messages = transcript(3)
    assert fitted(ContextWindow(ScriptedModel(), SMALL), messages).messages == messages


def test_old_results_are_shortened_and_the_last_two_steps_stay_whole():
    messages = transcript(8, images=(Image(b"png"),))
    sent = fitted(ContextWindow(ScriptedModel(), SMALL), messages)
    old, last = sent.messages[3].tool_results[0], sent.messages[-3:]
    assert json.loads(old.content)["shortened"] == STILL_THERE
    assert len(old.content) <= SHORT_CHARS
    assert not old.images
    assert last == messages[-3:]
    assert "Shortened the results of" in sent.note


def test_between_two_shortenings_the_beginning_stays_the_same():
    window, messages, sent, notes = ContextWindow(ScriptedModel(), SMALL), list(OPENING), [], []
    for number in range(25):
        messages += step(number, rows=120)
        now = fitted(window, messages)
        if not now.note:
            assert now.messages[: len(sent)] == sent
        sent, notes = now.messages, [*notes, now.note]
    assert 1 <= len([note for note in notes if note]) <= 4


def test_what_shortening_cannot_mend_the_model_summarises():
    model = ScriptedModel(Line("The total is 42.", usage=Usage(input_tokens=70, output_tokens=5)))
    messages = transcript(30)
    sent = fitted(ContextWindow(model, TINY), messages)
    assert sent.messages[:2] == OPENING
    assert "The total is 42." in sent.messages[2].text
    assert [message.role for message in sent.messages[2:]] == ["user", *["assistant", "tool"] * 2]
    assert sent.usage.total_tokens == 75
    assert "summary of 28 older steps" in sent.note
    assert model.tools == ()


def test_a_later_summary_takes_in_the_one_before():
    model = ScriptedModel(say("First summary."), say("Second summary."))
    window, messages = ContextWindow(model, TINY), transcript(30)
    fitted(window, messages)
    messages += [message for number in range(30, 60) for message in step(number, rows=3)]
    sent = fitted(window, messages).messages
    assert "First summary." in model.seen[1][1].text
    assert [message.text for message in sent if "summary" in message.text.lower()] == [sent[2].text]


def test_questions_and_answers_of_earlier_turns_are_never_dropped():
    said = [Message("assistant", (Text("There are 7."),)), Message("user", (Text("And now?"),))]
    messages = [*transcript(20), *said, *transcript(20)[2:]]
    sent = fitted(ContextWindow(ScriptedModel(say("All is known.")), TINY), messages).messages
    assert [one for one in sent if one in [*OPENING, *said]] == [*OPENING, *said]
    assert is_well_formed(sent)


def test_without_a_summary_the_run_goes_on_where_there_is_room():
    model = ScriptedModel(Line(fails=ModelFailed("acme is gone.")))
    window = ContextWindow(model, replace(SMALL, context_window=6_200))
    assert len(fitted(window, transcript(20)).messages) == 42
    fitted(window, transcript(21))
    assert len(model.seen) == 1


def test_without_a_summary_and_without_room_the_failure_is_told():
    window = ContextWindow(ScriptedModel(Line(fails=ModelFailed("acme is gone."))), TINY)
    with pytest.raises(ModelFailed, match="acme is gone"):
        fitted(window, transcript(60))


def test_an_empty_summary_is_paid_for_and_not_asked_for_again():
    model = ScriptedModel(Line(usage=Usage(input_tokens=900)))
    window = ContextWindow(model, replace(SMALL, context_window=6_200))
    sent = fitted(window, transcript(20))
    assert (len(sent.messages), sent.usage.input_tokens) == (42, 900)
    assert "summary" not in sent.note
    fitted(window, transcript(21))
    assert len(model.seen) == 1


def test_what_is_to_be_summarised_is_measured_as_the_window_is():
    text = record([Message("user", (Text("订单" * 5_000),)), Message("user", (Text("订单" * 9_000),))], 9_000)
    assert 4_500 < len(text.encode()) < 9_200


def test_an_overflow_shortens_what_seemed_to_fit():
    window, messages = ContextWindow(ScriptedModel(), SMALL), transcript(5)
    before = fitted(window, messages).messages
    window.overflowed()
    after = fitted(window, messages).messages
    assert sum(map(_message_bytes, after)) < 0.8 * sum(map(_message_bytes, before))


def test_an_overflow_that_nothing_can_mend_is_told():
    window = ContextWindow(ScriptedModel(), SMALL)
    fitted(window, OPENING)
    window.overflowed()
    with pytest.raises(ContextOverflow, match="--fresh"):
        fitted(window, OPENING)


def overflow_for_ever(window, messages, sizes):
    while True:
        sent = fitted(window, messages).messages
        assert is_well_formed(sent)
        sizes.append(sum(map(_message_bytes, sent)))
        window.overflowed()


def test_overflows_end_after_a_few_tries():
    window, messages = ContextWindow(ScriptedModel(*[say("In short.")] * 9), SMALL), transcript(6)
    sizes = []
    with pytest.raises(ContextOverflow):
        overflow_for_ever(window, messages, sizes)
    assert sizes == sorted(set(sizes), reverse=True)
    assert 2 <= len(sizes) <= 8


def test_what_the_provider_counted_moves_the_bound():
    window, messages = ContextWindow(ScriptedModel(), SMALL), transcript(4)
    fitted(window, messages)
    window.measured(Usage())
    assert not fitted(window, messages).note
    window.measured(Usage(input_tokens=9_000))
    assert fitted(window, messages).note


def test_a_result_without_a_page_keeps_its_beginning():
    call = Message("assistant", (ToolCall("old", "run_sql", {}),))
    messages = [*OPENING, call, Message("tool", (ToolResult("old", "x" * 60_000),)), *transcript(2)[2:]]
    sent = fitted(ContextWindow(ScriptedModel(), SMALL), messages).messages
    assert json.loads(sent[3].tool_results[0].content)["text"].startswith("xxxx")


steps = st.lists(st.tuples(st.integers(0, 900), st.integers(1, 3)), max_size=40)
turns = st.lists(steps, min_size=1, max_size=4)


@settings(max_examples=60, deadline=None)
@given(turns, st.integers(6_000, 60_000))
def test_any_transcript_becomes_a_well_formed_prompt_below_the_bound(turns, window_tokens):
    messages = OPENING[:1]
    for number, steps in enumerate(turns):
        messages = [*messages, Message("assistant", (Text("So."),))] if number else list(messages)
        messages.append(Message("user", (Text(f"Question {number}?"),)))
        for place, (rows, calls) in enumerate(steps):
            messages += step(f"{number}_{place}", rows=rows, calls=calls)
    face = replace(SMALL, context_window=window_tokens)
    sent = fitted(ContextWindow(ScriptedModel(say("In short.")), face), messages).messages
    assert is_well_formed(sent)
    assert sum(map(_message_bytes, sent)) * 0.3 <= window_tokens - SMALL.max_output_tokens
    assert [m for m in messages if m.role == "user"] == [m for m in sent if "Question" in m.text]
