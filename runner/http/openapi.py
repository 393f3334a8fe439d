"""Which operations does an OpenAPI document have, what does each take and answer? Dictionaries in, frozen data out.

The one model of a contract: what is judged is what requests are made from. OpenAPI 3.0 is read as 3.1 says the same.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from runner.http.merging import ALTERNATIVES, kinds_of, united
from runner.http.references import Document, Schema, pointed, referred
from runner.vocabulary.account_paths import SIGNS_IN, SIGNS_UP, is_called
from runner.vocabulary.people import known_by
from runner.vocabulary.secrets import is_password

METHODS = ("get", "post", "put", "patch", "delete", "head", "options", "trace")
CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
JSON_TYPE = "application/json"
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
PLACEHOLDER = re.compile(r"\{([^{}:]+)(?::[^{}]*)?\}")
PYTHONS: Mapping[str, tuple[str, tuple[type, ...]]] = {
    "ge": ("minimum", (int, float)),
    "le": ("maximum", (int, float)),
    "gt": ("exclusiveMinimum", (int, float)),
    "lt": ("exclusiveMaximum", (int, float)),
    "multiple_of": ("multipleOf", (int, float)),
    "min_length": ("minLength", (int,)),
    "max_length": ("maxLength", (int,)),
    "min_items": ("minItems", (int,)),
    "max_items": ("maxItems", (int,)),
    "regex": ("pattern", (str,)),
}
BOUNDS = (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum"))

CREDENTIALS = {
    "cookie": re.compile(r"token|session|jwt|auth|^sid$", re.IGNORECASE),
    "header": re.compile(
        r"^(?:authorization|(?:x-)?(?:(?:access|auth|session)-)?token|(?:x-)?api-key)$", re.IGNORECASE
    ),
}
OTHER_TOKENS = re.compile(r"refresh|csrf|xsrf", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    name: str
    place: str  # path, query, header or cookie
    required: bool
    schema: Schema

    @property
    def is_credential(self) -> bool:
        """Does it tell who the caller is: the cookie of a session, a header with a token?"""
        known = CREDENTIALS.get(self.place)
        return known is not None and bool(known.search(self.name)) and not OTHER_TOKENS.search(self.name)

    @property
    def key(self) -> tuple[str, str]:
        """What makes two parameters the same one: the names of headers have no case."""
        return self.place, self.name.lower() if self.place == "header" else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One documented answer. `schema` is None where it has no body."""

    status: str  # "200", "4XX", "default"
    description: str = ""
    media: tuple[str, ...] = ()
    schema: Schema | None = None
    headers: tuple[str, ...] = ()

    @property
    def is_json(self) -> bool:
        return any(map(is_json, self.media))

    @property
    def is_success(self) -> bool:
        return self.status.startswith("2")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one path. Schemas are resolved at their top; use `resolve` further down."""

    method: str  # upper case
    path: str  # as the contract writes it, with its placeholders
    id: str = ""  # operationId; empty when there is none
    summary: str = ""
    parameters: tuple[Parameter, ...] = ()
    body: Schema | None = None  # of the JSON form if there is one
    body_media: str = ""  # empty: it takes no body
    body_required: bool = False
    responses: tuple[Response, ...] = ()
    security: tuple[str, ...] = ()  # schemes, any of which lets you in; empty: open to everyone
    optional_security: bool = False  # anonymous callers are let in as well
    tags: tuple[str, ...] = ()

    @property
    def endpoint(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def is_protected(self) -> bool:
        return bool(self.security) and not self.optional_security

    @property
    def changes(self) -> bool:
        return self.method in CHANGING

    @property
    def takes_json(self) -> bool:
        return is_json(self.body_media)

    @property
    def segments(self) -> tuple[str, ...]:
        return tuple(part for part in self.path.split("/") if part)

    @property
    def placeholders(self) -> tuple[str, ...]:
        """The names in its path, each once: `a` and `b` of /x/{a}-{b}.json."""
        return tuple(dict.fromkeys(PLACEHOLDER.findall(self.path)))

    @property
    def last(self) -> str:
        """The last segment that is a word: `comments` of /posts/{post_id}/comments."""
        return next((part for part in reversed(self.segments) if not part.startswith("{")), "")

    @property
    def statuses(self) -> frozenset[str]:
        return frozenset(response.status for response in self.responses)

    @property
    def success(self) -> Response | None:
        """The first documented 2xx answer."""
        return next((r for r in self.responses if r.is_success), None)

    def response(self, status: int | str) -> Response | None:
        return next((r for r in self.responses if r.status == str(status)), None)

    def parameter(self, name: str) -> Parameter | None:
        return next((p for p in self.parameters if p.name == name), None)


def is_json(media: str) -> bool:
    """`application/json; charset=utf-8` and `application/vnd.api+json` are."""
    return media.partition(";")[0].strip().lower().endswith("json")


def operations_of(document: Document) -> tuple[Operation, ...]:
    """Every operation, in the document's order."""
    return tuple(_operations(document))


