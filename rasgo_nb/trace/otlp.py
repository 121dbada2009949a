"""Spans as OTLP/JSON: the published JSON form of OpenTelemetry's protocol, without any library.

Source: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding. Ids are hexadecimal, 64-bit
integers are texts, enums are numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rasgo_nb._version import __version__
from rasgo_nb.trace.spans import AGENT, SCHEMA, attribute_kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rasgo_nb.trace.spans import Attribute, Span

_KINDS = {"internal": 1, "client": 3}
_ERROR = 2


def traces_data(spans: Sequence[Span]) -> dict[str, Any]:
    """A ``TracesData``: one object for one file, or for one line of a file of several."""
    scope = {"name": AGENT, "version": __version__}
    resource = {"attributes": _attributes({"service.name": AGENT, "service.version": __version__})}
    written = [{"scope": scope, "spans": [_span(one) for one in spans], "schemaUrl": SCHEMA}]
    return {"resourceSpans": [{"resource": resource, "scopeSpans": written}]}


def _span(span: Span) -> dict[str, Any]:
    return {
        "traceId": span.trace_id,
        "spanId": span.span_id,
        **({"parentSpanId": span.parent_id} if span.parent_id else {}),
        "flags": 1,
        "name": span.name,
        "kind": _KINDS[span.kind],
        "startTimeUnixNano": str(span.start_ns),
        "endTimeUnixNano": str(span.end_ns),
        "attributes": _attributes(span.attributes),
        "status": {"code": _ERROR} if span.error else {},
    }


def _attributes(attributes: Mapping[str, Attribute]) -> list[dict[str, Any]]:
    return [{"key": name, "value": _value(value)} for name, value in attributes.items()]


def _value(value: Attribute) -> dict[str, Any]:
    match attribute_kind(value):
        case "bool":
            return {"boolValue": value}
        case "int":
            return {"intValue": str(value)}
        case "double":
            return {"doubleValue": value}
        case "string":
            return {"stringValue": _text(str(value))}
        case "array":
            assert isinstance(value, tuple)
            return {"arrayValue": {"values": [{"stringValue": _text(one)} for one in value]}}


def _text(text: str) -> str:
    """Without halves of surrogate pairs, which UTF-8 has none of."""
    return text.encode("utf-8", "replace").decode("utf-8")
