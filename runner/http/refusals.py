"""What does a refusal ask for? Demands on fields, told as pydantic does, or in a sentence."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from runner.http.references import Schema
from runner.http.sentences import asked_in, choices_in, named_in, relation_in
from runner.http.siblings import Path, Relation

PLACES = frozenset({"body", "query", "path", "header", "cookie"})
LEFT_OUT = frozenset({"extra_forbidden", "unexpected_keyword_argument"})
BOUNDS = {  # pydantic's own kinds of error: what their context names, and what that is in JSON Schema
    "greater_than": ("gt", "exclusiveMinimum"),
    "greater_than_equal": ("ge", "minimum"),
    "less_than": ("lt", "exclusiveMaximum"),
    "less_than_equal": ("le", "maximum"),
    "multiple_of": ("multiple_of", "multipleOf"),
    "string_too_short": ("min_length", "minLength"),
    "string_too_long": ("max_length", "maxLength"),
    "too_short": ("min_length", "minItems"),
    "too_long": ("max_length", "maxItems"),
    "string_pattern_mismatch": ("pattern", "pattern"),
}
KINDS: Mapping[str, Schema] = {  # the first word of a kind of error: what the value must be
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "decimal": {"type": "number"},
    "bool": {"type": "boolean"},
    "string": {"type": "string"},
    "list": {"type": "array"},
    "dict": {"type": "object"},
    "model": {"type": "object"},
    "uuid": {"type": "string", "format": "uuid"},
    "url": {"type": "string", "format": "uri"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
    "timezone": {"type": "string", "format": "date-time"},
    "time": {"type": "string", "format": "time"},
}
TEXTS = ("msg", "message", "detail", "error", "reason", "description")
NAMES = ("field", "name", "param", "property", "attribute", "path", "pointer", "loc")
DEEPEST = 8
SENTENCES = re.compile(r"(?<=[^\d\s])(?<!\be\.g)(?<!\bi\.e)[.;!](?=\s|$)|[\n。；！]|(?<=\d)\.(?=\s|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What one field must be, in the words of JSON Schema. It must be sent, or must not be."""

    path: Path
    asks: Schema = field(default_factory=dict)
    sent: bool = True


def demands(text: str, fields: Iterable[Path]) -> Iterator[Demand | Relation]:
    """What an answer asks of the fields that there are, most certain first; nothing where it names none of them."""
    known = tuple(fields)
    try:
        body = json.loads(text)
    except ValueError:
        yield from _sentences(text, known)
        return
    entries = tuple(_entries(body))
    for names, kind, context, said in entries:
        path = _path(names, known)
        if path:
            yield from _entry(path, kind, context, said, known)
    for said in _texts(body):
        yield from _sentences(said, known)


def _entry(path: Path, kind: str, context: Schema, said: str, known: tuple[Path, ...]) -> Iterator[Demand | Relation]:
    """One error that names its field."""
    if kind in LEFT_OUT or "extra inputs are not permitted" in said.lower():
        yield Demand(path=path, sent=False)
    elif kind in BOUNDS and BOUNDS[kind][0] in context:
        name, word = BOUNDS[kind]
        yield Demand(path=path, asks={word: context[name]})
    elif kind in {"enum", "literal_error"} and (found := choices_in(str(context.get("expected", said)))):
        yield Demand(path=path, asks={"enum": found})
    elif kind.endswith(("_type", "_parsing", "_from_datetime_inexact")) and (
        asks := KINDS.get(kind.split("_", maxsplit=1)[0])
    ):
        yield Demand(path=path, asks=asks)
    else:
        related = tuple(_related(said, known, path))
        yield from related or [Demand(path=path, asks=asked_in(said) or {})]


def _entries(body: Any, deep: int = 0) -> Iterator[tuple[tuple[str, ...], str, Schema, str]]:
    """(names of the field, kind, context, text) of each error that names a field, wherever it stands in an answer."""
    if deep > DEEPEST:
        return
    if isinstance(body, list):
        for one in body:
            yield from _entries(one, deep + 1)
    if not isinstance(body, Mapping):
        return
    said = next((body[key] for key in TEXTS if isinstance(body.get(key), str)), "")
    named = next((body[key] for key in NAMES if isinstance(body.get(key), str | list) and body[key]), None)
    if named is not None and (said or "type" in body):
        context = body.get("ctx") if isinstance(body.get("ctx"), Mapping) else {}
        yield _names(named), str(body.get("type", "")), context or {}, said
    for key, one in body.items():
        if isinstance(one, list) and one and all(isinstance(text, str) for text in one) and key not in NAMES:
            yield from (((str(key),), "", {}, text) for text in one)  # {"errors": {"name": ["is too long"]}}
        elif key not in {"ctx", "input"}:
            yield from _entries(one, deep + 1)
    if deep and not said and named is None:
        yield from (((str(key),), "", {}, text) for key, text in body.items() if isinstance(text, str))


def _names(named: str | list[Any]) -> tuple[str, ...]:
    """`body.items.0.sku`, `/items/0/sku` and ["body", "items", 0, "sku"], each without places and positions."""
    parts = [str(one) for one in named] if isinstance(named, list) else re.split(r"[./\[\]]+|\s*->\s*", named)
    parts = [one for one in parts if one and not one.isdigit()]
    return tuple(parts[1:] if parts and parts[0] in PLACES else parts)


def _path(names: tuple[str, ...], known: tuple[Path, ...]) -> Path | None:
    """The field that is there by that name: in full, else the shallowest that ends so. A model's own name is none."""
    if names in known:
        return names
    ended = [path for path in known if names and path[-1] == names[-1]]
    return min(ended, key=len, default=None)


def _texts(body: Any, deep: int = 0) -> Iterator[str]:
    """The sentences of an answer, but for those that stand beside the name of their field."""
    if isinstance(body, str):
        yield body
    elif isinstance(body, list) and deep <= DEEPEST:
        for one in body:
            yield from _texts(one, deep + 1)
    elif isinstance(body, Mapping) and deep <= DEEPEST:
        named = any(isinstance(body.get(key), str | list) and body[key] for key in NAMES)
        for key, one in body.items():
            if not isinstance(one, str) or (not named and key not in {"type", "instance", "input", "url"}):
                yield from _texts(one, deep + 1) if key not in {"ctx", "input", "loc"} else ()
        if named and "loc" in body and list(body["loc"]) == ["body"]:  # of the whole body: its text names the fields
            yield from (body[key] for key in TEXTS if isinstance(body.get(key), str))


def _sentences(text: str, known: tuple[Path, ...]) -> Iterator[Demand | Relation]:
    """What each sentence asks of the fields that it names; where it names none, of those of the one before."""
    before: list[Path] = []
    for sentence in SENTENCES.split(text):
        related = tuple(_related(sentence, known, None))
        yield from related
        named = named_in(sentence, known) or before
        asks = None if related else asked_in(sentence)
        for path in named if asks is not None else ():
            yield Demand(path=path, asks=asks or {})
        before = named


def _related(said: str, known: tuple[Path, ...], path: Path | None) -> Iterator[Demand | Relation]:
    """The relation of two fields of one object, and that both must be sent."""
    found = relation_in(said, known, path)
    if found is not None:
        first, how, second = found
        yield Demand(path=first)
        yield Demand(path=second)
        yield Relation(first=first, how=how, second=second)
