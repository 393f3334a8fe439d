"""Can one get in, stay in and get out, and can nobody else?"""

from datetime import UTC, datetime, timedelta

import jwt
import pytest
from fastapi import FastAPI
from httpx2 import Response
from sqlmodel import Session, select

from {{cookiecutter.package}} import parts
from {{cookiecutter.package}}.models import LoginSession, User
from {{cookiecutter.package}}.passwords import LOAD_TEST_PHRASE
from {{cookiecutter.package}}.settings import Environment, Settings
from tests.conftest import PASSWORD, Person

STRONG = "copper-lagoon-thistle-9"


def register(visitor: Person, **changes: str) -> Response:
    body = {"email": "new@example.com", "display_name": "Nell", "password": STRONG} | changes
    return visitor.post("/auth/register", **body)


def login(visitor: Person, email: str, password: str = PASSWORD) -> Response:
    return visitor.call("POST", "/auth/login", data={"username": email, "password": password})


def bearing(visitor: Person, token: str) -> Person:
    return Person(client=visitor.client, headers={"Authorization": f"Bearer {token}"})


@pytest.mark.requirement("AC-AUTH-001-1")
def test_who_registers_a_free_address_can_sign_in_with_the_first_role(visitor: Person) -> None:
    assert register(visitor, email="New@Example.com").status_code == 202
    tokens = login(visitor, "new@example.com", STRONG).json()
    me = bearing(visitor, tokens["access_token"]).get("/users/me").json()
    assert (me["email"], me["role"]) == ("new@example.com", "{{cookiecutter.weakest}}")


@pytest.mark.requirement("AC-AUTH-001-2")
def test_a_taken_address_is_answered_like_a_free_one(visitor: Person, {{cookiecutter.me}}: Person) -> None:
    free, taken = register(visitor), register(visitor, email={{cookiecutter.me}}.email)
    assert (free.status_code, free.json()) == (taken.status_code, taken.json())
    assert login(visitor, {{cookiecutter.me}}.email, PASSWORD).status_code == 200


@pytest.mark.requirement("AC-AUTH-002-1")
def test_a_common_password_is_refused(visitor: Person, database: Session) -> None:
    answer = register(visitor, password="P@ssw0rd2024!")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/body/password"
    assert database.exec(select(User)).all() == []


@pytest.mark.requirement("AC-AUTH-002-2")
def test_a_short_new_password_is_refused(visitor: Person, {{cookiecutter.me}}: Person) -> None:
    answer = {{cookiecutter.me}}.post("/auth/password", current_password=PASSWORD, new_password=STRONG[:11])
    assert answer.status_code == 422
    assert login(visitor, {{cookiecutter.me}}.email).status_code == 200


@pytest.mark.parametrize("odd", ["nul-\\u0000-harbour-9", "half-\\ud800-harbour-9"])
def test_passwords_that_are_no_text_are_refused(visitor: Person, {{cookiecutter.me}}: Person, odd: str) -> None:
    as_json = {"Content-Type": "application/json"}
    new = '{"email": "new@example.com", "display_name": "Nell", "password": "ODD"}'
    change = '{"current_password": "ODD", "new_password": "copper-lagoon-thistle-9"}'
    registered = visitor.client.post(
        "/auth/register", content=new.replace("ODD", odd), headers=as_json
    )
    changed = visitor.client.post(
        "/auth/password", content=change.replace("ODD", odd), headers=as_json | {{cookiecutter.me}}.headers
    )
    assert (registered.status_code, changed.status_code) == (422, 422)


@pytest.mark.requirement("AC-AUTH-003-1")
def test_the_access_token_opens_ones_own_account(visitor: Person, {{cookiecutter.me}}: Person) -> None:
    answer = login(visitor, {{cookiecutter.me}}.email.upper())
    assert answer.status_code == 200
    me = bearing(visitor, answer.json()["access_token"]).get("/users/me").json()
    assert me["id"] == {{cookiecutter.me}}.id


