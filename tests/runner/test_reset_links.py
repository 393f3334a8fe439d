"""What in a mail may be the token, and which operation takes it? Texts and contracts by hand."""

from typing import Any

import pytest

from runner.evidence.access.reset_links import candidates, settings_of
from runner.http.requests import Requests

TOKEN = "kJ3x-9_aZ0qLmN8v2T7y"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3In0xyz.c2lnbmF0dXJlLW9mLWl0"
SEAL = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"  # of an account's number
TEXT = {"type": "string"}


@pytest.mark.parametrize(
    ("text", "first"),
    [
        (f"Open https://shop.example.com/reset?lang=en&token={TOKEN}.", TOKEN),
        (f"<a href='https://shop.example.com/#/reset?token={JWT}'>", JWT),
        (f"https://shop.example.com/reset/{TOKEN}/ and call 0800", TOKEN),
        (f"Your token: {JWT}", JWT),
        (f"https://shop.example.com/reset?token=7.{SEAL}&utm_source=mail", f"7.{SEAL}"),
        (f"https://shop.example.com/r/42:{SEAL}", f"42:{SEAL}"),
        (f"Enter 7.{SEAL} in the app, dear a@example.com", f"7.{SEAL}"),
        ("Your code is 482913, it ends in 10 minutes", "482913"),
    ],
)
def test_the_token_of_a_mail_is_what_its_link_holds(text: str, first: str) -> None:
    assert candidates(text)[0] == first


def test_a_mail_without_a_token_has_none() -> None:
    assert candidates("Dear a@example.com, see https://shop.example.com/help?lang=en or call 030-123 45") == ()


def contract(path: str, fields: list[str], *, query: str = "", closed: bool = False) -> Requests:
    schema = {"type": "object", "properties": dict.fromkeys(fields, TEXT), "required": fields}
    operation: dict[str, Any] = {"requestBody": {"content": {"application/json": {"schema": schema}}}}
    if query:
        operation["parameters"] = [{"name": query, "in": "query", "required": True, "schema": TEXT}]
    if closed:
        operation["security"] = [{"bearer": []}]
    return Requests({"paths": {path: {"post": operation}}})


@pytest.mark.parametrize(
    ("given", "place"),
    [
        (contract("/reset-password", ["token", "new_password"]), "body token"),
        (contract("/password/recover", ["email", "otp", "password"]), "body otp"),
        (contract("/auth/reset/{token}", ["password"]), "path token"),
        (contract("/auth/reset", ["password"], query="reset_token"), "query reset_token"),
    ],
)
def test_a_new_password_is_set_by_what_came_with_the_mail(given: Requests, place: str) -> None:
    assert [f"{one.place} {one.name}" for one in settings_of(given)] == [place]


@pytest.mark.parametrize(
    "given",
    [
        contract("/register", ["email", "password", "invite_code"]),
        contract("/me/password", ["token", "password"], closed=True),
        contract("/reset-password", ["email"]),
        contract("/auth/passwords", ["email", "password"]),
    ],
)
def test_what_sets_no_password_by_a_mail_is_left_alone(given: Requests) -> None:
    assert list(settings_of(given)) == []
