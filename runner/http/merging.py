"""What do several schemas ask for together? `allOf`, as one schema."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from runner.http.references import Schema

ALTERNATIVES = ("anyOf", "oneOf")


def united(parts: Iterable[Schema]) -> Schema:
    """One schema that asks for all that its parts ask for. Of texts, and of what can't be joined, the last counts."""
    whole: dict[str, Any] = {}
    for part in parts:
        for word, value in part.items():
            whole[word] = _both(word, whole[word], value) if word in whole else value
    return whole


def _both(word: str, one: Any, other: Any) -> Any:
    """What both ask for with one word."""
    if word in ALTERNATIVES:
        return [{"allOf": [option, {word: other}]} for option in one]
    join = JOINS.get(word)
    return join(one, other) if join else other


def _fields(one: Schema, other: Schema) -> Schema:
    return {**one, **other, **{name: _schemas(one[name], other[name]) for name in one if name in other}}


def _schemas(one: Any, other: Any) -> Any:
    """A schema, or a word for everything (True) or nothing (False)."""
    if one is False or other is False:
        return False
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one if one == other else {"allOf": [one, other]}
    return one if isinstance(one, Mapping) else other


def _types(one: Any, other: Any) -> str | list[str]:
    """The types of both; an integer is a number."""
    both = [kinds_of({"type": one}), kinds_of({"type": other})]
    wide = [{*kinds, *(["integer"] if "number" in kinds else [])} for kinds in both]
    found = [kind for kind in dict.fromkeys([*both[0], *both[1]]) if all(kind in kinds for kinds in wide)]
    return found[0] if len(found) == 1 else found


def kinds_of(schema: Schema) -> list[str]:
    kind = schema.get("type", [])
    return kind if isinstance(kind, list) else [kind]


JOINS: Mapping[str, Callable[[Any, Any], Any]] = {
    **dict.fromkeys(("maxLength", "maximum", "exclusiveMaximum", "maxItems", "maxProperties"), min),
    **dict.fromkeys(("minLength", "minimum", "exclusiveMinimum", "minItems", "minProperties"), max),
    "properties": _fields,
    "items": _schemas,
    "additionalProperties": _schemas,
    "type": _types,
    "required": lambda one, other: [*dict.fromkeys([*one, *other])],
    "enum": lambda one, other: [value for value in one if value in other],
}
