"""The contract as the maker of random requests gets it: texts with a pattern no longer than they need be. Pure."""

from collections.abc import Mapping
from typing import Any

LONGEST = 100  # characters of a text with a pattern
HOME = "#/components/schemas/"
SUFFIX = "AsAsked"
ASKED = ("parameters", "requestBody")


def as_asked(document: Mapping[str, Any]) -> dict[str, Any]:
    """The same contract, in which requests have texts with a pattern of `LONGEST` characters at most.

    A generator and its validators unfold `^[^a]*$` of 20,000 characters into hundreds of megabytes. What is answered
    is judged by the contract's own words: requests refer to copies of the schemas.
    """
    components = dict(document.get("components") or {})
    schemas = dict(components.get("schemas") or {})
    copies = {f"{name}{SUFFIX}": _narrow(schema) for name, schema in schemas.items()}
    if not _long(document):
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
    return {key: _narrow(part) for key, part in node.items()} | short


def _long(node: Any) -> bool:
    """Is there any text with a pattern that may be longer?"""
    if isinstance(node, Mapping):
        return _is_long(node) or any(map(_long, node.values()))
    return isinstance(node, list) and any(map(_long, node))


def _is_long(schema: Mapping[str, Any]) -> bool:
    most = schema.get("maxLength")
    return isinstance(schema.get("pattern"), str) and isinstance(most, int) and most > max(LONGEST, _least(schema))


def _least(schema: Mapping[str, Any]) -> int:
    least = schema.get("minLength")
    return least if isinstance(least, int) else 0
