"""A run as spans of OpenTelemetry, and those as its JSON."""

import json

import pytest
from traced_events import CANARY, EVENTS, START_NS, called, replied, sent, timed

from rasgo_nb.agent.events import ContextShortened, RunFailed, RunStopped
from rasgo_nb.agent.messages import ToolResult, Usage
from rasgo_nb.trace.otlp import traces_data
from rasgo_nb.trace.spans import spans_of


def by_name(spans):
    return {span.name: span for span in spans}


def test_a_run_holds_its_model_calls_and_tool_calls():
    run, chat, tool, inner = spans_of(timed())
    assert [one.name for one in (run, chat, tool, inner)] == [
        "invoke_agent rasgo_nb",
        "chat claude-x",
        "execute_tool write_sql",
        "chat gpt-x",
    ]
    assert (run.parent_id, chat.parent_id, tool.parent_id) == ("", run.span_id, run.span_id)
    assert inner.parent_id == tool.span_id


def test_each_span_lies_within_the_one_around_it():
    spans = spans_of(timed())
    around = {span.span_id: span for span in spans}
    assert spans[0].start_ns == START_NS
    assert spans[0].end_ns == START_NS + 10 * 500_000_000
    for span in spans[1:]:
        assert (
            around[span.parent_id].start_ns <= span.start_ns <= span.end_ns <= around[span.parent_id].end_ns
        )


def test_the_attributes_are_those_of_the_conventions():
    chat = by_name(spans_of(timed()))["chat claude-x"]
    assert chat.kind == "client"
    assert dict(chat.attributes) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "anthropic",
        "gen_ai.request.model": "claude-x",
        "gen_ai.request.stream": True,
        "gen_ai.conversation.id": "c0ffee",
        "gen_ai.response.finish_reasons": ("tool_call",),
        "gen_ai.response.time_to_first_chunk": 0.25,
        "gen_ai.usage.input_tokens": 120,
        "gen_ai.usage.output_tokens": 7,
        "gen_ai.usage.cache_read.input_tokens": 100,
        "gen_ai.usage.cache_write.input_tokens": 9,
        "server.address": "api.example.org",
        "server.port": 8443,
        "rasgo_nb.step": 1,
        "rasgo_nb.purpose": "reply",
        "rasgo_nb.interface": "anthropic 3",
    }


def test_a_tool_call_says_its_name_and_id():
    tool = by_name(spans_of(timed()))["execute_tool write_sql"]
    assert tool.attributes["gen_ai.tool.name"] == "write_sql"
    assert tool.attributes["gen_ai.tool.call.id"] == "call_1"
    assert (tool.kind, tool.error) == ("internal", "")


def test_the_same_run_has_the_same_ids_and_each_is_fit_for_the_wire():
    spans = spans_of(timed())
    assert spans == spans_of(timed())
    assert len({span.span_id for span in spans}) == len(spans)
    for span in spans:
        assert len(bytes.fromhex(span.trace_id)) == 16
        assert len(bytes.fromhex(span.span_id)) == 8


def test_what_was_said_is_told_on_request_only():
    assert CANARY not in json.dumps(traces_data(spans_of(timed())))
    run, chat, tool, _inner = spans_of(timed(), content=True)
    assert json.loads(chat.attributes["gen_ai.input.messages"]) == [
        {"role": "user", "parts": [{"type": "text", "content": CANARY}]}
    ]
    assert json.loads(chat.attributes["gen_ai.system_instructions"]) == [{"type": "text", "content": CANARY}]
    assert json.loads(tool.attributes["gen_ai.tool.call.arguments"]) == {"question": CANARY}
    assert json.loads(run.attributes["gen_ai.output.messages"])[0]["finish_reason"] == "stop"


def test_a_run_that_broke_off_ends_with_its_last_event():
    run, chat, tool, inner = spans_of(timed(EVENTS[:7]))
    assert {run.error, tool.error, inner.error} == {"broke_off"}
    assert chat.error == ""
    assert run.end_ns == inner.end_ns == START_NS + 6 * 500_000_000


