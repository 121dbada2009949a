"""What every provider makes of faults, over real HTTP: one clear line, and never half a reply."""

from __future__ import annotations

import asyncio
import json
import socket
from itertools import product

import pytest
from asking import GREETING, SQL, ask, examples, failure, fragments_of, pieces_of
from hypothesis import given
from hypothesis import strategies as st
from server import Reply, serving
from subjects import KEY, QUESTION, SYSTEM, one_line

from rasgo_nb.agent.models.scripted import Call, Line
from rasgo_nb.errors import ContextOverflow, ModelFailed, ModelUnavailable
from rasgo_nb.interrupt import run_sync


@pytest.mark.parametrize("size", [1, 3])
def test_letters_split_across_chunks_stay_whole(subject, size):
    reply, _ = ask(subject, Reply(Line(GREETING.text, (SQL,)), split=size))
    assert reply.message().text == GREETING.text
    assert reply.message().tool_calls[0].arguments == SQL.arguments


@pytest.mark.parametrize("damage", [b"\xff\xfe\xf0\x9f", b'"}{"'], ids=["utf-8", "json"])
def test_a_damaged_event_is_one_clear_line_or_text(subject, damage):
    pieces = [
        piece.replace(b"MARK", damage) for piece in pieces_of(subject, Line("A MARK here, a MARK there."))
    ]
    assert any(damage in piece for piece in pieces)
    try:
        ask(subject, Reply(pieces=pieces))
    except ModelUnavailable as error:
        one_line(error)
    else:
        assert damage != b'"}{"'


def test_a_stream_that_ends_early_is_never_a_whole_reply(subject):
    line = Line("Counting now.", (SQL,), thinking="Let me see.")
    whole, count = ask(subject, Reply(line))[0].message(), len(pieces_of(subject, line))
    for end, place in product(("end_after", "cut_after"), range(count)):
        try:
            reply, _ = ask(subject, Reply(line, **{end: place}))
        except ModelUnavailable as error:
            one_line(error)
        else:
            assert reply.message() == whole, (end, place)


def test_a_stream_that_ends_in_the_middle_may_work_in_a_while(subject):
    line = Line("Counting now.", (SQL,))
    half = len(pieces_of(subject, line)) // 2
    assert isinstance(failure(subject, Reply(line, end_after=half))[1], ModelUnavailable)
    assert isinstance(failure(subject, Reply(line, cut_after=half))[1], ModelUnavailable)


def test_a_rate_limit_says_when_to_come_back(subject):
    line, error = failure(subject, Reply(status=429, message="Slow down.", headers={"retry-after": "7"}))
    assert isinstance(error, ModelUnavailable)
    assert error.retry_after_s == 7
    assert "is limiting requests (status 429): Slow down." in line


@pytest.mark.parametrize("status", [500, 502, 503, 529])
def test_trouble_of_the_provider_may_pass(subject, status):
    line, error = failure(subject, Reply(status=status, message="Not now."))
    assert isinstance(error, ModelUnavailable)
    assert f"(status {status})" in line


@pytest.mark.parametrize(
    ("status", "words"),
    [(401, "refused the key"), (403, "refused the key"), (404, "the model's name")],
)
def test_what_the_person_must_mend_is_not_tried_again(subject, status, words):
    line, error = failure(subject, Reply(status=status, message="No."))
    assert not isinstance(error, ModelUnavailable)
    assert words in line


def test_messages_too_long_for_the_model_are_an_overflow(subject):
    message = "This model's maximum context length is 8192 tokens, your messages took 9000."
    assert isinstance(failure(subject, Reply(status=400, message=message))[1], ContextOverflow)


def test_a_model_without_tools_is_told(subject):
    line, _ = failure(subject, Reply(status=400, message="llama2 does not support tools"))
    assert "can't call tools" in line


HTML = b"<!doctype html>\n<html><body><h1>Sign in</h1></body></html>"


def test_a_web_page_in_place_of_a_stream_is_told(subject):
    line, _ = failure(subject, Reply(body=HTML, content_type="text/html"))
    assert "web page" in line


