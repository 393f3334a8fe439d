"""Design: do requests and responses have models that keep the rules?"""

from collections.abc import Iterator

from runner.errors import Thing
from runner.evidence.contract.contract import Contract, Operation, Schema, reference_of
from runner.evidence.contract.routes import Model, Route, Routes
from runner.model import Share, Verdict, at_endpoint, check, failed, not_applicable, passed, share
from runner.said import say
from runner.vocabulary.names import set_of, words_of
from runner.vocabulary.secrets import is_password, never_answered
from runner.words import plural
from stages.design.shapes import says_nothing
from stages.design.words import some

BODIED = {"POST", "PUT", "PATCH"}
MAKES_UP = set_of("generate generated generator random suggest suggestion")


@check("DS007", step="2.2")
def no_table_model_as_body(routes: Routes) -> Verdict:
    """No request body is a database table.

    A table model takes every column from the client: id, owner, role and price with it, and SQLModel does not even
    validate it. A column that is added later is writable at once.
    Fix: a model for the request with just the fields that a client may set, and copy them:
    `Post.model_validate(body, update={"author_id": user.id})`.
    """
    bad = [(name, m) for name, models in _bodies(routes) for m in models if m.table]
    if not bad:
        return passed("none is a table", _by_models(routes)) if _taking(routes) else _without_bodies(routes)
    places = [routes.place(endpoint, say("takes the table {name}", name=model.name)) for endpoint, model in bad]
    return failed(
        some(say("{endpoint} takes the table {name}", endpoint=endpoint, name=model.name) for endpoint, model in bad),
        at=places,
    )


def _bodies(routes: Routes) -> Iterator[tuple[str, list[Model]]]:
    for route in routes.routes:
        if route.kind == "operation" and route.body_models:
            yield route.endpoints[0], routes.reached(route.body_models)


def _taking(routes: Routes) -> list[Route]:
    """The routes that take a body, through a model or from the request by hand."""
    return [r for r in routes.routes if _is_described(r) or (r.reads_request and BODIED & set(r.methods))]


def _is_described(route: Route) -> bool:
    return route.takes_body or bool(route.body_models)


def _by_models(routes: Routes) -> Share:
    """The bodies that are described, of all: what is read from the request by hand nobody describes."""
    taking = _taking(routes)
    return share(sum(map(_is_described, taking)), len(taking), "request body")


def _without_bodies(routes: Routes) -> Verdict:
    served = [r for r in routes.routes if r.is_served]
    looked = say("the {routes} of the app", routes=plural(len(served), "route"))
    return not_applicable("no operation takes a body", looked=looked, absent=None if served else Thing.OPERATIONS)


@check("DS008", step="2.2")
def unknown_fields_are_refused(contract: Contract, routes: Routes) -> Verdict:
    """Every request body refuses fields that it does not know.

    A client that sends `titel` is told "done", and nothing was. An attacker who sends `is_admin` learns nothing today
    and gets it on the day somebody adds the column.
    Fix: `model_config = ConfigDict(extra="forbid")` in a base class of the request models.
    """
    bodies = [o for o in contract.operations if o.body is not None and _is_json(o)]
    apart = [r for r in _taking(routes) if _undescribed(contract, r)]
    if not bodies and not apart:
        looked = say("the {operations} of the contract", operations=plural(len(contract.operations), "operation"))
        absent = None if contract.operations else Thing.OPERATIONS
        return not_applicable("no operation takes a JSON body", looked=looked, absent=absent)
    found = [(o.endpoint, where) for o in bodies for where in _openings(contract, routes, o)]
    if not found:
        return passed("each refuses what it does not know", share(len(bodies), len(bodies) + len(apart), "JSON body"))
    open_ones = sorted({endpoint for endpoint, _ in found})
    places = [at_endpoint(endpoint, say("{where} takes any field", where=where)) for endpoint, where in found]
    first = next(o for o in bodies if o.endpoint == open_ones[0])
    return failed(
        say(
            "{open_ones} of {bodies} take any field: {found}",
            open_ones=len(open_ones),
            bodies=len(bodies),
            found=some((say("{e} ({where})", e=e, where=where) for e, where in found)),
        ),
        at=places,
        again=[f"curl -i -X {first.method} localhost:8000{first.path} --json '{{\"no_such_field\": 1}}'"],
    )


def _is_json(operation: Operation) -> bool:
    return operation.body_media.split(";")[0].endswith("json")


def _undescribed(contract: Contract, route: Route) -> bool:
    """It takes a body that the contract does not tell: it is hidden, or read from the request by hand."""
    told = [o for o in contract.operations if o.endpoint in route.endpoints and o.body is not None]
    return bool(route.endpoints) and not told


def _openings(contract: Contract, routes: Routes, operation: Operation) -> Iterator[str]:
    """Where a body takes any field: as its schema says, else as its models do, whatever their schema says."""
    body = operation.body or {}
    if says_nothing(contract, body):
        yield "body"
        return
    told = list(_open(contract, body, "body", ()))
    route = routes.of(operation.endpoint)
    models = routes.reached(route.body_models) if route else []
    yield from told or (
        say("model {name}", name=m.name) for m in models if m.extra != "forbid" and m.fields and m.fields != ("root",)
    )


