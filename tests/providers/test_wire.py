"""What is told of the wire is what went over it, to the byte, and never a header."""

import asyncio
from contextlib import aclosing, suppress

import httpx2
from asking import GREETING, SQL
from server import Reply, serving
from subjects import KEY, QUESTION, RUN_SQL, SYSTEM

from rasgo_nb.agent.events import ModelCalled, ModelReplied, ModelSent, RunStarted, StepStarted
from rasgo_nb.agent.models import wire
from rasgo_nb.agent.models.scripted import Line
from rasgo_nb.agent.models.wire import tapped, tapped_client
from rasgo_nb.agent.reporting import ReportingModel
from rasgo_nb.agent.run_log import RunLog
from rasgo_nb.errors import RasgoError
from rasgo_nb.interrupt import run_sync

ORDINARY = {"application/json", "keep-alive", "text/event-stream"}


def told_of(subject, *replies, stop_after=None):
    """The events of as many calls as there are replies, and the server with its requests."""
    log, events = RunLog(), []

    def report(event):
        log.add(event)
        events.append(event)

    async def ask(model):
        taken = 0
        async with aclosing(model.stream_reply((SYSTEM, QUESTION), (RUN_SQL,))) as stream:
            async for _ in stream:
                taken += 1
                if taken == stop_after:
                    return

    async def main(url):
        model = ReportingModel(subject.make(url), "reply", "open 1", log, report)
        try:
            for _ in replies:
                with suppress(RasgoError):
                    await ask(model)
        finally:
            await model.aclose()

    report(RunStarted("r1", "How many?", subject.name, "shop"))
    report(StepStarted(1))
    with serving(subject.protocol, *replies) as server:
        run_sync(main(server.url))
    return events[2:], server


def sent_in(events):
    return [event for event in events if isinstance(event, ModelSent)]


def test_the_recorded_request_is_what_the_server_received(subject):
    events, server = told_of(subject, Reply(GREETING), Reply(Line("Counting.", (SQL,))))
    sent = sent_in(events)
    assert [one.request.encode() for one in sent] == [request.body for request in server.requests]
    paths = [httpx2.URL(f"{server.url}{request.path}").path for request in server.requests]
    assert [httpx2.URL(one.address).path for one in sent] == paths
    assert [(one.status, one.failure) for one in sent] == [(200, "")] * 2
    assert "漢字" in sent[0].response or "\\u6f22" in sent[0].response


def test_a_call_is_told_before_and_after(subject):
    events, _ = told_of(subject, Reply(GREETING))
    called, _, replied = events
    assert isinstance(called, ModelCalled)
    assert (called.messages, called.tools, called.model_call) == ((SYSTEM, QUESTION), (RUN_SQL,), "1.1")
    assert isinstance(replied, ModelReplied)
    assert (replied.message.text, replied.stop_reason, replied.failure) == (GREETING.text, "end_turn", "")
    assert 0 < replied.first_s <= replied.elapsed_s


def test_no_key_and_no_header_is_in_any_event(subject):
    events, server = told_of(subject, Reply(GREETING), Reply(status=401, message="no such key"))
    text = repr(events)
    assert KEY not in text
    values = {value for one in server.requests for name, value in one.headers.items() if name != "host"}
    assert not [value for value in values - ORDINARY if len(value) > 8 and value in text]


def test_a_key_that_the_provider_repeats_is_left_out(subject):
    events, _ = told_of(subject, Reply(status=400, message=f"the key {KEY} is of another team"))
    assert KEY not in repr(events[:2])
    (sent,) = sent_in(events)
    assert "is of another team" in sent.response


def test_a_refusal_is_told_with_its_body(subject):
    events, _ = told_of(subject, Reply(status=429, message="slow down, please"))
    (sent,) = sent_in(events)
    assert sent.status == 429
    assert "slow down, please" in sent.response
    assert events[-1].failure


def test_a_reply_that_breaks_off_is_told_as_far_as_it_came(subject):
    events, _ = told_of(subject, Reply(Line("one two three four five six"), cut_after=2))
    (sent,) = sent_in(events)
    assert sent.status == 200
    assert sent.failure
    assert events[-1].failure


def test_a_reply_that_the_person_stops_is_told(subject):
    events, _ = told_of(subject, Reply(Line("word " * 200), pause_s=0.01), stop_after=2)
    assert len(sent_in(events)) == 1
    assert events[-1].failure.startswith("Stopped")
    assert events[-1].message.text


def test_where_nothing_listens_the_request_is_told(subject):
    log, events = RunLog(), []
    log.add(StepStarted(1))
    model = ReportingModel(
        subject.make("http://127.0.0.1:9"),
        "reply",
        "",
        log,
        lambda event: (log.add(event), events.append(event)),
    )

    async def main():
        async with aclosing(model.stream_reply((SYSTEM, QUESTION), ())) as stream:
            async for _ in stream:
                pass

    with suppress(RasgoError):
        run_sync(main())
    (sent,) = sent_in(events)
    assert sent.status == 0
    assert sent.request
    assert sent.failure


def exchanged(handler, url="http://ana:planted-pass@h.example/v1/x?key=planted-query"):
    taken = []

    async def main():
        transport = httpx2.MockTransport(handler)
        async with tapped_client(httpx2)(transport=transport) as client:
            with tapped(taken.append):
                async with client.stream("POST", url, content=b'{"a": 1}') as response:
                    async for _ in response.aiter_bytes():
                        pass

    with suppress(httpx2.HTTPError):
        asyncio.run(main())
    return taken[0]


def test_an_address_has_no_login_and_no_query():
    one = exchanged(lambda _: httpx2.Response(200, stream=httpx2.ByteStream(b"fine")))
    assert (one.address, one.response) == ("http://h.example/v1/x", "fine")


def test_a_failure_names_no_address():
    def fail(request):
        raise httpx2.ConnectError(f"no way to {request.url}")

    assert exchanged(fail).failure == "ConnectError: no way to …"


def test_a_compressed_body_is_read():
    import gzip

    body = httpx2.ByteStream(gzip.compress(b"small"))
    one = exchanged(lambda _: httpx2.Response(200, headers={"content-encoding": "gzip"}, stream=body))
    assert one.response == "small"


def test_a_huge_body_is_cut_and_that_is_said():
    body = httpx2.ByteStream(b"x" * (wire.MOST_BYTES + 5))
    one = exchanged(lambda _: httpx2.Response(200, stream=body))
    assert one.response.endswith("\n[cut: 8,000,005 bytes in all]")
    assert len(one.response) < wire.MOST_BYTES + 50
