"""The OpenAPI contract that the app serves, as operations with their references resolved."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from runner.errors import ProbeError
from runner.evidence.contract.routes import Route, routes_of
from runner.evidence.contract.served_app import ServedApp
from runner.model import Evidence, Share, share
from runner.probe import Probe

METHODS = ("get", "post", "put", "patch", "delete", "head", "options", "trace")
JSON = "application/json"
Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    name: str
    place: str  # path, query, header or cookie
    required: bool
    schema: Schema


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
        return any(media.split(";")[0].endswith("json") for media in self.media)

    @property
    def is_success(self) -> bool:
        return self.status.startswith("2")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method on one path. Schemas are resolved at their top; use `contract.resolve` further down."""

    method: str  # upper case
    path: str  # with its {parameters}
    id: str = ""  # operationId; empty when there is none
    summary: str = ""
    parameters: tuple[Parameter, ...] = ()
    body: Schema | None = None  # of the JSON form if there is one
    body_media: str = ""
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
        return self.method in {"POST", "PUT", "PATCH", "DELETE"}

    def response(self, status: int | str) -> Response | None:
        return next((r for r in self.responses if r.status == str(status)), None)

    @property
    def success(self) -> Response | None:
        """The first documented 2xx answer."""
        return next((r for r in self.responses if r.is_success), None)

    def parameter(self, name: str) -> Parameter | None:
        return next((p for p in self.parameters if p.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract(Evidence):
    """The contract that the app serves."""

    document: Schema
    app: str = ""  # module:attribute, where it was asked
    mounted: tuple[str, ...] = ()  # prefixes of mounted apps, whose contracts are joined in
    trouble: str = ""  # why the app's own `openapi()` raises; the document is then made from its routes
    hidden: tuple[str, ...] = ()  # "POST /purge": what the app's routes serve and the document does not name
    mounts: tuple[str, ...] = ()  # prefixes of what is mounted and tells no routes: files, other frameworks
    operations: tuple[Operation, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "operations", tuple(operations_in(self.document)))

    @classmethod
    def collect(cls, probe: Probe, served: ServedApp) -> Self:  # noqa: ARG003 - the app was asked already
        if served.openapi_trouble and not served.documents:
            raise ProbeError(f"{served.app} has no contract, openapi() raised {served.openapi_trouble}")
        mounted = tuple(prefix for prefix, _ in served.documents[1:])
        routes = routes_of(served)
        try:
            document = joined(served.documents)
            return cls(
                document=document,
                app=served.app,
                mounted=mounted,
                trouble=served.openapi_trouble,
                hidden=tuple(hidden_from(document, routes)),
                mounts=tuple(r.path for r in routes if r.kind == "mount" and not r.open),
            )
        except (AttributeError, TypeError, ValueError) as trouble:
            said = f"what openapi() of {served.app} returns can't be read as a contract ({trouble})"
            raise ProbeError(f"{said}. Correct it, or leave the contract to FastAPI") from trouble

    def judged(self, judged: int | None = None, only: str = "") -> Share:
        """So many operations, or all that the document names, of all that the app is known to serve.

        `only` is a method that is looked for alone: "POST".
        """
        named = [o for o in self.operations if not only or o.method == only]
        hidden = [e for e in self.hidden if not only or e.startswith(f"{only} ")]
        what = f"{only} operation" if only else "operation"
        return share(len(named) if judged is None else judged, len(named) + len(hidden), what)

    def operation(self, endpoint: str) -> Operation | None:
        """By its name: "GET /posts/{post_id}"."""
        return next((o for o in self.operations if o.endpoint == endpoint), None)

    def resolve(self, schema: Schema) -> Schema:
        """Follow `$ref` until there is none."""
        return resolve(self.document, schema)

    def properties(self, schema: Schema) -> dict[str, Schema]:
        """The fields of an object, resolved, with those of its allOf/anyOf/oneOf branches."""
        return dict(_properties(self.document, schema, depth=8))


def hidden_from(document: Schema, routes: tuple[Route, ...]) -> Iterator[str]:
    """The operations of the routing table that the document does not name, each once."""
    named = {o.endpoint for o in operations_in(document)}
    served = (e for r in routes if r.is_served for e in r.endpoints)
    yield from dict.fromkeys(e for e in served if e not in named and not e.startswith(("HEAD ", "OPTIONS ")))


def resolve(document: Schema, schema: Schema) -> Schema:
    for _ in range(32):
        ref = schema.get("$ref")
        if not isinstance(ref, str) or not ref.startswith("#/"):
            return schema
        found: Any = document
        for part in ref.removeprefix("#/").split("/"):
            found = found.get(part.replace("~1", "/").replace("~0", "~"), {}) if isinstance(found, Mapping) else {}
        schema = found
    return schema


def _properties(document: Schema, schema: Schema, depth: int) -> Iterator[tuple[str, Schema]]:
    schema = resolve(document, schema)
    for word in ("allOf", "anyOf", "oneOf"):
        for branch in schema.get(word, ()) if depth else ():
            yield from _properties(document, branch, depth - 1)
    for name, one in schema.get("properties", {}).items():
        yield name, resolve(document, one)


def operations_in(document: Schema) -> Iterator[Operation]:
    for path, item in document.get("paths", {}).items():
        shared = resolve(document, item)
        for method in METHODS:
            if isinstance(shared.get(method), Mapping):
                yield _operation(document, method, path, shared)


def _operation(document: Schema, method: str, path: str, item: Schema) -> Operation:
    raw = item[method]
    body = resolve(document, raw.get("requestBody", {}))
    media, schema = _content(document, body)
    wanted = raw.get("security", document.get("security", []))
    return Operation(
        method=method.upper(),
        path=path,
        id=raw.get("operationId", ""),
        summary=raw.get("summary", ""),
        parameters=_parameters(document, [*item.get("parameters", []), *raw.get("parameters", [])]),
        body=schema,
        body_media=media[0] if media else "",
        body_required=bool(body.get("required")),
        responses=tuple(_response(document, str(s), r) for s, r in raw.get("responses", {}).items()),
        security=tuple(dict.fromkeys(name for alternative in wanted for name in alternative)),
        optional_security=any(not alternative for alternative in wanted),
        tags=tuple(raw.get("tags", ())),
    )


def _parameters(document: Schema, given: list[Schema]) -> tuple[Parameter, ...]:
    found = {}
    for one in (resolve(document, g) for g in given):
        found[one.get("in"), one.get("name")] = Parameter(
            name=str(one.get("name")),
            place=str(one.get("in")),
            required=bool(one.get("required")),
            schema=resolve(document, one.get("schema", {})),
        )
    return tuple(found.values())


def _response(document: Schema, status: str, given: Schema) -> Response:
    response = resolve(document, given)
    media, schema = _content(document, response)
    return Response(
        status=status,
        description=response.get("description", ""),
        media=media,
        schema=schema,
        headers=tuple(response.get("headers", ())),
    )


def _content(document: Schema, holder: Schema) -> tuple[tuple[str, ...], Schema | None]:
    """Media types, JSON first, and the schema of the first."""
    content = holder.get("content", {})
    media = tuple(sorted(content, key=lambda m: (m != JSON, not m.endswith("json"))))
    return media, resolve(document, content[media[0]].get("schema", {})) if media else None


def joined(documents: tuple[tuple[str, Schema], ...]) -> Schema:
    """One contract of an app's and its mounted apps': their paths under the prefix, their schemas under own names."""
    (_, first), *mounted = documents
    whole: dict[str, Any] = {**first, "paths": dict(first.get("paths", {}))}
    components = {word: dict(names) for word, names in first.get("components", {}).items()}
    for number, (prefix, document) in enumerate(mounted, start=1):
        moved = _moved(document, f"#/components/schemas/Mounted{number}")
        whole["paths"] |= {prefix + path: item for path, item in moved.get("paths", {}).items()}
        for word, names in moved.get("components", {}).items():
            start = f"Mounted{number}" if word == "schemas" else ""
            components.setdefault(word, {}).update({start + name: one for name, one in names.items()})
    return {**whole, "components": components} if components else whole


def _moved(node: Any, start: str) -> Any:
    """The same document with its references to schemas starting anew, so that two apps' names do not collide."""
    if isinstance(node, list):
        return [_moved(one, start) for one in node]
    if not isinstance(node, Mapping):
        return node
    moved = {key: _moved(value, start) for key, value in node.items()}
    if isinstance(moved.get("$ref"), str):
        moved["$ref"] = moved["$ref"].replace("#/components/schemas/", start)
    return moved