def _open(contract: Contract, schema: Schema, where: str, trail: tuple[str, ...]) -> Iterator[str]:
    """The objects inside of a schema that take any field; each named schema once."""
    ref = reference_of(schema)
    if ref and ref in trail:
        return
    schema, names = contract.resolve(schema), (*trail, ref)
    for word in ("anyOf", "oneOf"):
        for one in schema.get(word, ()):
            yield from _open(contract, one, where, names)
    if isinstance(schema.get("items"), dict):
        yield from _open(contract, schema["items"], f"{where}[]", names)
    fields = contract.properties(schema) if "anyOf" not in schema and "oneOf" not in schema else {}
    closed = schema.get("additionalProperties") is False or schema.get("unevaluatedProperties") is False
    wrapped = not where.partition(".")[2] and str(schema.get("title", "")).startswith("Body_")  # FastAPI's, of several
    if fields and not closed and not wrapped:
        yield where
    for name, one in schema.get("properties", {}).items():
        yield from _open(contract, one, f"{where}.{name}", names)


@check("DS009", step="2.2")
def no_secret_in_a_response(contract: Contract, routes: Routes) -> Verdict:
    """No answer has a field for a secret.

    A password hash in an answer is a password in the browser's cache, in the proxy's log and in every screenshot; it
    can be tried offline for ever after.
    Fix: answer with a model that does not have the field, instead of the table or of the model that it inherits from.
    """
    found = [
        (operation, response.status, field)
        for operation in contract.operations
        for response in operation.responses
        if response.schema is not None
        for field in secrets_in(contract, response.schema, "", ())
        if not _makes_up(operation, field) and not _shown_once(contract, operation, field)
    ]
    if not found:
        shaped = sum(_is_shaped(contract, routes, operation) for operation in contract.operations)
        return passed("no field is named like a secret", contract.judged(shaped))
    places = [
        at_endpoint(o.endpoint, say("`{field}` in the {status} answer", field=field, status=status))
        for o, status, field in found
    ]
    said = some(say("{endpoint} answers `{field}`", endpoint=o.endpoint, field=field) for o, _, field in found)
    return failed(said, at=places, again=[_curl(found[0][0])])


def _makes_up(operation: Operation, field: str) -> bool:
    """Is it there to make one up, as it says itself? `GET /generate-password` tells nobody's password."""
    words, named = set(words_of(operation.last)), set(words_of(field.rpartition(".")[2]))
    return bool(words & MAKES_UP) and words >= named and not operation.placeholders


def _shown_once(contract: Contract, operation: Operation, field: str) -> bool:
    """Is it made for its owner, who must be told it then: a second factor to set up, a new client's secret?

    One of a list is somebody else's; what was sent is known already; and nothing that reads answers it ever after.
    """
    name = field.rpartition(".")[2]
    if is_password(name) or "secret" not in words_of(name) or "[" in field or operation.method not in BODIED:
        return False
    sent = contract.properties(operation.body) if operation.body else {}
    reading = [one for one in contract.operations if one.method not in BODIED]
    shown = (
        found.rpartition(".")[2]
        for one in reading
        for response in one.responses
        if response.schema is not None
        for found in secrets_in(contract, response.schema, "", ())
    )
    return name not in sent and name not in shown


def _is_shaped(contract: Contract, routes: Routes, operation: Operation) -> bool:
    """Is all that it answers described, and by a model that what is sent must pass through?"""
    route = routes.of(operation.endpoint)
    described = [r for r in operation.responses if r.is_success and r.is_json]
    return not (route and route.answers_itself and described) and not any(
        says_nothing(contract, r.schema or {}) for r in described
    )


def secrets_in(contract: Contract, schema: Schema, where: str, trail: tuple[str, ...]) -> Iterator[str]:
    """The fields of an answer, at any depth, that are named like a secret."""
    ref = reference_of(schema)
    if ref and ref in trail:
        return
    schema, names = contract.resolve(schema), (*trail, ref)
    for word in ("anyOf", "oneOf"):
        for one in schema.get(word, ()):
            yield from secrets_in(contract, one, where, names)
    for word in ("items", "additionalProperties"):
        if isinstance(schema.get(word), dict):
            yield from secrets_in(contract, schema[word], f"{where}[]", names)
    for name, one in schema.get("properties", {}).items():
        path = f"{where}.{name}".lstrip(".")
        if never_answered(name) and not _is_flag(contract, one):
            yield path
        else:
            yield from secrets_in(contract, one, path, names)


def _is_flag(contract: Contract, schema: Schema) -> bool:
    return contract.resolve(schema).get("type") == "boolean"


def _curl(operation: Operation) -> str:
    token = " -H 'Authorization: Bearer …'" if operation.security else ""
    return f"curl -s -X {operation.method} localhost:8000{operation.path}{token}"
