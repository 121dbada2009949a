"""Runs on their way to a collector, over the real SDK and loopback HTTP."""

import logging
import os
import socket
from dataclasses import replace

import pytest
from collector import running_collector
from traced_events import CANARY, timed

from rasgo_nb.agent.events import RunNoted
from rasgo_nb.agent.models.scripted import ScriptedModel, call, say
from rasgo_nb.errors import RasgoError
from rasgo_nb.interrupt import run_sync
from rasgo_nb.trace.otel import send
from rasgo_nb.trace.spans import spans_of

pytest.importorskip("opentelemetry.exporter.otlp.proto.http")


@pytest.fixture(autouse=True)
def _no_settings_of_others(monkeypatch):
    for name in [name for name in os.environ if name.startswith("OTEL_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def collector(monkeypatch):
    with running_collector() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.address)
        yield collector


@pytest.fixture
def _nobody_there(monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://user:{CANARY}@127.0.0.1:{port}")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")


def model():
    return ScriptedModel(
        say("", call("run_sql", sql="SELECT count(*) AS n FROM orders")), say("There are some.")
    )


def test_a_collector_gets_the_spans_as_they_are(collector, monkeypatch):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-team=shop")
    spans = spans_of(timed())
    send(spans)
    got = {span.span_id.hex(): span for span in collector.spans}
    assert collector.paths == ["/v1/traces"]
    assert collector.headers[0]["x-team"] == "shop"
    for span in spans:
        one = got[span.span_id]
        assert (one.trace_id.hex(), one.parent_span_id.hex(), one.name) == (
            span.trace_id,
            span.parent_id,
            span.name,
        )
        assert (one.start_time_unix_nano, one.end_time_unix_nano) == (span.start_ns, span.end_ns)
        assert {item.key for item in one.attributes} == set(span.attributes)


def test_attributes_keep_their_types(collector):
    send(spans_of(timed()))
    told = collector.attributes("chat claude-x")
    assert told["gen_ai.usage.input_tokens"].int_value == 120
    assert told["gen_ai.response.time_to_first_chunk"].double_value == 0.25
    assert told["gen_ai.request.stream"].bool_value is True
    finished = told["gen_ai.response.finish_reasons"].array_value.values
    assert [one.string_value for one in finished] == ["tool_call"]


def test_the_variables_of_opentelemetry_name_the_service(collector, monkeypatch):
    monkeypatch.setenv("OTEL_SERVICE_NAME", "notebooks")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "team=shop")
    send(spans_of(timed()))
    resource = collector.requests[0].resource_spans[0].resource
    told = {one.key: one.value.string_value for one in resource.attributes}
    assert (told["service.name"], told["team"]) == ("notebooks", "shop")


def test_a_service_that_is_not_named_is_ours(collector):
    send(spans_of(timed()))
    resource = collector.requests[0].resource_spans[0].resource
    assert {one.key: one.value.string_value for one in resource.attributes}["service.name"] == "rasgo_nb"


@pytest.mark.usefixtures("_nobody_there")
def test_a_collector_that_is_away_is_told_in_one_line(caplog):
    with caplog.at_level(logging.DEBUG, "opentelemetry"), pytest.raises(RasgoError) as failed:
        send(spans_of(timed()))
    assert "No collector took the run at http://127.0.0.1:" in str(failed.value)
    assert CANARY not in str(failed.value)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_a_collector_that_refuses_is_told(monkeypatch):
    with running_collector(status=401) as refusing:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", refusing.address)
        with pytest.raises(RasgoError, match="401"):
            send(spans_of(timed()))


def test_a_protocol_that_is_not_spoken_is_refused(monkeypatch):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
    with pytest.raises(RasgoError, match="http/protobuf"):
        send(spans_of(timed()))


def test_each_run_is_sent_when_it_ends(shop, collector):
    shop.config = replace(shop.config, otel=True)
    run_sync(shop.ask("How many orders?", model=model()))
    shop.otel.wait(30)
    names = {span.name for span in collector.spans}
    assert {"invoke_agent rasgo_nb", "execute_tool run_sql", "execute_tool final_answer"} & names
    run_id = collector.attributes("invoke_agent rasgo_nb")["rasgo_nb.run.id"].string_value
    assert run_id == shop.last_run.id
    assert "How many orders?" not in str(collector.requests)


def test_nothing_is_sent_unasked(shop, collector):
    run_sync(shop.ask("How many orders?", model=model()))
    shop.otel.wait(30)
    assert not collector.requests


@pytest.mark.usefixtures("_nobody_there")
def test_a_collector_that_is_away_breaks_no_question_and_is_told_once(shop):
    shop.config = replace(shop.config, otel=True)
    notes = []
    for _ in range(3):
        events = []
        assert run_sync(shop.ask("How many orders?", model=model(), view=events.append)).status == "answered"
        notes.append([event.note for event in events if isinstance(event, RunNoted)])
        shop.otel.wait(30)
    assert [len(one) for one in notes] == [0, 1, 0]
    assert "not sent by OpenTelemetry: No collector" in notes[1][0]