@pytest.mark.parametrize(
    ("end", "error", "status"),
    [
        (RunFailed(CANARY, Usage(), 1.0), "run_failed", "failed"),
        (RunStopped(CANARY, Usage(), 1.0), "", "stopped"),
    ],
)
def test_how_a_run_ended_is_told_without_its_words(end, error, status):
    run = spans_of(timed((*EVENTS[:-1], end)))[0]
    assert (run.error, run.attributes["rasgo_nb.run.status"]) == (error, status)
    assert CANARY not in str(run)


def test_a_request_that_was_refused_is_an_error_by_its_status():
    failed = spans_of(timed((*EVENTS[:3], sent(429), replied("1.1", failure=CANARY))))[1]
    assert failed.error == "429"
    assert failed.attributes["gen_ai.response.finish_reasons"] == ("error",)
    mended = spans_of(timed((*EVENTS[:3], sent(400), sent(200), replied("1.1"))))[1]
    assert mended.error == ""


def test_a_tool_that_failed_is_an_error():
    events = list(EVENTS)
    events[8] = type(events[8])(1, events[8].tool_call, ToolResult("call_1", CANARY, is_error=True), 1.0)
    assert by_name(spans_of(timed(events)))["execute_tool write_sql"].error == "tool_error"


def test_a_clock_that_is_set_back_ends_nothing_before_its_beginning():
    events = [(START_NS - place * 10**9, event) for place, event in enumerate(EVENTS)]
    assert all(span.start_ns <= span.end_ns for span in spans_of(events))


def test_a_prompt_that_was_shortened_says_so():
    events = (*EVENTS[:2], ContextShortened(1, CANARY), *EVENTS[2:])
    assert spans_of(timed(events))[1].attributes["gen_ai.conversation.compacted"] is True


@pytest.mark.parametrize(
    ("model", "provider", "kind"),
    [
        ("azure:gpt", "azure.ai.openai", "client"),
        ("bedrock:claude", "aws.bedrock", "client"),
        ("own_server:llama", "own_server", "client"),
        ("offline", "rasgo_nb", "internal"),
    ],
)
def test_providers_have_the_names_of_the_conventions(model, provider, kind):
    started = type(EVENTS[0])("0a1b", "Why?", model, "shop")
    run, chat = spans_of(timed((started, EVENTS[1], called("1.1", model), replied("1.1"))))
    assert run.attributes["gen_ai.provider.name"] == chat.attributes["gen_ai.provider.name"] == provider
    assert chat.kind == kind


def test_nothing_is_made_of_nothing():
    assert spans_of([]) == spans_of(timed(EVENTS[1:3])) == []


def test_the_json_is_what_the_protocol_reads():
    proto = pytest.importorskip("opentelemetry.proto.trace.v1.trace_pb2")
    from google.protobuf.json_format import ParseDict

    spans = spans_of(timed(), content=True)
    written = json.loads(json.dumps(traces_data(spans)))
    read = ParseDict(with_base64_ids(written), proto.TracesData())
    found = read.resource_spans[0].scope_spans[0].spans
    assert [(one.name, one.trace_id.hex(), one.span_id.hex()) for one in found] == [
        (one.name, one.trace_id, one.span_id) for one in spans
    ]
    assert [one.end_time_unix_nano for one in found] == [one.end_ns for one in spans]
    assert read.resource_spans[0].scope_spans[0].schema_url.startswith("https://opentelemetry.io/schemas/")


def with_base64_ids(written):
    """OTLP writes ids in hexadecimal where protobuf's own JSON has base64."""
    import base64

    for span in written["resourceSpans"][0]["scopeSpans"][0]["spans"]:
        for name in ("traceId", "spanId", "parentSpanId"):
            if name in span:
                span[name] = base64.b64encode(bytes.fromhex(span[name])).decode()
    return written
