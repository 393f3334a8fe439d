"""A valid request for any operation of a contract, ready to be sent, spoiled on purpose, or shown as a curl command."""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

import httpx

from runner.http.examples import Examples
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
from runner.http.plainer import Learned
from runner.http.references import Document

BEARER = "Authorization: Bearer $TOKEN"
MISSING = "1"  # for a path parameter that nobody gave a value


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request. `body` is what its media type encodes: a JSON value, a dictionary of form fields, or bytes."""

    operation: Operation
    path: str  # with the placeholders filled in
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    media_type: str | None = None
    envelope: str = ""  # the field of its body that holds all the others
    signature: str = BEARER  # how a caller shows who it is, for people to read

    @property
    def endpoint(self) -> str:
        return self.operation.endpoint

    def with_field(self, name: str, value: Any) -> "Request":
        """The same request with another value in one field of its body, in the envelope where it has one."""
        return self.with_fields({**self.fields, name: value})

    def with_fields(self, fields: Mapping[str, Any]) -> "Request":
        """The same request with these fields for a body."""
        return replace(self, body={self.envelope: dict(fields)} if self.envelope else dict(fields))

    @property
    def fields(self) -> Mapping[str, Any]:
        """The fields of its body, out of their envelope; none where it is no object."""
        body = self.body.get(self.envelope) if self.envelope and isinstance(self.body, dict) else self.body
        return body if isinstance(body, dict) else {}

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
        if self.media_type == FORM_TYPES[0]:
            return str(httpx.QueryParams({k: _plain(v) for k, v in (self.body or {}).items()})).encode()
        return json.dumps(self.body).encode("utf-8")  # ASCII: a lone surrogate travels as its escape

    def send(self, client: httpx.Client, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """Send it. `headers` are the caller's; the client's own cookies play no part."""
        client.cookies.clear()
        whole = {**self.headers, **(headers or {})}
        if self.media_type == FORM_TYPES[1]:
            files = {name: (None, str(_plain(value))) for name, value in (self.body or {}).items()}
            return client.request(self.operation.method, self.path, params=self.query, headers=whole, files=files)
        if self.media_type:
            whole = {"content-type": self.media_type, **whole}
        return client.request(self.operation.method, self.path, params=self.query, headers=whole, content=self.content)

    def curl(self, *, signed_in: bool = False) -> str:
        """The command that sends it. The address and the token are the reader's to fill in."""
        query = f"?{httpx.QueryParams(self.query)}" if self.query else ""
        words = ["curl", "-i", "-X", self.operation.method, f"$BASE{self.path}{query}"]
        if signed_in:
            words += ["-H", self.signature]
        for name, value in self.headers.items():
            words += ["-H", f"{name}: {value}"]
        if self.content is not None:
            shown = self.content.decode("utf-8", errors="replace")
            words += ["-H", f"Content-Type: {self.media_type}", "-d", shown if len(shown) <= 400 else f"{shown[:400]}…"]  # noqa: PLR2004
        return " ".join(_quoted(word) for word in words)


def _quoted(word: str) -> str:
    """As a shell needs it, with `$BASE` and `$TOKEN` still the shell's to fill in."""
    return f'"{word}"' if "$" in word and not set(word) & set('"`\\') else shlex.quote(word)


def _plain(value: Any) -> str | int | float | bool | None:
    return value if isinstance(value, str | int | float | bool | None) else json.dumps(value)


class Requests:
    """Makes valid requests from an OpenAPI document."""

    def __init__(self, document: Document, learned: Learned | None = None) -> None:
        self.document = document
        self.operations = operations_of(document)
        self.examples = Examples(document, learned)
        self.signature = BEARER

    def find(self, endpoint: str) -> Operation | None:
        """The operation that the contract calls "POST /posts", whatever it names its placeholders."""
        wanted = _shape(endpoint)
        return next((op for op in self.operations if _shape(op.endpoint) == wanted), None)

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
        given = [(p, self.examples.value(p.schema, p.name)) for p in operation.parameters if p.required]
        return Request(
            operation=operation,
            path=path,
            query={p.name: values.get(p.name, value) for p, value in given if p.place == "query"},
            headers={p.name: str(value) for p, value in given if _is_plain_header(p)},
            body=self._body(operation, values, known),
            media_type=operation.body_media or None,
            envelope=envelope_of(self.document, operation.body),
            signature=self.signature,
        )

    def learn(self, request: Request, refused: httpx.Response) -> bool:
        """Make plainer values from now on for what an answer refuses. False: it names nothing that could be changed."""
        return self.examples.learned.from_refusal(refused.status_code, refused.text, request.fields)

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
        body = self.examples.value(schema)
        if body == [] and schema.get("items"):  # an empty list asks for nothing
            body = [self.examples.value(schema["items"])]
        if not isinstance(body, dict):
            return body
        fields = schema.get("properties", {})
        body |= self._something(operation, body, fields)
        same = {name: known[name] for name in fields if name in known and name in VERSIONS}
        given = {name: values[name] for name in fields if name in values}
        whole = body | same | given
        return {envelope: whole} if envelope else whole

    def _something(self, operation: Operation, body: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
        """A change that changes nothing is no example: fill the optional texts of a PATCH."""
        if operation.method not in {"PATCH", "PUT"} or set(body) - VERSIONS:
            return {}
        plain = {name: choose(self.document, schema) for name, schema in fields.items() if name not in VERSIONS}
        texts = {n: s for n, s in plain.items() if s.get("type") == "string" and "enum" not in s}
        chosen = texts or dict(list(plain.items())[:1])
        return {name: self.examples.value(schema, name) for name, schema in chosen.items()}


VERSIONS = frozenset({"version", "revision", "etag", "updated_at", "lock_version"})


def _is_plain_header(parameter: Parameter) -> bool:
    """Not one of those that OpenAPI leaves to the body's media types and to the security schemes."""
    return parameter.place == "header" and parameter.name.lower() not in {"accept", "authorization", "content-type"}


def _shape(endpoint: str) -> str:
    """An endpoint with nameless placeholders and no slash at its end: how two spellings compare."""
    method, _, path = endpoint.partition(" ")
    parts = [PLACEHOLDER.sub("{}", part) for part in path.split("/") if part]
    return f"{method.upper()} /{'/'.join(parts)}"
