"""Which operations does an OpenAPI document have, and what does each one take? Dictionaries in, frozen data out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

METHODS = ("get", "post", "put", "patch", "delete", "head", "options")
JSON_TYPE = "application/json"
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
DEEPEST = 12  # references that lead to each other end somewhere

Schema = Mapping[str, Any]
Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    name: str
    where: str  # path, query, header or cookie
    required: bool
    schema: Schema


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one path. `path` is as the contract writes it, with its placeholders."""

    method: str
    path: str
    secured: bool
    parameters: tuple[Parameter, ...] = ()
    media_type: str | None = None  # of the body; none: it takes no body
    body: Schema = field(default_factory=dict)
    statuses: frozenset[str] = frozenset()
    id: str = ""

    @property
    def endpoint(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def changes(self) -> bool:
        return self.method not in {"GET", "HEAD", "OPTIONS"}

    @property
    def segments(self) -> tuple[str, ...]:
        return tuple(part for part in self.path.split("/") if part)

    @property
    def placeholders(self) -> tuple[str, ...]:
        return tuple(part[1:-1].partition(":")[0] for part in self.segments if part.startswith("{"))

    @property
    def last(self) -> str:
        """The last segment that is a word: `comments` of /posts/{post_id}/comments."""
        return next((part for part in reversed(self.segments) if not part.startswith("{")), "")


def operations_of(document: Document) -> tuple[Operation, ...]:
    """Every operation, in the document's order."""
    return tuple(_operations(document))


def _operations(document: Document) -> Iterator[Operation]:
    for path, item in document.get("paths", {}).items():
        for method in METHODS:
            if method in item:
                yield _operation(document, path, method, item)


def _operation(document: Document, path: str, method: str, item: Schema) -> Operation:
    raw = item[method]
    security = raw.get("security", document.get("security", []))
    media_type, body = _body(document, raw)
    return Operation(
        method=method.upper(),
        path=path,
        secured=bool(security) and {} not in security,
        parameters=tuple(_parameters(document, [*item.get("parameters", []), *raw.get("parameters", [])])),
        media_type=media_type,
        body=body,
        statuses=frozenset(str(status) for status in raw.get("responses", {})),
        id=raw.get("operationId", ""),
    )


def _parameters(document: Document, raws: list[Schema]) -> Iterator[Parameter]:
    for raw in raws:
        found = resolve(document, raw)
        described: Schema = next(iter(found.get("content", {}).values()), found)
        required = bool(found.get("required")) or found["in"] == "path"
        yield Parameter(
            name=found["name"],
            where=found["in"],
            required=required,
            schema=resolve(document, described.get("schema", {})),
        )


def _body(document: Document, raw: Schema) -> tuple[str | None, Schema]:
    content = resolve(document, raw.get("requestBody", {})).get("content", {})
    if not content:
        return None, {}
    for wanted in (JSON_TYPE, *FORM_TYPES):
        if wanted in content:
            return wanted, resolve(document, content[wanted].get("schema", {}))
    media_type, described = next(iter(content.items()))
    return media_type, resolve(document, described.get("schema", {}))


def resolve(document: Document, schema: Schema) -> Schema:
    """The schema behind references and `allOf`: its own keys win, properties are united."""
    for _ in range(DEEPEST):
        if "$ref" in schema:
            rest = {key: value for key, value in schema.items() if key != "$ref"}
            schema = {**_pointed(document, schema["$ref"]), **rest}
        elif "allOf" in schema:
            schema = _united(document, schema)
        else:
            return schema
    return {}


def _pointed(document: Document, reference: str) -> Schema:
    found: Any = document
    for part in reference.removeprefix("#/").split("/"):
        found = found.get(part.replace("~1", "/").replace("~0", "~"), {}) if isinstance(found, Mapping) else {}
    return found if isinstance(found, Mapping) else {}


def _united(document: Document, schema: Schema) -> Schema:
    parts = [resolve(document, part) for part in schema["allOf"]]
    own = {key: value for key, value in schema.items() if key != "allOf"}
    united: dict[str, Any] = {}
    for part in [*parts, own]:
        united |= {key: value for key, value in part.items() if key not in {"properties", "required"}}
    properties = {name: value for part in [*parts, own] for name, value in part.get("properties", {}).items()}
    required = [name for part in [*parts, own] for name in part.get("required", [])]
    return united | ({"properties": properties} if properties else {}) | ({"required": required} if required else {})


def choose(document: Document, schema: Schema) -> Schema:
    """One plain schema that a value can be made for: the first that is not null of its alternatives."""
    schema = resolve(document, schema)
    for word in ("anyOf", "oneOf"):
        options = [resolve(document, option) for option in schema.get(word, [])]
        useful = [option for option in options if option.get("type") != "null"]
        if useful:
            rest = {key: value for key, value in schema.items() if key != word}
            return choose(document, {**rest, **useful[0]})
    return schema


def envelope_of(document: Document, schema: Schema) -> str:
    """The one field that holds all the others: `user` of {"user": {"email": …}}; empty where there is none."""
    found = choose(document, schema).get("properties", {})
    name = next(iter(found), "")
    return name if len(found) == 1 and choose(document, found[name]).get("properties") else ""


def opened(document: Document, schema: Schema) -> Schema:
    """The plain schema of an object, out of its envelope."""
    plain, name = choose(document, schema), envelope_of(document, schema)
    return choose(document, plain["properties"][name]) if name else plain


def properties_of(document: Document, schema: Schema) -> dict[str, Schema]:
    """The fields of an object schema, out of its envelope, each resolved to one plain schema."""
    found = opened(document, schema).get("properties", {})
    return {name: choose(document, value) for name, value in found.items()}
