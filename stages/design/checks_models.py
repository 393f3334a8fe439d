"""Design: do requests and responses have models that keep the rules?"""

import re
from collections.abc import Iterator

from runner.evidence.contract import JSON, Contract, Operation, Schema
from runner.evidence.routes import Model, Routes
from runner.model import Verdict, at_endpoint, check, failed, not_applicable, passed
from runner.words import plural
from stages.design.words import some

SECRET = re.compile(
    r"^(?:.*_)?(?:password|passwd|pwd|passphrase)(?:_?(?:hash|digest|salt))?$|^(?:hashed|encrypted|plain)_?(?:password|pw)$|"
    r"^(?:password_?)?salt$|^(?:.*_)?(?:secret|private)_?key$|^(?:.*_)?(?:token|key|code|otp|pin)_?hash$|"
    r"^(?:.*_)?(?:reset|verification|confirmation|invite)_?token$|^(?:.*_)?(?:totp|otp|mfa|client)_?secret$|^secret$|"
    r"^(?:card|credit_card)_?number$|^cvv2?$|^ssn$"
)
SAYS_NOTHING_SECRET = re.compile(
    r"_(?:changed|updated|expires|set|reset|age|required|policy|strength|at|on)(?:_|$)|^(?:has|is)_"
)


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
        return passed(f"{sum(1 for _ in _bodies(routes))} request bodies, none of them a table")
    places = [routes.place(endpoint, f"takes the table {model.name}") for endpoint, model in bad]
    return failed(some(f"{endpoint} takes the table {model.name}" for endpoint, model in bad), at=places)


def _bodies(routes: Routes) -> Iterator[tuple[str, list[Model]]]:
    for route in routes.routes:
        if route.kind == "operation" and route.body_models:
            yield route.endpoints[0], routes.reached(route.body_models)


@check("DS008", step="2.2")
def unknown_fields_are_refused(contract: Contract) -> Verdict:
    """Every request body refuses fields that it does not know.

    A client that sends `titel` is told "done", and nothing was. An attacker who sends `is_admin` learns nothing today
    and gets it on the day somebody adds the column.
    Fix: `model_config = ConfigDict(extra="forbid")` in a base class of the request models.
    """
    bodies = [o for o in contract.operations if o.body is not None and o.body_media.split(";")[0] == JSON]
    if not bodies:
        return not_applicable("no operation takes a JSON body")
    found = [(o.endpoint, where) for o in bodies if o.body is not None for where in _open(contract, o.body, "body", ())]
    if not found:
        return passed(f"{len(bodies)} request bodies")
    open_ones = sorted({endpoint for endpoint, _ in found})
    places = [at_endpoint(endpoint, f"{where} takes any field") for endpoint, where in found]
    first = next(o for o in bodies if o.endpoint == open_ones[0])
    return failed(
        f"{len(open_ones)} of {len(bodies)} take any field: {some(f'{e} ({where})' for e, where in found)}",
        at=places,
        again=[f"curl -i -X {first.method} localhost:8000{first.path} --json '{{\"no_such_field\": 1}}'"],
    )


def _open(contract: Contract, schema: Schema, where: str, trail: tuple[str, ...]) -> Iterator[str]:
    """The objects inside of a schema that take any field; each named schema once."""
    names = (*trail, str(schema.get("$ref", "")))
    if schema.get("$ref") in trail:
        return
    schema = contract.resolve(schema)
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
def no_secret_in_a_response(contract: Contract) -> Verdict:
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
    ]
    if not found:
        return passed(f"{plural(len(contract.operations), 'operation')}, none with a field that is named like a secret")
    places = [at_endpoint(o.endpoint, f"`{field}` in the {status} answer") for o, status, field in found]
    said = some(f"{o.endpoint} answers `{field}`" for o, _, field in found)
    return failed(said, at=places, again=[_curl(found[0][0])])


def secrets_in(contract: Contract, schema: Schema, where: str, trail: tuple[str, ...]) -> Iterator[str]:
    """The fields of an answer, at any depth, that are named like a secret."""
    ref = str(schema.get("$ref", ""))
    if ref and ref in trail:
        return
    schema, names = contract.resolve(schema), (*trail, ref)
    for word in ("anyOf", "oneOf", "allOf"):
        for one in schema.get(word, ()):
            yield from secrets_in(contract, one, where, names)
    for word in ("items", "additionalProperties"):
        if isinstance(schema.get(word), dict):
            yield from secrets_in(contract, schema[word], f"{where}[]", names)
    for name, one in schema.get("properties", {}).items():
        path = f"{where}.{name}".lstrip(".")
        snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
        if SECRET.match(snake) and not SAYS_NOTHING_SECRET.search(snake) and not _is_flag(contract, one):
            yield path
        else:
            yield from secrets_in(contract, one, path, names)


def _is_flag(contract: Contract, schema: Schema) -> bool:
    return contract.resolve(schema).get("type") in {"boolean", "integer"}


def _curl(operation: Operation) -> str:
    token = " -H 'Authorization: Bearer …'" if operation.security else ""
    return f"curl -s -X {operation.method} localhost:8000{operation.path}{token}"
