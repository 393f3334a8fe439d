"""In what do two schemas differ? Requests break when they may say less, answers when they may say more."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from runner.evidence.contract.contract import Contract, Schema, reference_of
from runner.said import say, together

CEILINGS = ("maxLength", "maximum", "exclusiveMaximum", "maxItems", "maxProperties")
FLOORS = ("minLength", "minimum", "exclusiveMinimum", "minItems", "minProperties")
NARROWING = ("pattern", "format", "multipleOf", "const", "uniqueItems")
TEXTS = ("title", "description", "default", "examples", "example", "deprecated")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that is not as it was. `breaks` says whom it breaks; empty: nobody."""

    endpoint: str
    field: str  # "body.title", "answer 200.items[].id", "query limit"
    was: str
    breaks: str = ""

    def __str__(self) -> str:
        where = f"{self.endpoint} {self.field}".strip()
        return say("{where}: {was}", where=where, was=self.was)


@dataclass(frozen=True, slots=True)
class Pair:
    old: Contract
    new: Contract
    endpoint: str
    same_parts: bool  # their `components` are equal, so equal references are equal schemas

    def differs(self, field: str, was: str, breaks: str = "") -> Difference:
        return Difference(endpoint=self.endpoint, field=field, was=was, breaks=breaks)


def listed(names: Iterable[object]) -> str:
    return together(sorted(str(name) for name in names)) or say("none")


def schema_differences(
    pair: Pair, field: str, before: Schema, after: Schema, *, request: bool, trail: frozenset[str] = frozenset()
) -> Iterator[Difference]:
    names = f"{reference_of(before)} {reference_of(after)}"
    alike = before == after and (pair.same_parts or not _refers(before))
    if alike or (names != " " and names in trail):
        return
    trail |= {names}
    old, new = pair.old.resolve(before), pair.new.resolve(after)
    was, now = _kinds(pair.old, old), _kinds(pair.new, new)
    if was != now:
        broken = (was - now) if request and was and now else (now - was) if not request and was else set()
        said = say("{was} → {now}", was=listed(was), now=listed(now))
        yield pair.differs(field, said, _who_meets(broken, request=request))
    yield from _limits(pair, field, _merged(pair.old, old), _merged(pair.new, new), request=request)
    yield from _fields(pair, field, old, new, request=request, trail=trail)
    was_item, is_item = _merged(pair.old, old).get("items"), _merged(pair.new, new).get("items")
    if isinstance(was_item, Mapping) and isinstance(is_item, Mapping):
        yield from schema_differences(pair, f"{field}[]", was_item, is_item, request=request, trail=trail)


def _refers(schema: Any) -> bool:
    if isinstance(schema, Mapping):
        return "$ref" in schema or any(_refers(one) for one in schema.values())
    return isinstance(schema, list) and any(_refers(one) for one in schema)


def _kinds(contract: Contract, schema: Schema) -> set[str]:
    return {str(one["type"]) for one in contract.alternatives(schema) if one.get("type")}


def _merged(contract: Contract, schema: Schema) -> Schema:
    """The limits of a schema and of its alternatives in one, `int | None` being an integer with limits."""
    schema = contract.resolve(schema)
    whole: dict[str, Any] = {}
    for branch in contract.alternatives(schema):
        whole |= branch
    return whole | {word: schema[word] for word in TEXTS if word in schema}


def _limits(pair: Pair, field: str, old: Schema, new: Schema, *, request: bool) -> Iterator[Difference]:
    for word in (*CEILINGS, *FLOORS, *NARROWING, *TEXTS):
        was, now = old.get(word), new.get(word)
        if was == now:
            continue
        narrower = request and _narrower(word, was, now)
        said = say("{word} {was} → {now}", word=word, was=_said(was), now=_said(now))
        yield pair.differs(field, said, say("callers that send what was allowed") if narrower else "")
    was, now = set(map(str, old.get("enum", ()))), set(map(str, new.get("enum", ())))
    if was != now:
        broken = (was - now if now else set()) if request else (now - was if was else set())
        if request and not was and now:
            broken = {"anything else"}
        yield pair.differs(
            field,
            say("one of {was} → one of {now}", was=listed(was), now=listed(now)),
            _who_meets(broken, request=request),
        )
    closed = (old.get("additionalProperties") is False, new.get("additionalProperties") is False)
    if closed[0] != closed[1]:
        said = say("unknown fields refused → allowed") if closed[0] else say("unknown fields allowed → refused")
        yield pair.differs(field, said, say("callers that send more") if request and closed[1] else "")


def _narrower(word: str, was: Any, now: Any) -> bool:
    if word in TEXTS or now is None:
        return False
    if was is None:
        return True
    if word in CEILINGS:
        return bool(now < was)
    return bool(now > was) if word in FLOORS else True


def _who_meets(broken: set[str], *, request: bool) -> str:
    if not broken:
        return ""
    if request:
        return say("callers that send {what}", what=listed(broken))
    return say("callers that do not expect {what}", what=listed(broken))


def _said(value: object) -> str:
    return "none" if value is None else f"“{value}”" if isinstance(value, str) else str(value)


def _fields(
    pair: Pair, field: str, old: Schema, new: Schema, *, request: bool, trail: frozenset[str]
) -> Iterator[Difference]:
    before, after = _properties(pair.old, old), _properties(pair.new, new)
    needed_before, needed_after = _needed(pair.old, old), _needed(pair.new, new)
    for name in dict.fromkeys([*before, *after]):
        inner = f"{field}.{name}"
        if name not in after:
            yield pair.differs(
                inner, "removed", say("callers that send it") if request else say("callers that read it")
            )
        elif name not in before:
            needed = name in needed_after and request
            said = say("new, required") if needed else "new"
            yield pair.differs(inner, said, say("callers that do not send it") if needed else "")
        else:
            was, now = name in needed_before, name in needed_after
            if was != now:
                said = say("required → optional") if was else say("optional → required")
                breaks = {
                    (True, True): say("callers that do not send it"),
                    (False, False): say("callers that rely on it"),
                }
                yield pair.differs(inner, said, breaks.get((request, now), ""))
            yield from schema_differences(pair, inner, before[name], after[name], request=request, trail=trail)


def _properties(contract: Contract, schema: Schema) -> dict[str, Schema]:
    """The fields with their references kept: a schema that holds itself is then met twice, and left."""
    found: dict[str, Schema] = {}
    for branch in contract.alternatives(schema):
        found |= branch.get("properties", {})
    return found


def _needed(contract: Contract, schema: Schema) -> set[str]:
    """What all alternatives that have fields ask for."""
    branches = contract.alternatives(schema)
    return set.intersection(
        *(set(b.get("required", ())) for b in [b for b in branches if b.get("properties")] or branches)
    )
