"""A valid request for any operation of a contract, ready to be sent, spoiled on purpose, or shown as a curl command."""

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

import httpx

from runner.http.examples import Examples, Place
from runner.http.files import File, FileField, file_fields, usual_files
from runner.http.identities import status_of
from runner.http.openapi import (
    FORM_TYPES,
    PLACEHOLDER,
    Operation,
    Parameter,
    choose,
    envelope_of,
    opened,
    operations_of,
)
from runner.http.own_page import TOKEN, proof, wanted_by
from runner.http.plainer import Learned
from runner.http.references import Document, Schema
from runner.http.siblings import REFERS, Path
from runner.vocabulary.secrets import is_password
from runner.vocabulary.versions import names_version

BEARER = "Authorization: Bearer $TOKEN"
MISSING = "1"  # for a path parameter that nobody gave a value


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request. `body` is what its media type encodes: a JSON value, a dictionary of fields, a file, bytes."""

    operation: Operation
    path: str  # with the placeholders filled in
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    media_type: str | None = None
    envelope: str = ""  # the field of its body that holds all the others
    signature: str = BEARER  # how a caller shows who it is, for people to read
    token_pages: tuple[str, ...] = ()  # that may give out a token against requests from other sites

    @property
    def endpoint(self) -> str:
        return self.operation.endpoint

    def with_field(self, name: str, value: Any) -> "Request":
        """The same request with another value in one field of its body, in the envelope where it has one."""
        return self.with_fields({**self.fields, name: value})

    def with_fields(self, fields: Mapping[str, Any]) -> "Request":
        """The same request with these fields for a body."""
        beside = self.body if self.envelope and isinstance(self.body, dict) else {}
        return replace(self, body={**beside, self.envelope: dict(fields)} if self.envelope else dict(fields))

    @property
    def fields(self) -> Mapping[str, Any]:
        """The fields of its body, out of their envelope; none where it is no object."""
        body = self.body.get(self.envelope) if self.envelope and isinstance(self.body, dict) else self.body
        return body if isinstance(body, dict) else {}

    def named(self) -> Iterator[tuple[str, Any]]:
        """(name, value) of all that it sends but for its path: of its body at any depth, its query and headers."""
        yield from self.query.items()
        named = (p for p in self.operation.parameters if p.place == "header" and p.name in self.headers)
        yield from ((parameter_name(p), self.headers[p.name]) for p in named)
        yield from _values(self.body)

    def with_query(self, name: str, value: Any) -> "Request":
        return replace(self, query={**self.query, name: value})

    def with_headers(self, headers: Mapping[str, str]) -> "Request":
        return replace(self, headers={**self.headers, **headers})

    @property
    def content(self) -> bytes | None:
        if self.media_type is None:
            return None
        if isinstance(self.body, bytes):
            return self.body
        if isinstance(self.body, File):
            return self.body.content
        if self.media_type == FORM_TYPES[0]:
            return str(httpx.QueryParams({k: _plain(v) for k, v in (self.body or {}).items()})).encode()
        return json.dumps(self.body).encode("utf-8")  # ASCII: a lone surrogate travels as its escape

    def send(self, client: httpx.Client, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """Send it. `headers` are the caller's; the client's own cookies play no part."""
        client.cookies.clear()
        whole = {**self.headers, **(headers or {})}
        answer = self._sent(client, self.path, whole)
        moved = _without_slash(answer)
        answer = self._sent(client, moved, whole) if moved else answer
        shown = proof(client, self.token_pages, whole) if wanted_by(answer) else {}
        return self._sent(client, moved or self.path, {**whole, **shown}) if shown else answer

    def _sent(self, client: httpx.Client, path: str, headers: Mapping[str, str]) -> httpx.Response:
        if self.media_type == FORM_TYPES[1]:
            files = list(_parts(self.body or {}))
            return client.request(self.operation.method, path, params=self.query, headers=headers, files=files)
        if self.media_type:
            headers = {"content-type": self.media_type, **headers}
        return client.request(self.operation.method, path, params=self.query, headers=headers, content=self.content)

    def curl(self, *, signed_in: bool = False) -> str:
        """The command that sends it. The address and the token are the reader's to fill in."""
        query = f"?{httpx.QueryParams(self.query)}" if self.query else ""
        words = ["curl", "-i", "-X", self.operation.method, f"$BASE{self.path}{query}"]
        if signed_in:
            words += ["-H", self.signature]
        for name, value in self.headers.items():
            words += ["-H", f"{name}: {value}"]
        if self.media_type == FORM_TYPES[1]:
            words += [word for part in _parts(self.body or {}) for word in ("-F", _said(*part))]
        elif isinstance(self.body, File):
            words += ["-H", f"Content-Type: {self.media_type}", "--data-binary", f"@{self.body.name}"]
        elif self.content is not None:
            shown = self.content.decode("utf-8", errors="replace")
            words += ["-H", f"Content-Type: {self.media_type}", "-d", shown if len(shown) <= 400 else f"{shown[:400]}…"]  # noqa: PLR2004
        return " ".join(_quoted(word) for word in words)


