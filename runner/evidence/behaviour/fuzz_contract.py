"""The contract as the maker of random requests gets it: short texts, numbers of a usual size, examples. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from runner.http.openapi import PLACEHOLDER, is_json
from runner.http.requests import Request

LONGEST = 100  # characters of a text with a pattern
HOME = "#/components/schemas/"
SUFFIX = "AsAsked"
ASKED = ("parameters", "requestBody")
USUAL = 2**31 - 1  # of a number that the contract leaves without a bound: what is larger is tried on purpose elsewhere
NUMBERS = frozenset({"integer", "number"})


def as_asked(document: Mapping[str, Any]) -> dict[str, Any]:
    """The same contract, whose requests have usual numbers, and texts with a pattern of `LONGEST` characters at most.

    A generator and its validators unfold `^[^a]*$` of 20,000 characters into hundreds of megabytes. A number beyond
    the column's is sent on purpose, to each field, by the look at bad input. What is answered is judged by the
    contract's own words: requests refer to copies of the schemas.
    """
    components = dict(document.get("components") or {})
    schemas = dict(components.get("schemas") or {})
    copies = {f"{name}{SUFFIX}": _narrow(schema) for name, schema in schemas.items()}
    if not _wide(document):
        return dict(document)
    for kind in ("parameters", "requestBodies"):
        if kind in components:
            components[kind] = _narrow(components[kind])
    if "pathItems" in components:
        components["pathItems"] = {name: _path(item) for name, item in components["pathItems"].items()}
    paths = {path: _path(item) for path, item in (document.get("paths") or {}).items()}
    return {**document, "paths": paths, "components": {**components, "schemas": {**schemas, **copies}}}


def _path(item: Any) -> Any:
    """A path's operations, with what is asked made narrow."""
    if not isinstance(item, Mapping):
        return item
    return {key: _part(key, part) for key, part in item.items()}


def _part(key: str, part: Any) -> Any:
    if key in ASKED:
        return _narrow(part)
    return part if key == "responses" else _path(part)


def _narrow(node: Any) -> Any:
    if isinstance(node, str):
        return f"{node}{SUFFIX}" if node.startswith(HOME) else node
    if isinstance(node, list):
        return [_narrow(one) for one in node]
    if not isinstance(node, Mapping):
        return node
    short = {"maxLength": max(LONGEST, _least(node))} if _is_long(node) else {}
    return {key: _narrow(part) for key, part in node.items()} | short | _bounds(node)


def _wide(node: Any) -> bool:
    """Is there any text with a pattern that may be longer, or a number without a bound?"""
    if isinstance(node, Mapping):
        return _is_long(node) or bool(_bounds(node)) or any(map(_wide, node.values()))
    return isinstance(node, list) and any(map(_wide, node))


def _bounds(schema: Mapping[str, Any]) -> dict[str, int]:
    """Those that a number lacks. A bound of the contract's own stays: what lies within it has to work."""
    kind = schema.get("type")
    kinds = kind if isinstance(kind, list) else [kind]
    if not any(isinstance(one, str) and one in NUMBERS for one in kinds) or {"enum", "const"} & set(schema):
        return {}
    lacks = (("minimum", "exclusiveMinimum", -USUAL), ("maximum", "exclusiveMaximum", USUAL))
    given = {one: schema[one] for pair in lacks for one in pair[:2] if isinstance(schema.get(one), int | float)}
    if any(abs(one) >= USUAL for one in given.values()):
        return {}
    return {word: value for word, other, value in lacks if word not in given and other not in given}


def _is_long(schema: Mapping[str, Any]) -> bool:
    most = schema.get("maxLength")
    return isinstance(schema.get("pattern"), str) and isinstance(most, int) and most > max(LONGEST, _least(schema))


def _least(schema: Mapping[str, Any]) -> int:
    least = schema.get("minLength")
    return least if isinstance(least, int) else 0


def with_examples(document: Mapping[str, Any], requests: Sequence[Request]) -> dict[str, Any]:
    """The same contract, with what these valid requests hold as the examples of their operations.

    At random a request names nothing that exists: what works on an object would answer 404 each time.
    """
    paths = dict(document.get("paths") or {})
    for request in requests:
        operation = request.operation
        item, method = paths.get(operation.path), operation.method.lower()
        if isinstance(item, Mapping) and isinstance(item.get(method), Mapping):
            paths[operation.path] = {**item, method: _shown(item[method], item, request)}
    return {**document, "paths": paths}


def _shown(operation: Mapping[str, Any], item: Mapping[str, Any], request: Request) -> dict[str, Any]:
    given = {("path", name): value for name, value in _in_path(request)}
    given |= {("query", name): value for name, value in request.query.items()}
    declared = [*(item.get("parameters") or ()), *(operation.get("parameters") or ())]
    known = {(one.get("in"), one.get("name")): one for one in declared if isinstance(one, Mapping)}
    shown = {
        place: {**{key: part for key, part in known[place].items() if key != "examples"}, "example": value}
        for place, value in given.items()
        if place in known
    }
    others = [
        one
        for one in operation.get("parameters") or ()
        if not isinstance(one, Mapping) or (one.get("in"), one.get("name")) not in shown
    ]
    told = {**operation, "parameters": [*others, *shown.values()]} if shown else dict(operation)
    body = operation.get("requestBody")
    content = body.get("content") if isinstance(body, Mapping) else None
    media = request.media_type or ""
    if isinstance(body, Mapping) and isinstance(content, Mapping) and media in content and is_json(media):
        form = {key: part for key, part in content[media].items() if key != "examples"}
        told["requestBody"] = {**body, "content": {**content, media: {**form, "example": request.body}}}
    return told


def _in_path(request: Request) -> Iterator[tuple[str, Any]]:
    """The values of its placeholders; a whole number as one."""
    parts = PLACEHOLDER.split(request.operation.path)
    pattern = "".join("([^/]*)" if n % 2 else re.escape(part) for n, part in enumerate(parts))
    found = re.fullmatch(pattern, request.path)
    whole = {p.name for p in request.operation.parameters if p.place == "path" and p.schema.get("type") == "integer"}
    for name, text in zip(parts[1::2], found.groups() if found else (), strict=False):
        value = unquote(text)
        yield name, int(value) if name in whole and re.fullmatch(r"-?\d+", value) else value
