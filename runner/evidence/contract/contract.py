"""The OpenAPI contract that the app serves."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Self

from runner.errors import ProbeError
from runner.evidence.contract.routes import Route, routes_of
from runner.evidence.contract.served_app import ServedApp
from runner.http.openapi import (
    METHODS,
    Operation,
    Parameter,
    Response,
    all_properties,
    alternatives,
    operations_of,
    reference_of,
    resolve,
)
from runner.http.references import Schema, referred
from runner.model import Evidence, Share, share
from runner.probe import Probe
from runner.said import say

__all__ = ["Contract", "Operation", "Parameter", "Response", "Schema", "hidden_from", "joined", "reference_of"]

SCHEMES = "securitySchemes"
COMPONENT = re.compile(rf"^#/components/(?!{SCHEMES}/)\w+/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract(Evidence):
    """The contract that the app serves."""

    document: Schema
    app: str = ""  # module:attribute, where it was asked
    mounted: tuple[str, ...] = ()  # prefixes of mounted apps, whose contracts are joined in
    problem: str = ""  # why the app's own `openapi()` raises; the document is then made from its routes
    hidden: tuple[str, ...] = ()  # "POST /purge": what the app's routes serve and the document does not name
    untold: Schema = field(default_factory=dict)  # the document with those in it; empty where it would be the same
    origins: tuple[str, ...] = ()  # of browsers' pages: those that the app permits by name
    mounts: tuple[str, ...] = ()  # prefixes of what is mounted and tells no routes: files, other frameworks
    operations: tuple[Operation, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "operations", operations_of(self.document))

    @classmethod
    def collect(cls, probe: Probe, served: ServedApp) -> Self:  # noqa: ARG003 - the app was asked already
        if served.openapi_problem and not served.documents:
            raise ProbeError(
                say(
                    "{app} has no contract, openapi() raised {openapi_problem}",
                    app=served.app,
                    openapi_problem=served.openapi_problem,
                )
            )
        mounted = tuple(prefix for prefix, _ in served.documents[1:])
        routes = routes_of(served)
        try:
            document = joined(served.documents)
            return cls(
                document=document,
                app=served.app,
                mounted=mounted,
                problem=served.openapi_problem,
                hidden=tuple(hidden_from(document, routes)),
                untold=joined((("", document), *served.untold)) if served.untold else {},
                origins=served.origins,
                mounts=tuple(r.path for r in routes if r.kind == "mount" and not r.open),
            )
        except (AttributeError, TypeError, ValueError) as error:
            said = say(
                "what openapi() of {app} returns can't be read as a contract ({error})", app=served.app, error=error
            )
            raise ProbeError(say("{said}. Correct it, or leave the contract to FastAPI", said=said)) from error

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
        """The schema behind `$ref` and `allOf`, in the words of OpenAPI 3.1."""
        return resolve(self.document, schema)

    def referred(self, part: Schema) -> Schema:
        """What a reference names, as it is written there; the part itself where it is none."""
        return referred(self.document, part)

    def alternatives(self, schema: Schema) -> tuple[Schema, ...]:
        """What a value may be: each of `anyOf` or `oneOf`, of one type, with all that stands beside it."""
        return alternatives(self.document, schema)

    def properties(self, schema: Schema) -> dict[str, Schema]:
        """The fields of an object in any of its alternatives, each resolved."""
        return all_properties(self.document, schema)


def hidden_from(document: Schema, routes: tuple[Route, ...]) -> Iterator[str]:
    """The operations of the routing table that the document does not name, each once."""
    named = {o.endpoint for o in operations_of(document)}
    served = (e for r in routes if r.is_served for e in r.endpoints)
    yield from dict.fromkeys(e for e in served if e not in named and not e.startswith(("HEAD ", "OPTIONS ")))


def joined(documents: tuple[tuple[str, Schema], ...]) -> Schema:
    """One contract of an app's and others: their paths under the prefix, their components under own names.

    A mounted app's security stays its own; the names of its security schemes do as well.
    """
    (_, first), *mounted = documents
    whole: dict[str, Any] = {**first, "paths": dict(first.get("paths", {}))}
    components = {word: dict(names) for word, names in first.get("components", {}).items()}
    for number, (prefix, document) in enumerate(mounted, start=1):
        start = f"Mounted{number}"
        moved = _moved(document, start, prefix.replace("~", "~0").replace("/", "~1"))
        secured = partial(_secured, security=document.get("security", []))
        whole["paths"] |= {prefix + path: secured(item) for path, item in moved.get("paths", {}).items()}
        for word, names in moved.get("components", {}).items():
            named = start if word != SCHEMES else ""
            kept = {named + name: secured(one) if word == "pathItems" else one for name, one in names.items()}
            components.setdefault(word, {}).update(kept)
    return {**whole, "components": components} if components else whole


def _secured(item: Schema, security: object) -> Schema:
    """A path's operations with the security that they have by their document."""
    own = {key: one for key, one in item.items() if key in METHODS and isinstance(one, Mapping)}
    return {**item, **{key: {"security": security, **one} for key, one in own.items()}}


def _moved(node: Any, start: str, prefix: str) -> Any:
    """The same document with its references starting anew, so that two apps' names do not collide."""
    if isinstance(node, list):
        return [_moved(one, start, prefix) for one in node]
    if not isinstance(node, Mapping):
        return node
    moved = {key: _moved(value, start, prefix) for key, value in node.items()}
    if isinstance(moved.get("$ref"), str):
        named = COMPONENT.sub(lambda found: f"{found[0]}{start}", moved["$ref"])
        moved["$ref"] = named.replace("#/paths/", f"#/paths/{prefix}")
    return moved
