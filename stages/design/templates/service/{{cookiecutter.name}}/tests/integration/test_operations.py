"""Does the service tell the truth about itself, and refuse in one shape?"""

import json
import logging

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from prometheus_client import REGISTRY
from sqlmodel import create_engine

from {{cookiecutter.package}} import logs
from {{cookiecutter.package}}.main import create_app
from {{cookiecutter.package}}.settings import Settings
from tests.conftest import PASSWORD, Person

NOWHERE = "sqlite:////no/such/folder/at-all.db"
MARK = "canary-7f3a-never-in-a-log"


def break_database(app: FastAPI) -> None:
    app.state.engine = create_engine(NOWHERE)


@pytest.mark.requirement("AC-OPS-001-1")
def test_a_dead_database_is_noticed(app: FastAPI, visitor: Person) -> None:
    break_database(app)
    assert visitor.get("/ready").status_code == 503
    assert visitor.get("/health").status_code == 200


def test_a_database_that_answers_is_up(visitor: Person) -> None:
    assert visitor.get("/ready").json() == {"status": "ready", "database": "up"}


@pytest.mark.requirement("AC-OPS-002-1")
def test_labels_do_not_grow_with_paths(visitor: Person{% if cookiecutter.many_paths.caller != "visitor" %}, {{cookiecutter.many_paths.caller}}: Person{% endif %}) -> None:
    labels = {"method": "GET", "route": "{{cookiecutter.many_paths.route}}", "status": "{{cookiecutter.many_paths.status}}"}
    before = REGISTRY.get_sample_value("http_requests_total", labels) or 0
    for number in range(20):
        {{cookiecutter.many_paths.caller}}.get(f"{{cookiecutter.many_paths.path}}")
        visitor.get(f"/nowhere/{number}")
        visitor.call(f"ODD{number}", "/users/me")
    text = visitor.get("/metrics").text
    assert REGISTRY.get_sample_value("http_requests_total", labels) == before + 20
    assert 'route="{{cookiecutter.many_paths.route}}"' in text
    assert "{{cookiecutter.many_paths.sample}}" not in text
    assert "/nowhere" not in text
    assert 'method="ODD' not in text


def answers_of_every_refusal(app: FastAPI, visitor: Person, member: Person) -> list[Response]:
    """401, 404, 405, 413, 422, 429, 500, 503, in this order."""
    failures = [
        visitor.call("POST", "/auth/login", data={"username": "x@example.com", "password": "y"})
        for _ in range(6)
    ]
    answers = [
        visitor.get("/users/me"),
        visitor.get("/no/such/path"),
        visitor.call("PUT", "/users/me"),
        visitor.post("/auth/register", display_name="n" * 300_000),
        visitor.post("/auth/register"),
        failures[-1],
    ]
    app.state.engine = None
    answers.append(member.get("/users/me"))
    break_database(app)
    return [*answers, member.get("/users/me")]


@pytest.mark.requirement("AC-OPS-003-1")
def test_every_refusal_has_one_shape(app: FastAPI, visitor: Person, {{cookiecutter.me}}: Person) -> None:
    answers = answers_of_every_refusal(app, visitor, {{cookiecutter.me}})
    statuses = [answer.status_code for answer in answers]
    assert statuses == [401, 404, 405, 413, 422, 429, 500, 503]
    for answer in answers:
        body = answer.json()
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert set(body) - {"errors"} == {"type", "title", "status", "detail", "instance"}
        assert body["status"] == answer.status_code
        assert "sqlite" not in answer.text.lower()
        assert "Error" not in body["detail"]
        assert answer.headers["X-Request-ID"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answers[2].headers["Allow"] == "GET"


@pytest.mark.requirement("AC-OPS-004-1")
def test_a_log_line_names_the_request_and_no_secret(
    visitor: Person, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    visitor.call("POST", "/auth/login", data={"username": MARK, "password": MARK})
    visitor.call("GET", f"/users/me?token={MARK}")
    ours = [record for record in caplog.records if record.name != "httpx2"]
    lines = [logs.JsonLines().format(record) for record in ours]
    requests = [json.loads(line) for line in lines]
    assert [(line["route"], line["status"]) for line in requests] == [
        ("/auth/login", 401),
        ("/users/me", 401),
    ]
    assert all(line["request_id"] and line["duration_ms"] >= 0 for line in requests)
    assert MARK not in "".join(lines)


def test_a_failure_is_logged_with_its_cause(
    app: FastAPI, {{cookiecutter.me}}: Person, caplog: pytest.LogCaptureFixture
) -> None:
    app.state.engine = None
    assert {{cookiecutter.me}}.get("/users/me").status_code == 500
    failure = next(record for record in caplog.records if record.levelname == "ERROR")
    assert "Traceback" in json.loads(logs.JsonLines().format(failure))["exception"]


@pytest.mark.parametrize(
    ("offered", "kept"), [("abc-1.2_Z", True), ("a" * 65, False), ("two words", False)]
)
def test_a_well_formed_request_id_is_kept(visitor: Person, offered: str, *, kept: bool) -> None:
    answer = visitor.client.get("/health", headers={"X-Request-ID": offered})
    assert (answer.headers["X-Request-ID"] == offered) is kept
    assert answer.headers["Server-Timing"].startswith("app;dur=")


def test_a_body_without_a_length_is_limited_too(visitor: Person) -> None:
    pieces = (b"x" * 10_000 for _ in range(40))
    answer = visitor.client.post(
        "/auth/register", content=pieces, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "body", [b'{"\\ud800": 1}', b'{"a": ' + b"9" * 5_000 + b"}", b"\xff", b"{"]
)
def test_a_broken_body_is_a_422(visitor: Person, body: bytes) -> None:
    answer = visitor.client.post(
        "/auth/register", content=body, headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.json()["status"]) == (422, 422)


def test_production_closes_the_documentation(settings: Settings) -> None:
    production = Settings(
        environment="production",
        secret_key="q3ZkV0w8Yt5LrB1nXc7MfJ2hGd9PsA6uEiOoTyKbNvR",
        database_url="postgresql://nobody@127.0.0.1:1/none",
        cors_origins=["https://pages.example"],
    )
    client = TestClient(create_app(production))
    for path in ("/docs", "/redoc", "/openapi.json"):
        assert client.get(path).status_code == 404
    health = client.get("/health", headers={"Origin": "https://pages.example"})
    assert "max-age" in health.headers["Strict-Transport-Security"]
    assert health.headers["Access-Control-Allow-Origin"] == "https://pages.example"
    assert "Access-Control-Allow-Credentials" not in health.headers
    assert TestClient(create_app(settings)).get("/docs").status_code == 200


def test_no_origin_is_allowed_by_default(visitor: Person) -> None:
    answer = visitor.client.get("/health", headers={"Origin": "https://pages.example"})
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_private_answers_are_not_kept_by_caches({{cookiecutter.me}}: Person) -> None:
    assert {{cookiecutter.me}}.get("/users/me").headers["Cache-Control"] == "no-store"
    assert PASSWORD not in {{cookiecutter.me}}.get("/users/me").text