@pytest.mark.requirement("AC-AUTH-004-1")
def test_unknown_and_wrong_look_the_same(visitor: Person, {{cookiecutter.me}}: Person) -> None:
    answers = [login(visitor, "nobody@example.com"), login(visitor, {{cookiecutter.me}}.email, "wrong")]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].json() == answers[1].json()


@pytest.mark.requirement("AC-AUTH-005-1")
def test_five_failures_close_an_account_for_a_while(visitor: Person, {{cookiecutter.me}}: Person) -> None:
    failures = [login(visitor, {{cookiecutter.me}}.email, "wrong").status_code for _ in range(5)]
    answer = login(visitor, {{cookiecutter.me}}.email)
    assert failures == [401] * 5
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 300


def test_guessing_the_current_password_is_slowed_down_too({{cookiecutter.me}}: Person) -> None:
    guess = {"current_password": "wrong", "new_password": STRONG}
    statuses = [{{cookiecutter.me}}.post("/auth/password", **guess).status_code for _ in range(6)]
    assert statuses == [401] * 5 + [429]


@pytest.mark.requirement("AC-AUTH-005-2")
def test_successes_do_not_count(visitor: Person, {{cookiecutter.me}}: Person) -> None:
    statuses = {login(visitor, {{cookiecutter.me}}.email).status_code for _ in range(11)}
    assert statuses == {200}


@pytest.mark.requirement("AC-AUTH-005-3")
def test_a_hundred_failures_close_an_address(visitor: Person, {{cookiecutter.me}}: Person) -> None:
    for number in range(100):
        login(visitor, f"nobody-{number}@example.com", "wrong")
    assert login(visitor, {{cookiecutter.me}}.email).status_code == 429


@pytest.mark.requirement("AC-AUTH-006-1")
def test_a_refresh_token_gives_a_new_pair_that_works(visitor: Person, {{cookiecutter.me}}: Person) -> None:
    answer = visitor.post("/auth/refresh", refresh_token={{cookiecutter.me}}.refresh_token)
    new = answer.json()
    assert answer.status_code == 200
    assert bearing(visitor, new["access_token"]).get("/users/me").status_code == 200
    assert visitor.post("/auth/refresh", refresh_token=new["refresh_token"]).status_code == 200


@pytest.mark.requirement("AC-AUTH-007-1")
def test_a_refresh_token_used_twice_ends_the_session(visitor: Person, {{cookiecutter.me}}: Person) -> None:
    new = visitor.post("/auth/refresh", refresh_token={{cookiecutter.me}}.refresh_token).json()
    again = visitor.post("/auth/refresh", refresh_token={{cookiecutter.me}}.refresh_token)
    assert again.status_code == 401
    assert visitor.post("/auth/refresh", refresh_token=new["refresh_token"]).status_code == 401
    assert bearing(visitor, new["access_token"]).get("/users/me").status_code == 401


@pytest.mark.requirement("AC-AUTH-008-1")
def test_after_signing_out_no_token_of_the_session_works(visitor: Person, {{cookiecutter.me}}: Person) -> None:
    assert {{cookiecutter.me}}.post("/auth/logout").status_code == 204
    assert {{cookiecutter.me}}.get("/users/me").status_code == 401
    refreshed = visitor.post("/auth/refresh", refresh_token={{cookiecutter.me}}.refresh_token)
    assert refreshed.status_code == 401


@pytest.mark.requirement("AC-AUTH-008-2")
def test_signing_out_leaves_other_sessions_alone(visitor: Person, {{cookiecutter.me}}: Person) -> None:
    other = bearing(visitor, login(visitor, {{cookiecutter.me}}.email).json()["access_token"])
    {{cookiecutter.me}}.post("/auth/logout")
    assert other.get("/users/me").status_code == 200


