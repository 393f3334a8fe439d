"""Are the forged tokens what they say? Read back with the library that services use."""

import time

import jwt
import pytest

from runner.evidence.access.password_change import can_be_on_herself
from runner.http import tokens
from runner.http.requests import Requests

KEY = "a key of more than thirty-two characters"
NOW = int(time.time())
REAL = jwt.encode({"sub": "7", "exp": NOW + 86_400, "iat": NOW, "purpose": "access"}, KEY, algorithm="HS256")


def read(token: str) -> object:
    return jwt.decode(token, KEY, algorithms=["HS256"], options={"require": ["exp"]})


def test_the_key_is_found_among_settings() -> None:
    assert tokens.key_of(REAL, ["", "no", KEY]) == KEY
    assert tokens.key_of(REAL, ["no"]) is None
    assert tokens.key_of("opaque", [KEY]) is None


def test_our_own_encoding_is_taken_for_the_real_one() -> None:
    header, claims = tokens.parts_of(REAL) or ({}, {})
    assert read(tokens.encoded(header, claims, KEY)) == claims


@pytest.mark.parametrize("forged", tokens.keyless(REAL, 8, ["secret"]), ids=lambda one: one.what)
def test_no_forgery_without_the_key_passes_the_library(forged: tokens.Forged) -> None:
    with pytest.raises(jwt.PyJWTError):
        read(forged.token)


def test_forgeries_pass_where_the_signature_is_not_checked() -> None:
    edited = next(one for one in tokens.keyless(REAL, 8, []) if "edited" in one.what)
    assert jwt.decode(edited.token, options={"verify_signature": False})["sub"] == "8"


def test_ended_tokens_are_refused_for_that_reason_alone() -> None:
    past, endless = tokens.expired(REAL, KEY, NOW)
    with pytest.raises(jwt.ExpiredSignatureError):
        read(past.token)
    with pytest.raises(jwt.MissingRequiredClaimError):
        read(endless.token)
    assert jwt.decode(endless.token, KEY, algorithms=["HS256"])["sub"] == "7"


def test_a_token_of_another_purpose_is_else_the_same() -> None:
    (one,) = tokens.repurposed(REAL, KEY)
    assert jwt.decode(one.token, KEY, algorithms=["HS256"])["purpose"] == "password_reset"


@pytest.mark.parametrize(
    ("path", "hers"),
    [
        ("/me/password", True),
        ("/users/{user_id}/password", True),
        ("/posts/{post_id}/password", False),
        ("/teams/{team_id}/users/{user_id}/password", False),
    ],
)
def test_a_change_of_password_that_a_caller_can_make_for_herself(path: str, hers: bool) -> None:  # noqa: FBT001
    assert can_be_on_herself(Requests({"paths": {path: {"post": {}}}}).operations[0]) is hers