def test_a_web_page_of_a_gateway_is_told_and_may_pass(subject):
    line, error = failure(subject, Reply(status=502, body=HTML, content_type="text/html"))
    assert isinstance(error, ModelUnavailable)
    assert "web page" in line


def test_json_in_place_of_a_stream_is_told(subject):
    failure(subject, Reply(body=b'{"ok": true}', content_type="application/json"))


def test_an_empty_body_is_a_cut_reply(subject):
    assert isinstance(failure(subject, Reply(body=b""))[1], ModelUnavailable)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'"no"', b'{"error": null}', b"\xff\xfe", b"not JSON"])
def test_an_error_of_any_shape_is_one_line(subject, body):
    assert isinstance(failure(subject, Reply(status=500, body=body))[1], ModelUnavailable)


@pytest.mark.parametrize("status", [400, 401, 429, 500])
def test_a_key_that_the_provider_echoes_is_not_shown(subject, status):
    assert "***" in failure(subject, Reply(status=status, message=f"Bad key {KEY} here."))[0]


@pytest.mark.parametrize("raw", ['{"sql": "SELECT', "[1, 2]", "nonsense", '"text"', "{" * 5_000])
def test_malformed_arguments_are_told_to_the_model(subject, raw):
    reply, _ = ask(subject, Reply(Line(calls=(Call("run_sql", {}, "call_a", raw=raw),))))
    (call,) = reply.message().tool_calls
    assert (call.id, call.name, call.arguments) == ("call_a", "run_sql", {})
    assert call.malformed


def test_ten_megabytes_of_arguments_are_too_long(subject):
    raw = json.dumps({"sql": "x" * 10_000_000})
    reply, _ = ask(subject, Reply(Line(calls=(Call("run_sql", {}, "call_a", raw=raw),))))
    (call,) = reply.message().tool_calls
    assert "10,000,011 characters" in call.malformed


def reach(subject, url):
    async def main():
        model = subject.make(url)
        try:
            await fragments_of(model)
        finally:
            await model.aclose()

    with pytest.raises(ModelUnavailable) as caught:
        run_sync(main())
    return one_line(caught.value)


def closed_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def test_a_refused_connection_is_one_line(subject):
    assert "can't be reached" in reach(subject, closed_port())


def test_a_wrong_proxy_is_one_line(subject, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, closed_port())
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert "can't be reached" in reach(subject, "http://model.invalid")


def test_closing_the_stream_closes_the_connection_at_once(subject):
    async def main(server):
        model = subject.make(server.url)
        stream = model.stream_reply((SYSTEM, QUESTION), ())
        await anext(stream)
        assert not server.hung_up.is_set()
        await stream.aclose()
        closed = await asyncio.to_thread(server.hung_up.wait, 0.1)
        await model.aclose()
        return closed

    line = Line("Hello to you.", (Call("run_sql", {"sql": "x" * 900}, "call_a"),))
    with serving(subject.protocol, Reply(line, pause_s=0.02)) as server:
        assert run_sync(main(server))


def test_whatever_is_broken_in_a_stream_is_one_line(subject):
    whole = b"".join(pieces_of(subject, Line("Counting.", (SQL,), thinking="Let me see.")))
    with serving(subject.protocol) as server, asyncio.Runner() as runner:
        model = subject.make(server.url)

        @examples(60)
        @given(
            st.integers(0, len(whole)), st.integers(0, 40), st.binary(max_size=6) | st.sampled_from(DAMAGES)
        )
        def holds(place, gone, put):
            server.replies.append(Reply(pieces=[whole[:place] + put + whole[place + gone :]]))
            try:
                runner.run(fragments_of(model))
            except ModelFailed as error:
                one_line(error)

        holds()
        runner.run(model.aclose())


DAMAGES = [b"null", b"[]", b"{}", b"0", b'""', b"true", b"-1", b"\n\n", b"\ndata: {}\n\n", b"\ndata: []\n\n"]
