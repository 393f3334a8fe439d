"""Do the commands for operators do what they say?"""

import pytest
from fastapi import FastAPI
from sqlalchemy import func
from sqlmodel import Session, SQLModel, select

from {{cookiecutter.package}} import admin, seed
from {{cookiecutter.package}}.models import (
    {% for r in cookiecutter.made %}{{r.model}}, {% endfor %}User
)
from {{cookiecutter.package}}.passwords import LOAD_TEST_PHRASE
from {{cookiecutter.package}}.settings import Settings
from tests.conftest import Person

FEW = ["--users", "8"{% for r in cookiecutter.made %}, "--{{r.plural.replace("_", "-")}}", "{{ r.few }}"{% endfor %}]


@pytest.fixture
def environment(
    app: FastAPI, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> pytest.MonkeyPatch:
    assert app.state.settings is settings
    monkeypatch.setenv("{{cookiecutter.prefix}}_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("{{cookiecutter.prefix}}_ARGON2_MEMORY_KIB", "8")
    monkeypatch.setenv("{{cookiecutter.prefix}}_ARGON2_PASSES", "1")
    return monkeypatch


@pytest.mark.usefixtures("environment")
def test_seeding_fills_the_tables_once(
    database: Session, visitor: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    assert seed.main(FEW) == 0
    assert "8 users{% for r in cookiecutter.made %}, {{r.few}} {{r.plural}}{% endfor %}" in capsys.readouterr().out
    assert seed.main(FEW) == 0
    assert "Seeded already" in capsys.readouterr().err
    tables: tuple[type[SQLModel], ...] = (User{% for r in cookiecutter.made %}, {{r.model}}{% endfor %})
    counts = [database.exec(select(func.count()).select_from(table)).one() for table in tables]
    assert counts == [8{% for r in cookiecutter.made %}, {{r.few}}{% endfor %}]
    form = {"username": "load-0008@example.com", "password": LOAD_TEST_PHRASE}
    assert visitor.call("POST", "/auth/login", data=form).status_code == 200


def test_seeding_is_refused_in_production(
    environment: pytest.MonkeyPatch, database: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.setenv("{{cookiecutter.prefix}}_ENVIRONMENT", "production")
    environment.setenv("{{cookiecutter.prefix}}_SECRET_KEY", "q3ZkV0w8Yt5LrB1nXc7MfJ2hGd9PsA6uEiOoTyKbNvR")
    environment.setenv("{{cookiecutter.prefix}}_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    assert seed.main(FEW) == 2
    assert "Not in production" in capsys.readouterr().err
    assert database.exec(select(User)).all() == []


@pytest.mark.usefixtures("environment")
def test_the_first_{{cookiecutter.strongest}}_is_made_by_a_command(
    {{cookiecutter.me}}: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    assert admin.main([{{cookiecutter.me}}.email.upper(), "{{cookiecutter.strongest}}"]) == 0
    assert "is {{cookiecutter.strongest}} now" in capsys.readouterr().out
    assert {{cookiecutter.me}}.get("/users/me").json()["role"] == "{{cookiecutter.strongest}}"


@pytest.mark.usefixtures("environment")
def test_an_unknown_address_cannot_be_promoted(capsys: pytest.CaptureFixture[str]) -> None:
    assert admin.main(["nobody@example.com", "{{cookiecutter.strongest}}"]) == 1
    assert "register it first" in capsys.readouterr().err
