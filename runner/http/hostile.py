"""What would somebody send who means harm, or has a bug? One bad value in one place, everything else valid."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from runner.http.openapi import FORM_TYPES, PLACEHOLDER, Operation, choose, is_json, properties_of
from runner.http.references import Document, Schema
from runner.http.requests import Request
from runner.said import say
from runner.vocabulary.people import OWNER_FIELDS

CLAIMS = ("X-Forwarded-For", "X-Real-IP", "X-Client-IP", "True-Client-IP", "CF-Connecting-IP")  # any client can write
LARGE, HUGE = 2**63, 10**22
MISSING = 2_000_000_000  # an id that no proof reaches
NUL = "a\x00b"
LONG = "A" * 70_000
GROWS, MOST_GROWN = "\ufb03", 5_000  # the ligature ffi: three letters in another case and once it is normalised
INJECTION = "'; SELECT pg_sleep(0) --"
TEXTS: tuple[tuple[str, Any], ...] = (
    ("a NUL byte", NUL),
    (say("half a character"), "\ud800"),
    (say("an empty text"), ""),
    ("70,000 letters", LONG),
    (say("an injection"), INJECTION),
    ("a number", 7),
    ("null", None),
    ("a list", ["a"]),
    (say("an object"), {"a": 1}),
)
NUMBERS: tuple[tuple[str, Any], ...] = (
    ("2^63", LARGE),
    ("−2^63 − 1", -LARGE - 1),
    ("10^22", HUGE),
    ("−1", -1),
    ("0", 0),
    (say("an id that is not there"), MISSING),
    ("a fraction", 1.5),
    ("a word", "x"),
    ("null", None),
    ("a list", [1]),
)
OTHERS: tuple[tuple[str, Any], ...] = (("a word", "x"), ("2^63", LARGE), ("null", None), (say("an object"), {"a": 1}))
LISTS: tuple[tuple[str, Any], ...] = (
    ("a text", "x"),
    ("null", None),
    (say("a list of null"), [None]),
    (say("a list with a NUL byte"), [NUL]),
    (say("a list of numbers"), [LARGE]),
    (say("something that is not there"), ["nonesuch"]),
    ("5,000 elements", ["a"] * 5000),
)
DATES = ("date", "date-time", "time")
MOMENTS: tuple[tuple[str, Any], ...] = (
    (say("the year 0001"), "0001-01-01"),
    (say("the year 9999 at its end"), "9999-12-31T23:59:59Z"),
    ("10^22", HUGE),
    ("a word", "x"),
)
LONG_AGO, FAR_OFF = say("the year 2001, sent alone"), say("the year 2090, sent alone")
FAR_MOMENTS: dict[str, tuple[tuple[str, str], ...]] = {
    "date": ((LONG_AGO, "2001-02-03"), (FAR_OFF, "2090-02-03")),
    "date-time": ((LONG_AGO, "2001-02-03T04:05:06Z"), (FAR_OFF, "2090-02-03T04:05:06Z")),
}
IN_PATH = (str(MISSING), "0", "-1", str(LARGE), str(HUGE), "%00", "x", "%ED%A0%80", "..%2f..%2f", "A" * 3000)
WORDS_IN_QUERY = {
    "a NUL byte": "\x00",
    say("an empty text"): "",
    "3,000 letters": "A" * 3000,
    say("an injection"): INJECTION,
}
NUMBERS_IN_QUERY = {"−1": "-1", "0": "0", "2^63": str(LARGE), "10^22": str(HUGE), "a word": "x"}
BODIES = (
    (say("a body that ends too soon"), b'{"a":'),
    (say("an empty body"), b""),
    (say("a body of null"), b"null"),
    (say("a list as body"), b"[]"),
    (say("a text as body"), b'"x"'),
    (say("a body that is no UTF-8"), b'{"a": "\xff\xfe"}'),
    (say("a body 2,000 levels deep"), b"[" * 2000 + b"]" * 2000),
    (say("a number without end"), b'{"a": 1e999}'),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoilt:
    """A request with one thing wrong."""

    place: str  # "body.title", "query.limit", "path.post_id", "body"
    what: str
    request: Request


def spoilt(document: Document, request: Request) -> Iterator[Spoilt]:
    """The same request again and again, each time with another thing wrong."""
    yield from _in_path(request)
    yield from _in_query(document, request)
    if is_json(request.media_type or ""):
        yield from (Spoilt(place="body", what=what, request=replace(request, body=raw)) for what, raw in BODIES)
    if isinstance(request.body, dict):
        yield from _in_body(document, request)


def _in_path(request: Request) -> Iterator[Spoilt]:
    for number, raw in enumerate(request.operation.segments):
        if not PLACEHOLDER.search(raw):
            continue
        name = PLACEHOLDER.sub(r"\1", raw)
        for value in IN_PATH:
            parts = [part for part in request.path.split("/") if part]
            parts[number] = value
            shown = value if len(value) < 40 else f"{len(value)} letters"  # noqa: PLR2004
            yield Spoilt(place=f"path.{name}", what=shown, request=replace(request, path="/" + "/".join(parts)))


def _in_query(document: Document, request: Request) -> Iterator[Spoilt]:
    for parameter in request.operation.parameters:
        if parameter.place == "query":
            kind = choose(document, parameter.schema).get("type")
            values = NUMBERS_IN_QUERY if kind in {"integer", "number"} else WORDS_IN_QUERY
            for what, value in values.items():
                changed = request.with_query(parameter.name, value)
                yield Spoilt(place=f"query.{parameter.name}", what=what, request=changed)


def _in_body(document: Document, request: Request) -> Iterator[Spoilt]:
    place = f"body.{request.envelope}" if request.envelope else "body"
    yield from _out_of_order(document, request, place)  # before anything that is taken makes the version another one
    for name, schema in properties_of(document, request.operation.body).items():
        for what, value in _values(schema):
            if request.media_type in FORM_TYPES and not isinstance(value, str | int):
                continue
            if request.media_type in FORM_TYPES and value == "\ud800":
                continue
            yield Spoilt(place=f"{place}.{name}", what=what, request=request.with_field(name, value))


def _out_of_order(document: Document, request: Request, place: str) -> Iterator[Spoilt]:
    """The later of two moments alone and long ago, the first far off: the other one stays as it is stored."""
    body = request.operation.body or {}
    formats = {name: choose(document, one).get("format") for name, one in properties_of(document, body).items()}
    moments = [name for name, told in formats.items() if told in FAR_MOMENTS]
    if request.operation.method != "PATCH":
        return
    needed = set(choose(document, body).get("required", ()))
    kept = {name: value for name, value in request.fields.items() if name in needed}
    for first, last in pairwise(moments):
        for name, (what, value) in (
            (last, FAR_MOMENTS[str(formats[last])][0]),
            (first, FAR_MOMENTS[str(formats[first])][1]),
        ):
            yield Spoilt(place=f"{place}.{name}", what=what, request=request.with_fields({**kept, name: value}))


def _values(schema: Schema) -> tuple[tuple[str, Any], ...]:
    kind = schema.get("type")
    if kind in {"integer", "number"}:
        return NUMBERS
    if kind == "array":
        return LISTS
    if kind == "string" and schema.get("format") in DATES:
        return MOMENTS
    return (*TEXTS, *_growing(schema)) if kind == "string" and "enum" not in schema else OTHERS


def _growing(schema: Schema) -> Iterator[tuple[str, Any]]:
    """As long as it may be as it is sent, and longer than its column once a service has put it into another case."""
    longest = schema.get("maxLength")
    if isinstance(longest, int) and 0 < longest <= MOST_GROWN and "format" not in schema:
        yield say("letters that become more in upper case"), GROWS * longest


def with_unknown_field(request: Request) -> Request | None:
    """The same with a field that nobody declared."""
    return request.with_field("gonogo_unknown", "x") if isinstance(request.body, dict) else None


PRIVILEGES: dict[str, Any] = {
    "role": None,  # the most powerful role
    "roles": None,
    "is_admin": True,
    "is_superuser": True,
    "is_staff": True,
    "admin": True,
    "superuser": True,
    "is_verified": True,
}
CHOSEN = 987654  # an id that a new thing is told to have


def privileged(operation: Operation, role: str, other: Any) -> Iterator[tuple[str, Any]]:
    """Fields that a client must not decide, with a value that would show."""
    for name, value in PRIVILEGES.items():
        yield name, value if value is not None else [role] if name == "roles" else role
    if operation.method == "POST":
        yield "id", CHOSEN
    if operation.method == "POST" and other is not None:
        yield from ((name, other) for name in OWNER_FIELDS)


def may_own(name: str) -> bool:
    """Does a field hold the id of something, by its name? Those that always say whose a thing is are tried anyway."""
    return name.endswith(("_id", "Id", "_by")) and name not in OWNER_FIELDS


def large_body(size: int) -> bytes:
    return json.dumps({"gonogo": "A" * size}).encode()
