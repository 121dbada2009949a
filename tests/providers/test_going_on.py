"""Runs that are gone on with and followed up, as each provider's wire carries them."""

import json
from dataclasses import replace

import pytest
from protocols import chat_completions, cohere_chat, messages, responses
from server import Reply, serving

from rasgo_nb.agent.models.scripted import Call, Line, call, say
from rasgo_nb.config import Config, ProviderSettings
from rasgo_nb.errors import ModelFailed, RasgoError
from rasgo_nb.interrupt import run_sync

WIRES = {
    "openai": (responses, "/v1"),
    "anthropic": (messages, ""),
    "cohere": (cohere_chat, ""),
    "openai-compatible": (chat_completions, "/v1"),
}
LINE = say("Counting.", call("run_sql", sql="SELECT count(*) AS orders FROM orders", save_as="counted"))
COUNT = Reply(replace(LINE, thinking="Let me count."))
DONE = Reply(say("", call("final_answer", text="There are 4 orders.")))
REFUSED = Reply(status=401)


@pytest.fixture(params=WIRES)
def wire(request, shop, monkeypatch):
    """A session that asks over one provider's wire, and the server behind it."""
    monkeypatch.setenv("THE_KEY", "planted-key")
    module, path = WIRES[request.param]
    with serving(module.SUBJECTS[0].protocol) as server:
        shop.config = Config(
            model="acme:model-1", providers={"acme": provider(request.param, server.url + path)}
        )
        yield shop, server


def provider(kind, url):
    return ProviderSettings(kind=kind, key_variable="THE_KEY", base_url=url)


def sent(request):
    """What a request says in order, with cache marks put aside: ``(role, ids of calls, ids of results)``."""
    body = request.json
    return [_turn(turn) for turn in body.get("input") or body["messages"] if turn.get("role") != "system"]


def _turn(turn):
    content = turn.get("content")
    blocks = content if isinstance(content, list) else []
    calls = [
        one["id"] for one in [*blocks, *turn.get("tool_calls", [])] if one["type"] in ("tool_use", "function")
    ]
    results = [one["tool_use_id"] for one in blocks if one["type"] == "tool_result"]
    calls += [turn["call_id"]] if turn.get("type") == "function_call" else []
    results += [turn["call_id"]] if turn.get("type") == "function_call_output" else []
    results += [turn["tool_call_id"]] if turn.get("role") == "tool" else []
    return turn.get("role", ""), calls, results


def is_accepted(request):
    """Each call has a result before anybody speaks, no id comes twice, and the model does not speak last."""
    waiting, seen, turns = [], set(), sent(request)
    for role, calls, results in turns:
        for one in results:
            waiting.remove(one)
        assert not (waiting and role in ("user", "assistant"))
        assert not seen & set(calls)
        seen |= set(calls)
        waiting += calls
    if "messages" in request.json:  # the Responses API takes several items of one role in a row
        assert "user user" not in " ".join(role for role, _, _ in turns)
    return not waiting and turns[-1][0] != "assistant"


ENDS = {
    "limit": ([COUNT], {"max_steps": 1}),
    "provider": ([COUNT, REFUSED], {}),
    "overflow": ([COUNT, *[Reply(status=400, message="maximum context length exceeded")] * 9], {}),
    "filter": ([COUNT, Reply(say("No."), stop_reason="content_filter")], {}),
    "nothing": ([REFUSED], {}),
}


@pytest.mark.parametrize("end", ENDS)
def test_whatever_ended_a_run_the_provider_accepts_how_it_goes_on(wire, end):
    session, server = wire
    server.replies, options = list(ENDS[end][0]), ENDS[end][1]
    with pytest.raises(RasgoError):
        run_sync(session.ask("How many?", **options))
    server.replies = [REFUSED, COUNT, DONE, COUNT, DONE]
    with pytest.raises(ModelFailed):
        run_sync(session.go_on("Go on, please."))
    assert run_sync(session.go_on()).status == "answered"
    assert run_sync(session.ask("And now?")).status == "answered"
    assert all(is_accepted(request) for request in server.requests)


def test_an_id_that_comes_with_every_reply_is_told_apart_in_the_run_and_after(wire):
    session, server = wire
    same = [Reply(Line("", (Call("run_sql", {"sql": f"SELECT {i}"}, id="call_0"),))) for i in range(3)]
    server.replies = [*same, DONE, DONE]
    run_sync(session.ask("How many?"))
    run_sync(session.ask("And now?"))
    assert all(is_accepted(request) for request in server.requests)


def test_half_a_call_is_not_run_and_the_model_hears_why(wire):
    session, server = wire
    half = Call("run_sql", raw='{"sql": "SELECT')
    server.replies = [Reply(Line("", (half,)), stop_reason="max_tokens"), COUNT, DONE]
    run = run_sync(session.ask("How many?"))
    assert "met the limit on its length" in run.transcript[3].tool_results[0].content
    assert run.status == "answered"


def test_a_model_or_a_connection_that_cannot_be_had_is_not_remembered(wire):
    session, server = wire
    server.replies = [REFUSED, DONE]
    with pytest.raises(ModelFailed):
        run_sync(session.ask("How many?"))
    for wrong in ({"model": "nowhere:x"}, {"connection": "nowhere"}, {"interface": "nowhere"}):
        with pytest.raises(RasgoError):
            run_sync(session.go_on(**wrong))
    assert run_sync(session.go_on()).status == "answered"


@pytest.mark.parametrize("kind", WIRES)
def test_another_provider_accepts_what_the_first_made_and_gets_none_of_its_thinking(wire, kind):
    session, server = wire
    odd = Call("functions.run sql", id="functions.run:0")
    server.replies = [COUNT, Reply(Line("", (odd,))), REFUSED]
    with pytest.raises(ModelFailed):
        run_sync(session.ask("How many?"))
    module, path = WIRES[kind]
    with serving(module.SUBJECTS[0].protocol, DONE) as other:
        session.config.providers["second"] = provider(kind, other.url + path)
        run_sync(session.go_on(model="second:model-2"))
    assert all(is_accepted(request) for request in other.requests)
    assert b"Let me count" not in other.requests[0].body
    assert b'"functions.run sql"' not in other.requests[0].body


def test_a_fresh_question_that_cannot_be_asked_forgets_nothing(wire):
    session, server = wire
    server.replies = [DONE, DONE]
    run_sync(session.ask("How many?"))
    with pytest.raises(RasgoError):
        run_sync(session.ask("And now?", fresh=True, model="nowhere:x"))
    run_sync(session.ask("And now?"))
    assert b"How many?" in server.requests[-1].body


def test_the_beginning_stays_the_same_over_four_turns(wire):
    session, server = wire
    server.replies = [COUNT, COUNT, DONE, COUNT, DONE, COUNT, Reply(say("Four.")), COUNT, DONE]
    for question in ("One?", "Two?", "Three?", "Four?"):
        run_sync(session.ask(question))
    bodies = [_without_marks(request.json) for request in server.requests]
    assert len({json.dumps(body | {"input": 0, "messages": 0}) for body in bodies}) == 1
    turns = [body.get("input") or body["messages"] for body in bodies]
    for first, second in [(0, 1), (1, 2), (3, 4), (3, 5), (4, 4), (5, 6), (5, 7), (7, 8)]:
        assert turns[second][: len(turns[first])] == turns[first]


def _without_marks(value):
    """Without the marks of a cache's places, which are no part of what it remembers."""
    if isinstance(value, dict):
        return {key: _without_marks(one) for key, one in value.items() if key != "cache_control"}
    return [_without_marks(one) for one in value] if isinstance(value, list) else value
