"""Does a URL in a request make the service ask its own network? Each field for one, with a canary's address in it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from runner.evidence.behaviour.hostile_sender import SUCCESS, Sender
from runner.http.objects import CannotMake
from runner.http.openapi import Operation, choose, properties_of
from runner.http.references import Document, Schema
from runner.http.requests import Request
from runner.live.canary import Canary
from runner.live.waiting import until
from runner.vocabulary.names import words_of

FORMATS = frozenset({"uri", "url", "uri-reference", "iri"})
NAMES = frozenset({
    "url", "uri", "urls", "uris", "href", "webhook", "callback", "hook", "src", "link", "links", "hyperlink", "website",
    "homepage", "webpage", "endpoint", "feed", "feeds",
})  # fmt: skip
MOST = 24  # fields
SOON, AT_ONCE = 1.0, 0.1  # seconds within which what was taken is asked, in the background too, and what was refused
# Spellings of this machine, each for who refuses those before it.
SPELLINGS = (
    "http://127.0.0.1:{port}/gonogo",
    "https://127.0.0.1:{port}/gonogo",
    "http://localhost:{port}/gonogo",
    "http://2130706433:{port}/gonogo",
    "http://[::ffff:127.0.0.1]:{port}/gonogo",
    "http://0.0.0.0:{port}/gonogo",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlField:
    """A field for a URL, and what came of an address of this machine in it."""

    endpoint: str
    place: str  # "body.avatar_url", "query.url"
    sent: str = ""  # the last spelling
    status: int = 0
    asked: bool = False  # the canary was connected to
    reached: bool = False  # the operation did what was asked, with such an address or with another one
    curl: str = ""


def url_fields(document: Document, operations: tuple[Operation, ...]) -> tuple[tuple[Operation, str, bool], ...]:
    """(operation, place, whether it is a list) of each field of a body and each parameter that takes a URL."""
    return tuple(_url_fields(document, operations))[:MOST]


def _url_fields(document: Document, operations: tuple[Operation, ...]) -> Iterator[tuple[Operation, str, bool]]:
    for operation in operations:
        fields = properties_of(document, operation.body) if operation.changes else {}
        places = [(f"body.{name}", name, schema) for name, schema in fields.items()]
        places += [(f"query.{p.name}", p.name, p.schema) for p in operation.parameters if p.place == "query"]
        for place, name, schema in places:
            known = choose(document, schema)
            many = known.get("type") == "array"
            inner = choose(document, known.get("items", {})) if many else known
            if _takes_url(name, inner):
                yield operation, place, many


def _takes_url(name: str, schema: Schema) -> bool:
    """By its format, else by its name: the last word counts, so `url_count` is none."""
    if schema.get("type", "string") != "string" or "enum" in schema or "const" in schema:
        return False
    last = words_of(name)[-1:]
    return schema.get("format") in FORMATS or ("format" not in schema and bool(NAMES.intersection(last)))


def fetched(sender: Sender, canary: Canary, operation: Operation, place: str, *, many: bool) -> UrlField:
    """Send the spellings, one after the other, until one is asked or taken."""
    found = UrlField(endpoint=operation.endpoint, place=place)
    role = sender.here.allowed(operation)
    for spelling in SPELLINGS:
        url = spelling.format(port=canary.port)
        try:
            request = _with(sender.valid(operation, role), place, [url] if many else url)
        except CannotMake:
            return found
        before = canary.taken
        answer = sender.send(request, role)
        status = answer.status_code if answer is not None else 0
        taken = status in SUCCESS
        asked = until(partial(canary.heard_since, before), SOON if taken else AT_ONCE)
        curl = request.curl(signed_in=operation.is_protected)
        found = replace(found, sent=url, status=status, asked=asked, reached=taken, curl=curl)
        if asked or taken:
            return found
    return replace(found, reached=_is_reached(sender, operation, role))


def _is_reached(sender: Sender, operation: Operation, role: str) -> bool:
    """Does it do what is asked without such an address? Where it refuses everybody, a refusal says nothing."""
    try:
        plain = sender.send(sender.valid(operation, role), role)
    except CannotMake:
        return False
    return plain is not None and plain.status_code in SUCCESS


def _with(request: Request, place: str, value: Any) -> Request:
    kind, _, name = place.partition(".")
    return request.with_field(name, value) if kind == "body" else request.with_query(name, value)