@pytest.mark.requirement("AC-AUTH-009-1")
def test_a_new_password_ends_all_older_sessions(visitor: Person, {{cookiecutter.me}}: Person) -> None:
    other = bearing(visitor, login(visitor, {{cookiecutter.me}}.email).json()["access_token"])
    answer = {{cookiecutter.me}}.post("/auth/password", current_password=PASSWORD, new_password=STRONG)
    assert answer.status_code == 200
    assert {{cookiecutter.me}}.get("/users/me").status_code == 401
    assert other.get("/users/me").status_code == 401
    assert visitor.post("/auth/refresh", refresh_token={{cookiecutter.me}}.refresh_token).status_code == 401
    assert bearing(visitor, answer.json()["access_token"]).get("/users/me").status_code == 200
    assert login(visitor, {{cookiecutter.me}}.email, STRONG).status_code == 200


@pytest.mark.requirement("AC-AUTH-009-2")
def test_a_wrong_current_password_changes_nothing(visitor: Person, {{cookiecutter.me}}: Person) -> None:
    answer = {{cookiecutter.me}}.post("/auth/password", current_password="wrong", new_password=STRONG)
    assert answer.status_code == 401
    assert login(visitor, {{cookiecutter.me}}.email, PASSWORD).status_code == 200


FORGERIES = ["unsigned", "other key", "other algorithm", "expired", "no expiry", "other purpose"]


@pytest.mark.requirement("AC-AUTH-010-1")
@pytest.mark.parametrize("kind", FORGERIES)
def test_forged_tokens_are_refused(
    app: FastAPI, visitor: Person, {{cookiecutter.me}}: Person, kind: str
) -> None:
    token = forge(kind, {{cookiecutter.me}}, app.state.tokens.key)
    answer = bearing(visitor, token).get("/users/me")
    assert bearing(visitor, token).post("/auth/logout").status_code == 401
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert visitor.post("/auth/refresh", refresh_token=token).status_code == (
        401 if kind != "other purpose" else 200
    )


def forge(kind: str, owner: Person, key: str) -> str:
    """A token that differs from a good one in just this."""
    good = owner.headers["Authorization"].removeprefix("Bearer ")
    claims = jwt.decode(good, options={"verify_signature": False})
    hour = timedelta(hours=1)
    match kind:
        case "unsigned":
            return jwt.encode(claims, None, algorithm="none")
        case "other key":
            return jwt.encode(claims, "k" * 64, algorithm="HS256")
        case "other algorithm":
            return jwt.encode(claims, key.ljust(64, "k"), algorithm="HS512")
        case "expired":
            return jwt.encode(claims | {"exp": datetime.now(UTC) - hour}, key, algorithm="HS256")
        case "no expiry":
            del claims["exp"]
            return jwt.encode(claims, key, algorithm="HS256")
        case _:
            return owner.refresh_token


def test_an_expired_session_refuses_a_token_that_has_not_expired(
    {{cookiecutter.me}}: Person, database: Session
) -> None:
    session = database.exec(select(LoginSession)).one()
    session.expires_at = datetime.now(UTC) - timedelta(seconds=1)
    database.commit()
    assert {{cookiecutter.me}}.get("/users/me").status_code == 401


def test_load_test_accounts_are_closed_in_production(
    app: FastAPI, visitor: Person, {{cookiecutter.me}}: Person, database: Session
) -> None:
    user = database.exec(select(User)).one()
    user.password_hash = app.state.passwords.hash(LOAD_TEST_PHRASE)
    database.commit()
    assert login(visitor, {{cookiecutter.me}}.email, LOAD_TEST_PHRASE).status_code == 200
    production = Settings.model_construct(environment=Environment.PRODUCTION)
    app.dependency_overrides[parts.settings] = lambda: production
    assert login(visitor, {{cookiecutter.me}}.email, LOAD_TEST_PHRASE).status_code == 401


@pytest.mark.requirement("AC-USER-001-1")
def test_ones_own_account_shows_no_hash({{cookiecutter.me}}: Person) -> None:
    me = {{cookiecutter.me}}.get("/users/me").json()
    assert (me["email"], me["role"]) == ({{cookiecutter.me}}.email, "{{cookiecutter.weakest}}")
    assert "hash" not in str(me)
