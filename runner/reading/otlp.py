"""Spans as OTLP's JSON writes them (opentelemetry-proto 1, `ExportTraceServiceRequest`)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

SERVER = {2, "SPAN_KIND_SERVER"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """`told`: all that it says, by name: its attributes, and those of its events and links."""

    name: str
    trace: str
    id: str
    parent: str = ""
    is_server: bool = False
    told: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_statement(self) -> bool:
        """Of SQL or of another database, in the words of the conventions of before and of after 2025."""
        return any(name.startswith("db.") for name in self.told)


def spans_in(sent: Iterable[Mapping[str, Any]]) -> Iterator[Span]:
    for one in sent:
        for resource in one.get("resourceSpans", []):
            about = dict(_attributes(resource.get("resource", {}), "resource "))
            for scope in resource.get("scopeSpans", []):
                yield from (_span(span, about) for span in scope.get("spans", []))


def _span(span: Mapping[str, Any], about: Mapping[str, str]) -> Span:
    told = {**about, **dict(_attributes(span))}
    for event in span.get("events", []):
        told |= dict(_attributes(event, f"{event.get('name', 'event')} "))
    if message := span.get("status", {}).get("message"):
        told["status"] = str(message)
    return Span(
        name=str(span.get("name", "")),
        trace=str(span.get("traceId", "")).lower(),
        id=str(span.get("spanId", "")).lower(),
        parent=str(span.get("parentSpanId", "")).lower(),
        is_server=span.get("kind") in SERVER,
        told=told,
    )


def _attributes(holder: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    for one in holder.get("attributes", []):
        yield f"{before}{one.get('key', '')}", " ".join(_texts(one.get("value", {})))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    else:
        yield str(value)
