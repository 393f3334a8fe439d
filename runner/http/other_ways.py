"""How else may the same thing be asked? A read with each of its optional parameters, a change of each field alone."""

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from runner.http.list_questions import turns_pages
from runner.http.openapi import choose, opened, properties_of
from runner.http.requests import Request, Requests
from runner.vocabulary.secrets import is_password
from runner.vocabulary.versions import names_version

MOST = 8  # ways of one request
MOST_CHOICES = 6  # values of one field that are tried for what can't follow: a state, a step


def other_ways(requests: Requests, request: Request, known: Mapping[str, Any]) -> Iterator[tuple[str, Request]]:
    """(parameter or field, request). `known`: what the object of a change looks like now, which may be sent again."""
    method = request.operation.method
    ways = _asked(requests, request) if method == "GET" else _changed(requests, request, known)
    yield from itertools.islice(ways if method in {"GET", "PATCH"} else (), MOST)


def other_choices(requests: Requests, request: Request) -> Iterator[tuple[str, Request]]:
    """(field, request) with each other value of its fixed ones: a state that may follow, where the first may not."""
    fields = properties_of(requests.document, request.operation.body)
    for name, sent in request.fields.items():
        known = choose(requests.document, fields.get(name, {}))
        others = [one for one in known.get("enum", ()) if one != sent]
        yield from ((name, request.with_field(name, one)) for one in others[:MOST_CHOICES])


def _asked(requests: Requests, request: Request) -> Iterator[tuple[str, Request]]:
    for one in request.operation.parameters:
        new = one.place == "query" and one.name not in request.query and not one.is_credential
        if new and not turns_pages(requests, one):
            value = _value(requests, one.schema, one.name)
            yield one.name, request.with_query(one.name, "true" if value is True else value)


def _changed(requests: Requests, request: Request, known: Mapping[str, Any]) -> Iterator[tuple[str, Request]]:
    """Each field that may be left out, alone, beside what may not and the version."""
    body = request.operation.body
    fields, required = properties_of(requests.document, body), opened(requests.document, body).get("required", ())
    kept = {name: value for name, value in request.fields.items() if name in required or names_version(name)}
    for name, schema in fields.items():
        if name in kept or names_version(name) or is_password(name) or set(request.fields) == {*kept, name}:
            continue
        value = known[name] if known.get(name) is not None else _value(requests, schema, name)
        yield name, request.with_fields({**kept, name: value})


def _value(requests: Requests, schema: Mapping[str, Any], name: str) -> Any:
    """Yes for what is yes or no: it asks for more than leaving it out does."""
    yes_or_no = choose(requests.document, schema).get("type") == "boolean"
    return True if yes_or_no else requests.examples.value(schema, name)