def _operations(document: Document) -> Iterator[Operation]:
    for path, given in document.get("paths", {}).items():
        if not path.startswith("x-"):
            item = {**referred(document, given), **given}  # what stands beside the reference is the path's own
            for method in METHODS:
                if isinstance(item.get(method), Mapping):
                    yield _operation(document, path, method, item)


def _operation(document: Document, path: str, method: str, item: Schema) -> Operation:
    raw = item[method]
    body = referred(document, raw.get("requestBody", {}))
    media, schema = _content(document, body)
    wanted = raw.get("security", document.get("security", []))
    if "security" not in raw and not _wants_key(document, wanted) and _lets_people_in(document, path, schema):
        wanted = []  # said of all operations at once, which nobody could ever get into
    parameters = _parameters(document, [*item.get("parameters", []), *raw.get("parameters", [])])
    brought = [] if wanted else [one for one in parameters if one.is_credential]  # a guard that is no scheme
    named = [*(name for alternative in wanted for name in alternative), *(one.name for one in brought)]
    responses = ((str(status), one) for status, one in raw.get("responses", {}).items())
    return Operation(
        method=method.upper(),
        path=path,
        id=raw.get("operationId", ""),
        summary=raw.get("summary", ""),
        parameters=parameters,
        body=schema,
        body_media=media[0] if media else "",
        body_required=bool(body.get("required")),
        responses=tuple(_response(document, status, one) for status, one in responses if not status.startswith("x-")),
        security=tuple(dict.fromkeys(named)),
        optional_security=any(not alternative for alternative in wanted) or not all(one.required for one in brought),
        tags=tuple(raw.get("tags", ())),
    )


def _wants_key(document: Document, wanted: Iterable[Schema]) -> bool:
    """Is a key among what is wanted, as a program has it before anybody signs in?"""
    schemes = document.get("components", {}).get("securitySchemes", {})
    kinds = (referred(document, schemes.get(name, {})).get("type") for one in wanted for name in one)
    return "apiKey" in kinds


def _lets_people_in(document: Document, path: str, body: Schema | None) -> bool:
    """Is it for who has no token yet: signs it up or in, by its name and with a password?"""
    last = path.rstrip("/").rpartition("/")[2]
    return is_called((*SIGNS_UP, *SIGNS_IN), last) and any(map(is_password, properties_of(document, body)))


def _parameters(document: Document, raws: Iterable[Schema]) -> tuple[Parameter, ...]:
    """Those of the path and of the operation; where both name one, the operation's."""
    found = {one.key: one for one in (_parameter(document, referred(document, raw)) for raw in raws) if one.name}
    return tuple(found.values())


def _parameter(document: Document, raw: Schema) -> Parameter:
    described: Schema = next(iter(raw.get("content", {}).values()), raw)
    place = str(raw.get("in", ""))
    return Parameter(
        name=str(raw.get("name", "")),
        place=place,
        required=bool(raw.get("required")) or place == "path",
        schema=resolve(document, described.get("schema", {})),
    )


def _response(document: Document, status: str, given: Schema) -> Response:
    response = referred(document, given)
    media, schema = _content(document, response)
    return Response(
        status=status,
        description=response.get("description", ""),
        media=media,
        schema=schema,
        headers=tuple(response.get("headers", ())),
    )


def _content(document: Document, holder: Schema) -> tuple[tuple[str, ...], Schema | None]:
    """Media types, JSON first and forms next, and the schema of the first."""
    content = holder.get("content", {})
    media = tuple(sorted(content, key=_preference))
    return media, resolve(document, content[media[0]].get("schema", {})) if media else None


def _preference(media: str) -> int:
    wanted = (JSON_TYPE, *FORM_TYPES)
    return wanted.index(media) * 2 if media in wanted else 1 if is_json(media) else len(wanted) * 2


def resolve(document: Document, schema: Schema) -> Schema:
    """The schema behind references and `allOf`, in the words of OpenAPI 3.1. What is inside of it stays as it is."""
    return _resolved(document, schema, frozenset())


