"""Sends spans to a collector by OpenTelemetry's SDK, as its ``OTEL_…`` variables say."""

from __future__ import annotations

import logging
import os
import threading
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rasgo_nb._optional import load
from rasgo_nb._version import __version__
from rasgo_nb.errors import RasgoError
from rasgo_nb.trace.spans import AGENT, SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rasgo_nb.trace.spans import Span

_PURPOSE = "Sending runs by OpenTelemetry"
_USUAL = "http://localhost:4318"
_LOGGER = "opentelemetry.exporter.otlp.proto.http"


def check(environment: Mapping[str, str] = os.environ) -> None:
    """Refuse what could not be sent, before anything is.

    Raises
    ------
    MissingDependency
        where the SDK or its exporter is not installed.
    RasgoError
        where the variables ask for a protocol that is not spoken here, or for nothing to be sent.
    """
    load("opentelemetry.sdk.trace", extra="otel", purpose=_PURPOSE)
    load("opentelemetry.exporter.otlp.proto.http.trace_exporter", extra="otel", purpose=_PURPOSE)
    variables = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
    asked = next((name for name in variables if environment.get(name)), "")
    if asked and environment[asked] != "http/protobuf":
        raise RasgoError(
            f"{asked} is {environment[asked]!r}; runs are sent by http/protobuf. Set it to that, and "
            "OTEL_EXPORTER_OTLP_ENDPOINT to a port that takes it, such as 4318."
        )
    if environment.get("OTEL_SDK_DISABLED", "").lower() == "true":
        raise RasgoError("OTEL_SDK_DISABLED is true: nothing is sent. Type `unset OTEL_SDK_DISABLED` first.")


def send(spans: Sequence[Span]) -> None:
    """Send the spans of a run; returns when the collector has taken them.

    Raises
    ------
    RasgoError
        as ``check``, and where they did not arrive in the time that OTEL_EXPORTER_OTLP_TIMEOUT gives.
    """
    check()
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import SpanExportResult

    with _overheard() as said:
        exporter: Any = OTLPSpanExporter()
        try:
            made = _made(spans)
            result = exporter.export(made) if made else SpanExportResult.SUCCESS
        finally:
            exporter.shutdown()
    if result is not SpanExportResult.SUCCESS:
        why = f" ({said[-1]})" if said else ""
        raise RasgoError(
            f"No collector took the run at {_endpoint()}{why}. Start one there, or set "
            "OTEL_EXPORTER_OTLP_ENDPOINT to where it is."
        )


def _endpoint() -> str:
    """Where spans go, without what may be a password in it."""
    names = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
    address = next((os.environ[name] for name in names if os.environ.get(name)), _USUAL)
    scheme, _, rest = address.partition("?")[0].rpartition("://")
    return f"{scheme or 'http'}://{rest.rpartition('@')[2]}"


def _made(spans: Sequence[Span]) -> list[Any]:
    """The spans as the SDK has them: with our ids and times, its resource, sampler and limits."""
    from opentelemetry.sdk.resources import OTELResourceDetector, Resource
    from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
    from opentelemetry.sdk.trace.id_generator import IdGenerator
    from opentelemetry.trace import SpanKind, StatusCode, set_span_in_context

    ids = deque(spans)

    class OwnIds(IdGenerator):
        def generate_trace_id(self) -> int:
            return int(spans[0].trace_id, 16)

        def generate_span_id(self) -> int:
            return int(ids.popleft().span_id, 16)

    done: list[Any] = []

    class Gathered(SpanProcessor):
        def on_end(self, span: Any) -> None:
            done.append(span)

    usual = Resource({"service.name": AGENT, "service.version": __version__})
    provider = TracerProvider(
        resource=Resource.create().merge(usual).merge(OTELResourceDetector().detect()),
        id_generator=OwnIds(),
        shutdown_on_exit=False,
    )
    provider.add_span_processor(Gathered())
    tracer = provider.get_tracer(AGENT, __version__, schema_url=SCHEMA)
    kinds = {"internal": SpanKind.INTERNAL, "client": SpanKind.CLIENT}
    contexts: dict[str, Any] = {}
    for one in spans:
        span = tracer.start_span(
            one.name,
            contexts.get(one.parent_id) or _nowhere(),
            kinds[one.kind],
            {
                name: list(value) if isinstance(value, tuple) else value
                for name, value in one.attributes.items()
            },
            start_time=one.start_ns,
        )
        contexts[one.span_id] = set_span_in_context(span, _nowhere())
        if one.error:
            span.set_status(StatusCode.ERROR)
        span.end(one.end_ns)
    return done


def _nowhere() -> Any:
    """A context without a span: what the notebook traces itself is not around our runs."""
    from opentelemetry.context import Context

    return Context()


class _Overheard(logging.Filter):
    """Keeps what the exporter would log of our own sending; nobody asked for it on the screen."""

    def __init__(self) -> None:
        super().__init__()
        self.thread = threading.get_ident()
        self.said: list[str] = []

    def filter(self, record: logging.LogRecord) -> bool:
        if record.thread != self.thread:
            return True
        self.said.append(" ".join(record.getMessage().split())[:200])
        return False


@contextmanager
def _overheard() -> Iterator[list[str]]:
    names = (f"{_LOGGER}.trace_exporter", f"{_LOGGER}._common")
    ears = _Overheard()
    for name in names:
        logging.getLogger(name).addFilter(ears)
    try:
        yield ears.said
    finally:
        for name in names:
            logging.getLogger(name).removeFilter(ears)
