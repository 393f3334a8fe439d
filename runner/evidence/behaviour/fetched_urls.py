"""Does a URL in a request make the service ask its own network? Each field for one, with a canary's address in it.

A field is known by its format or its name, at any depth of the body. Who fetches what stands in another text shows it:
all of an operation's texts are that address once, then its machine alone (a printer, a mail server), with its number in
the fields for a port; and where somebody asks for it, one text after the other.
"""

import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import httpx

from runner.evidence.behaviour.hostile_sender import SUCCESS, Sender
from runner.http.examples import accepts
from runner.http.objects import CannotMake
from runner.http.openapi import Operation, choose, properties_of
from runner.http.references import Document, Schema
from runner.http.requests import Request
from runner.live.canary import Canary
from runner.live.waiting import until
from runner.vocabulary.names import words_of
from runner.vocabulary.people import names_account
from runner.vocabulary.secrets import is_password

HOST_FORMATS = frozenset({"hostname", "ipv4", "ipvanyaddress"})
FORMATS = frozenset({"uri", "url", "uri-reference", "iri"})
NAMES = frozenset({
    "url", "uri", "urls", "uris", "href", "webhook", "callback", "hook", "src", "link", "links", "hyperlink", "website",
    "homepage", "webpage", "endpoint", "feed", "feeds",
})  # fmt: skip
NOTHING: Mapping[str, Any] = {}
MOST = 24  # fields
DEEPEST = 3  # objects inside of objects
CHANGES = re.compile(r"\b[0-9a-f]{8}-[0-9a-f-]{27}\b|\b[0-9a-f]{16,64}\b|\d{4}-\d\d-\d\d[T ][\d:.+Z-]+|\d+")
OF_ELSE = frozenset({0, 401, 403, 404, 409, 429, 500, 503})  # refusals of another kind than that of an address
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
ANY_URL = SPELLINGS[0].format(port=65535)
MACHINE = "127.0.0.1"
AUTHORITY = MACHINE + ":{port}"  # for who connects to a machine that a caller names, without a URL


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
        for place, name, known in _fields(document, operation):
            many = known.get("type") == "array"
            inner = choose(document, known.get("items", {})) if many else known
            if _takes_url(name, inner):
                yield operation, place, many


def _fields(document: Document, operation: Operation) -> Iterator[tuple[str, str, Schema]]:
    """(place, name, schema) of each field of its body, and of the objects in it, and of each query parameter."""
    if operation.changes:
        yield from _inside(document, "body", properties_of(document, operation.body))
    for one in operation.parameters:
        if one.place == "query":
            yield f"query.{one.name}", one.name, choose(document, one.schema)


def _inside(
    document: Document, at: str, fields: dict[str, Schema], depth: int = 0
) -> Iterator[tuple[str, str, Schema]]:
    """With `body.sources[].href` for what is in a list of objects."""
    for name, known in fields.items():
        yield f"{at}.{name}", name, known
        many = known.get("type") == "array"
        inner = choose(document, known.get("items", {})) if many else known
        if depth < DEEPEST and inner.get("properties"):
            within = {one: choose(document, schema) for one, schema in inner["properties"].items()}
            yield from _inside(document, f"{at}.{name}{'[]' if many else ''}", within, depth + 1)


def other_texts(document: Document, operation: Operation, sample: str = ANY_URL) -> tuple[str, ...]:
    """Fields for any text that may be the sample, though nothing says so: not what names an account or opens it."""
    return tuple(
        place
        for place, name, schema in _fields(document, operation)
        if schema.get("type") == "string"
        and not {"enum", "const"} & set(schema)
        and ("format" not in schema or (sample == MACHINE and schema["format"] in HOST_FORMATS))
        and not (_takes_url(name, schema) or is_password(name) or names_account(name))
        and accepts(schema, sample)
    )


def _ports(document: Document, operation: Operation, number: int) -> tuple[str, ...]:
    """Fields for the number of a port."""
    found = (
        (place, schema) for place, name, schema in _fields(document, operation) if words_of(name)[-1:] == ("port",)
    )
    return tuple(
        place
        for place, schema in found
        if schema.get("type") == "integer" and schema.get("minimum", number) <= number <= schema.get("maximum", number)
    )


