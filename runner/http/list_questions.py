"""How may a list be asked for a thing? As it is, and by each of its filters that fits what the thing looks like."""

from collections.abc import Iterator, Mapping
from typing import Any

from runner.http.openapi import Operation, Parameter, choose
from runner.http.requests import Request, Requests
from runner.vocabulary.names import joined
from runner.vocabulary.pages import is_page_place, is_page_size

MOST_ROWS = 100


def questions(
    requests: Requests, operation: Operation, known: Mapping[str, Any], values: Mapping[str, Any] | None = None
) -> Iterator[tuple[str, Request]]:
    """(filter, request): first without any filter, named by an empty text. `values` are for the list's own path."""
    yield "", asked_by(requests, operation, known, "", values)
    for one in operation.parameters:
        if one.place == "query" and not turns_pages(requests, one) and _value(one, known) is not None:
            yield one.name, asked_by(requests, operation, known, one.name, values)


def turns_pages(requests: Requests, parameter: Parameter) -> bool:
    """Does it say which page is wanted, and how large? `since` does where it is a number, and not where it is a day."""
    day = choose(requests.document, parameter.schema).get("format") in {"date", "date-time"}
    return is_page_size(parameter.name) or (is_page_place(parameter.name) and not day)


def asked_by(
    requests: Requests,
    operation: Operation,
    known: Mapping[str, Any],
    query: str,
    values: Mapping[str, Any] | None = None,
) -> Request:
    """The list with as many rows as it gives, by one filter; by none where that is empty or does not fit."""
    request = requests.example(operation, values or {})
    for one in operation.parameters:
        if one.place == "query" and is_page_size(one.name):
            request = request.with_query(one.name, most_rows(choose(requests.document, one.schema)))
        elif one.place == "query" and one.name == query and _value(one, known) is not None:
            request = request.with_query(one.name, _value(one, known))
    return request


def most_rows(schema: Mapping[str, Any]) -> int:
    """The largest page that a size of this schema may name, up to a hundred rows."""
    named = [one for one in schema.get("enum", ()) if isinstance(one, int) and 0 < one <= MOST_ROWS]
    if named:
        return max(named)
    bounds = ((schema.get("maximum"), 0), (schema.get("exclusiveMaximum"), 1))
    allowed = [int(one) - less for one, less in bounds if isinstance(one, int | float) and not isinstance(one, bool)]
    return min([*allowed, MOST_ROWS])


def _value(parameter: Parameter, known: Mapping[str, Any]) -> Any:
    """What the thing has in the field that a filter is called after: `author_id`; of its `tags` the first for `tag`."""
    fields = {joined(name): value for name, value in known.items()}
    name = joined(parameter.name)
    alike = (name, f"{name}_id", f"{name}s", name.removesuffix("_id"))
    found = next((fields[one] for one in alike if one in fields), None)
    found = found[0] if isinstance(found, list) and found else found
    if isinstance(found, bool):
        return str(found).lower()
    return found if isinstance(found, str | int | float) and found != "" else None
