"""Does the service keep its contract: every operation, every documented refusal?"""

import json
import re
from typing import Any

import pytest
from fastapi import FastAPI

from {{cookiecutter.package}}.models import Role
from tests.conftest import ROOT, Person, SignUp
from tests.integration.test_operations import break_database

CONTRACT = json.loads((ROOT / "openapi.json").read_text(encoding="utf-8"))
OPERATIONS: dict[str, dict[str, Any]] = {
    f"{method.upper()} {path}": operation
    for path, item in CONTRACT["paths"].items()
    for method, operation in item.items()
}
NO_ID = 999_999

# one valid body per operation that takes one
BODIES: dict[str, dict[str, Any]] = {
    "POST /auth/register": {
        "email": "nell@example.com", "display_name": "Nell", "password": "copper-lagoon-thistle-9",
    },
    "POST /auth/login": {"username": "nobody@example.com", "password": "wrong"},
    "POST /auth/refresh": {"refresh_token": "no.such.token"},
    "POST /auth/password": {
        "current_password": "wrong", "new_password": "copper-lagoon-thistle-9",
    },
    {% for r in cookiecutter.made %}
    {% for endpoint, body in r.bodies.items() %}
    "{{endpoint}}": {{body}},
    {% endfor %}
    {% endfor %}
}  # fmt: skip

# a role that may call each; where none stands, every role may
CALLERS: dict[str, Role] = {
    {% for r in cookiecutter.made %}
    {% for op in r.ops if not op.whole and not op.is_open %}
    "{{op.endpoint}}": Role.{{op.first|upper}},
    {% endfor %}
    {% endfor %}
}

TESTED_BESIDE_THEIR_RESOURCE = {
    {% for r in cookiecutter.made %}
    {% for op in r.ops %}
    {% for status in r.statuses(op) if status in (403, 409, 429) %}
    ("{{op.endpoint}}", {{status}}),
    {% endfor %}
    {% endfor %}
    {% endfor %}
    ("POST /auth/login", 429),
    ("POST /auth/password", 429),
}


def answering(status: int) -> list[str]:
    return [name for name, found in OPERATIONS.items() if str(status) in found["responses"]]


def call(who: Person, operation: str, *, item: int = NO_ID, **other: Any) -> int:
    method, path = operation.split()
    path = re.sub(r"\{\w+\}", str(item), path)
    sent = {"data" if operation == "POST /auth/login" else "json": BODIES.get(operation)} | other
    return who.call(method, path, **sent).status_code


def caller_of(operation: str, sign_up: SignUp) -> Person:
    return sign_up(CALLERS.get(operation, Role.{{cookiecutter.strongest|upper}}))


def test_the_accepted_contract_is_the_one_that_is_served(app: FastAPI) -> None:
    assert app.openapi() == CONTRACT


def test_every_operation_has_a_name_of_its_own_and_a_summary() -> None:
    names = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len(names) == len(set(names)) == {{cookiecutter.operations}}
    assert all(operation["summary"] for operation in OPERATIONS.values())


def test_every_documented_refusal_is_tested() -> None:
    documented = {
        (name, int(status))
        for name, operation in OPERATIONS.items()
        for status in operation["responses"]
        if status.startswith(("4", "5"))
    }
    here = {(name, status) for status in (401, 404, 413, 422, 503) for name in answering(status)}
    assert documented == here | TESTED_BESIDE_THEIR_RESOURCE


@pytest.mark.parametrize("operation", answering(401))
def test_401_without_a_good_token(visitor: Person, operation: str) -> None:
    stranger = Person(client=visitor.client, headers={"Authorization": "Bearer no.such.token"})
    assert call(stranger, operation) == 401
    assert call(visitor, operation) == 401


@pytest.mark.parametrize("operation", answering(404))
def test_404_for_what_does_not_exist(sign_up: SignUp, operation: str) -> None:
    caller = caller_of(operation, sign_up)
    assert call(caller, operation) == 404


@pytest.mark.parametrize("operation", answering(413))
def test_413_for_a_huge_body(sign_up: SignUp, operation: str) -> None:
    caller = caller_of(operation, sign_up)
    assert call(caller, operation, data=None, json={"field": "x" * 300_000}) == 413


@pytest.mark.parametrize("operation", answering(422))
def test_422_for_unknown_fields_and_impossible_ids(sign_up: SignUp, operation: str) -> None:
    caller = caller_of(operation, sign_up)
    if operation in BODIES:
        wrong = BODIES[operation] | {"unknown_field": "1"}
        how = "data" if operation == "POST /auth/login" else "json"
        sent: dict[str, Any] = {how: wrong}
        assert call(caller, operation, **sent) == 422
    if "{" in operation:
        assert call(caller, operation, item=2**63) == 422
        assert call(caller, operation, item=0) == 422
    if "{" not in operation and operation not in BODIES:
        assert call(caller, operation, params={"unknown_field": "1"}) == 422


@pytest.mark.parametrize("operation", answering(503))
def test_503_without_the_database(app: FastAPI, sign_up: SignUp, operation: str) -> None:
    caller = caller_of(operation, sign_up)
    other: dict[str, Any] = {}
    if operation == "POST /auth/refresh":
        other = {"json": {"refresh_token": caller.refresh_token}}
    break_database(app)
    assert call(caller, operation, **other) == 503