def _resolved(document: Document, given: object, trail: frozenset[str]) -> Schema:
    if isinstance(given, bool):  # JSON Schema's words for everything and nothing
        return {} if given else {"not": {}}
    schema: Schema = given if isinstance(given, Mapping) else {}
    reference = schema.get("$ref")
    if isinstance(reference, str):
        if reference in trail:
            return {}
        target = _resolved(document, pointed(document, reference), trail | {reference})
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        return target if not beside or _is_old(document) else united([target, _resolved(document, beside, trail)])
    if "allOf" in schema:
        own = _resolved(document, {key: value for key, value in schema.items() if key != "allOf"}, trail)
        parts = [_resolved(document, part, trail) for part in schema["allOf"]]
        schema = united([*parts, own])
    return _as_meant(_as_today(schema) if _is_old(document) else schema)


def _is_old(document: Document) -> bool:
    return str(document.get("openapi", "")).startswith("3.0")


def _as_meant(schema: Schema) -> Schema:
    """Python's own words for a bound (`ge`, `min_length`), which land in a contract as they are, as JSON Schema's."""
    found = [(own, word, kind) for own, (word, kind) in PYTHONS.items() if isinstance(schema.get(own), kind)]
    joined = ({word: schema[own]} for own, word, _ in found)
    return united([schema, *joined]) if found else schema


def _as_today(schema: Schema) -> Schema:
    """OpenAPI 3.0's own words in those of JSON Schema: `nullable`, and bounds that are said to be exclusive."""
    today = dict(schema)
    for exclusive, bound in BOUNDS:
        if isinstance(today.get(exclusive), bool) and today.pop(exclusive) and bound in today:
            today[exclusive] = today.pop(bound)
    if "type" in today and today.pop("nullable", None):
        today["type"] = [*dict.fromkeys([*kinds_of(today), "null"])]
    return today


def alternatives(document: Document, schema: Schema) -> tuple[Schema, ...]:
    """What a value may be: each of `anyOf` or `oneOf`, of one type, with all that stands beside it. Never empty."""
    return tuple(_alternatives(document, schema, frozenset())) or ({},)  # none: they lead to themselves alone


def _alternatives(document: Document, schema: Schema, trail: frozenset[str]) -> Iterator[Schema]:
    schema = resolve(document, schema)
    word = next((word for word in ALTERNATIVES if schema.get(word)), "")
    if not word:
        yield from ({**schema, "type": kind} for kind in kinds_of(schema)) if "type" in schema else [schema]
        return
    beside = {key: value for key, value in schema.items() if key != word}
    for one in schema[word]:
        name = reference_of(one) if isinstance(one, Mapping) else ""
        if not name or name not in trail:
            yield from _alternatives(document, {"allOf": [one, beside]}, trail | {name})


def reference_of(schema: Schema) -> str:
    """The references that it is made of, in one text: the same for the same schema, empty for one without a name."""
    return " ".join(sorted(set(_references(schema))))


def _references(schema: Schema) -> Iterator[str]:
    if isinstance(schema.get("$ref"), str):
        yield schema["$ref"]
    for part in schema.get("allOf", ()):
        yield from _references(part) if isinstance(part, Mapping) else ()


def choose(document: Document, schema: Schema | None) -> Schema:
    """One plain schema that a value can be made for: the first of its alternatives that is not null."""
    found = alternatives(document, schema or {})
    return next((one for one in found if one.get("type") != "null"), found[0])


def envelope_of(document: Document, schema: Schema | None) -> str:
    """The one field that holds all the others: `user` of {"user": {"email": …}}; empty where there is none.

    Of several, the one that holds an account: `admin` of {"shop": {…}, "admin": {"email": …, "password": …}}.
    """
    found = choose(document, schema).get("properties", {})
    name = next(iter(found), "")
    if len(found) == 1:
        return name if choose(document, found[name]).get("properties") else ""
    held = [] if any(map(is_password, found)) else [one for one in found if _is_account(document, found[one])]
    return held[0] if len(held) == 1 else ""


def _is_account(document: Document, schema: Schema) -> bool:
    fields = choose(document, schema).get("properties", {})
    return any(map(is_password, fields)) and bool(known_by(fields))


def opened(document: Document, schema: Schema | None) -> Schema:
    """The plain schema of an object, out of its envelope."""
    plain, name = choose(document, schema), envelope_of(document, schema)
    return choose(document, plain["properties"][name]) if name else plain


def properties_of(document: Document, schema: Schema | None) -> dict[str, Schema]:
    """The fields of an object schema, out of its envelope, each resolved to one plain schema."""
    found = opened(document, schema).get("properties", {})
    return {name: choose(document, value) for name, value in found.items()}


def all_properties(document: Document, schema: Schema) -> dict[str, Schema]:
    """The fields of an object in any of its alternatives, each resolved."""
    found = (one.get("properties", {}).items() for one in alternatives(document, schema))
    return {name: resolve(document, one) for fields in found for name, one in fields}