def fetched_texts(sender: Sender, canary: Canary, operation: Operation) -> Iterator[UrlField]:
    """Those of its texts that are asked for: all at once, and each alone where that made somebody ask."""
    document = sender.here.requests.document
    ports = dict.fromkeys(_ports(document, operation, canary.port), canary.port)
    machine = MACHINE if ports else AUTHORITY.format(port=canary.port)
    tries = [
        (text, other_texts(document, operation, text)) for text in (SPELLINGS[0].format(port=canary.port), machine)
    ]
    before, wait = canary.taken, 0.0
    for text, places in tries:
        if places:
            wait = max(
                wait, SOON / 2 if _is_taken(sender, operation, {**ports, **dict.fromkeys(places, text)}) else AT_ONCE
            )
    if wait and until(partial(canary.heard_since, before), wait):
        for text, places in tries:
            alone = (fetched(sender, canary, operation, one, many=False, as_=(text,), beside=ports) for one in places)
            yield from (one for one in alone if one.asked)


def _is_taken(sender: Sender, operation: Operation, values: Mapping[str, Any]) -> bool:
    role = sender.here.allowed(operation)
    try:
        request = _with_all(sender, sender.valid(operation, role), values)
    except CannotMake:
        return False
    answer = sender.send(request, role)
    return answer is not None and answer.status_code in SUCCESS


def _takes_url(name: str, schema: Schema) -> bool:
    """By its format, else by its name: the last word counts, so `url_count` is none."""
    if schema.get("type", "string") != "string" or "enum" in schema or "const" in schema:
        return False
    last = words_of(name)[-1:]
    return schema.get("format") in FORMATS or ("format" not in schema and bool(NAMES.intersection(last)))


def fetched(
    sender: Sender,
    canary: Canary,
    operation: Operation,
    place: str,
    *,
    many: bool,
    as_: tuple[str, ...] = SPELLINGS,
    beside: Mapping[str, Any] = NOTHING,
) -> UrlField:
    """Send the spellings, one after the other, until one is asked or taken; with these values in other fields."""
    found = UrlField(endpoint=operation.endpoint, place=place)
    role = sender.here.allowed(operation)
    refusals = set[str]()
    for spelling in as_:
        url = spelling.format(port=canary.port)
        try:
            request = _with_all(sender, sender.valid(operation, role), {**beside, place: [url] if many else url})
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
        refusals.add(refusal(answer, url))
    return replace(found, reached=_is_reached(sender, operation, role, refusals))


def _is_reached(sender: Sender, operation: Operation, role: str, refusals: Set[str]) -> bool:
    """Does it do what is asked without such an address, or refuse an address elsewhere in other words?

    From here nobody reaches a page elsewhere. Where every address is refused alike, a refusal says nothing.
    """
    try:
        request = sender.valid(operation, role)
    except CannotMake:
        return False
    plain = sender.send(request, role)
    if plain is None or plain.status_code in SUCCESS:
        return plain is not None
    texts = (str(value) for _, value in request.named() if "://" in str(value))
    if plain.status_code in OF_ELSE:
        return False
    judged = all(one and not one.startswith(("429", "5")) for one in refusals)
    return judged and refusal(plain, *texts) not in refusals | {""}


def refusal(answer: httpx.Response | None, *urls: str) -> str:
    """What a refusal says, whatever address it repeats and whichever request it was; empty where none came."""
    if answer is None or not answer.status_code:
        return ""
    text = answer.text
    for url in urls:
        parts = (url, urlsplit(url).netloc, urlsplit(url).hostname or "")
        for part in filter(None, parts):
            text = text.replace(part, "…")
    return f"{answer.status_code} {CHANGES.sub('…', text)}"


def _with_all(sender: Sender, request: Request, values: Mapping[str, Any]) -> Request:
    for place, value in values.items():
        request = _with(sender, request, place, value)
    return request


def _with(sender: Sender, request: Request, place: str, value: Any) -> Request:
    kind, _, path = place.partition(".")
    if kind == "query":
        return request.with_query(path, value)
    name, _, rest = path.partition(".")
    if not rest:
        return request.with_field(name, value)
    known = properties_of(sender.here.requests.document, request.operation.body)[name.removesuffix("[]")]
    whole = _filled(sender, known, request.fields.get(name.removesuffix("[]")), rest, value)
    return request.with_field(name.removesuffix("[]"), whole)


def _filled(sender: Sender, schema: Schema, current: Any, path: str, value: Any) -> Any:
    """An object, or a list of one, with this value at the path inside of it; what is there already stays."""
    document = sender.here.requests.document
    if schema.get("type") == "array":
        first = current[0] if isinstance(current, list) and current else None
        return [_filled(sender, choose(document, schema.get("items", {})), first, path, value)]
    made = dict(current) if isinstance(current, dict) else dict(sender.here.requests.examples.value(schema) or {})
    name, _, rest = path.partition(".")
    name = name.removesuffix("[]")
    inner = choose(document, schema.get("properties", {}).get(name))
    return {**made, name: _filled(sender, inner, made.get(name), rest, value) if rest else value}
