"""What do the references of an OpenAPI document lead to?"""

from collections.abc import Iterator, Mapping
from typing import Any

from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

DEEPEST = 12  # references that lead to each other end somewhere
VALUES = frozenset({"const", "default", "enum", "example", "examples"})  # what is no schema, whatever its keys say

Schema = Mapping[str, Any]
Document = Mapping[str, Any]


def referred(document: Document, given: Schema) -> Schema:
    """A path item, parameter, body or answer behind its references; nothing where they lead nowhere."""
    for _ in range(DEEPEST):
        if not isinstance(given.get("$ref"), str):
            return given
        given = pointed(document, given["$ref"])
    return {}


def pointed(document: Document, reference: str) -> Schema:
    """What a reference within the document names; nothing where that is not there."""
    found = _named(document, reference)
    return found if isinstance(found, Mapping) else {}


def _named(document: Document, reference: str) -> object:
    resolver = Registry().with_resource("", DRAFT202012.create_resource(document)).resolver()
    try:
        return resolver.lookup(reference).contents
    except (Unresolvable, TypeError, ValueError):  # the last two where it leads through a text or a number
        return None


def lost_references(document: Document) -> Iterator[tuple[tuple[str, ...], str]]:
    """The references that lead nowhere, each with the keys to where it stands."""
    yield from _lost(document, document, ())


def _lost(document: Document, node: object, where: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(node, list):
        for number, one in enumerate(node):
            yield from _lost(document, one, (*where, str(number)))
    if not isinstance(node, Mapping) or "$id" in node:  # with an id of its own, it is a document of its own
        return
    if isinstance(node.get("$ref"), str) and _named(document, node["$ref"]) is None:
        yield where, node["$ref"]
    for key, one in node.items():
        if key not in VALUES or where[-1:] == ("properties",):
            yield from _lost(document, one, (*where, str(key)))
