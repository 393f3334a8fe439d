"""Where may somebody be given a weak password? The operations of a contract by which accounts are made for others."""

from typing import Any

import pytest

from runner.evidence.access.weak_passwords import making
from runner.http.account_operations import find_register
from runner.http.requests import Requests

TEXT = {"type": "string"}
ACCOUNT = {"email": TEXT, "password": TEXT}
CLOSED: list[Any] = [{"bearer": []}]


def requests(**paths: tuple[dict[str, Any], list[Any]]) -> Requests:
    def post(fields: dict[str, Any], security: list[Any]) -> dict[str, Any]:
        schema = {"type": "object", "properties": fields, "required": list(fields)}
        body = {"content": {"application/json": {"schema": schema}}}
        return {"post": {"requestBody": body, "security": security, "responses": {}}}

    return Requests({"paths": {f"/{path.replace('__', '/')}": post(*given) for path, given in paths.items()}})


@pytest.mark.parametrize("path", ["users", "admin__accounts", "users__create", "staff"])
def test_an_administrator_gives_a_password_to_a_new_account(path: str) -> None:
    there = requests(register=(ACCOUNT, []), **{path: (ACCOUNT, CLOSED)})
    assert [one.path for one in making(there, find_register(there))] == [f"/{path.replace('__', '/')}"]


@pytest.mark.parametrize(
    ("path", "fields", "security"),
    [
        ("users", ACCOUNT, []),
        ("me__password", {"old_password": TEXT, "new_password": TEXT}, CLOSED),
        ("users", {"email": TEXT, "name": TEXT}, CLOSED),
        ("databases", {"username": TEXT, "password": TEXT}, CLOSED),
        ("teams__{team_id}__members", ACCOUNT, CLOSED),
    ],
)
def test_what_makes_no_account_for_somebody_else_is_left_alone(
    path: str, fields: dict[str, Any], security: list[Any]
) -> None:
    there = requests(**{path: (fields, security)})
    assert list(making(there, find_register(there))) == []