def _without_slash(answer: httpx.Response) -> str:
    """The same path with a slash more or less at its end, where a router sends the caller there; else empty.

    The router answered, no handler did. Method and body stay what they are (307, 308).
    """
    if answer.status_code not in {307, 308}:
        return ""
    asked, moved = answer.request.url, answer.request.url.join(answer.headers.get("location", ""))
    same = asked.path.rstrip("/") == moved.path.rstrip("/") and asked.path != moved.path
    return moved.raw_path.decode().partition("?")[0] if same and moved.host == asked.host else ""


def _values(body: Any) -> Iterator[tuple[str, Any]]:
    for one in body if isinstance(body, list) else [body]:
        if isinstance(one, dict):
            for name, value in one.items():
                yield name, value
                yield from _values(value)


def _parts(fields: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str | None, str | bytes, str | None]]]:
    """(field, (file name or None, content, media type)) of each part of a form, a list of files as one part each."""
    for name, value in fields.items():
        files = [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, File)]
        yield from ((name, (one.name, one.content, one.media)) for one in files)
        if not files:
            yield name, (None, str(_plain(value)), None)


def _said(name: str, part: tuple[str | None, str | bytes, str | None]) -> str:
    """As curl's -F takes it: a file is the reader's to have, under any name."""
    called, content, media = part
    return f"{name}={content!s}" if called is None else f"{name}=@sample;filename={called};type={media}"


def _quoted(word: str) -> str:
    """As a shell needs it, with `$BASE` and `$TOKEN` still the shell's to fill in."""
    return f'"{word}"' if "$" in word and not set(word) & set('"`\\') else shlex.quote(word)


def _plain(value: Any) -> str | int | float | bool | None:
    return value if isinstance(value, str | int | float | bool | None) else json.dumps(value)


MADE_UP = "made-up.by-a.stranger"  # no service gave out such a token


class Requests:
    """Makes valid requests from an OpenAPI document."""

    def __init__(self, document: Document, learned: Learned | None = None, untold: Document | None = None) -> None:
        """`untold`: the document with the operations that it leaves out, by which somebody may sign in."""
        self.document = untold or document
        self.operations = operations_of(document)
        self.served = operations_of(self.document)  # also those that no contract names
        self.examples = Examples(self.document, learned)
        self.signature = BEARER
        self.origins: tuple[str, ...] = ()  # of pages that the service permits by name
        self.beside: dict[str, str] = {}  # headers that every request has
        plain = (one for one in self.operations if one.method == "GET" and not one.placeholders)
        self.token_pages = tuple(one.path for one in plain if TOKEN.search(one.path))

    def find(self, endpoint: str) -> Operation | None:
        """The operation that is served as "POST /posts", whatever it names its placeholders."""
        wanted = _shape(endpoint)
        return next((op for op in self.served if _shape(op.endpoint) == wanted), None)

    def example(
        self,
        operation: Operation,
        values: Mapping[str, Any] | None = None,
        known: Mapping[str, Any] | None = None,
    ) -> Request:
        """A valid request: `values` for path parameters and references, `known` what the object looks like now."""
        values, known = values or {}, known or {}
        path = PLACEHOLDER.sub(
            lambda found: quote(str(self._of_path(operation, found[1], values)), safe=""), operation.path
        )
        asked = self.examples.learned.asked(operation.endpoint)
        given = [
            (p, self.examples.value(p.schema, p.name, place=Place(at=(p.name,), asked=asked)))
            for p in operation.parameters
            if p.required or (p.name,) in asked.fields
        ]
        return Request(
            operation=operation,
            path=path,
            query={p.name: values.get(parameter_name(p), value) for p, value in given if p.place == "query"},
            headers={p.name: str(values.get(parameter_name(p), value)) for p, value in given if _is_plain_header(p)}
            | _made_up_credentials(operation)
            | self.beside,
            body=self._body(operation, values, known),
            media_type=operation.body_media or None,
            envelope=envelope_of(self.document, operation.body),
            signature=self.signature,
            token_pages=self.token_pages,
        )

    def learn(self, request: Request, refused: httpx.Response) -> bool:
        """Make other values from now on for what an answer refuses. False: it names nothing that could be changed."""
        endpoint, fields = request.operation.endpoint, self.fields(request.operation)
        sent = {name for name, _ in request.named()}
        if self.examples.learned.from_answer(endpoint, status_of(refused), refused.text, fields, sent):
            return True
        return self.examples.learned.from_refusal(status_of(refused), refused.text, request.fields)

    def fields(self, operation: Operation) -> tuple[Path, ...]:
        """The names of all that the operation takes, outermost first: of its body at any depth, and its parameters."""
        named = [(p.name,) for p in operation.parameters if p.place in {"query", "header"}]
        return (*_fields(self.document, operation.body or {}, ()), *named)

    def things(self, operation: Operation) -> tuple[str, ...]:
        """The placeholders that name a thing, and not one of fixed values (`status`), a day, or yes and no."""
        fixed = {
            p.name for p in operation.parameters if p.place == "path" and is_fixed(choose(self.document, p.schema))
        }
        return tuple(name for name in operation.placeholders if name not in fixed)

    def _of_path(self, operation: Operation, name: str, values: Mapping[str, Any]) -> Any:
        if name in values:
            return values[name]
        described = next((p for p in operation.parameters if p.name == name and p.place == "path"), None)
        return self.examples.value(described.schema, name) if described else MISSING

    def _body(self, operation: Operation, values: Mapping[str, Any], known: Mapping[str, Any]) -> Any:
        if not operation.body_media:
            return None
        if not operation.takes_json and operation.body_media not in FORM_TYPES:
            return b"sample"
        schema, envelope = opened(self.document, operation.body), envelope_of(self.document, operation.body)
        asked = self.examples.learned.asked(operation.endpoint)
        place = Place(at=(envelope,) if envelope else (), asked=asked, given=values)
        body = self.examples.value(schema, place=place)
        if body == [] and schema.get("items"):  # an empty list asks for nothing
            body = [self.examples.value(schema["items"], place=place)]
        if not isinstance(body, dict):
            return body
        fields = schema.get("properties", {})
        body |= self._something(operation, body, fields)
        same = {name: known[name] for name in fields if name in known and names_version(name)}
        given = {name: values[name] for name in fields if name in values}
        files = {f.name: [file] if f.many else file for f, file in self._files(operation) if f.name in body}
        whole = body | same | given | files
        return {**self._beside(operation, envelope), envelope: whole} if envelope else whole

    def _beside(self, operation: Operation, envelope: str) -> dict[str, Any]:
        """What stands beside an account that has an object of its own: the shop that it founds."""
        outer = choose(self.document, operation.body)
        asked = self.examples.learned.asked(operation.endpoint)
        others = {name: one for name, one in outer.get("properties", {}).items() if name != envelope}
        wanted = [name for name in outer.get("required", ()) if name in others]
        made = self.examples.value(
            {"type": "object", "properties": others, "required": wanted}, place=Place(at=(), asked=asked)
        )
        return dict(made) if others and isinstance(made, dict) else {}

    def _files(self, operation: Operation) -> Iterator[tuple[FileField, File]]:
        """Each field of its form that is a file, with one of the kind that its name speaks of."""
        for one in file_fields(self.document, operation):
            yield one, usual_files(operation, one)[0]

    def _something(self, operation: Operation, body: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
        """A change that changes nothing is no example: fill the optional texts of a PATCH."""
        if operation.method not in {"PATCH", "PUT"} or not all(map(names_version, body)):
            return {}
        plain = {name: choose(self.document, schema) for name, schema in fields.items() if not names_version(name)}
        own = {name: schema for name, schema in plain.items() if not name.endswith(REFERS)}
        texts = {n: s for n, s in own.items() if s.get("type") == "string" and "enum" not in s}
        texts = {n: s for n, s in texts.items() if not is_password(n)} or texts  # no new one by the way
        chosen = texts or dict(list((own or plain).items())[:1])
        return {name: self.examples.value(schema, name) for name, schema in chosen.items()}


def _fields(document: Document, schema: Schema, at: Path) -> Iterator[Path]:
    """The names of an object's fields, and of those within them; of a list, the fields of what it holds."""
    if len(at) > DEEPEST:
        return
    plain = choose(document, schema)
    if "items" in plain:
        yield from _fields(document, plain["items"], at)
    for name, one in plain.get("properties", {}).items():
        yield (*at, name)
        yield from _fields(document, one, (*at, name))


def is_fixed(schema: Schema) -> bool:
    """Is every value told by its type alone?"""
    listed = "enum" in schema or "const" in schema
    return listed or schema.get("type") == "boolean" or schema.get("format") in {"date", "date-time"}


def parameter_name(parameter: Parameter) -> str:
    """As a reference is called in Python: `tenant_id` of the header X-Tenant-ID."""
    if parameter.place != "header":
        return parameter.name
    return parameter.name.lower().removeprefix("x-").replace("-", "_")


DEEPEST = 3  # of fields within fields


def _is_plain_header(parameter: Parameter) -> bool:
    """Not one of those that OpenAPI leaves to the body's media types and to the security schemes."""
    left_to_others = {"accept", "authorization", "content-type"}
    return parameter.place == "header" and parameter.name.lower() not in left_to_others and not parameter.is_credential


def _made_up_credentials(operation: Operation) -> dict[str, str]:
    """In the cookie or header that a guard demands: without one it is not asked. A caller brings its own instead."""
    demanded = [one for one in operation.parameters if one.is_credential and one.required]
    cookies = "; ".join(f"{one.name}={MADE_UP}" for one in demanded if one.place == "cookie")
    headers = {one.name: MADE_UP for one in demanded if one.place == "header"}
    named = {"Authorization" if name.lower() == "authorization" else name: value for name, value in headers.items()}
    return named | ({"Cookie": cookies} if cookies else {})


def _shape(endpoint: str) -> str:
    """An endpoint with nameless placeholders and no slash at its end: how two spellings compare."""
    method, _, path = endpoint.partition(" ")
    parts = [PLACEHOLDER.sub("{}", part) for part in path.split("/") if part]
    return f"{method.upper()} /{'/'.join(parts)}"
